import type { CompiledExpression } from "../../src/compile/types.ts";
import { BIGINT, type DataType, DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { BATCH_ROWS, makeDictionary, type RecordBatch, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { AsofJoin } from "../../src/exec/join/asof-join.ts";
import { HashJoin } from "../../src/exec/join/hash-join.ts";
import { joinShape } from "../../src/exec/join/join-sides.ts";
import type { Operator, Output } from "../../src/exec/operator.ts";
import { AsofStreamJoin } from "../../src/exec/stream/asof-stream-join.ts";
import { ChangelogJoin } from "../../src/exec/stream/changelog-join.ts";
import { IntervalJoin } from "../../src/exec/stream/interval-join.ts";

/**
 * Join operators alone, one thread, batches built beforehand: events a second over both sides.
 * `node dist/bench/micro/stream-joins.js [case] [events]` prints one JSON line a case.
 */

const EVENTS = Number(process.argv[3] ?? 2_000_000);
const SECOND = 1_000_000;
const START = 1_700_000_000_000_000;

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "symbol", type: VARCHAR },
  { name: "price", type: DOUBLE },
  { name: "n", type: BIGINT },
];
const TYPES: readonly DataType[] = SCHEMA.map((field) => field.type);

const column = (index: number): CompiledExpression =>
  Object.assign((batch: RecordBatch) => batch.columns[index], { report: { expression: `#${index}`, mode: "compiled" as const } });

const timestamps = (times: Float64Array, type: DataType): Vector => {
  const data = new BigInt64Array(times.length);
  for (let i = 0; i < times.length; i++) data[i] = BigInt(times[i]);
  return { layout: "flat", type, length: times.length, validity: null, data };
};

/** Batches of events, `step` microseconds apart. */
function events(count: number, step: number, keys: number, coded: boolean): { batches: RecordBatch[]; ends: number[] } {
  const names = vectorFromValues(
    VARCHAR,
    Array.from({ length: coded ? keys : 1 }, (_, i) => `symbol ${i}`),
  );
  if (names.layout !== "bytes") throw new Error("text is built as bytes");
  const dictionary = makeDictionary(names);
  const batches: RecordBatch[] = [];
  const ends: number[] = [];
  for (let at = 0; at < count; at += BATCH_ROWS) {
    const length = Math.min(BATCH_ROWS, count - at);
    const times = Float64Array.from({ length }, (_, i) => START + (at + i) * step);
    const codes = Int32Array.from({ length }, () => Math.floor(Math.random() * keys));
    const numbers = timestamps(Float64Array.from(codes), BIGINT);
    const symbols: Vector = coded
      ? { layout: "dictionary", type: VARCHAR, length, validity: null, codes, dictionary }
      : { layout: "dictionary", type: VARCHAR, length, validity: null, codes: new Int32Array(length), dictionary };
    const prices: Vector = { layout: "flat", type: DOUBLE, length, validity: null, data: Float64Array.from({ length }, Math.random) };
    batches.push({ columns: [timestamps(times, TIMESTAMP), symbols, prices, numbers], length });
    ends.push(times[length - 1]);
  }
  return { batches, ends };
}

let rowsOut = 0;
const out: Output = {
  push: (batch) => {
    rowsOut += batch.length;
  },
  watermark: () => {},
  idle: () => {},
};
const finish = (operator: Operator, more: boolean) => {
  let left = more;
  while (left) left = operator.resume(out);
};

function interval(keyColumn: number, keys: number, step: number, width: number, join: "inner" | "left"): () => number {
  const left = events(EVENTS / 2, step, keys, keyColumn === 1);
  const right = events(EVENTS / 2, step, keys, keyColumn === 1);
  return () => {
    const operator = new IntervalJoin({
      name: "interval-join",
      join,
      left: { schema: SCHEMA, time: column(0), shift: 0, bucket: Math.max(64_000, width / 4) },
      right: { schema: SCHEMA, time: column(0), shift: 0, bucket: Math.max(64_000, width / 4) },
      keys: [{ left: column(keyColumn), right: column(keyColumn), type: TYPES[keyColumn], nullSafe: false }],
      low: -width / 2,
      high: width / 2,
      condition: undefined,
      wanted: undefined,
      late: { add: () => {} },
    });
    return both(operator, left, right);
  };
}

/** A table of 5,000 rows on the build side, the stream of four columns through the probe side. */
function streamTable(join: "inner" | "left"): () => number {
  const stream = events(EVENTS, 100, 5000, false);
  const table: RecordBatch = {
    columns: [
      timestamps(
        Float64Array.from({ length: 5000 }, (_, i) => i),
        BIGINT,
      ),
      vectorFromValues(
        VARCHAR,
        Array.from({ length: 5000 }, (_, i) => `name ${i}`),
      ),
    ],
    length: 5000,
  };
  return () => {
    const operator = new HashJoin({
      shape: joinShape(join, false, 4, undefined),
      leftTypes: TYPES,
      rightTypes: [BIGINT, VARCHAR],
      keys: [{ left: column(3), right: column(0), type: BIGINT, nullSafe: false }],
      condition: undefined,
      checkInterrupt: () => {},
    });
    finish(operator, operator.process(1, table, out));
    finish(operator, operator.onEnd(1, out));
    for (const batch of stream.batches) finish(operator, operator.process(0, batch, out));
    finish(operator, operator.onEnd(0, out));
    return 5000;
  };
}

