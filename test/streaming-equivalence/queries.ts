import type { Choices } from "../differential/choices.ts";

/** A query over streams: `{a}`, `{b}` stand for the streams, or for the same rows as tables; `{d}` for a table. */
export interface StreamQuery {
  readonly sql: string;
  /** EMIT, for the stream only. */
  readonly emit: string;
  /** Kind, for the report. */
  readonly kind: string;
}

interface Column {
  readonly sql: string;
  readonly type: "key" | "number" | "double" | "time";
}

const A: readonly Column[] = [
  { sql: "k", type: "key" },
  { sql: "n", type: "number" },
  { sql: "x", type: "double" },
  { sql: "ts", type: "time" },
];
const B: readonly Column[] = [
  { sql: "k", type: "key" },
  { sql: "m", type: "number" },
  { sql: "ts", type: "time" },
];

/** A random query, from a random grammar of what streams can do. */
export function streamQuery(choices: Choices): StreamQuery {
  const make = choices.weighted<(choices: Choices) => StreamQuery>([
    [2, filtered],
    [7, windowed],
    [4, grouped],
    [2, nestedGroups],
    [3, tableJoin],
    [4, intervalJoin],
    [3, windowJoin],
    [3, asofJoin],
    [3, keyedJoin],
    [4, over],
    [4, ranked],
    [2, distinct],
    [3, combined],
    [2, windowsOfWindows],
    [2, topN],
  ]);
  return make(choices);
}

const plain = (kind: string, sql: string): StreamQuery => ({ kind, sql, emit: "" });

const qualified = (columns: readonly Column[], table: string): Column[] =>
  columns.map((column) => ({ ...column, sql: `${table}.${column.sql}` }));

const ofType = (columns: readonly Column[], ...types: readonly Column["type"][]): Column[] =>
  columns.filter(({ type }) => types.includes(type));

function predicate(columns: readonly Column[], choices: Choices): string {
  const number = () => choices.pick(ofType(columns, "number", "double")).sql;
  const one = choices.weighted<() => string>([
    [4, () => `${number()} ${choices.pick([">", "<", ">=", "<>"])} ${choices.between(-8, 8)}`],
    [2, () => `${choices.pick(ofType(columns, "key")).sql} IN ('k0', 'k${choices.between(1, 4)}')`],
    [1, () => `${choices.pick(columns).sql} IS NOT NULL`],
    [1, () => `${number()} % 3 = ${choices.between(0, 2)}`],
    [1, () => `${choices.pick(ofType(columns, "key")).sql} IS DISTINCT FROM 'k${choices.between(0, 4)}'`],
  ]);
  return choices.chance(25) ? `${one()} ${choices.pick(["AND", "OR"])} ${one()}` : one();
}

const where = (columns: readonly Column[], choices: Choices, percent = 45): string =>
  choices.chance(percent) ? ` WHERE ${predicate(columns, choices)}` : "";

function scalar(columns: readonly Column[], choices: Choices): string {
  const number = () => choices.pick(ofType(columns, "number")).sql;
  return choices.weighted<() => string>([
    [4, () => choices.pick(columns).sql],
    [2, () => `${number()} * 2 + ${choices.between(0, 9)}`],
    [1, () => `coalesce(${choices.pick(ofType(columns, "key")).sql}, 'none')`],
    [1, () => `CASE WHEN ${predicate(columns, choices)} THEN ${number()} ELSE ${choices.between(0, 5)} END`],
    [1, () => `upper(${choices.pick(ofType(columns, "key")).sql})`],
  ])();
}

/** Aggregates whose answers do not depend on the order of rows. */
function aggregate(columns: readonly Column[], choices: Choices): string {
  const number = () => choices.pick(ofType(columns, "number", "double")).sql;
  const call = choices.weighted<() => string>([
    [4, () => "count(*)"],
    [2, () => `count(${choices.pick(columns).sql})`],
    [4, () => `sum(${number()})`],
    [2, () => `min(${choices.pick(columns).sql})`],
    [2, () => `max(${choices.pick(columns).sql})`],
    [2, () => `avg(${number()})`],
    [1, () => `count(DISTINCT ${choices.pick(columns).sql})`],
    [1, () => `bool_or(${number()} > 0)`],
    [1, () => `median(${number()})`],
  ])();
  return choices.chance(15) ? `${call} FILTER (WHERE ${predicate(columns, choices)})` : call;
}

