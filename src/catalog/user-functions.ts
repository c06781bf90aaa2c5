import type { FunctionDefinition } from "./function-types.ts";

/** Where a function of the user's own comes from. */
export interface Origin {
  /** Name of the pack; undefined for functions of the session. */
  readonly pack?: string;
  /** SHA-256 of what defines it, hex: checkpoints name it, and workers know by it what they have already. */
  readonly hash: string;
  /** What another thread needs to have the same function: a ModuleSource of udf/. Plain data. Absent for what never leaves the engine thread. */
  readonly source?: unknown;
  /** Statement that defines it, for jobs and SHOW. */
  readonly sql?: string;
}

/** One place in a running query that calls a function (or a model) of the user's own. */
export interface FunctionUse {
  /** "function" or "model": they have names of their own. */
  readonly kind: "function" | "model";
  /** A model's with its version where the query names one ("m@2"): such a use is never replaced. */
  readonly name: string;
  /** Of the definition that the use was made with. */
  readonly hash: string;
  /** State that a checkpoint keeps is made by it (aggregates): it cannot be read with another definition. */
  readonly hasState?: boolean;
  /**
   * How to go on with another definition (a FunctionDefinition or a CatalogModel): what to call once no row is half way, which must not throw; or, in
   * words, why it cannot ("its types changed"). Changes nothing by itself.
   */
  replacement(definition: unknown): (() => void) | string;
  /** Calls that failed so far without ending the query. */
  failures?(): readonly FailedCalls[];
}

/** Calls of one function that failed without ending the query. Plain data: threads tell it one another. */
export interface FailedCalls {
  readonly name: string;
  readonly count: number;
  /** What became of them, in words. */
  readonly outcome: string;
  /** The first one's error. */
  readonly first: string;
}

/** One warning a function, over all threads that called it. */
export function failureWarnings(failures: readonly FailedCalls[]): string[] {
  const together = new Map<string, FailedCalls>();
  for (const failed of failures) {
    const key = `${failed.name} ${failed.outcome}`;
    const known = together.get(key);
    together.set(key, known === undefined ? failed : { ...known, count: known.count + failed.count });
  }
  return [...together.values()].map(({ name, count, outcome, first }) => {
    const calls = count === 1 ? "once" : `${count} times`;
    return `${name} failed ${calls} and ${outcome}; first: ${first}`;
  });
}

/** The uses of one query, filled while it is compiled. */
export interface FunctionUses {
  add(use: FunctionUse): void;
  /** Calls that failed on other threads. */
  addFailures(failures: readonly FailedCalls[]): void;
}

/** What is to be known of user functions that a name can stand for. */
export const isUserFunction = (definition: FunctionDefinition): boolean => definition.origin !== undefined;
