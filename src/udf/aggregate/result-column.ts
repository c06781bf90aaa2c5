import type { Vector } from "../../core/vector.ts";
import { makeBuilder, type VectorBuilder } from "../../core/vector-builder.ts";
import type { Failures } from "../call-failures.ts";
import { type Convert, fromTypeScript } from "../value-map.ts";
import type { AggregateImplementation } from "./implementation.ts";

/** A column of what `value` gives for states. Each is taken over at once: it may be a part of a state that changes afterwards. */
export class ResultColumn {
  readonly #implementation: AggregateImplementation;
  readonly #failures: Failures;
  readonly #builder: VectorBuilder;
  readonly #convert: Convert<unknown, Parameters<VectorBuilder["append"]>[0]>;

  constructor(implementation: AggregateImplementation, failures: Failures, capacity: number) {
    const { result } = implementation.signature;
    this.#implementation = implementation;
    this.#failures = failures;
    this.#builder = makeBuilder(result.type, capacity);
    this.#convert = fromTypeScript(result);
  }

  /** Adds the value of a state. */
  append(state: unknown): void {
    const { object, forgives } = this.#implementation;
    try {
      this.#builder.append(this.#convert(object.value(state)));
    } catch (error) {
      if (!forgives) throw this.#implementation.error("value", error, [state]);
      this.#failures.add(error, { method: "value", args: [state] });
      this.#builder.appendNull();
    }
  }

  finish(): Vector {
    return this.#builder.finish();
  }
}
