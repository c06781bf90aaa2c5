import type { AggregateFunction, AggregateOverload, FunctionDoc } from "../../catalog/function-types.ts";

/** What a family's file says of one aggregate. */
export interface AggregateEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly ordered?: boolean;
  readonly doc: FunctionDoc;
  readonly overloads: readonly AggregateOverload[];
}

export const aggregateFamily = (family: string, entries: readonly AggregateEntry[]): readonly AggregateFunction[] =>
  entries.map((entry) => ({ kind: "aggregate", family, ...entry }));
