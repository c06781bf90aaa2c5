import { BIGINT, type DataType, DOUBLE, VARCHAR } from "../../src/core/types.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../../src/core/vector.ts";
import { WallClock } from "../../src/exec/clock.ts";
import type { Operator, Output } from "../../src/exec/operator.ts";
import { ChangelogAggregate } from "../../src/exec/stream/changelog-aggregate.ts";
import { aggregates } from "../../src/functions/aggregates/index.ts";

/**
 * Unwindowed GROUP BY on a stream, count and sum: rows a second over prebuilt batches, bytes a key with many keys, the longest piece, also while a
 * snapshot is open. Times are those of the processor, so that a busy machine does not count. `node dist/bench/micro/changelog-aggregate.js [keys]`.
 */

const out: Output = { push: () => {}, watermark: () => {}, idle: () => {} };

function call(name: string, args: readonly number[], types: readonly DataType[]) {
  const { overloads } = aggregates.find((entry) => entry.name === name)!;
  const kinds = args.map((arg) => types[arg].kind);
  const overload = overloads.find(
    ({ args: patterns }) => patterns.length === args.length && patterns.every((p, i) => p === kinds[i] || p === "integral"),
  )!;
  const bind = { types: args.map((arg) => types[arg]), constants: [undefined], names: [undefined], timeZone: "UTC", nowMicros: 0 };
  return { create: () => overload.create(bind), args };
}

function operator(key: DataType, input: DataType): ChangelogAggregate {
  return new ChangelogAggregate({
    keyTypes: [key],
    inputTypes: [input],
    calls: [call("count", [], [input]), call("sum", [0], [input])],
    resultTypes: [BIGINT, input.kind === "double" ? DOUBLE : { kind: "hugeint" }],
    retracting: false,
    keys: (batch) => batch.columns.slice(0, 1),
    inputs: (batch) => batch.columns.slice(1),
    mode: "changes",
    every: undefined,
    ttl: undefined,
    clock: new WallClock(),
    checkInterrupt: () => {},
  });
}

/** Keys `from` up to `from + rows`, scattered over `keys`. */
function batch(keys: number, from: number, text: boolean, input: DataType): RecordBatch {
  const length = BATCH_ROWS;
  const numbers = new BigInt64Array(length);
  for (let i = 0; i < length; i++) numbers[i] = BigInt((((from + i) * 7919) % keys) * (keys > 1000 ? 1_000_003 : 1));
  const integer: Vector = { layout: "flat", type: BIGINT, length, validity: null, data: numbers };
  const values: Vector =
    input.kind === "double"
      ? { layout: "flat", type: DOUBLE, length, validity: null, data: new Float64Array(length).fill(1.5) }
      : { ...integer };
  if (!text) return { columns: [integer, values], length };
  const bytes = new Uint8Array(16 * length);
  const offsets = new Int32Array(length + 1);
  for (let i = 0; i < length; i++) {
    let rest = numbers[i];
    for (let k = 0; k < 16; k++) {
      bytes[16 * i + k] = 97 + Number(rest % 16n);
      rest /= 16n;
    }
    offsets[i + 1] = 16 * (i + 1);
  }
  return { columns: [{ layout: "bytes", type: VARCHAR, length, validity: null, offsets, bytes }, values], length };
}

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function run(op: Operator, rows: RecordBatch): { ms: number; longest: number } {
  let longest = 0;
  const start = cpuMs();
  let before = start;
  for (let busy = op.process(0, rows, out); ; busy = op.resume(out)) {
    const now = cpuMs();
    longest = Math.max(longest, now - before);
    before = now;
    if (!busy) return { ms: now - start, longest };
  }
}

for (const [name, text] of [
  ["BIGINT", false],
  ["VARCHAR", true],
] as const) {
  const op = operator(text ? VARCHAR : BIGINT, DOUBLE);
  const prebuilt = Array.from({ length: 16 }, (_, b) => batch(100, b * BATCH_ROWS, text, DOUBLE));
  for (let i = 0; i < 200; i++) run(op, prebuilt[i & 15]);
  let ms = 0;
  for (let i = 0; i < 600; i++) ms += run(op, prebuilt[i & 15]).ms;
  console.log(JSON.stringify({ case: `100 ${name} keys`, rowsPerSecond: Math.round((600 * BATCH_ROWS) / (ms / 1000)) }));
}

const keys = Number(process.argv[2] ?? 10_000_000);
for (const [name, text] of [
  ["BIGINT", false],
  ["16-byte VARCHAR", true],
] as const) {
  const op = operator(text ? VARCHAR : BIGINT, BIGINT);
  const pieces: number[] = [];
  let ms = 0;
  for (let from = 0; from < keys; from += BATCH_ROWS) {
    const result = run(op, batch(keys, from, text, BIGINT));
    ms += result.ms;
    pieces.push(result.longest);
  }
  const longest = pieces.sort((a, b) => b - a);
  const open = op.snapshot!();
  let pinned = 0;
  let written = 0;
  const start = cpuMs();
  for (const [i, part] of open.entries()) {
    if (i % 4 === 0) pinned = Math.max(pinned, run(op, batch(keys, i * BATCH_ROWS, text, BIGINT)).longest);
    const data = part.data();
    written += data === undefined ? 0 : 1;
  }
  console.log(
    JSON.stringify({
      case: `${keys} ${name} keys`,
      rowsPerSecond: Math.round(keys / (ms / 1000)),
      bytesPerKey: Math.round((op.stateBytes() / op.stateRows()) * 10) / 10,
      longestPiecesMs: longest.slice(0, 5).map((x) => Math.round(x * 10) / 10),
      p99PieceMs: Math.round(longest[Math.floor(longest.length / 100)] * 10) / 10,
      longestWhilePinnedMs: Math.round(pinned * 10) / 10,
      partsRead: written,
      readMs: Math.round(cpuMs() - start),
    }),
  );
}
