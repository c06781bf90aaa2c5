import type { RecordBatch } from "../core/vector.ts";
import type { Operator, Output } from "./operator.ts";

/** UNION ALL: the rows of the first input, then those of the second. */
export class UnionAll implements Operator {
  readonly name = "union-all";
  #current = 0;

  wants(): number {
    return this.#current;
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    out.push(batch);
    return false;
  }

  resume(): boolean {
    return false;
  }

  onEnd(input: number): boolean {
    this.#current = input + 1;
    return false;
  }
}
