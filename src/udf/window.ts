import type { BindContext, WindowFunction, WindowPartition } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import { concatVectors } from "../core/concat.ts";
import { sliceVector, type Vector } from "../core/vector.ts";
import { nullVector } from "../core/vector-builder.ts";
import { CallError, callError } from "./call-error.ts";
import { Failures } from "./call-failures.ts";
import { columnArgument, columnResult, typedNulls } from "./column-map.ts";
import { argumentPatterns, definitionHead, sameTypes } from "./definition.ts";
import type { Signature } from "./module-source.ts";
import { argumentReader } from "./value-map.ts";
import { parametersOf } from "./vectorised.ts";

interface Implementation {
  readonly signature: Signature;
  readonly exported: (...columns: unknown[]) => unknown;
}

/** A window function of the user's, as the catalog has it. */
export interface UserWindowFunction extends WindowFunction {
  readonly implementation: Implementation;
}

/** What one call in a query works with. */
interface Live {
  implementation: Implementation;
  readonly failures: Failures;
}

/** A function of all rows of a partition in the order of its window: columns in, a column of as many values out. It is called once for each partition. */
export function userWindowFunction(signature: Signature, exported: Implementation["exported"], origin: Origin): UserWindowFunction {
  const implementation = { signature, exported };
  const queries = new WeakMap<BindContext, Live>();
  const begin = (bind: BindContext): Live => {
    let live = queries.get(bind);
    if (live === undefined) {
      live = { implementation, failures: new Failures(signature) };
      queries.set(bind, live);
      announce(live, origin, bind);
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

function announce(live: Live, origin: Origin, bind: BindContext): void {
  const { signature } = live.implementation;
  bind.uses?.add({
    kind: "function",
    name: definitionHead(signature, origin).name,
    hash: origin.hash,
    replacement: (definition) => {
      const next = (definition as Partial<UserWindowFunction>).implementation;
      if (next === undefined || !sameTypes(next.signature, signature)) return "its types changed";
      return () => {
        live.implementation = next;
      };
    },
    failures: () => live.failures.report(),
  });
}

function computePartitions(live: Live, { length, args, partitionEnd }: WindowPartition): Vector {
  const { returns } = live.implementation.signature;
  const parts: Vector[] = [];
  for (let from = 0; from < length; from = partitionEnd[from]) {
    const to = partitionEnd[from];
    const own = args.map((arg) => sliceVector(arg, from, to));
    parts.push(computePartition(live, own, to - from, from));
  }
  if (parts.length === 0) return nullVector(returns, 0);
  return parts.length === 1 ? parts[0] : concatVectors(returns, parts);
}

function computePartition({ implementation, failures }: Live, args: readonly Vector[], length: number, rowsBefore: number): Vector {
  const { signature, exported } = implementation;
  const params = parametersOf(signature, args.length);
  const forgives = signature.options.onError === "null";
  const refuse = (error: unknown, row: number): null => {
    const place = { args: args.map((vector, i) => argumentReader(vector, params[i].value)(row)), row: rowsBefore + row + 1 };
    if (forgives) return failures.add(error, place);
    throw callError(signature, error, place);
  };
  let columns: unknown[] = [];
  try {
    columns = args.map((vector, i) => columnArgument(vector, params[i]));
    return columnResult(signature, exported(...columns), length, typedNulls(args, params, length), refuse);
  } catch (error) {
    if (error instanceof CallError) throw error;
    const place = { args: columns.length === args.length ? columns : args.map((vector) => `${vector.length} rows`) };
    if (!forgives) throw callError(signature, error, place);
    failures.add(error, place);
    return nullVector(signature.returns, length);
  }
}