const list = (count: number, make: () => string): string =>
  Array.from({ length: count }, make)
    .map((sql, i) => `${sql} AS c${i}`)
    .join(", ");

function filtered(choices: Choices): StreamQuery {
  return plain("filter", `SELECT ${list(choices.between(1, 4), () => scalar(A, choices))} FROM {a}${where(A, choices, 80)}`);
}

const seconds = (count: number): string => `INTERVAL '${count}' SECOND`;

/** A window function over a table of A or B, and whether its bounds are those of time. */
function tvf(table: string, choices: Choices): string {
  const size = choices.pick([5, 10, 20, 30]);
  return choices.weighted<() => string>([
    [5, () => `TUMBLE(TABLE ${table}, DESCRIPTOR(ts), ${seconds(size)}${choices.chance(25) ? `, ${seconds(choices.between(1, 4))}` : ""})`],
    [4, () => `HOP(TABLE ${table}, DESCRIPTOR(ts), ${seconds(choices.pick([2, 5, 7]))}, ${seconds(size)})`],
    [2, () => `CUMULATE(TABLE ${table}, DESCRIPTOR(ts), ${seconds(5)}, ${seconds(choices.pick([10, 20, 30]))})`],
  ])();
}

const session = (table: string, choices: Choices): string =>
  `SESSION(TABLE ${table} PARTITION BY k, DESCRIPTOR(ts), ${seconds(choices.between(1, 8))})`;

const emit = (choices: Choices): string =>
  choices.weighted([
    [5, ""],
    [2, " EMIT FINAL"],
    [3, " EMIT CHANGES"],
    [2, " EMIT ON UPDATE"],
    [1, " EMIT EVERY INTERVAL '1' SECOND"],
  ]);

function windowed(choices: Choices): StreamQuery {
  const isSession = choices.chance(25);
  const keyed = isSession || choices.chance(65);
  const having = choices.chance(15) ? ` HAVING count(*) > ${choices.between(1, 3)}` : "";
  const keys = ["window_start", "window_end", ...(keyed ? ["k"] : [])];
  const from = isSession ? session("{a}", choices) : tvf("{a}", choices);
  const filter = isSession ? "" : where(A, choices, 30);
  const aggregates = list(choices.between(1, 3), () => aggregate(A, choices));
  return {
    kind: isSession ? "session" : "window",
    sql: `SELECT ${keys.join(", ")}, ${aggregates} FROM ${from}${filter} GROUP BY ${keys.join(", ")}${having}`,
    emit: emit(choices),
  };
}

function grouped(choices: Choices): StreamQuery {
  const keys = choices.pick([["k"], ["k", "n % 3"], []]);
  const having = keys.length > 0 && choices.chance(25) ? ` HAVING count(*) > ${choices.between(1, 6)}` : "";
  const aggregates = list(choices.between(1, 3), () => aggregate(A, choices));
  const group = keys.length === 0 ? "" : ` GROUP BY ${keys.join(", ")}`;
  return {
    kind: "group",
    sql: `SELECT ${[...keys.map((key, i) => `${key} AS g${i}`), aggregates].join(", ")} FROM {a}${where(A, choices)}${group}${having}`,
    emit: choices.pick(["", "", " EMIT CHANGES", " EMIT ON UPDATE", " EMIT FINAL"]),
  };
}

/** Groups of groups: the upper ones get rows taken out again. */
function nestedGroups(choices: Choices): StreamQuery {
  const inner = `SELECT k, n % 4 AS r, ${list(2, () => aggregate(A, choices))} FROM {a} GROUP BY k, n % 4`;
  const upper = choices.pick(["count(*)", "sum(c0)", "max(c1)", "min(c0)", "count(DISTINCT c0)"]);
  const key = choices.pick(["k", "r", "c0"]);
  return plain("group of groups", `SELECT ${key}, ${upper} AS u0, count(c1) AS u1 FROM (${inner}) GROUP BY ${key}`);
}

