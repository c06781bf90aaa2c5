import {
  BIGINT as B,
  DOUBLE as D,
  DuckDBDataChunk,
  DuckDBInstance,
  DuckDBTimestampValue,
  TIMESTAMP as T,
  VARCHAR as V,
} from "@duckdb/node-api";
import { valueReader } from "../../src/core/read.ts";
import { BIGINT, type DataType, DOUBLE, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { BATCH_ROWS, makeDictionary, type RecordBatch, sliceBatch, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import type { AggregateCall } from "../../src/exec/aggregate/group-states.ts";
import { HashAggregate } from "../../src/exec/aggregate/hash-aggregate.ts";
import { aggregates } from "../../src/functions/aggregates/index.ts";

/**
 * The hash aggregate alone, one thread, rows in memory, against DuckDB with one thread over the same rows in a table.
 * `node dist/bench/micro/aggregate.js [case] [rows]` prints one JSON line a case.
 */

const ROWS = Number(process.argv[3] ?? 10_000_000);
const RUNS = 5;

interface Case {
  readonly name: string;
  readonly columns: readonly Vector[];
  readonly keys: (batch: RecordBatch) => readonly Vector[];
  readonly keyTypes: readonly DataType[];
  readonly calls: readonly (readonly [string, ...number[]])[];
  readonly duckdb: string;
}

function call(name: string, type: DataType, args: readonly number[]): AggregateCall {
  const definition = aggregates.find((entry) => entry.name === name);
  if (definition === undefined) throw new Error(`no aggregate ${name}`);
  const types = args.map(() => type);
  const overload = definition.overloads.find(
    (candidate) =>
      candidate.args.length === args.length && (args.length === 0 || candidate.args[0] === type.kind || candidate.args[0] === "comparable"),
  );
  if (overload === undefined) throw new Error(`no overload of ${name}`);
  return {
    args,
    create: () => overload.create({ types, constants: types.map(() => undefined), names: [], timeZone: "UTC", nowMicros: 0 }),
  };
}

const doubles = (make: (i: number) => number, nulls = 0): Vector => {
  const data = new Float64Array(ROWS);
  let validity: Uint8Array | null = null;
  if (nulls > 0) validity = new Uint8Array(ROWS);
  for (let i = 0; i < ROWS; i++) {
    const valid = validity === null || Math.random() >= nulls;
    if (valid) data[i] = make(i);
    if (validity !== null && valid) validity[i] = 1;
  }
  return { layout: "flat", type: DOUBLE, length: ROWS, validity, data };
};

const bigints = (type: DataType, make: (i: number) => number): Vector => {
  const data = new BigInt64Array(ROWS);
  const words = new Int32Array(data.buffer);
  for (let i = 0; i < ROWS; i++) {
    const value = make(i);
    words[2 * i] = value;
    words[2 * i + 1] = Math.floor(value / 4294967296);
  }
  return { layout: "flat", type, length: ROWS, validity: null, data };
};

const names = (count: number): Vector & { layout: "bytes" } => {
  const values = vectorFromValues(
    VARCHAR,
    Array.from({ length: count }, (_, i) => `station ${i}`),
  );
  if (values.layout !== "bytes") throw new Error("text is built as bytes");
  return values;
};

const coded = (count: number): Vector => {
  const codes = new Int32Array(ROWS);
  for (let i = 0; i < ROWS; i++) codes[i] = Math.floor(Math.random() * count);
  return { layout: "dictionary", type: VARCHAR, length: ROWS, validity: null, codes, dictionary: makeDictionary(names(count)) };
};

const plain = (count: number): Vector => {
  const values = names(count);
  const offsets = new Int32Array(ROWS + 1);
  const picks = new Int32Array(ROWS);
  for (let i = 0; i < ROWS; i++) {
    const pick = Math.floor(Math.random() * count);
    picks[i] = pick;
    offsets[i + 1] = offsets[i] + values.offsets[pick + 1] - values.offsets[pick];
  }
  const bytes = new Uint8Array(offsets[ROWS]);
  for (let i = 0; i < ROWS; i++) bytes.set(values.bytes.subarray(values.offsets[picks[i]], values.offsets[picks[i] + 1]), offsets[i]);
  return { layout: "bytes", type: VARCHAR, length: ROWS, validity: null, offsets, bytes };
};

/** The bucket as a compiled pipeline computes it: the step function is called only when a row leaves the bucket of the row before. */
function minuteOf(vector: Vector): Vector {
  if (vector.layout !== "flat") throw new Error("timestamps are flat");
  const { length, data } = vector;
  const source = new Int32Array(data.buffer, data.byteOffset, length * 2);
  const out = new Int32Array(length * 2);
  let from = 0;
  let to = 0;
  let low = 0;
  let high = 0;
  for (let i = 0; i < length; i++) {
    const value = source[2 * i + 1] * 4294967296 + (source[2 * i] >>> 0);
    if (!(value >= from && value < to)) {
      from = Math.floor(value / 60_000_000) * 60_000_000;
      to = from + 60_000_000;
      low = from | 0;
      high = Math.floor(from / 4294967296);
    }
    out[2 * i] = low;
    out[2 * i + 1] = high;
  }
  return { layout: "flat", type: TIMESTAMP, length, validity: vector.validity, data: new BigInt64Array(out.buffer) };
}

const START = 1_700_000_000_000_000;
const inOrder = () => bigints(TIMESTAMP, (i) => START + i * 1000);
const shuffled = () => bigints(TIMESTAMP, () => START + Math.floor(Math.random() * ROWS) * 1000);
const price = (nulls = 0) => doubles(() => Math.random() * 100, nulls);
const five = [["count"], ["sum", 0], ["avg", 0], ["min", 0], ["max", 0]] as const;

const tumble = (name: string, ts: () => Vector, value: () => Vector, swap = false): (() => Case) => {
  return () => ({
    name,
    columns: [ts(), coded(1000), value()],
    keyTypes: swap ? [VARCHAR, TIMESTAMP] : [TIMESTAMP, VARCHAR],
    keys: (batch) => (swap ? [batch.columns[1], minuteOf(batch.columns[0])] : [minuteOf(batch.columns[0]), batch.columns[1]]),
    calls: five,
    duckdb: "select time_bucket(interval 1 minute, c0) k, c1, count(*), sum(c2), avg(c2), min(c2), max(c2) from t group by 1, 2",
  });
};

const cases: Record<string, () => Case> = {
  tumble: tumble("tumble", inOrder, () => price()),
  "tumble-swapped": tumble("tumble-swapped", inOrder, () => price(), true),
  "tumble-nulls": tumble("tumble-nulls", inOrder, () => price(0.05)),
  "tumble-unsorted": tumble("tumble-unsorted", shuffled, () => price()),
  "1brc": () => ({
    name: "1brc",
    columns: [coded(408), price()],
    keyTypes: [VARCHAR],
    keys: (batch) => [batch.columns[0]],
    calls: [
      ["min", 0],
      ["avg", 0],
      ["max", 0],
    ],
    duckdb: "select c0, min(c1), avg(c1), max(c1) from t group by 1",
  }),
  "bigint-1m": () => ({
    name: "bigint-1m",
    columns: [bigints(BIGINT, () => Math.floor(Math.random() * 1_000_000)), price()],
    keyTypes: [BIGINT],
    keys: (batch) => [batch.columns[0]],
    calls: [["count"], ["sum", 0]],
    duckdb: "select c0, count(*), sum(c1) from t group by 1",
  }),
  "bigint-1m-sparse": () => ({
    name: "bigint-1m-sparse",
    columns: [bigints(BIGINT, () => Math.floor(Math.random() * 1_000_000) * 7_919_000_003), price()],
    keyTypes: [BIGINT],
    keys: (batch) => [batch.columns[0]],
    calls: [["count"], ["sum", 0]],
    duckdb: "select c0, count(*), sum(c1) from t group by 1",
  }),
  "strings-1000": () => ({
    name: "strings-1000",
    columns: [plain(1000), price()],
    keyTypes: [VARCHAR],
    keys: (batch) => [batch.columns[0]],
    calls: [["count"], ["sum", 0]],
    duckdb: "select c0, count(*), sum(c1) from t group by 1",
  }),
  "strings-1m": () => ({
    name: "strings-1m",
    columns: [plain(1_000_000), price()],
    keyTypes: [VARCHAR],
    keys: (batch) => [batch.columns[0]],
    calls: [["count"], ["sum", 0]],
    duckdb: "select c0, count(*), sum(c1) from t group by 1",
  }),
  ungrouped: () => ({
    name: "ungrouped",
    columns: [price()],
    keyTypes: [],
    keys: () => [],
    calls: five,
    duckdb: "select count(*), sum(c0), avg(c0), min(c0), max(c0) from t",
  }),
};

const median = (times: number[]) => times.sort((a, b) => a - b)[Math.floor(times.length / 2)];

async function run(make: () => Case): Promise<void> {
  const { name, columns, keys, keyTypes, calls, duckdb } = make();
  const batch: RecordBatch = { columns, length: ROWS };
  const value = columns.length - 1;
  const times: number[] = [];
  const cpu: number[] = [];
  let groups = 0;
  for (let i = 0; i < RUNS; i++) {
    const used = process.cpuUsage();
    const begin = performance.now();
    const operator = new HashAggregate({
      keyTypes,
      keys,
      inputTypes: [columns[value].type],
      inputs: (piece) => [piece.columns[value]],
      calls: calls.map(([aggregate, ...args]) => call(aggregate, columns[value].type, args as number[])),
      checkInterrupt() {},
    });
    for (let from = 0; from < ROWS; from += BATCH_ROWS) operator.add(sliceBatch(batch, from, Math.min(ROWS, from + BATCH_ROWS)));
    groups = 0;
    const out = { push: (piece: RecordBatch) => (groups += piece.length), watermark: () => {}, idle: () => {} };
    let more = operator.onEnd(0, out);
    while (more) more = operator.resume(out);
    times.push(performance.now() - begin);
    const { user, system } = process.cpuUsage(used);
    cpu.push((user + system) / 1000);
  }
  const peer = process.env.WEIR_BENCH_ALONE === "1" ? { ms: 0, rows: groups } : await duckdbTime(columns, duckdb);
  const weir = median(times);
  console.log(
    JSON.stringify({
      case: `aggregate/${name}`,
      rows: ROWS,
      threads: 1,
      groups,
      weir_ms: Math.round(weir),
      // On a machine with other work, the steadier figure.
      weir_cpu_ms_min: Math.round(Math.min(...cpu)),
      peer: "duckdb",
      peer_ms: Math.round(peer.ms),
      ratio: Number((peer.ms / weir).toFixed(2)),
      agree: peer.rows === groups,
    }),
  );
}

/** The same rows in a DuckDB table. */
async function duckdbTime(columns: readonly Vector[], sql: string): Promise<{ ms: number; rows: number }> {
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const types = columns.map((column, i) => `c${i} ${column.type.kind}`).join(", ");
  await connection.run(`create table t (${types})`);
  const appender = await connection.createAppender("t");
  const kinds = columns.map((column) => ({ double: D, bigint: B, timestamp: T, varchar: V })[column.type.kind as "double"]);
  const readers = columns.map(valueReader);
  const chunk = DuckDBDataChunk.create(kinds, 2048);
  for (let from = 0; from < ROWS; from += 2048) {
    const to = Math.min(ROWS, from + 2048);
    chunk.reset();
    chunk.rowCount = to - from;
    readers.forEach((read, c) => {
      const values = [];
      for (let i = from; i < to; i++) {
        const value = read(i);
        values.push(columns[c].type.kind === "timestamp" ? new DuckDBTimestampValue(value as bigint) : value);
      }
      chunk.setColumnValues(c, values as never);
    });
    appender.appendDataChunk(chunk);
  }
  appender.closeSync();
  const times: number[] = [];
  let rows = 0;
  for (let i = 0; i < 3; i++) {
    const begin = performance.now();
    const result = await connection.run(sql);
    times.push(performance.now() - begin);
    rows = result.rowCount;
  }
  connection.closeSync();
  return { ms: median(times), rows };
}

const wanted = process.argv[2];
for (const [name, make] of Object.entries(cases)) if (wanted === undefined || wanted === "all" || wanted === name) await run(make);
