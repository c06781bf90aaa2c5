import type { ColumnFunction, ScalarFunction } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import type { Vector } from "../core/vector.ts";
import { Failures } from "./call-failures.ts";
import { ColumnCall } from "./column-call.ts";
import { argumentPatterns, definitionHead, type UserFunction } from "./definition.ts";
import type { Signature } from "./module-source.ts";
import { type Implementation, replaceable, type WithImplementation } from "./replaceable.ts";

/** A function of whole columns, called for a batch of rows at a time. */
export function vectorisedFunction(signature: Signature, exported: UserFunction, origin: Origin): WithImplementation<ScalarFunction> {
  const implementation = { signature, exported };
  return {
    kind: "scalar",
    implementation,
    ...definitionHead(signature, origin),
    volatility: signature.options.volatility,
    overloads: [
      {
        ...argumentPatterns(signature),
        returns: signature.returns,
        nulls: "handles",
        mayReturnNull: true,
        columnar: (bind): ColumnFunction => {
          const failures = new Failures(signature);
          const current = replaceable(implementation, origin, bind);
          let rows = 0;
          return {
            call: (args, length) => {
              const from = rows;
              rows += length;
              return [callColumns(current.now, new ColumnCall(current.now.signature, args, length, from, failures), from + 1)];
            },
            warnings: () => failures.warnings(),
          };
        },
      },
    ],
  };
}

/** Calls a function for the rows of `call`; an error that is not of one value names `row`, where it is given. */
export function callColumns({ exported }: Implementation, call: ColumnCall, row?: number): Vector {
  try {
    return call.result(exported(...call.columns()));
  } catch (error) {
    return call.failed(error, row);
  }
}
