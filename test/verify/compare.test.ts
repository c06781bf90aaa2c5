import { describe, expect, it } from "vitest";
import { DOUBLE, FLOAT, INTEGER, JSON_TYPE, list, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { parseOne, type Query } from "../../src/sql/index.ts";
import { type ComparedTable, compareTables, DEFAULT_COMPARE } from "../../src/verify/compare.ts";
import { resultOrder } from "../../src/verify/order.ts";

const table = (...columns: (readonly Value[])[]): ComparedTable => ({ columns, rowCount: columns[0].length });
const agrees = (type: Parameters<typeof compareTables>[0][number], a: readonly Value[], b: readonly Value[]) =>
  compareTables([type], table(a), table(b)).agrees;

describe("two results", () => {
  it("are the same in any order of rows, unless sort keys fix it", () => {
    const ours = table([1, 2, 2], ["a", "b", "c"]);
    const theirs = table([2, 2, 1], ["c", "b", "a"]);
    expect(compareTables([INTEGER, VARCHAR], ours, theirs).agrees).toBe(true);
    expect(compareTables([INTEGER, VARCHAR], ours, theirs, { ...DEFAULT_COMPARE, sortKeys: [0] })).toMatchObject({
      agrees: false,
      misorderedFrom: 0,
    });
    const ties = table([1, 2, 2], ["a", "c", "b"]);
    expect(compareTables([INTEGER, VARCHAR], ours, ties, { ...DEFAULT_COMPARE, sortKeys: [0] }).agrees).toBe(true);
  });

  it("differ in how often a row comes", () => {
    const { differing, differingCount } = compareTables([INTEGER], table([1, 1, 2]), table([1, 2, 2]));
    expect({ differing, differingCount }).toEqual({ differing: [{ ours: 1, theirs: 2, columns: [0] }], differingCount: 1 });
    expect(compareTables([INTEGER], table([1, 1]), table([1])).differing).toEqual([{ ours: 1, theirs: -1, columns: [] }]);
  });

  it("may differ in the last digits of floats, wherever they sort", () => {
    expect(agrees(DOUBLE, [0.1 + 0.2, 1], [1, 0.3])).toBe(true);
    expect(agrees(DOUBLE, [0.3000001], [0.3])).toBe(false);
    expect(agrees(FLOAT, [0.3000001], [0.3])).toBe(true);
    expect(agrees(DOUBLE, [1.00000000499999, 1.000000005], [1.00000000500001, 1.000000005])).toBe(true);
    expect(agrees(list(DOUBLE), [[0.1 + 0.2]], [[0.3]])).toBe(true);
  });

  it("are matched in any number, large integers by their last digit", () => {
    const values = Array.from({ length: 5000 }, (_, i) => -2147483648 + (i % 3));
    expect(agrees(INTEGER, values, [...values].reverse())).toBe(true);
  });

  it("tell NaN, NULL, zeros and infinities apart as SQL does", () => {
    expect(agrees(DOUBLE, [Number.NaN, null, 0], [null, -0, Number.NaN])).toBe(true);
    expect(agrees(DOUBLE, [Number.NaN], [null])).toBe(false);
    expect(agrees(DOUBLE, [Number.POSITIVE_INFINITY], [Number.MAX_VALUE])).toBe(false);
    expect(agrees(VARCHAR, ["NULL"], [null])).toBe(false);
  });

  it("hold the same JSON whatever its white space", () => {
    expect(agrees(JSON_TYPE, ['{"a": [1, 2]}'], ['{"a":[1,2]}'])).toBe(true);
    expect(agrees(JSON_TYPE, ['{"a b": 1}'], ['{"ab": 1}'])).toBe(false);
  });

  it("are not ordered by keys behind a float that was rounded otherwise", () => {
    const ours = table([0.1 + 0.2, 0.3], ["a", "b"]);
    const theirs = table([0.3, 0.1 + 0.2], ["b", "a"]);
    expect(compareTables([DOUBLE, VARCHAR], ours, theirs, { ...DEFAULT_COMPARE, sortKeys: [0, 1] }).agrees).toBe(true);
  });
});

describe("the order of a result", () => {
  it.each([
    ["SELECT a, b FROM t ORDER BY b, 1", [1, 0], true],
    ["SELECT a, b AS c FROM t ORDER BY C DESC", [1], true],
    ["SELECT a + 1, b FROM t ORDER BY a + 1", [0], true],
    ["SELECT a, b FROM t ORDER BY b, a * 2, a", [1], false],
    ["SELECT * FROM t ORDER BY ALL", [0, 1], true],
    ["SELECT a, b FROM t", [], true],
    ["SELECT a, b FROM t UNION ALL SELECT 1, 2 ORDER BY b", [1], true],
  ])("%s", (sql, keys, complete) => {
    const names = sql.includes("AS c") ? ["a", "c"] : ["a", "b"];
    expect(resultOrder(parseOne(sql) as Query, names)).toEqual({ keys, complete });
  });
});
