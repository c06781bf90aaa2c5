import type { DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { BATCH_ROWS } from "../core/vector.ts";
import { vectorFromValues } from "../core/vector-builder.ts";
import type { BoundExpr } from "../plan/expression.ts";
import type { Output, PullResult, SourceOperator } from "./operator.ts";

/** VALUES: rows written in the statement, a batch at a time. */
export class Values implements SourceOperator {
  readonly name = "values";
  readonly #types: readonly DataType[];
  readonly #rows: readonly (readonly BoundExpr[])[];
  readonly #evaluate: (expr: BoundExpr) => Value;
  #next = 0;

  constructor(types: readonly DataType[], rows: readonly (readonly BoundExpr[])[], evaluate: (expr: BoundExpr) => Value) {
    this.#types = types;
    this.#rows = rows;
    this.#evaluate = evaluate;
  }

  pull(out: Output): PullResult {
    const rows = this.#rows.slice(this.#next, this.#next + BATCH_ROWS);
    this.#next += rows.length;
    const columns = this.#types.map((type, i) =>
      vectorFromValues(
        type,
        rows.map((row) => this.#evaluate(row[i])),
      ),
    );
    out.push({ columns, length: rows.length });
    return this.#next < this.#rows.length ? "more" : "end";
  }
}
