import type { ColumnFunction } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import type { Vector } from "../core/vector.ts";
import { nullVector } from "../core/vector-builder.ts";
import { CallError, callError } from "./call-error.ts";
import { Failures } from "./call-failures.ts";
import { columnArgument, columnResult, typedNulls } from "./column-map.ts";
import { argumentPatterns, definitionHead } from "./definition.ts";
import type { Param, Signature } from "./module-source.ts";
import { type ColumnImplementation, replaceable, type UserColumnFunction } from "./replaceable.ts";
import { argumentReader } from "./value-map.ts";

/** A function of whole columns, called for a batch of rows at a time. */
export function vectorisedFunction(signature: Signature, exported: ColumnImplementation["exported"], origin: Origin): UserColumnFunction {
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
              return [callColumns(current.now, args, length, from, failures)];
            },
            warnings: () => failures.warnings(),
          };
        },
      },
    ],
  };
}

/** The parameter of each argument of a call. */
export const parametersOf = ({ params, variadic }: Signature, count: number): readonly Param[] =>
  Array.from({ length: count }, (_, i) => (variadic ? params[Math.min(i, params.length - 1)] : params[i]));

function callColumns(
  { signature, exported }: ColumnImplementation,
  args: readonly Vector[],
  length: number,
  rowsBefore: number,
  failures: Failures,
): Vector {
  const params = parametersOf(signature, args.length);
  const forgives = signature.options.onError === "null";
  let columns: unknown[] = [];
  const refuse = (error: unknown, row: number): null => {
    const place = { args: args.map((vector, i) => argumentReader(vector, params[i].value)(row)), row: rowsBefore + row + 1 };
    if (forgives) return failures.add(error, place);
    throw callError(signature, error, place);
  };
  try {
    columns = args.map((vector, i) => columnArgument(vector, params[i]));
    return columnResult(signature, exported(...columns), length, typedNulls(args, params, length), refuse);
  } catch (error) {
    if (error instanceof CallError) throw error;
    const place = { args: columns.length > 0 ? columns : args.map((vector) => `${vector.length} rows`), row: rowsBefore + 1 };
    if (!forgives) throw callError(signature, error, place);
    failures.add(error, place);
    return nullVector(signature.returns, length);
  }
}
