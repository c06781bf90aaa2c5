import { BIGINT, type DataType, DOUBLE, TIMESTAMP } from "../../src/core/types.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../../src/core/vector.ts";
import { WallClock } from "../../src/exec/clock.ts";
import type { Operator, Output } from "../../src/exec/operator.ts";
import { Deduplicate } from "../../src/exec/stream/deduplicate.ts";
import { DistinctRows } from "../../src/exec/stream/distinct-rows.ts";
import { Rank } from "../../src/exec/stream/rank.ts";
import { ResultTable } from "../../src/exec/stream/result-table.ts";

/** Rows a second through deduplication, Top-N, DISTINCT and a result table, over prebuilt batches of four columns. */

const TYPES: DataType[] = [TIMESTAMP, BIGINT, BIGINT, DOUBLE];

function batches(count: number, keys: number): RecordBatch[] {
  let state = 1;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  return Array.from({ length: count }, (_, b) => {
    const length = BATCH_ROWS;
    const flat = (type: DataType, data: BigInt64Array | Float64Array): Vector => ({ layout: "flat", type, length, validity: null, data });
    const ints = (f: (i: number) => number) => BigInt64Array.from({ length }, (_x, i) => BigInt(f(i)));
    return {
      columns: [
        flat(
          TIMESTAMP,
          ints((i) => (b * length + i) * 10),
        ),
        flat(
          BIGINT,
          ints(() => Math.floor(random() * keys) * 1_000_003),
        ),
        flat(
          BIGINT,
          ints(() => Math.floor(random() * 1e6)),
        ),
        flat(DOUBLE, Float64Array.from({ length }, random)),
      ],
      length,
    };
  });
}

const column = (index: number, type: DataType) => ({
  value: Object.assign((batch: RecordBatch) => batch.columns[index], { report: { expression: "", mode: "compiled" as const } }),
  type,
  descending: true,
  nullsFirst: false,
});
const common = { types: TYPES, ttl: undefined, clock: new WallClock(), late: () => {}, checkInterrupt: () => {} };
const key = { keyTypes: [BIGINT], keys: (batch: RecordBatch) => [batch.columns[1]] };
const partitions = { partitionTypes: [BIGINT], partitions: (batch: RecordBatch) => [batch.columns[1]] };
const rank = {
  ...common,
  ...partitions,
  order: [column(2, BIGINT)],
  rank: "row_number" as const,
  offset: 0,
  rankColumn: true,
  windowEnd: undefined,
};

const CASES: readonly (readonly [name: string, keys: number, make: () => Operator])[] = [
  [
    "deduplicate, keep last, 100 keys",
    100,
    () => new Deduplicate({ ...common, ...key, name: "d", order: [column(0, TIMESTAMP)], time: undefined, numbered: true }),
  ],
  [
    "deduplicate, keep last, 1 M keys",
    1_000_000,
    () => new Deduplicate({ ...common, ...key, name: "d", order: [column(0, TIMESTAMP)], time: undefined, numbered: true }),
  ],
  ["top 10, 1000 keys", 1000, () => new Rank({ ...rank, limit: 10, numbered: false, retracting: false })],
  ["top 10, 100 K keys", 100_000, () => new Rank({ ...rank, limit: 10, numbered: false, retracting: false })],
  [
    "distinct keys, 1 M",
    1_000_000,
    () => new DistinctRows({ ...common, types: [BIGINT], name: "x", times: (l, r) => (l + r > 0 ? 1 : 0) }),
  ],
];

for (const [name, keys, make] of CASES) {
  const rows = batches(64, keys);
  const operator = make();
  const table = new ResultTable({ types: TYPES, mode: "retract" });
  let out = 0;
  let applied = 0;
  const output: Output = {
    push: (batch) => {
      out += batch.length;
      if (!name.startsWith("deduplicate")) return;
      const start = performance.now();
      table.apply({ ...batch, columns: batch.columns.slice(0, 4) });
      applied += performance.now() - start;
    },
    watermark: () => {},
    idle: () => {},
  };
  let longest = 0;
  const start = performance.now();
  for (const batch of name.startsWith("distinct") ? rows.map((row) => ({ columns: [row.columns[1]], length: row.length })) : rows) {
    let before = performance.now();
    for (let busy = operator.process(0, batch, output); ; busy = operator.resume(output)) {
      const now = performance.now();
      longest = Math.max(longest, now - before);
      before = now;
      if (!busy) break;
    }
  }
  const ms = performance.now() - start - applied;
  const figures = { case: name, rowsPerSecond: Math.round((64 * BATCH_ROWS) / (ms / 1000)), rowsOut: out, longestMs: Math.round(longest) };
  const result = applied === 0 ? {} : { resultRowsPerSecond: Math.round(out / (applied / 1000)) };
  console.log(JSON.stringify({ ...figures, ...result }));
}
