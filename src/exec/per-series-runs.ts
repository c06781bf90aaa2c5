import type { SeriesBind, SeriesInput, SeriesTableFunction } from "../catalog/function-types.ts";
import { concatVectors } from "../core/concat.ts";
import { WeirError } from "../core/errors.ts";
import { type DataType, INTEGER, type Schema } from "../core/types.ts";
import type { FlatVector, RecordBatch, Vector } from "../core/vector.ts";
import { constantVector, nullVector } from "../core/vector-builder.ts";
import type { Operator, Output } from "./operator.ts";

/** Work before others have their turn, milliseconds. */
const PIECE_MS = 4;

export interface SeriesRunsOptions {
  readonly name: string;
  readonly series: SeriesTableFunction;
  readonly bind: SeriesBind;
  /** The function's columns. */
  readonly outputs: Schema;
  readonly checkInterrupt: () => void;
}

/** What a function needs of rows that lie in the order of their series and times: columns (series, time, values …), no time NULL. */
export const sortedTypes = (values: number): readonly DataType[] => [
  INTEGER,
  { kind: "double" },
  ...Array.from({ length: values }, (): DataType => ({ kind: "double" })),
];

/** Calls a function for every series of the batches it is given, which are made of whole ones. Output: the number of the series, then the function's columns. */
export class SeriesRuns implements Operator {
  readonly name = "series-runs";
  readonly #options: SeriesRunsOptions;
  #batch: RecordBatch | undefined;
  #row = 0;
  #pieces: { readonly series: number; readonly length: number; readonly columns: readonly Vector[] }[] = [];

  constructor(options: SeriesRunsOptions) {
    this.#options = options;
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#batch = batch;
    this.#row = 0;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    const until = performance.now() + PIECE_MS;
    while (this.#batch !== undefined) {
      if (this.#row === this.#batch.length) {
        this.#batch = undefined;
        const given = this.#take();
        if (given.length > 0) out.push(given);
        return false;
      }
      this.#next(this.#batch);
      if (performance.now() >= until) return true;
    }
    return false;
  }

  onEnd(): boolean {
    return false;
  }

  #next({ columns, length }: RecordBatch): void {
    const { checkInterrupt, outputs } = this.#options;
    checkInterrupt();
    const [ids, times, ...values] = columns.map((column) => (column as FlatVector).data);
    const from = this.#row;
    let to = from + 1;
    while (to < length && ids[to] === ids[from]) to++;
    this.#row = to;
    const input: SeriesInput = {
      times: (times as Float64Array).subarray(from, to),
      values: values.map((data) => (data as Float64Array).subarray(from, to)),
    };
    const series = Number(ids[from]);
    const given = this.#run(input);
    this.#pieces.push({ series, length: given.length === 0 ? 0 : given[0].length, columns: given });
    if (given.length !== outputs.length) throw new WeirError("internal", `${this.#options.name} gave ${given.length} columns`);
  }

  #run(input: SeriesInput): readonly Vector[] {
    const { name, series, bind, outputs, checkInterrupt } = this.#options;
    const { length } = input.times;
    return orStatus(outputs, series.gives === "points" ? length : 1, () => {
      const columns = series.run(input, bind, checkInterrupt);
      if (series.gives === "points" && columns.some((column) => column.length !== length))
        throw new WeirError("internal", `${name} gave other rows than it was given`);
      return columns;
    });
  }

  /** What there is of results, as one batch. */
  #take(): RecordBatch {
    const pieces = this.#pieces;
    this.#pieces = [];
    const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
    const series = new Int32Array(length);
    let at = 0;
    for (const piece of pieces) {
      series.fill(piece.series, at, at + piece.length);
      at += piece.length;
    }
    const columns = this.#options.outputs.map(({ type }, k) =>
      concatVectors(
        type,
        pieces.map((piece) => piece.columns[k]),
      ),
    );
    return { columns: [{ layout: "flat", type: INTEGER, length, validity: null, data: series }, ...columns], length };
  }
}

/** The output that says what became of a series. */
export const STATUS = "status";

/** The columns of a series; where something is wrong with it (and not with the query), `rows` NULLs and the status that says so. */
export function orStatus(outputs: Schema, rows: number, f: () => readonly Vector[]): readonly Vector[] {
  try {
    return f();
  } catch (error) {
    if (!isOfSeries(error) || !outputs.some((field) => field.name === STATUS)) throw error;
    const message = `error: ${(error as Error).message}`;
    return outputs.map(({ name, type }) => (name === STATUS ? constantVector(type, message, rows) : nullVector(type, rows)));
  }
}

/** Whether an error is about one series, and others can go on. */
export function isOfSeries(error: unknown): boolean {
  if (error instanceof WeirError) return error.phase === "runtime" || error.phase === "unsupported" || error.phase === "bind";
  return error instanceof RangeError && !error.message.includes("call stack");
}
