import { describe, expect, test } from "vitest";
import { differences } from "./harness.ts";

const DOCUMENTS = [
  `'{"a":{"b":[1,2,{"c":"x"}]},"n":null}'`,
  `'[1, 2.50, "three", [4], null, true]'`,
  `'{"a.b": 1, "a/b": 2, "": 3, "a": 12345678901234567890123}'`,
  `'"text\\u00e9\\n"'`,
  `'  {"x" : {"a" : 1e2}, "y": {"a": -0.5}} '`,
  `'12'`,
  `'null'`,
  `'{"a":1,"a":2}'`,
  `'not json'`,
  `'{}'`,
  "NULL::VARCHAR",
];
const PATHS = [
  "'$.a.b[0]'",
  "'$.a.b[2].c'",
  "'/a/b/1'",
  "'a'",
  "'a.b'",
  `'$."a.b"'`,
  "'$[1]'",
  "'$[-1]'",
  "'$[#-1]'",
  "'$'",
  "'$.n'",
  "'$.zz'",
  "'/0'",
  "'/a~1b'",
  "'$.a'",
  "'$a'",
  "'$.a['",
  "'$.x.a'",
  "NULL::VARCHAR",
];
const WILD = ["'$[*]'", "'$.*'", "'$..a'", "'$.*.a'", "'$.a.b[*]'", "'$[*][0]'"];
const LISTS_OF_PATHS = ["['$.a', '$.zz']", "['a', NULL]", "[]::VARCHAR[]"];

describe("paths", () => {
  test.each(["json_extract", "json_extract_string", "json_exists", "json_type", "json_array_length", "json_keys", "json_value"])(
    "%s",
    async (name) => {
      expect(await differences(name, [DOCUMENTS.slice(0, 8), PATHS])).toEqual([]);
      expect(await differences(name, [DOCUMENTS.slice(0, 8), WILD])).toEqual([]);
      expect(await differences(name, [DOCUMENTS, ["'$.a'"]])).toEqual([]);
      expect(await differences(name, [DOCUMENTS.slice(0, 3), LISTS_OF_PATHS])).toEqual([]);
    },
  );
  test.each(["json_extract", "json_extract_string", "json_value"])("%s by position", async (name) => {
    expect(await differences(name, [DOCUMENTS.slice(0, 3), ["0", "1", "3", "-1", "9", "-9", "NULL::BIGINT"]])).toEqual([]);
  });
});

test("whole documents", async () => {
  const more = [
    `'18446744073709551615'`,
    `'18446744073709551616'`,
    `'-9223372036854775808'`,
    `'-9223372036854775809'`,
    `'1.0'`,
    `'"x"'`,
    `'true'`,
    `'[]'`,
    `'[1,-1]'`,
    `'[{"a":1},{"b":2.5},{"a":"x"}]'`,
    `'[1, 1.5]'`,
    `'[[1],[null]]'`,
    `'{"a":true,"b":{"c":[]}}'`,
  ];
  for (const name of ["json_valid", "json_type", "json_array_length", "json_keys", "json_structure", "json_pretty", "json"]) {
    expect(await differences(name, [[...DOCUMENTS, ...more]])).toEqual([]);
  }
  expect(await differences("json_valid", [["''", "'{a:1}'", "'{\"a\":1} x'", "'[1'", "'NaN'", "'01'", "'\"\\x\"'", "'nul'"]])).toEqual([]);
});

test("json_contains and json_merge_patch", async () => {
  const documents = [`'{"a":1,"b":[1,2]}'`, `'[1,2,[3]]'`, `'{"a":{"b":1}}'`, `'"x"'`, `'[{"a":1,"b":2}]'`];
  const needles = [`'{"a":1}'`, `'[2]'`, `'2'`, `'{"b":1}'`, `'[2,1]'`, `'"x"'`, `'{}'`, `'[]'`, `'1.0'`];
  expect(await differences("json_contains", [documents, needles])).toEqual([]);
  expect(
    await differences("json_merge_patch", [
      [`'{"a":1,"b":2}'::JSON`, `'{"a":{"x":1}}'::JSON`, `'1'::JSON`],
      [`'{"b":null,"c":3}'::JSON`, `'{"a":{"y":2}}'::JSON`, `'[1]'::JSON`],
    ]),
  ).toEqual([]);
});

test("making JSON", async () => {
  const values = [
    "1",
    "'x\"y'",
    "NULL::INTEGER",
    "[1, NULL]",
    "{'a': 1, 'b': [DATE '2020-01-01']}",
    "map(['a'], [1])",
    "map([1], ['x'])",
    "1.50",
    "1.5::DOUBLE",
    "1e100",
    "'nan'::DOUBLE",
    "TIMESTAMP '2020-01-01'",
    "true",
    `'{"a":1}'::JSON`,
    "'\\xAA'::BLOB",
    "170141183460469231731687303715884105727::HUGEINT",
    "INTERVAL '1 day'",
    "'é' || chr(1) || '/'",
    "9007199254740993",
    "1e-7::DOUBLE",
    "100::DOUBLE",
    "0.1::FLOAT",
    "TIME '12:00'",
    "'550e8400-e29b-41d4-a716-446655440000'::UUID",
  ];
  expect(await differences("to_json", [values])).toEqual([]);
  expect(await differences("json_array", [values, ["'z'"]])).toEqual([]);
  expect(await differences("json_object", [["'k'"], values])).toEqual([]);
  expect(await differences("array_to_json", [["[1, 2]", "NULL::INTEGER[]"]])).toEqual([]);
  expect(await differences("row_to_json", [["{'a': 1}"]])).toEqual([]);
});

test("reading JSON into types", async () => {
  const documents = [`'{"a":1,"b":"x"}'`, `'{"a":"2","b":3}'`, `'{"a":null}'`, `'{}'`, `'[1]'`, `'{"a":1.7,"b":true}'`, "NULL::VARCHAR"];
  expect(await differences("json_transform", [documents, [`'{"a":"INTEGER","b":"VARCHAR"}'`, `'{"a":"DOUBLE"}'`]])).toEqual([]);
  expect(
    await differences("json_transform", [
      [`'[1, 2]'`, `'{"a":1}'`, `'[1, "x"]'`],
      [`'["INTEGER"]'`, `'["BIGINT"]'`],
    ]),
  ).toEqual([]);
  expect(await differences("json_transform_strict", [[`'{"a":1}'`, `'{"a":"x"}'`, `'{}'`], [`'{"a":"INTEGER"}'`]])).toEqual([]);
});
