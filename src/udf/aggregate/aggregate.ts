import type { AggregateFunction, BindContext } from "../../catalog/function-types.ts";
import type { Origin } from "../../catalog/user-functions.ts";
import { Failures } from "../call-failures.ts";
import { argumentPatterns, definitionHead, sameTypes } from "../definition.ts";
import type { Signature } from "../module-source.ts";
import { type LiveAggregate, UserAccumulator } from "./accumulator.ts";
import { AggregateImplementation } from "./implementation.ts";

/** An aggregate of the user's, as the catalog has it. */
export interface UserAggregateFunction extends AggregateFunction {
  readonly implementation: AggregateImplementation;
}

/**
 * Makes an aggregate of an exported `{ init, add, remove?, merge?, value }`. Rows where a parameter that takes no NULL is NULL are left out; a group without
 * rows gives `value(init())`. Without `merge` it runs in one thread, since the states of two could not be added up; without `remove`, streams that take
 * rows back keep them. Throws where `exported` is no such object.
 */
export function userAggregate(signature: Signature, exported: unknown, origin: Origin): UserAggregateFunction {
  const implementation = new AggregateImplementation(signature, exported);
  return {
    kind: "aggregate",
    ...definitionHead(signature, origin),
    ordered: !implementation.canMerge,
    implementation,
    overloads: [
      {
        ...argumentPatterns(signature),
        returns: signature.returns,
        create: (bind) => new UserAccumulator(liveAggregate(implementation, origin, bind)),
      },
    ],
  };
}

const live = new WeakMap<BindContext, LiveAggregate>();

/** One for each call in a query, however many accumulators it needs. */
function liveAggregate(implementation: AggregateImplementation, origin: Origin, bind: BindContext): LiveAggregate {
  const known = live.get(bind);
  if (known !== undefined) return known;
  implementation.checkStates();
  const made: LiveAggregate = { implementation, failures: new Failures(implementation.signature, "left out the row, or gave NULL") };
  live.set(bind, made);
  bind.uses?.add({
    kind: "function",
    name: definitionHead(implementation.signature, origin).name,
    hash: origin.hash,
    hasState: true,
    failures: () => made.failures.report(),
    replacement: (definition) => {
      const next = (definition as Partial<UserAggregateFunction>).implementation;
      if (next === undefined || !sameTypes(next.signature, implementation.signature)) return "its types changed";
      if (!next.standsInFor(made.implementation)) return "its state, or what it can do with it, changed";
      return () => {
        made.implementation = next;
      };
    },
  });
  return made;
}
