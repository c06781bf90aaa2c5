import type { ColumnFunction, ScalarFunction } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import type { Value } from "../core/value.ts";
import type { Vector } from "../core/vector.ts";
import { vectorFromValues } from "../core/vector-builder.ts";
import { attempt } from "./attempts.ts";
import { callError } from "./call-error.ts";
import { Failures } from "./call-failures.ts";
import { CallSlots } from "./call-slots.ts";
import { ColumnCall } from "./column-call.ts";
import { argumentPatterns, definitionHead, parametersOf, type UserFunction } from "./definition.ts";
import type { Signature } from "./module-source.ts";
import { type Current, replaceable, type WithImplementation } from "./replaceable.ts";
import { argumentReader, fromTypeScript } from "./value-map.ts";

/** Rows of one piece of work of a function that is called a row at a time: they leave together. */
const ORDERED_ROWS = 256;
const UNORDERED_ROWS = 16;

/**
 * A function that gives a promise, of one value or (where it takes columns) of many. At most `concurrency` calls are under way at once; each has its time
 * limit and its further attempts. Rows for which it must not be called (NULL where it takes none) are NULL.
 */
export function asyncFunction(signature: Signature, exported: UserFunction, origin: Origin): WithImplementation<ScalarFunction> {
  const implementation = { signature, exported };
  const { options } = signature;
  const batched = signature.resultColumn !== undefined;
  const rowsOnce = options.ordered ? ORDERED_ROWS : UNORDERED_ROWS;
  return {
    kind: "scalar",
    implementation,
    ...definitionHead(signature, origin),
    volatility: options.volatility,
    overloads: [
      {
        ...argumentPatterns(signature),
        returns: signature.returns,
        nulls: "handles",
        mayReturnNull: true,
        columnar: (bind): ColumnFunction => {
          const query: Calls = {
            slots: new CallSlots(options.concurrency),
            failures: new Failures(signature),
            current: replaceable(implementation, origin, bind),
          };
          let rows = 0;
          return {
            batchRows: batched ? options.batchRows : rowsOnce,
            // Pieces that wait for slots keep these busy while the last calls of one before are under way.
            concurrency: batched
              ? options.concurrency
              : options.ordered
                ? 2 + Math.ceil(options.concurrency / rowsOnce)
                : options.concurrency,
            ordered: options.ordered,
            call: async (args, length, signal) => {
              const from = rows;
              rows += length;
              return [await (batched ? callBatch : callRows)(query, args, length, from, signal)];
            },
            warnings: () => query.failures.warnings(),
          };
        },
      },
    ],
  };
}

/** What the calls of one function in one query share. */
interface Calls {
  readonly slots: CallSlots;
  readonly failures: Failures;
  readonly current: Current;
}

async function callRows(
  { slots, failures, current }: Calls,
  args: readonly Vector[],
  length: number,
  before: number,
  signal: AbortSignal,
): Promise<Vector> {
  const { signature, exported } = current.now;
  const params = parametersOf(signature, args.length);
  const readers = args.map((vector, i) => argumentReader(vector, params[i].value));
  const required = args.filter((vector, i) => vector.validity !== null && !params[i].takesNull);
  const check = fromTypeScript(signature.result);
  const group = new AbortController();
  const all = AbortSignal.any([signal, group.signal]);
  const values: Value[] = new Array(length).fill(null);
  const one = async (row: number): Promise<void> => {
    let given: unknown[] = [];
    try {
      given = readers.map((read) => read(row));
      const call = (own: AbortSignal) => exported(...given, ...padding(signature, given.length), ...(signature.signal ? [own] : []));
      values[row] = await attempt(call, check, signature.options, all);
    } catch (error) {
      if (all.aborted) throw error;
      const place = { args: given, row: before + row + 1 };
      if (signature.options.onError !== "null") throw callError(signature, error, place);
      failures.add(error, place);
    }
  };
  const calls: Promise<void>[] = [];
  for (let row = 0; row < length; row++) {
    if (required.every((vector) => vector.validity?.[row] !== 0)) calls.push(slots.run(() => (all.aborted ? Promise.resolve() : one(row))));
  }
  try {
    await Promise.all(calls);
  } catch (error) {
    // The first failure ends the calls beside it.
    group.abort(error);
    await Promise.allSettled(calls);
    throw error;
  }
  signal.throwIfAborted();
  return vectorFromValues(signature.returns, values);
}

/** Optional parameters that the call left out, where the signal stands behind them. */
const padding = ({ params, variadic, signal }: Signature, given: number): undefined[] =>
  signal && !variadic ? new Array(Math.max(0, params.length - given)).fill(undefined) : [];

async function callBatch(
  { slots, failures, current }: Calls,
  args: readonly Vector[],
  length: number,
  before: number,
  signal: AbortSignal,
): Promise<Vector> {
  const { signature, exported } = current.now;
  const batch = new ColumnCall(signature, args, length, before, failures);
  try {
    const columns = batch.columns();
    const call = (own: AbortSignal) => exported(...columns, ...padding(signature, columns.length), ...(signature.signal ? [own] : []));
    return await slots.run(() => attempt(call, batch.result, signature.options, signal));
  } catch (error) {
    if (signal.aborted) throw error;
    return batch.failed(error, before + 1);
  }
}
