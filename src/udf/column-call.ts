import type { Vector } from "../core/vector.ts";
import { nullVector } from "../core/vector-builder.ts";
import { CallError, callError } from "./call-error.ts";
import type { Failures } from "./call-failures.ts";
import { columnArgument, columnResult, typedNulls } from "./column-map.ts";
import { parametersOf } from "./definition.ts";
import type { Param, Signature } from "./module-source.ts";
import { argumentReader } from "./value-map.ts";

/** One call of a function that takes whole columns: what it is given, what becomes of its result, and of its failure. */
export class ColumnCall {
  readonly #signature: Signature;
  readonly #args: readonly Vector[];
  readonly #params: readonly Param[];
  readonly #length: number;
  readonly #rowsBefore: number;
  readonly #failures: Failures;
  #columns: readonly unknown[] | undefined;

  /** `rowsBefore`: rows that the query called it for before these, so that errors can name rows. */
  constructor(signature: Signature, args: readonly Vector[], length: number, rowsBefore: number, failures: Failures) {
    this.#signature = signature;
    this.#args = args;
    this.#params = parametersOf(signature, args.length);
    this.#length = length;
    this.#rowsBefore = rowsBefore;
    this.#failures = failures;
  }

  /** The columns as TypeScript gets them. Throws ResultError for a value that it cannot hold. */
  columns(): readonly unknown[] {
    this.#columns = this.#args.map((vector, i) => columnArgument(vector, this.#params[i]));
    return this.#columns;
  }

  /** What the function returned, as a column. Throws ResultError where it is none, and CallError for a value that does not fit and is not forgiven. */
  readonly result = (returned: unknown): Vector => {
    const nulls = typedNulls(this.#args, this.#params, this.#length);
    return columnResult(this.#signature, returned, this.#length, nulls, (error, row) => this.#refuse(error, row));
  };

  /** What a failed call gives: NULLs where failures are forgiven. Else throws a CallError, which names `row` (from 1) where it is given. */
  failed(error: unknown, row?: number): Vector {
    if (error instanceof CallError) throw error;
    const place = { args: this.#columns ?? this.#args.map(({ length }) => `${length} rows`), row };
    if (!this.#forgives) throw callError(this.#signature, error, place);
    this.#failures.add(error, place);
    return nullVector(this.#signature.returns, this.#length);
  }

  get #forgives(): boolean {
    return this.#signature.options.onError === "null";
  }

  #refuse(error: unknown, row: number): null {
    const args = this.#args.map((vector, i) => argumentReader(vector, this.#params[i].value)(row));
    const place = { args, row: this.#rowsBefore + row + 1 };
    if (this.#forgives) return this.#failures.add(error, place);
    throw callError(this.#signature, error, place);
  }
}
