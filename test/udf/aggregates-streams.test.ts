import { beforeAll, describe, expect, test } from "vitest";
import type { FunctionDefinition } from "../../src/catalog/function-types.ts";
import type { Table } from "../../src/core/vector.ts";
import { Session } from "../../src/session.ts";
import { loadModule } from "../../src/udf/load-module.ts";
import { readModule } from "../../src/udf/read-module.ts";
import { Choices, randomStream } from "../differential/choices.ts";
import { batchOf, rowsOf } from "../exec/operator-harness.ts";
import { rowKey } from "../stream-changelog/harness.ts";
import { StreamEngine } from "../streaming-equivalence/engine.ts";
import { generateTables, type Rows, shuffled } from "../streaming-equivalence/tables.ts";

/**
 * Aggregates of the user's over tables and streams: what a built-in aggregate gives, whatever methods there are, whatever the state is made of, and
 * however the rows come. All numbers are exact in any order.
 */

const MODULE = `
interface Sum { n: number; sum: number }
const sums = {
  init: (): Sum => ({ n: 0, sum: 0 }),
  value: (s: Sum): number | null => (s.n === 0 ? null : s.sum),
};

/** Sums, with every method. */
export const total = {
  init: () => ({ n: 0, sum: 0 }),
  add(s, x: number) { s.n++; s.sum += x; },
  remove(s, x: number) { s.n--; s.sum -= x; },
  merge(s, other) { s.n += other.n; s.sum += other.sum; },
  value: (s): number | null => (s.n === 0 ? null : s.sum),
};
/** Without merge; the state is replaced. */
export const total_unmerged = {
  init: () => ({ n: 0, sum: 0 }),
  add: (s, x: number) => ({ n: s.n + 1, sum: s.sum + x }),
  remove: (s, x: number) => ({ n: s.n - 1, sum: s.sum - x }),
  value: (s): number | null => (s.n === 0 ? null : s.sum),
};
/** Without remove. */
export const total_kept = {
  init: () => ({ n: 0, sum: 0 }),
  add(s, x: number) { s.n++; s.sum += x; },
  merge: (s, other) => ({ n: s.n + other.n, sum: s.sum + other.sum }),
  value: (s): number | null => (s.n === 0 ? null : s.sum),
};
/** With neither; the state is an array of all values. */
export const total_bare = {
  init: () => [] as number[],
  add(s, x: number) { s.push(x); },
  value: (s): number | null => (s.length === 0 ? null : s.reduce((sum, x) => sum + x, 0)),
};
/** A bigint as the state, and methods that call one another. */
export const total_big = {
  init: () => ({ n: 0n, last: null as Date | null, quarters: 0n }),
  add(s, x: number) { s.n++; s.quarters += BigInt(x * 4); s.last = new Date(0); },
  remove(s, x: number) { this.add(s, -x); s.n -= 2n; },
  merge(s, other) { s.n += other.n; s.quarters += other.quarters; },
  value: (s): number | null => (s.n === 0n ? null : Number(s.quarters) / 4),
};
/** A map from values to how often they are there. */
export const values_seen = {
  init: () => ({ seen: new Map<number, number>() }),
  add({ seen }, x: number) { seen.set(x, (seen.get(x) ?? 0) + 1); },
  remove({ seen }, x: number) {
    const left = seen.get(x)! - 1;
    if (left === 0) seen.delete(x); else seen.set(x, left);
  },
  merge({ seen }, other) { for (const [x, n] of other.seen) seen.set(x, (seen.get(x) ?? 0) + n); },
  value: ({ seen }): bigint => BigInt(seen.size),
};
/** A typed array that counts quarters from -8 on. */
export const highest = {
  init: () => new Int32Array(128),
  add(s, x: number) { s[(x + 8) * 4]++; },
  merge(s, other) { for (let i = 0; i < s.length; i++) s[i] += other[i]; },
  value(s): number | null {
    for (let i = s.length - 1; i >= 0; i--) if (s[i] > 0) return i / 4 - 8;
    return null;
  },
};
`;

/** Functions, and the built-in that gives the same. */
const FUNCTIONS: readonly (readonly [mine: string, built: string])[] = [
  ["total", "sum"],
  ["total_unmerged", "sum"],
  ["total_kept", "sum"],
  ["total_bare", "sum"],
  ["total_big", "sum"],
  ["values_seen", "distinct"],
  ["highest", "max"],
];

