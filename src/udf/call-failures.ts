import type { CallFailures } from "../catalog/function-types.ts";
import { type FailedCalls, failureWarnings } from "../catalog/user-functions.ts";
import { type CallPlace, callError } from "./call-error.ts";
import type { Signature } from "./module-source.ts";

/** Counts the calls of one function in one query that failed without ending it, where it is declared with `on_error null`. */
export class Failures implements CallFailures {
  readonly #signature: Signature;
  readonly #outcome: string;
  #count = 0;
  #first: string | undefined;
  #marked = 0;

  /** `outcome`: what became of the calls, in words. */
  constructor(signature: Signature, outcome = "gave NULL") {
    this.#signature = signature;
    this.#outcome = outcome;
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

  report(): readonly FailedCalls[] {
    if (this.#first === undefined) return [];
    return [{ name: this.#signature.name, count: this.#count, outcome: this.#outcome, first: this.#first }];
  }

  warnings(): readonly string[] {
    return failureWarnings(this.report());
  }
}
