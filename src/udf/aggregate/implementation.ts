import { bindError, nearestName, runtimeError, WeirError } from "../../core/errors.ts";
import { callError } from "../call-error.ts";
import type { Signature } from "../module-source.ts";
import { copyState, stateForm } from "./state.ts";

/** An aggregate as its author writes it. A state that `add`, `remove` or `merge` gives back takes the place of the one they got. */
export interface AggregateObject {
  init(): unknown;
  add(state: unknown, ...args: unknown[]): unknown;
  remove?(state: unknown, ...args: unknown[]): unknown;
  merge?(state: unknown, other: unknown): unknown;
  value(state: unknown): unknown;
}

export type AggregateMethod = keyof AggregateObject;

const METHODS: readonly AggregateMethod[] = ["init", "add", "remove", "merge", "value"];

let serial = 1;

/**
 * One definition of a user's aggregate: its methods, called so that what they throw becomes an error of the query that names function, method and
 * arguments, and what they give back is checked.
 */
export class AggregateImplementation {
  readonly signature: Signature;
  readonly object: AggregateObject;
  /** Different for every definition: generated loops of two definitions never share what V8 learnt of them. */
  readonly serial = serial++;
  #form: string | undefined;

  /** Throws where `exported` is not an aggregate. */
  constructor(signature: Signature, exported: unknown) {
    this.signature = signature;
    this.object = checked(signature.name, exported);
  }

  get name(): string {
    return this.signature.name;
  }

  get canRemove(): boolean {
    return this.object.remove !== undefined;
  }

  get canMerge(): boolean {
    return this.object.merge !== undefined;
  }

  /** Rows that `add` throws for are left out, and a `value` that throws is NULL. */
  get forgives(): boolean {
    return this.signature.options.onError === "null";
  }

  /** Throws where the state of a group without rows is not plain data. */
  checkStates(): void {
    if (this.#form !== undefined) return;
    const state = this.init();
    copyState(this.name, state);
    this.#form = stateForm(state);
  }

  /** Whether it can go on with states of another definition: they begin alike, and it has the methods that are counted on. */
  standsInFor(other: AggregateImplementation): boolean {
    this.checkStates();
    return this.#form === other.#form && this.canRemove === other.canRemove && this.canMerge === other.canMerge;
  }

  readonly init = (): unknown => {
    let state: unknown;
    try {
      state = this.object.init();
    } catch (error) {
      throw this.error("init", error, []);
    }
    if (state === undefined) throw runtimeError(`${this.name}: init gives no state`, undefined, "return the state of a group without rows");
    if (isThenable(state)) throw runtimeError(`${this.name}: init is asynchronous, which an aggregate cannot be`);
    return state;
  };

  /** The state with `other` added to it. `other` is used up. */
  merge(state: unknown, other: unknown): unknown {
    let result: unknown;
    try {
      result = this.object.merge!(state, other);
    } catch (error) {
      throw this.error("merge", error, [state, other]);
    }
    return result === undefined ? this.kept(state, "merge") : this.replaced(state, result, "merge");
  }

  /** The state that a method gave in the place of another. */
  readonly replaced = (state: unknown, result: unknown, method: AggregateMethod): unknown => {
    if (typeof result !== typeof state || isThenable(result)) {
      throw runtimeError(
        `${this.name}: ${method} gives ${described(result)} where its state is ${described(state)}`,
        undefined,
        "change the state and return nothing, or return the new state",
      );
    }
    return result;
  };

  /** A state that a method changed in place, giving nothing back. */
  readonly kept = (state: unknown, method: AggregateMethod): unknown => {
    if (typeof state === "object" && state !== null) return state;
    throw runtimeError(
      `${this.name}: ${method} gives nothing, and ${described(state)} cannot be changed in place`,
      undefined,
      "return the new state",
    );
  };

  /** The error of a method that threw; one of the engine stays as it is. */
  error(method: AggregateMethod, error: unknown, args: readonly unknown[], row?: number): WeirError {
    return error instanceof WeirError ? error : callError(this.signature, error, { method, args, row });
  }

  /** A copied state in the shape of the states that `init` makes, which the loops are optimised for. */
  shaped(copy: unknown): unknown {
    if (typeof copy !== "object" || copy === null || Object.getPrototypeOf(copy) !== Object.prototype) return copy;
    const fresh = this.init();
    if (typeof fresh !== "object" || fresh === null) return copy;
    const keys = Object.keys(copy);
    const own = Object.keys(fresh);
    if (keys.length !== own.length || keys.some((key, i) => key !== own[i])) return copy;
    return Object.assign(fresh, copy);
  }
}

function checked(name: string, exported: unknown): AggregateObject {
  if (typeof exported !== "object" || exported === null) {
    throw bindError(`${name} is no aggregate: it is ${described(exported)}`, undefined, "export an object with init, add and value");
  }
  const object = exported as Record<string, unknown>;
  for (const method of METHODS) {
    const given = object[method];
    const optional = method === "remove" || method === "merge";
    if (typeof given === "function" || (given === undefined && optional)) continue;
    if (given !== undefined) throw bindError(`${method} of aggregate ${name} is ${described(given)} and not a function`);
    throw bindError(`aggregate ${name} has no ${method}`, undefined, "an aggregate has init, add and value; remove and merge are optional");
  }
  for (const [key, value] of Object.entries(object)) {
    const near = typeof value === "function" && !METHODS.some((method) => method === key) ? nearestName(key, METHODS) : undefined;
    if (near !== undefined && object[near] === undefined)
      throw bindError(`aggregate ${name} has a method "${key}"`, undefined, `did you mean "${near}"?`);
  }
  return exported as AggregateObject;
}

const isThenable = (value: unknown): boolean =>
  typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";

export function described(value: unknown): string {
  if (value === null) return "null";
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return "an array";
  if (isThenable(value)) return "a promise";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
