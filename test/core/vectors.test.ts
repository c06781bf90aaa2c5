import { describe, expect, test } from "vitest";
import { compareValues, rowComparator } from "../../src/core/compare.ts";
import { concatBatches, concatVectors, plainText } from "../../src/core/concat.ts";
import { valueAt, valueReader } from "../../src/core/read.ts";
import { filterBatch, take } from "../../src/core/take.ts";
import { TextReader } from "../../src/core/text.ts";
import * as T from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { type BytesVector, makeDictionary, type Vector } from "../../src/core/vector.ts";
import { constantVector, makeBuilder, nullVector, vectorFromValues } from "../../src/core/vector-builder.ts";

const PAIR = T.struct([
  { name: "a", type: T.BIGINT },
  { name: "b", type: T.VARCHAR },
]);

/** Values of each type in rising order, and NULL. */
const SAMPLES: readonly (readonly [T.DataType, readonly Value[]])[] = [
  [T.BOOLEAN, [false, true, null]],
  [T.TINYINT, [-128, 0, 127, null]],
  [T.INTEGER, [-2147483648, 0, 2147483647, null]],
  [T.UINTEGER, [0, 4294967295, null]],
  [T.BIGINT, [-(2n ** 63n), 0n, 2n ** 63n - 1n, null]],
  [T.UBIGINT, [0n, 2n ** 64n - 1n, null]],
  [T.HUGEINT, [-(2n ** 127n), -1n, 0n, 2n ** 64n, 2n ** 127n - 1n, null]],
  [T.decimal(30, 2), [-(10n ** 29n), 5n, null]],
  [T.FLOAT, [Number.NEGATIVE_INFINITY, -1.5, 0, Number.POSITIVE_INFINITY, Number.NaN, null]],
  [T.DOUBLE, [Number.NEGATIVE_INFINITY, -0.1, 1e300, Number.NaN, null]],
  [T.VARCHAR, ["", "a", "ab", "b", "é", "\uffff", "😀", `😀${"x".repeat(100)}`, null]],
  [T.BLOB, [new Uint8Array(0), new Uint8Array([0]), new Uint8Array([255]), null]],
  [T.DATE, [-1, 0, 20000, null]],
  [T.TIMESTAMP, [-1n, 0n, 2n ** 60n, null]],
  [T.INTERVAL, [{ months: -1, days: 0, micros: 0 }, { months: 0, days: 29, micros: 0 }, { months: 1, days: 0, micros: 0 }, null]],
  [T.list(T.VARCHAR), [[], ["a"], ["a", "b"], ["a", null], null]],
  [PAIR, [[1n, "x"], [1n, null], [2n, "a"], null]],
  [
    T.map(T.VARCHAR, T.DOUBLE),
    [
      [["k", 1.5]],
      [
        ["k", 2],
        ["l", null],
      ],
      null,
    ],
  ],
  [T.enumType(["low", "high"]), ["low", "high", null]],
];

const valuesOf = (vector: Vector): Value[] => Array.from({ length: vector.length }, (_, row) => valueAt(vector, row));

describe.each(SAMPLES.map(([type, values]) => [T.typeName(type), type, values] as const))("%s", (_name, type, values) => {
  for (const shared of [false, true]) {
    test(`values come back, shared: ${shared}`, () => {
      const vector = vectorFromValues(type, values, { shared });
      expect(valuesOf(vector)).toEqual(values);
      const read = valueReader(vector);
      expect(values.map((_, row) => read(row))).toEqual(values);
    });
  }

  test("picked rows, -1 as NULL", () => {
    const last = values.length - 1;
    const picked = take(vectorFromValues(type, values), Int32Array.from([last, 0, -1, 0, 1]));
    expect(valuesOf(picked)).toEqual([null, values[0], null, values[0], values[1]]);
  });

  test("joined vectors", () => {
    const vector = vectorFromValues(type, values);
    const joined = concatVectors(type, [
      vector,
      constantVector(type, values[0], 2),
      take(vector, Int32Array.from([1, 0])),
      nullVector(type, 1),
    ]);
    expect(valuesOf(joined)).toEqual([...values, values[0], values[0], values[1], values[0], null]);
  });

  test("order of values and of rows", () => {
    const present = values.filter((value) => value !== null);
    const vector = vectorFromValues(type, present);
    const compare = rowComparator(vector, vector);
    for (let i = 0; i < present.length; i++) {
      for (let j = 0; j < present.length; j++) {
        expect(Math.sign(compare(i, j))).toBe(Math.sign(i - j));
        expect(Math.sign(compareValues(type, present[i], present[j]))).toBe(Math.sign(i - j));
      }
    }
  });

  test("no row", () => {
    expect(makeBuilder(type).finish().length).toBe(0);
    expect(concatVectors(type, []).length).toBe(0);
    expect(valuesOf(take(makeBuilder(type).finish(), Int32Array.from([-1])))).toEqual([null]);
  });
});

