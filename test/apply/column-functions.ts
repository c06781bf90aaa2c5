import type { FunctionRegistry } from "../../src/catalog/function-registry.ts";
import type { ColumnFunction, ScalarFunction } from "../../src/catalog/function-types.ts";
import { valueReader } from "../../src/core/read.ts";
import { type DataType, DOUBLE } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import type { Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";

/** A function of whole columns under a name: DOUBLE in, DOUBLE out, unless it says otherwise. */
export function columnFunction(
  name: string,
  call: ColumnFunction,
  more: Partial<Pick<ScalarFunction, "volatility">> & { readonly args?: readonly DataType[]; readonly returns?: DataType } = {},
): ScalarFunction {
  const { args = [DOUBLE], returns = DOUBLE, ...rest } = more;
  return {
    kind: "scalar",
    name,
    family: "test",
    doc: { summary: "For tests.", params: args.map((_, i) => `a${i}`), example: "", result: "" },
    origin: { hash: name },
    ...rest,
    overloads: [
      {
        args: args.map((exactly) => ({ exactly })),
        returns,
        columnar: () => call,
      },
    ],
  };
}

/** One vector of `f` of each row's values; NULL where an argument is. */
export function mapped(args: readonly Vector[], length: number, f: (...values: number[]) => number, type: DataType = DOUBLE): Vector[] {
  const readers = args.map(valueReader);
  const values = Array.from({ length }, (_, row): Value => {
    const row_ = readers.map((read) => read(row));
    return row_.includes(null) ? null : f(...(row_ as number[]));
  });
  return [vectorFromValues(type, values)];
}

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What calls have been made, by the numbers of their rows, and how many were under way at once at most. */
export interface Calls {
  readonly sizes: number[];
  underWay: number;
  most: number;
  closed: number;
}

export const noCalls = (): Calls => ({ sizes: [], underWay: 0, most: 0, closed: 0 });

/** x * 2 after `delay` milliseconds (of the call's number), counted. */
export function delayed(
  calls: Calls,
  delay: (call: number) => number,
  options: Pick<ColumnFunction, "batchRows" | "concurrency" | "ordered"> = {},
): ColumnFunction {
  return {
    ...options,
    call: async (args, length) => {
      calls.sizes.push(length);
      calls.most = Math.max(calls.most, ++calls.underWay);
      await sleep(delay(calls.sizes.length));
      calls.underWay--;
      return mapped(args, length, (x) => x * 2);
    },
    close: () => {
      calls.closed++;
    },
  };
}

/** x * 2, at once. */
export const doubled = (calls: Calls): ColumnFunction => ({
  call: (args, length) => {
    calls.sizes.push(length);
    return mapped(args, length, (x) => x * 2);
  },
});

export function defineAll(registry: FunctionRegistry, definitions: readonly ScalarFunction[]): void {
  for (const definition of definitions) registry.define(definition, { replace: true });
}
