import { describe, expect, test } from "vitest";
import { differences } from "./harness.ts";

const DOUBLES = [
  "0::DOUBLE",
  "-0.0::DOUBLE",
  "1::DOUBLE",
  "-1::DOUBLE",
  "0.5::DOUBLE",
  "2.5::DOUBLE",
  "-2.5::DOUBLE",
  "1e300",
  "-1e-300",
  "123456.789::DOUBLE",
  "'inf'::DOUBLE",
  "'-inf'::DOUBLE",
  "'nan'::DOUBLE",
  "NULL::DOUBLE",
  "0.49999999999999994::DOUBLE",
];
const DECIMALS = [
  "1.5",
  "-1.5",
  "2.45",
  "-99.99",
  "0.95::DECIMAL(2,2)",
  "123456789012345.678",
  "-12345678901234567890.5555::DECIMAL(38,4)",
  "NULL::DECIMAL(5,2)",
  "5::DECIMAL(5,0)",
  "99::DECIMAL(2,0)",
];
const INTEGERS = [
  "0",
  "7",
  "-7",
  "NULL::INTEGER",
  "127::TINYINT",
  "(-128)::TINYINT",
  "255::UTINYINT",
  "(-32768)::SMALLINT",
  "2147483647",
  "(-2147483648)::INTEGER",
  "9223372036854775807",
  "(-9223372036854775808)::BIGINT",
  "9007199254740993::BIGINT",
  "18446744073709551615::UBIGINT",
  "170141183460469231731687303715884105727::HUGEINT",
  "(-170141183460469231731687303715884105728)::HUGEINT",
  "4294967295::UINTEGER",
];

describe("elementary functions", () => {
  // Last digits differ between mathematical libraries; 4 units allow for that.
  const names = [
    "sqrt",
    "cbrt",
    "exp",
    "ln",
    "log10",
    "log",
    "log2",
    "sin",
    "cos",
    "tan",
    "cot",
    "asin",
    "acos",
    "atan",
    "sinh",
    "cosh",
    "tanh",
    "asinh",
    "acosh",
    "degrees",
    "radians",
  ];
  test.each(names)("%s", async (name) => {
    expect(await differences(name, [[...DOUBLES, "7", "1.25", "9007199254740993::BIGINT"]], { ulps: 4 })).toEqual([]);
  });
  test("atanh", async () => {
    // DuckDB gives +infinity for -1; see docs/differences.md.
    expect(await differences("atanh", [DOUBLES.filter((x) => x !== "-1::DOUBLE")], { ulps: 4 })).toEqual([]);
  });
  test.each(["gamma", "lgamma"])("%s", async (name) => {
    const values = [
      "0::DOUBLE",
      "-0.0::DOUBLE",
      "0.1::DOUBLE",
      "0.5::DOUBLE",
      "1::DOUBLE",
      "2::DOUBLE",
      "3.7::DOUBLE",
      "10.1::DOUBLE",
      "25::DOUBLE",
      "100.5::DOUBLE",
      "171.5::DOUBLE",
      "172::DOUBLE",
      "-0.5::DOUBLE",
      "-1.5::DOUBLE",
      "-2::DOUBLE",
      "1e10",
      "1e-5",
      "'inf'::DOUBLE",
      "'nan'::DOUBLE",
    ];
    expect(await differences(name, [values], { ulps: 40 })).toEqual([]);
  });
  test.each(["pow", "atan2", "log", "fdiv", "fmod"])("%s of two", async (name) => {
    expect(await differences(name, [DOUBLES, DOUBLES], { ulps: 4 })).toEqual([]);
  });
});

describe("rounding", () => {
  test.each(["ceil", "floor", "round", "trunc"])("%s", async (name) => {
    expect(await differences(name, [[...DOUBLES, ...DOUBLES.slice(0, 7).map((x) => `(${x})::FLOAT`), ...DECIMALS]])).toEqual([]);
  });
  test.each(["round", "trunc"])("%s of integers", async (name) => {
    expect(await differences(name, [INTEGERS.filter((x) => !x.includes("::U"))])).toEqual([]);
  });
  test.each(["round", "trunc"])("%s to digits", async (name) => {
    const digits = ["0", "1", "2", "-1", "-2", "20", "-20"];
    expect(
      await differences(name, [[...DOUBLES, "1.005::DOUBLE", "0.285::DOUBLE", "(-1234.5678)::DOUBLE", "1.55::FLOAT"], digits]),
    ).toEqual([]);
    expect(await differences(name, [DECIMALS, digits])).toEqual([]);
    expect(
      await differences(name, [
        ["0", "7", "-7", "1250", "-1250", "15::SMALLINT", "9007199254740993::BIGINT", "100::HUGEINT", "NULL::INTEGER"],
        digits,
      ]),
    ).toEqual([]);
  });
  test("even and round_even", async () => {
    expect(await differences("even", [[...DOUBLES, "2.9::DOUBLE", "3::DOUBLE", "-0.1::DOUBLE"]])).toEqual([]);
    expect(
      await differences("round_even", [
        ["2.5::DOUBLE", "3.5::DOUBLE", "-2.5::DOUBLE", "2.55::DOUBLE", "12.345::DOUBLE", "NULL::DOUBLE"],
        ["0", "1", "2", "-1"],
      ]),
    ).toEqual([]);
  });
});

describe("numbers", () => {
  test("abs", async () =>
    expect(await differences("abs", [[...DOUBLES, ...DECIMALS, ...INTEGERS, "(-1.5)::FLOAT", "(-5)::TINYINT"]])).toEqual([]));
  test("sign", async () => expect(await differences("sign", [[...DOUBLES, ...DECIMALS, ...INTEGERS]])).toEqual([]));
  test("bit_count", async () => {
    const unsigned = ["5::UTINYINT", "65535::USMALLINT", "4294967295::UINTEGER"];
    // DuckDB counts 128 bits in a TINYINT, which overflows for -1; see docs/differences.md.
    expect(
      await differences("bit_count", [
        [...INTEGERS.filter((x) => !x.includes("::U")), "(-1)::BIGINT", "(-1)::INTEGER", "(-5)::BIGINT", "(-1)::TINYINT", "(-1)::SMALLINT"],
      ]),
    ).toEqual([]);
    expect(await differences("bit_count", [unsigned])).toEqual([]);
  });
  test.each(["isnan", "isinf", "isfinite", "signbit"])("%s", async (name) => {
    expect(await differences(name, [[...DOUBLES, "1.5::FLOAT", "'inf'::FLOAT", "-0.0::FLOAT", "5"]])).toEqual([]);
  });
  test("gcd and lcm", async () => {
    const values = [
      "0",
      "12",
      "-18",
      "9007199254740993::BIGINT",
      "9223372036854775807::BIGINT",
      "NULL::BIGINT",
      "100000000000",
      "(-5)::HUGEINT",
    ];
    expect(await differences("gcd", [values, values])).toEqual([]);
    expect(await differences("lcm", [values, values])).toEqual([]);
  });
  test("factorial", async () => expect(await differences("factorial", [["0", "1", "5", "33", "34", "-1", "NULL::INTEGER"]])).toEqual([]));
  test("nextafter", async () => {
    expect(await differences("nextafter", [DOUBLES, ["1::DOUBLE", "-1::DOUBLE", "'inf'::DOUBLE", "'nan'::DOUBLE"]])).toEqual([]);
    expect(
      await differences("nextafter", [
        ["0::FLOAT", "1::FLOAT", "-1::FLOAT"],
        ["2::FLOAT", "-2::FLOAT"],
      ]),
    ).toEqual([]);
  });
});
