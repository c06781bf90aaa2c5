import { Session } from "../../src/index.ts";
import { median } from "../measure.ts";
import { type StreamData, streamData, VARIANTS, type Variant } from "./data.ts";

/**
 * Streaming queries from SQL text to result, through a session, one thread, over batches that stand in memory before the clock starts.
 *
 *     node dist/bench/streams/run.js [--velo] [--variants] [case …]
 *
 * One JSON line a case, medians: `plan_ms`, from SQL text to operators (parsing, planning and compiling, before a row is read), and apart from it
 * `run_ms`, from there to the result's rows; `events_per_second` and `ratio` are of `run_ms`; `cpu_…` the same of the process's time on processors,
 * which a busy machine does not stretch. `first_ms` is all of the first run on a new session. `--velo`: the workloads of VeloStream's own benchmark,
 * 10,000 records each, against its figures of one thread; so short that the engine's own code takes some fifty runs to be compiled.
 */

interface Case {
  readonly name: string;
  readonly bar: number;
  readonly rows: number;
  readonly keys: number;
  /** Microseconds between rows. */
  readonly step: number;
  /** Rows of a second stream, and of a table of keys. */
  readonly second?: boolean;
  readonly table?: number;
  /** Keys that come in no order, whatever the variant. */
  readonly unsorted?: boolean;
  /** `t`, `k`, `p`, `q`: the columns' names. */
  readonly sql: (t: string, k: string, p: string, q: string) => string;
  /** Rows expected, where they are known without running anything. */
  readonly expected?: number;
}

const over = (k: string, t: string) => `PARTITION BY ${k} ORDER BY ${t} ROWS BETWEEN 99 PRECEDING AND CURRENT ROW`;
const tumble = (t: string, k: string, p: string, q: string) =>
  `SELECT ${k}, window_start, count(*) AS n, sum(${q}) AS total, avg(${p}) AS mean, max(${p}) AS top
   FROM TUMBLE(TABLE s, DESCRIPTOR(${t}), INTERVAL '1' MINUTE) GROUP BY ${k}, window_start, window_end`;

const CASES: readonly Case[] = [
  {
    name: "filter",
    bar: 100e6,
    rows: 8e6,
    keys: 100,
    step: 100,
    sql: (_, k, p, q) => `SELECT ${k}, ${p} * ${q} AS value FROM s WHERE ${p} > 500`,
  },
  { name: "tumble", bar: 40e6, rows: 8e6, keys: 100, step: 100, sql: tumble },
  { name: "tumble-changes", bar: 1.5e6, rows: 2e6, keys: 100, step: 100, sql: (...names) => `${tumble(...names)} EMIT CHANGES` },
  {
    name: "hop",
    bar: 15e6,
    rows: 8e6,
    keys: 100,
    step: 1000,
    sql: (t, k, p) =>
      `SELECT ${k}, window_start, count(*) AS n, avg(${p}) AS mean
       FROM HOP(TABLE s, DESCRIPTOR(${t}), INTERVAL '1' MINUTE, INTERVAL '10' MINUTE) GROUP BY ${k}, window_start, window_end`,
  },
  {
    name: "over",
    bar: 5e6,
    rows: 4e6,
    keys: 10,
    step: 100,
    sql: (t, k, p) => `SELECT ${k}, ${t}, avg(${p}) OVER (${over(k, t)}) AS mean FROM s`,
    expected: 4e6,
  },
  {
    name: "over-100-keys",
    bar: 5e6,
    rows: 4e6,
    keys: 100,
    step: 100,
    sql: (t, k, p) => `SELECT ${k}, ${t}, avg(${p}) OVER (${over(k, t)}) AS mean FROM s`,
    expected: 4e6,
  },
  {
    name: "table-join",
    bar: 4e6,
    rows: 4e6,
    keys: 5000,
    step: 100,
    table: 5000,
    sql: (t, k, p) => `SELECT s.${k}, ${t}, ${p}, sector FROM s JOIN names ON s.${k} = names.name`,
    expected: 4e6,
  },
  {
    name: "interval-join",
    bar: 1.5e6,
    rows: 1e6,
    keys: 1000,
    step: 100,
    second: true,
    sql: (t, k, p) =>
      `SELECT s.${k}, s.${p}, r.${p} AS other FROM s JOIN r ON s.${k} = r.${k} AND r.${t} BETWEEN s.${t} AND s.${t} + INTERVAL '0.1' SECOND`,
  },
  {
    name: "session",
    bar: 3e6,
    rows: 4e6,
    keys: 100,
    step: 100,
    unsorted: true,
    sql: (t, k, p) =>
      `SELECT ${k}, window_start, window_end, count(*) AS n, max(${p}) AS top
       FROM SESSION(TABLE s PARTITION BY ${k}, DESCRIPTOR(${t}), INTERVAL '50' MILLISECOND) GROUP BY ${k}, window_start, window_end`,
  },
];

