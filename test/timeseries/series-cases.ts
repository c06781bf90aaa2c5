/** Cases of test/timeseries/reference, and how a function of series (functions/series) is called on one. */
import { expect } from "vitest";
import type { ScalarFunction } from "../../src/catalog/function-types.ts";
import type { DataType } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { seriesFunctions } from "../../src/functions/series/index.ts";
import { readReference } from "./reference-values.ts";

export interface Case {
  readonly function: string;
  readonly against: string;
  /** Relative to the greatest magnitude of the list that a number is in. */
  readonly tolerance: number;
  readonly input: Readonly<Record<string, unknown>>;
  readonly expected: unknown;
  /** Of a decomposition with constants along each phase. */
  readonly degree?: 0;
}

export const referenceCases = (area: string): readonly Case[] => readReference<{ cases: readonly Case[] }>(area).cases;

export const airPassengers = (): Float64Array => Float64Array.from(readReference<{ values: readonly number[] }>("air-passengers").values);

export function functionNamed(name: string): ScalarFunction {
  const found = seriesFunctions.find((one) => one.name === name);
  if (found === undefined) throw new Error(`there is no ${name}`);
  return found;
}

/** Calls a function with arguments by name, written as JSON; a STRUCT comes as an object. */
export function call(name: string, input: Readonly<Record<string, unknown>>): unknown {
  const { doc, overloads } = functionNamed(name);
  const [{ impl, returns, coerce }] = overloads;
  for (const given of Object.keys(input)) if (!doc.params.includes(given)) throw new Error(`${name} has no ${given}`);
  const bind = { types: [], constants: [], names: [], timeZone: "UTC", nowMicros: 0 };
  const types = coerce?.({ ...bind, types: doc.params.map(() => ({ kind: "null" as const })) }) ?? [];
  const registers = doc.params.map((param, i) => register(input[param] ?? null, types[i]));
  return plain((impl as (...registers: Value[]) => Value)(...registers), typeof returns === "function" ? returns(bind) : returns);
}

const register = (value: unknown, type: DataType): Value =>
  Array.isArray(value) && type.kind === "list" && type.element.kind === "timestamp"
    ? value.map((one) => (one === null ? null : BigInt(one)))
    : (value as Value);

function plain(value: Value, type: DataType): unknown {
  if (value === null) return null;
  if (typeof value === "bigint") return Number(value);
  if (type.kind === "struct") {
    const values = value as readonly Value[];
    return Object.fromEntries(type.fields.map((field, i) => [field.name, plain(values[i], field.type)]));
  }
  if (type.kind === "list") return (value as readonly Value[]).map((one) => plain(one, type.element));
  return value;
}

/** Fails where a value differs from what is expected by more than the tolerance allows. Fields that are not expected are not looked at. */
export function expectNear(got: unknown, expected: unknown, tolerance: number, where: string): void {
  if (typeof expected === "number" && typeof got === "number") {
    expectNumber(got, expected, tolerance * Math.abs(expected), where);
  } else if (Array.isArray(expected)) {
    expect(Array.isArray(got), where).toBe(true);
    const list = got as readonly unknown[];
    expect(list.length, `${where}: length`).toBe(expected.length);
    const scale = Math.max(0, ...expected.filter((one) => typeof one === "number").map(Math.abs));
    for (const [i, one] of expected.entries()) {
      if (typeof one === "number" && typeof list[i] === "number") expectNumber(list[i], one, tolerance * scale, `${where}[${i}]`);
      else expectNear(list[i], one, tolerance, `${where}[${i}]`);
    }
  } else if (typeof expected === "object" && expected !== null) {
    for (const [key, one] of Object.entries(expected)) expectNear((got as Record<string, unknown>)[key], one, tolerance, `${where}.${key}`);
  } else {
    expect(got, where).toBe(expected);
  }
}

function expectNumber(got: number, expected: number, allowed: number, where: string): void {
  if (!(Math.abs(got - expected) <= allowed)) expect.fail(`${where}: ${got} is not within ${allowed} of ${expected}`);
}

export function expectCase(one: Case): void {
  expectNear(call(one.function, one.input), one.expected, one.tolerance, `${one.function} against ${one.against}`);
}

/** Uniform numbers from 0 to 1 that are the same in every run. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/** Roughly normal numbers. */
export function noise(seed: number): () => number {
  const next = generator(seed);
  return () => next() + next() + next() + next() + next() + next() - 3;
}