function dictionaryVector(texts: readonly string[], codes: readonly number[], nulls: readonly number[] = []): Vector {
  const dictionary = makeDictionary(vectorFromValues(T.VARCHAR, texts) as BytesVector);
  const validity = nulls.length === 0 ? null : Uint8Array.from(codes, (_, row) => (nulls.includes(row) ? 0 : 1));
  return { layout: "dictionary", type: T.VARCHAR, length: codes.length, validity, codes: Int32Array.from(codes), dictionary };
}

describe("dictionary vectors", () => {
  test("stay so when picked and joined, with one code a text", () => {
    const a = dictionaryVector(["x", "y"], [0, 1, 0], [2]);
    const b = dictionaryVector(["y", "z"], [0, 1]);
    const joined = concatVectors(T.VARCHAR, [a, b, take(a, Int32Array.from([1, -1]))]);
    expect(joined.layout).toBe("dictionary");
    expect(valuesOf(joined)).toEqual(["x", "y", null, "y", "z", "y", null]);
    if (joined.layout === "dictionary") expect(joined.dictionary.values.length).toBe(3);
  });

  test("as plain text have empty NULLs", () => {
    const plain = plainText(dictionaryVector(["long text"], [0, 0], [1]) as Parameters<typeof plainText>[0]);
    expect(valuesOf(plain)).toEqual(["long text", null]);
    expect([...plain.offsets]).toEqual([0, 9, 9]);
  });

  test("compare with plain text", () => {
    const coded = dictionaryVector(["b", "a"], [0, 1]);
    const plain = vectorFromValues(T.VARCHAR, ["a", "b"]);
    expect(rowComparator(coded, plain)(0, 0)).toBeGreaterThan(0);
    expect(rowComparator(plain, coded)(0, 1)).toBe(0);
  });
});

test("a mask leaves its rows, and a whole batch as it is", () => {
  const batch = { columns: [vectorFromValues(T.INTEGER, [1, null, 3])], length: 3 };
  expect(valuesOf(filterBatch(batch, Uint8Array.from([0, 1, 1])).columns[0])).toEqual([null, 3]);
  expect(filterBatch(batch, Uint8Array.from([1, 1, 1]))).toBe(batch);
  expect(concatBatches([T.INTEGER], [batch, batch]).length).toBe(6);
});

test("a reader gives the same text for few rows and many, ASCII or not", () => {
  for (const texts of [Array.from({ length: 100 }, (_, i) => `row ${i}`), Array.from({ length: 100 }, (_, i) => `réw ${i}`)]) {
    const reader = new TextReader(vectorFromValues(T.VARCHAR, texts) as BytesVector);
    expect(texts.map((_, row) => reader.at(row))).toEqual(texts);
  }
});

test("NULL slots hold 0, and a vector without NULLs has no mask", () => {
  const vector = vectorFromValues(T.BIGINT, [7n, null]);
  if (vector.layout !== "flat") throw new Error("expected a flat vector");
  expect([...(vector.data as BigInt64Array)]).toEqual([7n, 0n]);
  expect(vectorFromValues(T.BIGINT, [7n]).validity).toBeNull();
});
