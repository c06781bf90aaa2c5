import type { CallFailures } from "../catalog/function-types.ts";
import { type CallPlace, callError } from "./call-error.ts";
import type { Signature } from "./module-source.ts";

/** Counts the calls of one function in one query that failed and gave NULL, where it is declared with `on_error null`. */
export class Failures implements CallFailures {
  readonly #signature: Signature;
  #count = 0;
  #first: string | undefined;
  #marked = 0;

  constructor(signature: Signature) {
    this.#signature = signature;
  }

  add(error: unknown, place: CallPlace): null {
    this.#count++;
    this.#first ??= callError(this.#signature, error, place).message;
    return null;
  }

  mark(): void {
    this.#marked = this.#count;
  }

  undo(): void {
    this.#count = this.#marked;
    if (this.#count === 0) this.#first = undefined;
  }

  warnings(): readonly string[] {
    if (this.#count === 0) return [];
    const calls = this.#count === 1 ? "once" : `${this.#count} times`;
    return [`${this.#signature.name} failed ${calls} and gave NULL; first: ${this.#first}`];
  }
}
