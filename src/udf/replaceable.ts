import type { BindContext, ScalarFunction } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import { definitionHead, sameTypes } from "./definition.ts";
import type { Signature } from "./module-source.ts";

/** What a function of whole columns runs: its signature, and what the module exports. */
export interface ColumnImplementation {
  readonly signature: Signature;
  readonly exported: (...columns: unknown[]) => unknown;
}

export interface UserColumnFunction extends ScalarFunction {
  readonly implementation: ColumnImplementation;
}

/** Takes note that a query uses a function, and gives what it runs now: after a redefinition the new one. */
export function replaceable(implementation: ColumnImplementation, origin: Origin, bind: BindContext): { now: ColumnImplementation } {
  const current = { now: implementation };
  bind.uses?.add({
    kind: "function",
    name: definitionHead(implementation.signature, origin).name,
    hash: origin.hash,
    replacement: (definition) => {
      const next = (definition as Partial<UserColumnFunction>).implementation;
      if (next === undefined || !sameTypes(next.signature, implementation.signature)) return "its types changed";
      return () => {
        current.now = next;
      };
    },
  });
  return current;
}
