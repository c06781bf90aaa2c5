import type { BindContext, WindowFunction, WindowPartition } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import { concatVectors } from "../core/concat.ts";
import { sliceVector, type Vector } from "../core/vector.ts";
import { nullVector } from "../core/vector-builder.ts";
import { Failures } from "./call-failures.ts";
import { ColumnCall } from "./column-call.ts";
import { argumentPatterns, definitionHead, type UserFunction } from "./definition.ts";
import type { Signature } from "./module-source.ts";
import { type Current, replaceable, type WithImplementation } from "./replaceable.ts";
import { callColumns } from "./vectorised.ts";

/** What one call in a query works with. */
interface Live {
  readonly current: Current;
  readonly failures: Failures;
}

/** A function of all rows of a partition in the order of its window: columns in, a column of as many values out. It is called once for each partition. */
export function userWindowFunction(signature: Signature, exported: UserFunction, origin: Origin): WithImplementation<WindowFunction> {
  const implementation = { signature, exported };
  const queries = new WeakMap<BindContext, Live>();
  const begin = (bind: BindContext): Live => {
    let live = queries.get(bind);
    if (live === undefined) {
      const failures = new Failures(signature);
      live = { failures, current: replaceable(implementation, origin, bind, () => failures.report()) };
      queries.set(bind, live);
    }
    return live;
  };
  return {
    kind: "window",
    ...definitionHead(signature, origin),
    implementation,
    overloads: [
      {
        ...argumentPatterns(signature),
        returns: signature.returns,
        begin,
        compute: (input) => computePartitions(begin(input.bind), input),
      },
    ],
  };
}

function computePartitions({ current: { now }, failures }: Live, { length, args, partitionEnd }: WindowPartition): Vector {
  const { returns } = now.signature;
  const parts: Vector[] = [];
  for (let from = 0; from < length; from = partitionEnd[from]) {
    const to = partitionEnd[from];
    const own = args.map((arg) => sliceVector(arg, from, to));
    parts.push(callColumns(now, new ColumnCall(now.signature, own, to - from, from, failures)));
  }
  if (parts.length === 0) return nullVector(returns, 0);
  return parts.length === 1 ? parts[0] : concatVectors(returns, parts);
}
