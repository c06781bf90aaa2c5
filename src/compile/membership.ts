import { compareValues } from "../core/compare.ts";
import type { DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { needsWide, registerClass } from "./registers.ts";

/** A constant list of IN, made for fast tests: on registers of the narrow or wide variant. */
export interface Membership {
  readonly test: { has(value: unknown): boolean };
  readonly hasNull: boolean;
}

export function membership(type: DataType, values: readonly Value[], wide: boolean): Membership {
  const present = values.filter((value) => value !== null);
  return { test: makeTest(type, present, wide), hasNull: present.length < values.length };
}

function makeTest(type: DataType, values: readonly Value[], wide: boolean): Membership["test"] {
  switch (registerClass(type)) {
    case "object": {
      const has = (value: unknown) => values.some((candidate) => compareValues(type, candidate, value as Value) === 0);
      return { has };
    }
    case "int64":
      // A set tells NaN from nothing and -0 from 0 in no way, just as SQL.
      return new Set<unknown>(
        wide ? values.map((value) => BigInt(value as bigint)) : values.filter((value) => !needsWide(value)).map(Number),
      );
    default:
      return new Set<unknown>(values);
  }
}
