import { Catalog } from "../../src/catalog/catalog.ts";
import { evaluateConstant } from "../../src/compile/index.ts";
import type { CompileContext } from "../../src/compile/types.ts";
import { BIGINT, DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { BATCH_ROWS, makeDictionary, type RecordBatch, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { buildOperators } from "../../src/exec/build-operators.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { Driver } from "../../src/exec/driver.ts";
import { MemoryPool } from "../../src/exec/memory-budget.ts";
import { openSource } from "../../src/formats/index.ts";
import { builtinFunctions } from "../../src/functions/index.ts";
import { bindQuery, optimize, planStream } from "../../src/plan/index.ts";
import { parseOne } from "../../src/sql/index.ts";
import { openBatches } from "../../src/streams/replay.ts";

/** Windowed groupings over a stream whose batches are in memory before the clock starts: events a second, one thread. `node windows.js [rows [query [variant]]]`. */

const ROWS = Number(process.argv[2] ?? 8_000_000);
const KEYS = 100;
const START = 1_700_000_000_000_000;

interface Variant {
  readonly name: string;
  readonly columns: readonly string[];
  /** Rows are shuffled within so many microseconds. */
  readonly disorder: number;
  readonly nulls: boolean;
  readonly codes: boolean;
}

const VARIANTS: readonly Variant[] = [
  { name: "in order", columns: ["ts", "key", "price", "qty"], disorder: 0, nulls: false, codes: true },
  { name: "renamed, NULLs", columns: ["a", "b", "c", "d"], disorder: 0, nulls: true, codes: true },
  { name: "keys not coded", columns: ["ts", "key", "price", "qty"], disorder: 0, nulls: false, codes: false },
  { name: "out of order", columns: ["ts", "key", "price", "qty"], disorder: 5_000_000, nulls: false, codes: true },
];

function batchesOf({ disorder, nulls, codes }: Variant): RecordBatch[] {
  let state = 42;
  const random = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
  // 100,000 events a second.
  const times = Float64Array.from({ length: ROWS }, (_, i) => START + i * 10);
  if (disorder > 0) {
    const at = times.map((time) => time + random() * disorder);
    const order = new Float64Array(ROWS);
    const index = Array.from({ length: ROWS }, (_, i) => i).sort((a, b) => at[a] - at[b]);
    index.forEach((from, i) => {
      order[i] = times[from];
    });
    times.set(order);
  }
  const words = vectorFromValues(
    VARCHAR,
    Array.from({ length: KEYS }, (_, i) => `symbol-${i}`),
  );
  if (words.layout !== "bytes") throw new Error("text is bytes");
  const dictionary = makeDictionary(words);
  const validity = (length: number) => (nulls ? Uint8Array.from({ length }, () => (random() < 0.1 ? 0 : 1)) : null);
  const batches: RecordBatch[] = [];
  for (let from = 0; from < ROWS; from += BATCH_ROWS) {
    const length = Math.min(BATCH_ROWS, ROWS - from);
    const keyCodes = Int32Array.from({ length }, () => Math.floor(random() * KEYS));
    const price = Float64Array.from({ length }, () => random() * 1000);
    const qty = BigInt64Array.from({ length }, () => BigInt(Math.floor(random() * 1000)));
    const some = validity(length);
    if (some !== null)
      for (let i = 0; i < length; i++)
        if (some[i] === 0) {
          price[i] = 0;
          qty[i] = 0n;
        }
    const keys: Vector = codes
      ? { layout: "dictionary", type: VARCHAR, length, validity: null, codes: keyCodes, dictionary }
      : vectorFromValues(
          VARCHAR,
          Array.from(keyCodes, (code) => `symbol-${code}`),
        );
    batches.push({
      length,
      columns: [
        { layout: "flat", type: TIMESTAMP, length, validity: null, data: BigInt64Array.from(times.subarray(from, from + length), BigInt) },
        keys,
        { layout: "flat", type: DOUBLE, length, validity: some, data: price },
        { layout: "flat", type: BIGINT, length, validity: some, data: qty },
      ],
    });
  }
  return batches;
}

const aggregates = (c: readonly string[]) => `count(*), sum(${c[3]}), avg(${c[2]}), max(${c[2]})`;

const QUERIES: readonly (readonly [name: string, text: (columns: readonly string[]) => string])[] = [
  [
    "tumble 1 min FINAL",
    (c) =>
      `SELECT window_start, window_end, ${c[1]}, ${aggregates(c)} FROM TUMBLE(TABLE s, DESCRIPTOR(${c[0]}), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, ${c[1]}`,
  ],
  [
    "tumble 1 min CHANGES",
    (c) =>
      `SELECT window_start, window_end, ${c[1]}, ${aggregates(c)} FROM TUMBLE(TABLE s, DESCRIPTOR(${c[0]}), INTERVAL '1' MINUTE) GROUP BY window_start, window_end, ${c[1]} EMIT CHANGES`,
  ],
  [
    "hop 10 min / 1 min FINAL",
    (c) =>
      `SELECT window_start, window_end, ${c[1]}, ${aggregates(c)} FROM HOP(TABLE s, DESCRIPTOR(${c[0]}), INTERVAL '1' MINUTE, INTERVAL '10' MINUTE) GROUP BY window_start, window_end, ${c[1]}`,
  ],
  [
    "session 5 ms per key",
    (c) =>
      `SELECT window_start, window_end, ${c[1]}, ${aggregates(c)} FROM SESSION(TABLE s PARTITION BY ${c[1]}, DESCRIPTOR(${c[0]}), INTERVAL '5' MILLISECOND) GROUP BY window_start, window_end, ${c[1]}`,
  ],
];

const functions = builtinFunctions();
const compile: CompileContext = { functions, timeZone: "UTC", nowMicros: 0, subqueryValues: [], checkInterrupt: () => {} };

function run(text: string, schema: Schema, batches: readonly RecordBatch[]): { seconds: number; rows: number; late: number } {
  const statement = parseOne(text);
  if (statement.kind !== "query") throw new Error("not a query");
  const catalog = new Catalog();
  const eventTime = { column: 0, delay: 5_000_000 };
  const source = { kind: "stream", name: "s", schema, endless: false, eventTime } as const;
  catalog.create({ kind: "table", name: "s", schema, source, notNull: schema.map(() => false), defaults: schema.map(() => undefined) });
  const evaluate = (expr: Parameters<typeof evaluateConstant>[0]) => evaluateConstant(expr, compile);
  const openFile = () => {
    throw new Error("no files here");
  };
  const bound = bindQuery(statement, {
    catalog,
    functions,
    parameters: new Map(),
    timeZone: "UTC",
    nowMicros: 0,
    openFile,
    evaluateConstant: evaluate,
  });
  const plan = planStream(optimize(bound, { functions, evaluateConstant: evaluate }), {
    functions,
    stateTtl: undefined,
    allowUnboundedState: true,
    allowedLateness: 0,
  });
  const clock = new VirtualClock(0);
  const memory = new MemoryPool(8e9).open();
  let late = 0;
  const tree = buildOperators(plan.root, {
    openSource,
    openStream: (_, { columns, from }) => openBatches(batches, { eventTime, columns, from }),
    clock,
    late: {
      add: (_operator, _schema, rows) => {
        late += rows.length;
      },
    },
    compile,
    memory,
    checkInterrupt: () => {},
    parallel: undefined,
    drivingScan: undefined,
  });
  let rows = 0;
  const driver = new Driver(
    tree,
    (batch) => {
      rows += batch.length;
    },
    { memory, checkInterrupt: () => {}, wake: () => {}, clock },
  );
  const start = performance.now();
  while (driver.run(performance.now() + 1000) !== "done");
  const seconds = (performance.now() - start) / 1000;
  driver.close();
  return { seconds, rows, late };
}

for (const variant of VARIANTS) {
  if (process.argv[4] !== undefined && !variant.name.includes(process.argv[4])) continue;
  const batches = batchesOf(variant);
  const types = [TIMESTAMP, VARCHAR, DOUBLE, BIGINT];
  const schema = variant.columns.map((name, i) => ({ name, type: types[i] }));
  for (const [name, text] of QUERIES) {
    if (process.argv[3] !== undefined && !name.includes(process.argv[3])) continue;
    let best = Number.POSITIVE_INFINITY;
    let result = { seconds: 0, rows: 0, late: 0 };
    for (let i = 0; i < 3; i++) {
      result = run(text(variant.columns), schema, batches);
      best = Math.min(best, result.seconds);
    }
    console.log(
      `${variant.name.padEnd(16)} ${name.padEnd(26)} ${(ROWS / best / 1e6).toFixed(1).padStart(7)} M/s  ${result.rows} rows, ${result.late} late`,
    );
  }
}
