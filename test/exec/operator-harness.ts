import { isDeepStrictEqual } from "node:util";
import { expect } from "vitest";
import type { CompiledExpression } from "../../src/compile/types.ts";
import { valueReader } from "../../src/core/read.ts";
import type { DataType } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { type RecordBatch, sliceBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { Driver, type OperatorTree } from "../../src/exec/driver.ts";
import { MemoryPool } from "../../src/exec/memory-budget.ts";
import type { Output, PullResult, SourceOperator } from "../../src/exec/operator.ts";

export type Row = readonly Value[];

/** Compares many rows at no more than the cost of comparing them: only the first difference is shown. */
export function expectRows(actual: readonly Row[], expected: readonly Row[]): void {
  const at = expected.findIndex((row, i) => actual[i] === undefined || !isDeepStrictEqual(actual[i], row));
  if (at >= 0) expect({ row: at, values: actual[at] }).toEqual({ row: at, values: expected[at] });
  expect(actual.length).toBe(expected.length);
}

/** A seeded generator of numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

export function batchOf(types: readonly DataType[], rows: readonly Row[]): RecordBatch {
  const columns = types.map((type, i) =>
    vectorFromValues(
      type,
      rows.map((row) => row[i]),
    ),
  );
  return { columns, length: rows.length };
}

export const rowsOf = (batches: readonly RecordBatch[]): Row[] =>
  batches.flatMap(({ columns, length }) => {
    const readers = columns.map(valueReader);
    return Array.from({ length }, (_, i) => readers.map((read) => read(i)));
  });

/** Gives rows out in batches of one size. */
export class RowSource implements SourceOperator {
  readonly name = "rows";
  readonly #batch: RecordBatch;
  readonly #size: number;
  #at = 0;
  pulls = 0;
  closed = false;

  constructor(types: readonly DataType[], rows: readonly Row[], size: number) {
    this.#batch = batchOf(types, rows);
    this.#size = size;
  }

  pull(out: Output): PullResult {
    this.pulls++;
    const end = Math.min(this.#batch.length, this.#at + this.#size);
    out.push(sliceBatch(this.#batch, this.#at, end));
    this.#at = end;
    return end < this.#batch.length ? "more" : "end";
  }

  close(): void {
    this.closed = true;
  }
}

export const source = (types: readonly DataType[], rows: readonly Row[], size: number): OperatorTree => ({
  source: new RowSource(types, rows, size),
  planNodes: [0],
});

/** The expression that is a column. */
export const column = (index: number): CompiledExpression =>
  Object.assign((batch: RecordBatch) => batch.columns[index], { report: { expression: `column ${index}`, mode: "compiled" as const } });

/** Runs a tree to its end, one piece a turn. */
export function runTree(tree: OperatorTree): Row[] {
  const batches: RecordBatch[] = [];
  const driver = new Driver(tree, (batch) => batches.push(batch), {
    memory: new MemoryPool(2 ** 40).open(),
    checkInterrupt: () => {},
    wake: () => {},
    clock: new VirtualClock(0),
  });
  while (driver.run(0) !== "done");
  return rowsOf(batches);
}
