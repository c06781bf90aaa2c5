import { expect, test } from "vitest";
import { parameterNames, parseParameter, writeParameter } from "../../kernel/parameters.ts";

test.each([
  ["5", 5],
  ["-5", -5],
  ["9007199254740993", 9007199254740993n],
  ["0.25", 0.25],
  ["1e3", 1000],
  ["true", true],
  ["FALSE", false],
  ["null", null],
  ["AAPL", "AAPL"],
  ["'AAPL'", "AAPL"],
  ["'it''s'", "it's"],
  ["'5'", "5"],
  ["O'Brien", "O'Brien"],
  ["2024-01-01", "2024-01-01"],
  ["007", "007"],
  ["0.5", 0.5],
  ["", ""],
])("%s is read, written and read again", (written, value) => {
  expect(parseParameter(written)).toBe(value);
  expect(parseParameter(writeParameter(value))).toBe(value);
});

test("parameters in SQL, but not in strings, comments and dollar quotes", () => {
  expect(parameterNames("SELECT $a, '$b', $a -- $c\n/* $d */ + $e, $$ $f $$").map(({ name, start }) => [name, start])).toEqual([
    ["a", 7],
    ["e", 37],
  ]);
});
