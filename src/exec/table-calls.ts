import type { TableCall } from "../catalog/function-types.ts";
import type { CompiledPipeline } from "../compile/types.ts";
import type { DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { BATCH_ROWS, type RecordBatch } from "../core/vector.ts";
import { makeBuilder } from "../core/vector-builder.ts";
import type { Operator, Output } from "./operator.ts";
import { repeatedRows } from "./repeated-rows.ts";
import type { WantedColumns } from "./row-store.ts";

export interface TableCallsOptions {
  readonly call: TableCall;
  /** Computes the arguments of a batch's rows. */
  readonly args: CompiledPipeline;
  /** STRUCT of the function's columns. */
  readonly rowType: DataType;
  /** Rows whose call gives nothing stay once, with NULL. */
  readonly outer: boolean;
  readonly wanted: WantedColumns;
  readonly checkInterrupt: () => void;
}

/** Work before others have their turn, milliseconds, and after how many rows the time is looked at. */
const PIECE_MS = 4;
const LOOK_ROWS = 64;

/**
 * A table function of the user's: each input row once for every row that its call gives, that row beside it. Rows are made as they are asked for: a
 * LIMIT that is full ends even a call that would never end by itself.
 */
export class TableCalls implements Operator {
  readonly name = "table-function";
  readonly #options: TableCallsOptions;
  #batch: RecordBatch | undefined;
  #calls: (row: number) => Iterator<Value> | undefined = () => undefined;
  #row = 0;
  #current: Iterator<Value> | undefined;
  /** The current call has given a row. */
  #gave = false;

  constructor(options: TableCallsOptions) {
    this.#options = options;
  }

  get reports() {
    return this.#options.args.report;
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#batch = batch;
    // Rows of constants alone have no columns of arguments.
    this.#calls = this.#options.call.open(this.#options.args(batch).columns);
    this.#row = 0;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    const { rowType, outer, checkInterrupt, wanted } = this.#options;
    const batch = this.#batch!;
    const until = performance.now() + PIECE_MS;
    const rows: number[] = [];
    const results = makeBuilder(rowType, 256);
    for (let looked = 0; this.#row < batch.length && rows.length < BATCH_ROWS; looked++) {
      if (looked % LOOK_ROWS === LOOK_ROWS - 1) {
        checkInterrupt();
        if (performance.now() > until) break;
      }
      if (this.#current === undefined) {
        this.#current = this.#calls(this.#row);
        this.#gave = false;
      }
      const next = this.#current?.next();
      if (next !== undefined && next.done !== true) {
        results.append(next.value);
        rows.push(this.#row);
        this.#gave = true;
        continue;
      }
      if (outer && !this.#gave) {
        results.appendNull();
        rows.push(this.#row);
      }
      this.#current = undefined;
      this.#row++;
    }
    if (rows.length > 0) out.push(repeatedRows(batch, Int32Array.from(rows), wanted, [results.finish()]));
    if (this.#row < batch.length) return true;
    this.#batch = undefined;
    return false;
  }

  onEnd(): boolean {
    return false;
  }

  /** A generator that is cut short may have something to put in order. */
  close(): void {
    this.#current?.return?.();
    this.#current = undefined;
  }
}