/** `f` is the aggregate over x. */
const QUERIES: readonly { readonly name: string; readonly sql: (f: (x: string) => string) => string; readonly emit?: string }[] = [
  { name: "all rows", sql: (f) => `SELECT ${f("x")} AS v FROM {a}` },
  { name: "group by", sql: (f) => `SELECT k, ${f("x")} AS v FROM {a} GROUP BY k` },
  { name: "no rows", sql: (f) => `SELECT ${f("x")} AS v FROM {a} WHERE x > 1000` },
  { name: "filter", sql: (f) => `SELECT k, ${f("x")} FILTER (WHERE n > 0) AS v, count(*) AS c FROM {a} GROUP BY k` },
  { name: "at the end", sql: (f) => `SELECT k, ${f("x")} AS v FROM {a} GROUP BY k`, emit: " EMIT FINAL" },
  { name: "upserts", sql: (f) => `SELECT k, ${f("x")} AS v FROM {a} GROUP BY k`, emit: " EMIT ON UPDATE" },
  {
    name: "tumble",
    sql: (f) =>
      `SELECT k, window_start, ${f("x")} AS v FROM TUMBLE(TABLE {a}, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end`,
  },
  {
    name: "tumble, changes",
    sql: (f) =>
      `SELECT k, window_start, ${f("x")} AS v FROM TUMBLE(TABLE {a}, DESCRIPTOR(ts), INTERVAL '10' SECOND) GROUP BY k, window_start, window_end`,
    emit: " EMIT CHANGES",
  },
  {
    name: "hop",
    sql: (f) =>
      `SELECT k, window_end, ${f("x")} AS v FROM HOP(TABLE {a}, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND) GROUP BY k, window_start, window_end`,
  },
  {
    name: "hop, changes",
    sql: (f) =>
      `SELECT window_end, ${f("x")} AS v FROM HOP(TABLE {a}, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND) GROUP BY window_start, window_end`,
    emit: " EMIT CHANGES",
  },
  {
    name: "cumulate",
    sql: (f) =>
      `SELECT window_end, ${f("x")} AS v FROM CUMULATE(TABLE {a}, DESCRIPTOR(ts), INTERVAL '5' SECOND, INTERVAL '20' SECOND) GROUP BY window_start, window_end`,
  },
  {
    name: "session",
    sql: (f) =>
      `SELECT k, window_start, window_end, ${f("x")} AS v FROM SESSION(TABLE {a} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '4' SECOND) GROUP BY k, window_start, window_end`,
  },
  {
    name: "session, changes",
    sql: (f) =>
      `SELECT k, window_start, window_end, ${f("x")} AS v FROM SESSION(TABLE {a} PARTITION BY k, DESCRIPTOR(ts), INTERVAL '4' SECOND) GROUP BY k, window_start, window_end`,
    emit: " EMIT CHANGES",
  },
  {
    name: "over rows",
    sql: (f) => `SELECT ts, k, ${f("x")} OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 11 PRECEDING AND CURRENT ROW) AS v FROM {a}`,
  },
  { name: "over few rows", sql: (f) => `SELECT ts, ${f("x")} OVER (ORDER BY ts ROWS BETWEEN 4 PRECEDING AND 2 PRECEDING) AS v FROM {a}` },
  {
    name: "over time",
    sql: (f) =>
      `SELECT ts, k, ${f("x")} OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN INTERVAL '9' SECOND PRECEDING AND CURRENT ROW) AS v FROM {a}`,
  },
  { name: "over all before", sql: (f) => `SELECT ts, k, ${f("x")} OVER (PARTITION BY k ORDER BY ts) AS v FROM {a}` },
  {
    name: "over rows to come",
    sql: (f) => `SELECT ts, ${f("x")} OVER (ORDER BY ts ROWS BETWEEN 20 PRECEDING AND 3 FOLLOWING EXCLUDE CURRENT ROW) AS v FROM {a}`,
  },
  {
    name: "rows that are taken back",
    sql: (f) =>
      `SELECT c % 3 AS g, ${f("CAST(m AS DOUBLE)")} AS v FROM (SELECT k, count(*) AS c, max(x) AS m FROM {a} GROUP BY k) GROUP BY c % 3`,
  },
];

const builtIn = (name: string) => (x: string) => (name === "distinct" ? `count(DISTINCT ${x})` : `${name}(${x})`);

let definitions: readonly FunctionDefinition[];
let seed = 0;
beforeAll(async () => {
  definitions = await loadModule(readModule(MODULE, { name: "cell", place: { kind: "file", path: "cell.ts" } }));
});

function load(a: Rows): Session {
  const session = new Session({ timeZone: "UTC", threads: 1 });
  for (const definition of definitions) session.functions.define(definition);
  const batch = batchOf(
    a.schema.map((field) => field.type),
    a.rows,
  );
  session.catalog.create({
    kind: "table",
    name: "ta",
    schema: a.schema,
    source: { kind: "memory", schema: a.schema, batches: [batch], rowCount: a.rows.length },
  } as never);
  return session;
}

const sorted = ({ batches }: Pick<Table, "batches">): string[] => rowsOf(batches).map(rowKey).sort();

describe.each(QUERIES)("$name", ({ sql, emit = "" }) => {
  test.each(FUNCTIONS)("%s is %s", async (mine, built) => {
    const choices = new Choices([], randomStream(++seed));
    const { a, d } = generateTables(choices);
    const session = load(a);
    const over = (table: string, f: (x: string) => string) => sql(f).replaceAll("{a}", table);
    const own = (x: string) => `${mine}(${x})`;
    const supported = built !== "distinct" || !sql(builtIn(built)).includes("OVER");
    const expected = sorted(await session.query(over("ta", supported ? builtIn(built) : own)));
    expect(sorted(await session.query(over("ta", own)))).toEqual(expected);
    for (const batchRows of [1, 7, 1024]) {
      for (const restoreAfter of [undefined, batchRows === 1 ? 25 : batchRows === 7 ? 4 : 1]) {
        const engine = new StreamEngine(d);
        for (const definition of definitions) engine.functions.define(definition);
        engine.setStream("sa", a.schema, choices.chance(50) ? shuffled(a.rows, choices) : a.rows, batchRows);
        const run = await engine.run(over("sa", own) + emit, { restoreAfter });
        expect(run.late).toBe(0);
        expect(sorted(run.table), `${batchRows} rows a batch, restored after ${restoreAfter}`).toEqual(expected);
      }
    }
    await session.close();
  });
});
