import { deserialize, serialize } from "node:v8";
import { expect, test } from "vitest";
import { DOUBLE, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { FillGaps } from "../../src/exec/fill.ts";
import { batchOf, type Row, rowsOf } from "../exec/operator-harness.ts";

const MINUTE = 60_000_000;
const TYPES = [VARCHAR, TIMESTAMP, TIMESTAMP, TIMESTAMP, DOUBLE];

const row = (key: string, minute: number, price: number | null): Row => {
  const start = minute * MINUTE;
  return [key, BigInt(start), BigInt(start + MINUTE), BigInt(start + MINUTE - 1000), price];
};

const operator = (mode: "prev" | "linear") =>
  new FillGaps({
    types: TYPES,
    time: 1,
    grid: { months: 0, days: 0, micros: MINUTE, origin: 0 },
    keys: [0],
    values: [{ column: 4, mode, value: null }],
  });

/** What an operator gives for steps: batches, and watermarks in minutes. */
function run(fill: FillGaps, steps: readonly (readonly Row[] | number | "end")[]): Row[] {
  const batches: RecordBatch[] = [];
  const out = { push: (batch: RecordBatch) => void batches.push(batch), watermark: () => {}, idle: () => {} };
  for (const step of steps) {
    let busy =
      step === "end"
        ? fill.onEnd(0, out)
        : typeof step === "number"
          ? fill.onWatermark(step * MINUTE, out)
          : fill.process(0, batchOf(TYPES, step), out);
    while (busy) busy = fill.resume(out);
  }
  return rowsOf(batches);
}

const FIRST: (readonly Row[] | number)[] = [[row("a", 0, 10), row("b", 0, 100)], 1, [row("a", 1, 20)], 2];
const SECOND: (readonly Row[] | number | "end")[] = [4, [row("a", 5, 60), row("b", 5, 200)], "end"];

test.each(["prev", "linear"] as const)("%s: goes on from a snapshot", (mode) => {
  const whole = run(operator(mode), [...FIRST, ...SECOND]);
  const before = operator(mode);
  const first = run(before, FIRST);
  const parts = new Map(before.snapshot().map((part) => [part.id, deserialize(serialize(part.data())) as unknown]));
  const after = operator(mode);
  after.restore(parts);
  expect([...first, ...run(after, SECOND)]).toEqual(whole);
  expect(whole.length).toBe(12);
});

test("a watermark fills what has passed, and no more", () => {
  const rows = run(operator("prev"), [[row("a", 0, 10)], 1.5, 3, 3.9]);
  expect(rows.map(([, start, , , price]) => [Number(start) / MINUTE, price])).toEqual([
    [0, 10],
    [1, 10],
    [2, 10],
  ]);
});
