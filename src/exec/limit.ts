import { type RecordBatch, sliceBatch } from "../core/vector.ts";
import type { Operator, Output, SnapshotPart } from "./operator.ts";

/** LIMIT and OFFSET: passes rows `offset` up to `offset + limit`, then wants no more. */
export class Limit implements Operator {
  readonly name = "limit";
  #skip: number;
  #left: number;
  #batches = 0;

  constructor(limit: number | undefined, offset: number) {
    this.#skip = offset;
    this.#left = limit ?? Infinity;
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#batches++;
    const start = Math.min(batch.length, this.#skip);
    const end = Math.min(batch.length, start + this.#left);
    this.#skip -= start;
    this.#left -= end - start;
    if (end > start) out.push(sliceBatch(batch, start, end));
    return false;
  }

  resume(): boolean {
    return false;
  }

  onEnd(): boolean {
    return false;
  }

  satisfied(): boolean {
    return this.#left === 0;
  }

  snapshot(): SnapshotPart[] {
    const counts = [this.#skip, this.#left];
    return [{ id: "counts", version: this.#batches, data: () => counts }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    [this.#skip, this.#left] = parts.get("counts") as [number, number];
  }
}
