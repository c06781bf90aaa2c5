import type { RecordBatch } from "../../core/vector.ts";
import type { CurrentTable } from "../context.ts";
import type { Operator, Output } from "../operator.ts";

export interface LookupJoinOptions {
  /** The table as it is now; undefined once it was dropped, whose last version then goes on counting. */
  readonly current: () => CurrentTable | undefined;
  /** Rows of a version, as the join's right side reads them. */
  readonly read: (table: CurrentTable) => Iterable<RecordBatch>;
  /** A join whose right side is to be built: input 1 first, then the stream as input 0. */
  readonly create: () => Operator;
}

/**
 * Joins a stream with a table that may change while it runs: each batch meets the rows that the table has when it comes. A changed table is read again
 * as a whole, once.
 */
export class LookupJoin implements Operator {
  readonly name = "lookup-join";
  readonly #options: LookupJoinOptions;
  #join: Operator | undefined;
  #version: unknown;
  #work: Generator<void> | undefined;

  constructor(options: LookupJoinOptions) {
    this.#options = options;
  }

  get reports() {
    return this.#join?.reports ?? [];
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    const table = this.#options.current();
    if (this.#join === undefined || (table !== undefined && table.version !== this.#version)) {
      this.#work = this.#renew(table, batch, out);
      return this.resume(out);
    }
    return this.#join.process(0, batch, out);
  }

  resume(out: Output): boolean {
    if (this.#work === undefined) return this.#join!.resume(out);
    if (this.#work.next().done !== true) return true;
    this.#work = undefined;
    return false;
  }

  *#renew(table: CurrentTable | undefined, batch: RecordBatch, out: Output): Generator<void> {
    const join = this.#options.create();
    if (table !== undefined) {
      for (const rows of this.#options.read(table)) {
        for (let more = join.process(1, rows, out); more; more = join.resume(out)) yield;
        yield;
      }
    }
    for (let more = join.onEnd(1, out); more; more = join.resume(out)) yield;
    this.#join?.close?.();
    this.#join = join;
    this.#version = table?.version;
    for (let more = join.process(0, batch, out); more; more = join.resume(out)) yield;
  }

  onEnd(): boolean {
    return false;
  }

  stateBytes(): number {
    return this.#join?.stateBytes?.() ?? 0;
  }

  stateRows(): number {
    return this.#join?.stateRows?.() ?? 0;
  }

  close(): void {
    this.#join?.close?.();
  }
}