function asofBatch(keys: number): () => number {
  const left = events(EVENTS / 2, 97, keys, true);
  const right = events(EVENTS / 2, 101, keys, true);
  return () => {
    const operator = new AsofJoin({
      shape: joinShape("inner", false, 4, undefined),
      rightTypes: TYPES,
      keys: [{ left: column(1), right: column(1), type: VARCHAR, nullSafe: false }],
      left: column(0),
      right: column(0),
      timeType: TIMESTAMP,
      op: ">=",
      tolerance: undefined,
      condition: undefined,
    });
    for (const batch of right.batches) finish(operator, operator.process(1, batch, out));
    finish(operator, operator.onEnd(1));
    for (const batch of left.batches) finish(operator, operator.process(0, batch, out));
    return operator.stateRows();
  };
}

function asofStream(keys: number, tolerance: number | undefined): () => number {
  const left = events(EVENTS / 2, 97, keys, true);
  const right = events(EVENTS / 2, 97, keys, true);
  return () => {
    const operator = new AsofStreamJoin({
      name: "asof-join",
      join: "left",
      left: { schema: SCHEMA, time: column(0) },
      right: { schema: SCHEMA, time: column(0) },
      keys: [{ left: column(1), right: column(1), type: VARCHAR, nullSafe: false }],
      op: ">=",
      tolerance,
      condition: undefined,
      late: { add: () => {} },
    });
    return both(operator, left, right);
  };
}

/** Two streams in step, with a watermark behind each pair of batches; gives the most rows held. */
function both(operator: Operator, left: { batches: RecordBatch[]; ends: number[] }, right: { batches: RecordBatch[] }): number {
  let most = 0;
  left.batches.forEach((batch, i) => {
    finish(operator, operator.process(0, batch, out));
    finish(operator, operator.process(1, right.batches[i], out));
    if (operator.onWatermark !== undefined) finish(operator, operator.onWatermark(Math.floor(left.ends[i] / 1000) * 1000, out));
    most = Math.max(most, operator.stateRows!());
  });
  finish(operator, operator.onEnd(0, out));
  finish(operator, operator.onEnd(1, out));
  return most;
}

function changelog(keys: number): () => number {
  const left = events(EVENTS / 2, 97, keys, false);
  const right = events(EVENTS / 2, 97, keys, false);
  return () => {
    const operator = new ChangelogJoin({
      join: "inner",
      left: SCHEMA,
      right: SCHEMA,
      keys: [{ left: column(3), right: column(3), type: BIGINT, nullSafe: false }],
      condition: undefined,
      ttl: undefined,
      clock: new VirtualClock(0),
    });
    return both(operator, left, right);
  };
}

/** Rows of both sides stay: the same join, of rows that only come. */
function append(keys: number): () => number {
  const left = events(EVENTS / 2, 97, keys, false);
  const right = events(EVENTS / 2, 97, keys, false);
  const side = { schema: SCHEMA, time: undefined, shift: 0, bucket: Number.POSITIVE_INFINITY };
  return () =>
    both(
      new IntervalJoin({
        name: "append-join",
        join: "inner",
        left: side,
        right: side,
        keys: [{ left: column(3), right: column(3), type: BIGINT, nullSafe: false }],
        low: Number.NEGATIVE_INFINITY,
        high: Number.POSITIVE_INFINITY,
        condition: undefined,
        wanted: undefined,
        late: { add: () => {} },
      }),
      left,
      right,
    );
}

const CASES: Readonly<Record<string, () => () => number>> = {
  "interval inner, 100 symbols, about 1 match": () => interval(1, 100, 10_000, 2 * SECOND, "inner"),
  "interval inner, 10000 symbols, about 2 matches": () => interval(1, 10_000, 100, 2 * SECOND, "inner"),
  "interval left, 100k bigint keys": () => interval(3, 100_000, 100, 10 * SECOND, "left"),
  "interval inner, 1M bigint keys, 10 s": () => interval(3, 1_000_000, 100, 10 * SECOND, "inner"),
  "stream-table inner, 5000 rows": () => streamTable("inner"),
  "stream-table left, 5000 rows": () => streamTable("left"),
  "asof stream, 100 symbols": () => asofStream(100, undefined),
  "asof stream, 10000 symbols, tolerance 1 s": () => asofStream(10_000, SECOND),
  "changelog, 1M bigint keys, about 1 match": () => changelog(1_000_000),
  "append, 1M bigint keys, about 1 match": () => append(1_000_000),
  "asof batch, 100 symbols": () => asofBatch(100),
  "asof batch, 10000 symbols": () => asofBatch(10_000),
};

for (const [name, prepare] of Object.entries(CASES)) {
  if (process.argv[2] !== undefined && !name.includes(process.argv[2])) continue;
  const run = prepare();
  let best = Number.POSITIVE_INFINITY;
  let most = 0;
  for (let i = 0; i < 4; i++) {
    rowsOut = 0;
    const start = performance.now();
    most = run();
    best = Math.min(best, performance.now() - start);
  }
  const perSecond = Math.round(EVENTS / (best / 1000));
  console.log(JSON.stringify({ name, events: EVENTS, ms: Math.round(best), eventsPerSecond: perSecond, rowsOut, mostStateRows: most }));
}
