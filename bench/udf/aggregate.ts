import { valueReader } from "../../src/core/read.ts";
import { Session } from "../../src/index.ts";
import { loadModule } from "../../src/udf/load-module.ts";
import { readModule } from "../../src/udf/read-module.ts";
import { median } from "../measure.ts";
import { streamData, VARIANTS, type Variant } from "../streams/data.ts";

/**
 * Aggregates of the user's in windows over a stream against the built-in ones: one thread, batches in memory, from the built operators to the result's rows.
 *
 *     node dist/bench/udf/aggregate.js [--variants] [case …]
 *
 * One JSON line a case, medians. The answers of both are compared before the clock counts; they take turns, so that a machine that slows down slows both.
 * `ratio` is the built-in's time over that of the user's: the bar is 0.5.
 */

const MODULE = `
import { aggregate, type Long } from "weir-sql/udf";

export const vwap = aggregate({
  init: () => ({ value: 0, volume: 0 }),
  add(s, price: number, volume: number) { s.value += price * volume; s.volume += volume; },
  remove(s, price: number, volume: number) { s.value -= price * volume; s.volume -= volume; },
  merge(s, other) { s.value += other.value; s.volume += other.volume; },
  value: (s): number | null => (s.volume === 0 ? null : s.value / s.volume),
});

export const own_average = aggregate({
  init: () => ({ n: 0, sum: 0 }),
  add(s, x: number) { s.n++; s.sum += x; },
  merge(s, other) { s.n += other.n; s.sum += other.sum; },
  value: (s): number | null => (s.n === 0 ? null : s.sum / s.n),
});

/** Without merge, and with a new state for every row. */
export const highest = aggregate({
  init: () => -Infinity,
  add: (s, x: number) => (x > s ? x : s),
  value: (s): number | null => (s === -Infinity ? null : s),
});

export const total = aggregate({
  init: () => ({ sum: 0 }),
  add(s, x: Long) { s.sum += x; },
  merge(s, other) { s.sum += other.sum; },
  value: (s): number => s.sum,
});
`;

interface Case {
  readonly name: string;
  readonly own: (p: string, q: string) => string;
  readonly built: (p: string, q: string) => string;
  /** Default: a minute. */
  readonly window?: (t: string) => string;
  /** Default: keys and windows. */
  readonly query?: (call: string, t: string, k: string) => string;
  readonly keys?: number;
  readonly rows?: number;
}

const ROWS = 4_000_000;
const tumble = (t: string) => `TUMBLE(TABLE s, DESCRIPTOR(${t}), INTERVAL '1' MINUTE)`;
const hop = (t: string) => `HOP(TABLE s, DESCRIPTOR(${t}), INTERVAL '10' SECOND, INTERVAL '1' MINUTE)`;
const over = (call: string, t: string, k: string) =>
  `SELECT sum(v) AS v FROM (SELECT ${call} OVER (PARTITION BY ${k} ORDER BY ${t} ROWS BETWEEN 99 PRECEDING AND CURRENT ROW) AS v FROM s) EMIT FINAL`;

const CASES: readonly Case[] = [
  { name: "vwap", own: (p, q) => `vwap(${p}, ${q})`, built: (p, q) => `sum(${p} * ${q}) / sum(CASE WHEN ${p} IS NOT NULL THEN ${q} END)` },
  { name: "average", own: (p) => `own_average(${p})`, built: (p) => `avg(${p})` },
  { name: "average-5000-keys", own: (p) => `own_average(${p})`, built: (p) => `avg(${p})`, keys: 5000 },
  { name: "highest", own: (p) => `highest(${p})`, built: (p) => `max(${p})` },
  { name: "total", own: (_, q) => `total(${q})`, built: (_, q) => `sum(${q})` },
  { name: "hop-average", own: (p) => `own_average(${p})`, built: (p) => `avg(${p})`, window: hop },
  { name: "hop-highest", own: (p) => `highest(${p})`, built: (p) => `max(${p})`, window: hop },
  { name: "over-average", own: (p) => `own_average(${p})`, built: (p) => `avg(${p})`, query: over, rows: 500_000 },
];

function queryOf({ window = tumble, query }: Case, call: string, [t, k]: Variant["columns"]): string {
  if (query !== undefined) return query(call, t, k);
  return `SELECT ${k}, window_end, ${call} AS v FROM ${window(t)} GROUP BY ${k}, window_start, window_end`;
}

/** The result's rows as texts, in an order of their own; and milliseconds of the run. */
async function run(session: Session, sql: string): Promise<{ readonly ms: number; readonly rows: () => string[] }> {
  let started = performance.now();
  let rows: () => string[] = () => [];
  await session.run(sql, {
    onLive: () => {
      started = performance.now();
    },
    onOutput: ({ output }) => {
      if (!("table" in output)) return;
      const { batches } = output.table;
      rows = () =>
        batches.flatMap(({ columns, length }) => {
          const readers = columns.map(valueReader);
          return Array.from({ length }, (_, row) => readers.map((read) => shown(read(row))).join(" "));
        });
    },
  });
  return { ms: performance.now() - started, rows };
}

/** Sums depend on the order of their additions in the last digits. */
const shown = (value: unknown): string =>
  typeof value === "number" || typeof value === "bigint" ? Number(value).toPrecision(9) : String(value);

async function measure(one: Case, variant: Variant, warmups: number, runs: number): Promise<void> {
  const count = one.rows ?? ROWS;
  const data = streamData(count, one.keys ?? 100, 100, variant);
  const session = new Session({ timeZone: "UTC", threads: 1 });
  for (const definition of await loadModule(readModule(MODULE, { name: "bench", place: { kind: "file", path: "bench.ts" } }))) {
    session.functions.define(definition);
  }
  session.streaming.declareBatches("s", data.schema, data.batches, { column: variant.columns[0], delay: 1_000_000 });
  const [, , p, q] = variant.columns;
  const own = queryOf(one, one.own(p, q), variant.columns);
  const built = queryOf(one, one.built(p, q), variant.columns);
  const answers = await Promise.all([run(session, own), run(session, built)].map(async (answer) => (await answer).rows().sort()));
  const agree = answers[0].length > 0 && answers[0].every((row, i) => row === answers[1][i]);
  if (!agree) throw new Error(`${one.name}: ${answers[0].find((row, i) => row !== answers[1][i])} is not what the built-in gives`);
  const times: [number[], number[]] = [[], []];
  for (let i = 0; i < warmups + runs; i++) {
    const [a, b] = [(await run(session, own)).ms, (await run(session, built)).ms];
    if (i < warmups) continue;
    times[0].push(a);
    times[1].push(b);
  }
  await session.close();
  const [ownMs, builtMs] = times.map(median);
  const rounded = (x: number) => Math.round(x * 100) / 100;
  console.log(
    JSON.stringify({
      case: one.name,
      variant: variant.name,
      rows: count,
      own_ms: rounded(ownMs),
      built_in_ms: rounded(builtMs),
      own_rows_per_second: Math.round((count / ownMs) * 1000),
      bar: 0.5,
      ratio: rounded(builtMs / ownMs),
    }),
  );
}

const args = process.argv.slice(2);
const wanted = args.filter((arg) => !arg.startsWith("--"));
for (const one of CASES) {
  if (wanted.length > 0 && !wanted.some((name) => one.name.includes(name))) continue;
  for (const variant of args.includes("--variants") ? VARIANTS : VARIANTS.slice(0, 1)) await measure(one, variant, 3, 7);
}
