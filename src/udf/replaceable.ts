import type { BindContext } from "../catalog/function-types.ts";
import type { FailedCalls, Origin } from "../catalog/user-functions.ts";
import { definitionHead, sameTypes, type UserFunction } from "./definition.ts";
import type { Signature } from "./module-source.ts";

/** What calls of a function run: its signature, and what the module exports. */
export interface Implementation {
  readonly signature: Signature;
  readonly exported: UserFunction;
}

/** The definition of a user's function, with what its calls run. */
export type WithImplementation<Definition> = Definition & { readonly implementation: Implementation };

/** What a query runs now: after a redefinition the new one. */
export interface Current {
  readonly now: Implementation;
}

/** Takes note that a query uses a function. `failures`: its calls that failed without ending the query, where nobody else reports them. */
export function replaceable(
  implementation: Implementation,
  origin: Origin,
  bind: BindContext,
  failures?: () => readonly FailedCalls[],
): Current {
  const current = { now: implementation };
  bind.uses?.add({
    kind: "function",
    name: definitionHead(implementation.signature, origin).name,
    hash: origin.hash,
    ...(failures !== undefined && { failures }),
    replacement: (definition) => {
      const next = (definition as Partial<WithImplementation<object>>).implementation;
      if (next === undefined || !sameTypes(next.signature, implementation.signature)) return "its types changed";
      return () => {
        current.now = next;
      };
    },
  });
  return current;
}
