import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jsonLines, rowTexts } from "../../src/connectors/formats/row-text.ts";
import { valueReader } from "../../src/core/read.ts";
import {
  BIGINT,
  BOOLEAN,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  INTEGER,
  list,
  TIMESTAMP,
  TIMESTAMPTZ,
  VARCHAR,
} from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { type BytesVector, makeDictionary, type Vector } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { jsonText } from "../../src/formats/json/json-value.ts";

const big = fc.oneof(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.bigInt({ min: -5_000_000n, max: 5_000_000n }));
const micros = fc.oneof(
  fc.bigInt({ min: -(10n ** 16n), max: 10n ** 16n }),
  fc.constant(9223372036854775807n),
  fc.bigInt({ min: 0n, max: 3_000_000n }),
);
const CASES: [string, DataType, fc.Arbitrary<Value>][] = [
  ["BIGINT", BIGINT, big],
  ["TIMESTAMP", TIMESTAMP, micros],
  ["TIMESTAMPTZ", TIMESTAMPTZ, micros],
  ["DOUBLE", DOUBLE, fc.double()],
  ["FLOAT", FLOAT, fc.float()],
  ["INTEGER", INTEGER, fc.integer()],
  ["DATE", DATE, fc.integer({ min: -100_000, max: 100_000 })],
  ["BOOLEAN", BOOLEAN, fc.boolean()],
  ["VARCHAR", VARCHAR, fc.string({ unit: "grapheme" })],
  ["DECIMAL", decimal(20, 3), fc.bigInt({ min: -(10n ** 19n), max: 10n ** 19n })],
  ["INTEGER[]", list(INTEGER), fc.array(fc.integer())],
];

function check(type: DataType, vector: Vector): void {
  const read = valueReader(vector);
  const expected = Array.from({ length: vector.length }, (_, row) => `{"a \\"b\\"":${jsonText(type, read(row))}}`);
  expect(rowTexts([{ name: 'a "b"', type }], { columns: [vector], length: vector.length })).toEqual(expected);
}

test.each(CASES)("%s is written as COPY writes it", (_, type, value) => {
  fc.assert(fc.property(fc.array(fc.option(value)), (values) => check(type, vectorFromValues(type, values))));
});

test("text of a dictionary too, and names that repeat", () => {
  const dictionary = makeDictionary(vectorFromValues(VARCHAR, ["a", 'b"\n']) as BytesVector);
  const vector: Vector = {
    layout: "dictionary",
    type: VARCHAR,
    length: 3,
    validity: Uint8Array.of(1, 1, 0),
    codes: Int32Array.of(1, 0, 0),
    dictionary,
  };
  check(VARCHAR, vector);
  const schema = [
    { name: "x", type: VARCHAR },
    { name: "x", type: VARCHAR },
  ];
  expect(jsonLines(schema, { columns: [vector, vector], length: 1 })).toBe('{"x":"b\\"\\n","x_1":"b\\"\\n"}\n');
  expect(jsonLines(schema, { columns: [vector, vector], length: 0 })).toBe("");
});
