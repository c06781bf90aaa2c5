import { expect, test } from "vitest";
import { valueReader } from "../../src/core/read.ts";
import { BIGINT, DOUBLE, list, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { aggregates } from "../../src/functions/aggregates/index.ts";
import { randomFrom } from "./generate.ts";

const create = (
  name: string,
  types: readonly (typeof DOUBLE | ReturnType<typeof list>)[],
  constants: readonly (Value | undefined)[],
  overload = 0,
) => {
  const definition = aggregates.find((entry) => entry.name === name);
  if (definition === undefined) throw new Error(`no ${name}`);
  return () => definition.overloads[overload].create({ types, constants, names: [], timeZone: "UTC", nowMicros: 0 });
};

test("approx_quantile is within half a percent of rank, merged or not", () => {
  const random = randomFrom(4);
  const values = Array.from({ length: 50_000 }, () => Math.exp(8 * random()));
  const sorted = [...values].sort((a, b) => a - b);
  const make = create("approx_quantile", [DOUBLE, list(DOUBLE)], [undefined, [0.01, 0.25, 0.5, 0.99]], 1);
  const [whole, part] = [make(), make()];
  for (const accumulator of [whole, part]) accumulator.resize(1);
  for (let from = 0; from < values.length; from += 1000) {
    const column = vectorFromValues(DOUBLE, values.slice(from, from + 1000));
    (from % 3000 === 0 ? part : whole).update(new Int32Array(1000), [column], 1000, null);
  }
  whole.merge(structuredClone(part.state()), Int32Array.of(0));
  const found = valueReader(whole.evaluate(1))(0) as number[];
  [0.01, 0.25, 0.5, 0.99].forEach((fraction, k) => {
    const rank = sorted.findIndex((value) => value >= found[k]) / sorted.length;
    expect(Math.abs(rank - fraction)).toBeLessThan(0.005);
  });
});

test("approx_quantile of few values interpolates, of none is NULL", () => {
  const accumulator = create("approx_quantile", [DOUBLE, DOUBLE], [undefined, 0.5])();
  accumulator.resize(2);
  accumulator.update(new Int32Array(2), [vectorFromValues(DOUBLE, [1, 2])], 2, null);
  const read = valueReader(accumulator.evaluate(2));
  expect([read(0), read(1)]).toEqual([1.5, null]);
});

test("approx_count_distinct is within four standard errors, whatever the type and the merging", () => {
  const definition = create("approx_count_distinct", [DOUBLE], [undefined]);
  for (const [type, value] of [
    [BIGINT, (i: number) => BigInt(i)],
    [VARCHAR, (i: number) => `v${i}`],
    [DOUBLE, (i: number) => i / 7],
  ] as const) {
    for (const distinct of [0, 3, 500, 20_000]) {
      const [whole, part] = [definition(), definition()];
      for (const accumulator of [whole, part]) {
        accumulator.resize(1);
        const values = Array.from({ length: distinct }, (_, i) => value(i) as Value);
        accumulator.update(new Int32Array(distinct), [vectorFromValues(type, values)], distinct, null);
      }
      whole.merge(structuredClone(part.state()), Int32Array.of(0));
      const found = Number(valueReader(whole.evaluate(1))(0));
      expect(Math.abs(found - distinct)).toBeLessThanOrEqual(Math.ceil(distinct * 0.13));
    }
  }
});