const small = { rows: 10_000, step: 10_000 } as const;
const VELO: readonly Case[] = [
  {
    name: "velo rows window",
    bar: 10 * 865e3,
    keys: 10,
    ...small,
    sql: (t, k, p) => `SELECT ${k}, ${p}, avg(${p}) OVER (${over(k, t)}) AS mean FROM s`,
    expected: 10_000,
  },
  {
    name: "velo select where",
    bar: 10 * 767e3,
    keys: 100,
    ...small,
    sql: (_, k, p, q) => `SELECT ${k}, ${p}, ${q} FROM s WHERE ${p} >= 0`,
    expected: 10_000,
  },
  {
    name: "velo table join",
    bar: 10 * 280e3,
    keys: 5000,
    ...small,
    table: 5000,
    sql: (_, k, p) => `SELECT s.${k}, ${p}, sector FROM s JOIN names ON s.${k} = names.name`,
    expected: 10_000,
  },
  {
    name: "velo tumbling",
    bar: 10 * 231e3,
    keys: 100,
    ...small,
    sql: (t, k, p, q) =>
      `SELECT ${k}, count(*) AS n, avg(${p}) AS mean, sum(${q}) AS total, max(${p}) AS top FROM s GROUP BY ${k} WINDOW TUMBLING(${t}, INTERVAL '1' MINUTE)`,
  },
  {
    name: "velo group by",
    bar: 10 * 218e3,
    keys: 1000,
    ...small,
    sql: (_, k, p) => `SELECT ${k}, count(*) AS n, sum(${p}) AS total, avg(${p}) AS mean FROM s GROUP BY ${k}`,
    expected: 1000,
  },
  {
    name: "velo having",
    bar: 10 * 331e3,
    keys: 100,
    ...small,
    sql: (_, k, p) => `SELECT ${k}, count(*) AS n, sum(${p}) AS total FROM s GROUP BY ${k} HAVING count(*) > 10`,
    expected: 100,
  },
  {
    name: "velo tumbling changes",
    bar: 10 * 9.4e3,
    keys: 100,
    ...small,
    sql: (t, k, p, q) =>
      `SELECT ${k}, count(*) AS n, avg(${p}) AS mean, sum(${q}) AS total, max(${p}) AS top FROM s GROUP BY ${k} WINDOW TUMBLING(${t}, INTERVAL '1' MINUTE) EMIT CHANGES`,
  },
  {
    name: "velo interval join",
    bar: 10 * 364e3,
    keys: 1000,
    ...small,
    second: true,
    sql: (t, k, p) =>
      `SELECT s.${k}, s.${p}, r.${p} AS other FROM s JOIN r ON s.${k} = r.${k} AND r.${t} BETWEEN s.${t} AND s.${t} + INTERVAL '10' SECOND`,
  },
];

async function open({ keys, table, second }: Case, data: StreamData, other: StreamData, variant: Variant): Promise<Session> {
  const session = new Session({ timeZone: "UTC", threads: 1 });
  const time = { column: variant.columns[0], delay: 1_000_000 };
  session.streaming.declareBatches("s", data.schema, data.batches, time);
  if (second === true) session.streaming.declareBatches("r", other.schema, other.batches, time);
  if (table !== undefined) {
    await session.query(`CREATE TABLE names AS SELECT 'symbol-' || i AS name, i % 12 AS sector FROM range(${keys}) t(i)`);
  }
  return session;
}

/** Milliseconds, of the clock and of processors. */
const now = () => {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000 };
};

const rounded = (ms: number) => Math.round(ms * 100) / 100;

async function measure(one: Case, variant: Variant, warmups: number, runs: number): Promise<void> {
  const rows = one.unsorted === true ? { ...variant, unsorted: true } : variant;
  const data = streamData(one.rows, one.keys, one.step, rows);
  const other = one.second === true ? streamData(one.rows, one.keys, one.step, rows, 43) : data;
  const session = await open(one, data, other, variant);
  const sql = one.sql(...variant.columns);
  const times: { readonly plan: number; readonly planCpu: number; readonly run: number; readonly runCpu: number }[] = [];
  let rowCount = 0;
  for (let i = 0; i < runs + warmups; i++) {
    const start = now();
    let planned = start;
    await session.run(sql, {
      // The operators stand, and the scheduler's next turn reads the first batch.
      onLive: () => {
        planned = now();
      },
      onOutput: ({ output }) => {
        if ("table" in output) rowCount = output.table.rowCount;
      },
    });
    const end = now();
    const plan = { plan: planned.wall - start.wall, planCpu: planned.cpu - start.cpu };
    times.push({ ...plan, run: end.wall - planned.wall, runCpu: end.cpu - planned.cpu });
  }
  await session.close();
  if (one.expected !== undefined && rowCount !== one.expected) throw new Error(`${one.name}: ${rowCount} rows instead of ${one.expected}`);
  const events = one.rows * (one.second === true ? 2 : 1);
  const middle = (part: keyof (typeof times)[number]) => median(times.slice(warmups).map((time) => time[part]));
  const [ms, cpuMs] = [middle("run"), middle("runCpu")];
  const line = {
    case: one.name,
    variant: variant.name,
    events,
    rows: rowCount,
    plan_ms: rounded(middle("plan")),
    run_ms: rounded(ms),
    cpu_plan_ms: rounded(middle("planCpu")),
    cpu_run_ms: rounded(cpuMs),
    first_ms: rounded(times[0].plan + times[0].run),
    events_per_second: Math.round((events / ms) * 1000),
    cpu_events_per_second: Math.round((events / cpuMs) * 1000),
    bar: one.bar,
    ratio: rounded((events / ms) * (1000 / one.bar)),
    cpu_ratio: rounded((events / cpuMs) * (1000 / one.bar)),
  };
  console.log(JSON.stringify(line));
}

const args = process.argv.slice(2);
const wanted = args.filter((arg) => !arg.startsWith("--"));
const velo = args.includes("--velo");
for (const one of velo ? VELO : CASES) {
  if (wanted.length > 0 && !wanted.some((name) => one.name.includes(name))) continue;
  for (const variant of args.includes("--variants") ? VARIANTS : VARIANTS.slice(0, 1))
    await measure(one, variant, velo ? 50 : 3, velo ? 50 : 5);
}
