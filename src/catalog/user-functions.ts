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
  readonly name: string;
  readonly hash: string;
  /** Goes on with another definition of the same signature, between two batches; false where it cannot (other types, state of another shape). */
  replace(definition: unknown): boolean;
}

/** The uses of one query, filled while it is compiled. */
export interface FunctionUses {
  add(use: FunctionUse): void;
}

/** What is to be known of user functions that a name can stand for. */
export const isUserFunction = (definition: FunctionDefinition): boolean => definition.origin !== undefined;