function tableJoin(choices: Choices): StreamQuery {
  const kind = choices.pick(["JOIN", "JOIN", "LEFT JOIN", "SEMI JOIN", "ANTI JOIN"]);
  const narrow = kind.startsWith("SEMI") || kind.startsWith("ANTI");
  const columns = narrow ? "s.k, s.n" : "s.ts, s.k, s.n, t.w, t.label";
  const extra = choices.chance(25) ? ` AND s.n > ${choices.between(-10, 10)}` : "";
  const join = `{a} s ${kind} {d} t ON s.k = t.k${extra}`;
  if (!narrow && choices.chance(35)) {
    return plain("join with a table, grouped", `SELECT t.label, count(*) AS c, sum(s.n) AS total FROM ${join} GROUP BY t.label`);
  }
  return plain("join with a table", `SELECT ${columns} FROM ${join}${where(qualified(A, "s"), choices, 30)}`);
}

function intervalJoin(choices: Choices): StreamQuery {
  const kind = choices.pick(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
  const [low, high] = [choices.between(0, 8), choices.between(0, 8)];
  const bounds = choices.pick([
    `l.ts BETWEEN r.ts - ${seconds(low + 1)} AND r.ts + ${seconds(high)}`,
    `r.ts >= l.ts - ${seconds(low)} AND r.ts < l.ts + ${seconds(high + 1)}`,
    `l.ts > r.ts AND l.ts <= r.ts + ${seconds(high + 1)}`,
  ]);
  const key = choices.chance(80) ? "l.k = r.k AND " : "";
  const extra = choices.chance(20) ? ` AND l.n > r.m` : "";
  return plain(
    "interval join",
    `SELECT l.ts AS lt, l.k AS lk, l.n, r.ts AS rt, r.k AS rk, r.m FROM {a} l ${kind} {b} r ON ${key}${bounds}${extra}`,
  );
}

function windowJoin(choices: Choices): StreamQuery {
  const window = (table: string, size: number) => `(SELECT * FROM TUMBLE(TABLE ${table}, DESCRIPTOR(ts), ${seconds(size)}))`;
  const size = choices.pick([5, 10, 20]);
  const kind = choices.pick(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
  return plain(
    "window join",
    `SELECT l.window_start AS ls, r.window_start AS rs, l.k AS lk, l.n, r.m FROM ${window("{a}", size)} l ${kind} ${window("{b}", size)} r
     ON l.window_start = r.window_start AND l.window_end = r.window_end AND l.k = r.k`,
  );
}

function asofJoin(choices: Choices): StreamQuery {
  const kind = choices.pick(["ASOF JOIN", "ASOF LEFT JOIN"]);
  const op = choices.pick([">=", ">"]);
  return plain("asof join", `SELECT l.ts, l.k, l.n, r.ts AS rt, r.m FROM {a} l ${kind} {b} r ON l.k = r.k AND l.ts ${op} r.ts`);
}

/** Groups on both sides, joined by their keys: rows of both sides come and go. */
function keyedJoin(choices: Choices): StreamQuery {
  const kind = choices.pick(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"]);
  const left = `(SELECT k, ${list(2, () => aggregate(A, choices))} FROM {a}${where(A, choices)} GROUP BY k)`;
  const right = `(SELECT k, ${list(2, () => aggregate(B, choices))} FROM {b}${where(B, choices)} GROUP BY k)`;
  return plain(
    "join of groups",
    `SELECT l.k AS lk, l.c0 AS l0, l.c1 AS l1, r.k AS rk, r.c0 AS r0, r.c1 AS r1 FROM ${left} l ${kind} ${right} r ON l.k = r.k`,
  );
}

function over(choices: Choices): StreamQuery {
  const frame = choices.weighted([
    [3, `ROWS BETWEEN ${choices.between(1, 6)} PRECEDING AND CURRENT ROW`],
    [3, `RANGE BETWEEN ${seconds(choices.between(1, 12))} PRECEDING AND CURRENT ROW`],
    [2, "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW"],
    [1, `ROWS BETWEEN ${choices.between(1, 3)} PRECEDING AND ${choices.between(1, 3)} FOLLOWING`],
    [1, ""],
  ]);
  const call = () =>
    choices.weighted<() => string>([
      [
        4,
        () => `${choices.pick(["sum(n)", "count(*)", "avg(x)", "min(n)", "max(x)", "count(n)"])} OVER (${partition}ORDER BY ts ${frame})`,
      ],
      [2, () => `row_number() OVER (${partition}ORDER BY ts)`],
      [2, () => `${choices.pick(["lag", "lead"])}(n) OVER (${partition}ORDER BY ts)`],
      [1, () => `first_value(n) OVER (${partition}ORDER BY ts ${frame})`],
    ])();
  const partition = choices.chance(80) ? "PARTITION BY k " : "";
  return plain("over", `SELECT ts, k, ${list(choices.between(1, 2), call)} FROM {a}${where(A, choices, 30)}`);
}

function ranked(choices: Choices): StreamQuery {
  const order = choices.pick(["ts", "ts DESC", "n DESC, ts", "x, ts DESC", "n, ts"]);
  const count = choices.pick([1, 1, 2, 3]);
  const source = `SELECT ts, k, n, row_number() OVER (PARTITION BY k ORDER BY ${order}) AS rn FROM {a}${where(A, choices)}`;
  const columns = choices.pick(["ts, k, n", "k, n, rn"]);
  if (choices.chance(25)) {
    return plain(
      "top of groups",
      `SELECT k, total FROM (SELECT k, total, row_number() OVER (ORDER BY total DESC, k) AS rn
      FROM (SELECT k, count(*) AS total FROM {a} GROUP BY k)) WHERE rn <= ${count}`,
    );
  }
  return plain(count === 1 ? "deduplicate" : "top per key", `SELECT ${columns} FROM (${source}) WHERE rn <= ${count}`);
}

const distinct = (choices: Choices): StreamQuery =>
  plain("distinct", `SELECT DISTINCT ${choices.pick(["k", "k, n % 5 AS r", "n"])} FROM {a}${where(A, choices)}`);

function combined(choices: Choices): StreamQuery {
  const op = choices.weighted([
    [4, "UNION ALL"],
    [2, "UNION"],
    [1, "EXCEPT"],
    [1, "INTERSECT"],
  ]);
  return plain("set operation", `SELECT k, n FROM {a}${where(A, choices)} ${op} SELECT k, m::BIGINT FROM {b}${where(B, choices)}`);
}

function windowsOfWindows(choices: Choices): StreamQuery {
  const inner = `SELECT window_start, window_end, window_time AS ts, k, count(*) AS n, sum(x) AS x
    FROM TUMBLE(TABLE {a}, DESCRIPTOR(ts), ${seconds(5)}) GROUP BY window_start, window_end, window_time, k`;
  const outer = choices.pick([
    `TUMBLE(TABLE (SELECT ts, k, n, x FROM (${inner})), DESCRIPTOR(ts), ${seconds(20)})`,
    `HOP(TABLE (SELECT ts, k, n, x FROM (${inner})), DESCRIPTOR(ts), ${seconds(10)}, ${seconds(30)})`,
  ]);
  return plain(
    "windows of windows",
    `SELECT window_start, window_end, ${choices.pick(["max(n)", "sum(n)", "min(x)"])} AS c0, count(*) AS c1 FROM ${outer} GROUP BY window_start, window_end`,
  );
}

function topN(choices: Choices): StreamQuery {
  const order = choices.pick(["n DESC NULLS LAST, ts", "x, ts", "ts DESC", "ts"]);
  return plain("order by limit", `SELECT ts, k, n, x FROM {a}${where(A, choices)} ORDER BY ${order} LIMIT ${choices.between(1, 8)}`);
}
