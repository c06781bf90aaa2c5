import { describe, expect, test } from "vitest";
import { compileExpression, compilePipeline, compilePredicate, evaluateConstant } from "../../src/compile/index.ts";
import { WeirError } from "../../src/core/errors.ts";
import { valueAt } from "../../src/core/read.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { batchOf, bindOver, coded, compileContext, differences, duckdb, filtered, loadTable, type Outcome, testTable } from "./harness.ts";

/** Logic, comparisons, branches, lists of values and filters, on every layout of the same rows, against DuckDB. */

const COLUMNS = [
  ["b", "BOOLEAN"],
  ["c", "BOOLEAN"],
  ["i", "INTEGER"],
  ["n", "BIGINT"],
  ["x", "DOUBLE"],
  ["y", "DOUBLE"],
  ["s", "VARCHAR"],
  ["r", "VARCHAR"],
  ["d", "DATE"],
  ["p", "DECIMAL(10,2)"],
  ["h", "HUGEINT"],
  ["v", "INTERVAL"],
  ["l", "INTEGER[]"],
] as const;

const POOLS: Readonly<Record<string, readonly (string | null)[]>> = {
  b: ["true", "false", null],
  c: ["true", null, "false"],
  i: ["1", "0", "-7", null, "2147483647"],
  n: ["5", "-3", "9223372036854775807", null, "9007199254740993"],
  x: ["1.5", "nan", null, "-0.0", "inf"],
  y: ["nan", "1.5", "0", "-inf", null],
  s: ["a", "b", null, "", "é😀", "z\uffff", "12", "abc"],
  r: ["b", "a", "", null, "z😀", "7"],
  d: ["2024-01-31", null, "1969-12-31", "infinity"],
  p: ["1.50", "-2.25", null, "99999999.99"],
  h: ["1", "170141183460469231731687303715884105727", null],
  v: ["1 month", "30 days", null, "-1 day"],
  l: ["[1, 2]", "[]", null, "[NULL]", "[2]"],
};

/** Rows that bring the pools' values together in many ways; without NULLs where asked. */
function makeTable(rows: number, nulls: boolean) {
  const pools = COLUMNS.map(([name]) => POOLS[name].filter((value) => nulls || value !== null));
  return testTable(
    COLUMNS,
    Array.from({ length: rows }, (_, row) => pools.map((pool, column) => pool[(row * (column + 3) + (row >> (column % 5))) % pool.length])),
  );
}

const EXPRESSIONS = [
  "b AND c",
  "b OR c",
  "NOT b",
  "b AND c AND i > 0",
  "b OR c OR i > 0",
  "b IS NULL",
  "s IS NOT NULL",
  "(b AND c) IS NULL",
  "b = c",
  "b < c",
  "b IS DISTINCT FROM c",
  "i = 1",
  "i <> n",
  "n > 9007199254740992",
  "n < 9223372036854775807",
  "n >= 5 AND n <= 9007199254740993",
  "n + 1 > i",
  "x = y",
  "x <> y",
  "x < y",
  "x <= y",
  "x > y",
  "x >= y",
  "x > 1",
  "x < 1",
  "x >= 1.5",
  "x = 'nan'::DOUBLE",
  "x IS NOT DISTINCT FROM y",
  "s = r",
  "s < r",
  "s >= r",
  "s = 'a'",
  "'a' <> s",
  "s < 'z'",
  "s > 'é'",
  "'b' <= s",
  "s IS DISTINCT FROM 'a'",
  "s IS NOT DISTINCT FROM NULL",
  "d < DATE '2000-01-01'",
  "p = 1.5",
  "p > i",
  "h > 5",
  "h = n",
  "v = INTERVAL '1 month'",
  "v < INTERVAL '1 day'",
  "l = [1, 2]",
  "l < [2]",
  "i IN (1, 0)",
  "i IN (1, NULL)",
  "i NOT IN (1, NULL)",
  "i NOT IN (1, 2, 3, 4, 5, 6)",
  "n IN (5, 9223372036854775807)",
  "x IN (1.5::DOUBLE, 'nan'::DOUBLE)",
  "s IN ('a', '12')",
  "s NOT IN ('a', NULL)",
  "s IN (r, 'a')",
  "i IN (n, 1)",
  "h IN (1, 2)",
  "v IN (INTERVAL '30 days')",
  "d IN (DATE '2024-01-31')",
  "CASE WHEN b THEN 'yes' WHEN c THEN 'maybe' ELSE 'no' END",
  "CASE WHEN i > 0 THEN 'yes' WHEN c THEN NULL ELSE 'no' END",
  "CASE WHEN i > 0 THEN s ELSE r END",
  "CASE WHEN i > 0 THEN 1 ELSE 0 END",
  "CASE WHEN x < 2 THEN 1 WHEN y < 2 THEN 2 ELSE -3 END",
  "CASE i WHEN 1 THEN n WHEN 0 THEN i END",
  "CASE WHEN s = '12' THEN s::INTEGER ELSE -1 END",
  "CASE WHEN b THEN x ELSE y END",
  "COALESCE(i, 5)",
  "COALESCE(n, i, 7)",
  "COALESCE(s, r, 'none')",
  "COALESCE(x, y)",
  "NULLIF(i, 1)",
  "n * 2 + i",
  "(i + 0.5) * p",
  "x * y + x",
  "-n",
  "n // 2 - n % 3",
  "s || r || i",
  "TRY_CAST(s AS INTEGER)",
  "TRY_CAST(s AS INTEGER) + 1",
  "s::VARCHAR = r AND TRY_CAST(s AS DOUBLE) > 5",
  "CAST(i AS VARCHAR) || s",
  "i::BIGINT + n::HUGEINT",
  "x::FLOAT + 1",
  "d + i % 10",
  "d - DATE '2020-01-01'",
  "n / i",
  "i / 0",
  "1 + 1",
];

describe.each([true, false])("with NULLs: %s", (nulls) => {
  const table = makeTable(60, nulls);
  test("plain columns", async () => {
    await loadTable(table);
    const batch = batchOf(table);
    const lines: string[] = [];
    for (const text of EXPRESSIONS) lines.push(...(await differences(text, table, batch)));
    expect(lines).toEqual([]);
  });
  test("dictionary columns", async () => {
    await loadTable(table);
    const batch = coded(batchOf(table));
    const lines: string[] = [];
    for (const text of EXPRESSIONS.filter((expression) => /\b[sr]\b/.test(expression)))
      lines.push(...(await differences(text, table, batch)));
    expect(lines).toEqual([]);
  });
});

const FILTERS = [
  "i > 0",
  "x < 1.6",
  "x < y AND i > -10",
  "b",
  "b AND c",
  "b OR i > 0",
  "s = 'a' OR n < 0",
  "s IN ('12', 'abc') AND LENGTH(s) = 2",
  "s = '12' AND s::INTEGER = 12",
  "n > 100",
  "p < 2 AND p > -3",
  "TRUE",
  "FALSE",
  "NULL",
  "i IS NULL",
];
const OUTPUTS = ["i", "s", "l", "x * 2", "n + 1", "s || '!'", "7", "UPPER(s)", "b", "CASE WHEN x < 1 THEN 'low' ELSE 'high' END"];

test.each([true, false])("filters pass the rows that DuckDB passes, NULLs: %s", async (nulls) => {
  // n + 1 overflows for the largest BIGINT.
  const all = makeTable(60, nulls);
  const table = {
    ...all,
    rows: all.rows.map((row) => row.map((value) => (value === "9223372036854775807" ? "922337203685477580" : value))),
  };
  await loadTable(table);
  const plain = batchOf(table);
  const differing: string[] = [];
  for (const filter of FILTERS) {
    for (const output of OUTPUTS) {
      const sql = `SELECT CAST(${output} AS VARCHAR) FROM t WHERE ${filter} ORDER BY id`;
      const expected = (await (await duckdb()).runAndReadAll(sql)).getRows().map((row) => row[0] as Outcome);
      const bound = bindOver(output, table.schema, filter);
      for (const batch of [plain, coded(plain)]) {
        const actual = filtered(bound.expr, bound.filter, table.schema, batch);
        if (JSON.stringify(actual) !== JSON.stringify(expected))
          differing.push(`${output} WHERE ${filter}: ${expected} on DuckDB, ${actual} here`);
      }
    }
  }
  expect(differing).toEqual([]);
});

describe("what a pipeline promises", () => {
  const table = makeTable(40, true);
  const types = table.schema.map((field) => field.type);
  const batch = batchOf(table);
  const first = (text: string) => bindOver(text, table.schema).expr;

  test("columns pass through without a copy, and shrink with a filter", () => {
    const { expr, filter } = bindOver("i", table.schema, "i > 0");
    const unfiltered = compilePipeline({ exprs: [expr], inputTypes: types }, compileContext())(batch);
    expect(unfiltered.columns[0]).toBe(batch.columns[2]);
    const passed = compilePipeline({ exprs: [expr], filter, inputTypes: types }, compileContext())(batch);
    expect(passed.length).toBeLessThan(batch.length);
    expect(passed.length).toBeGreaterThan(0);
  });

  test("a filter leaves the same rows of all columns, and later batches leave them as they are", () => {
    const columns = (names: readonly string[]) => names.map((name) => first(name));
    const selections: readonly (readonly string[])[] = [["b", "i", "n", "x", "s"], ["r", "d", "p"], COLUMNS.map(([name]) => name)];
    const few = { columns: batch.columns, length: 13 };
    for (const filter of ["x > 0", "x > 0 AND i > 0", "s > 'a' OR i < 0", "x * n > 0", "i IS NOT NULL"]) {
      for (const names of selections) {
        const bound = bindOver("i", table.schema, filter).filter!;
        const run = compilePipeline(
          { exprs: [...columns(names), first("x * n"), first("i IS NULL")], filter: bound, inputTypes: types },
          compileContext(),
        );
        const mask = (rows: RecordBatch) => compilePredicate(bound, types, compileContext())(rows);
        const given = [few, batch, coded(batch), few, coded(batch)];
        const results = given.map(run);
        results.forEach((result, k) => {
          const kept = [...mask(given[k]).keys()].filter((row) => mask(given[k])[row] === 1);
          expect(result.length).toBe(kept.length);
          names.forEach((name, c) => {
            const column = given[k].columns[COLUMNS.findIndex(([other]) => other === name)];
            const values = Array.from(kept, (_, row) => valueAt(result.columns[c], row));
            expect(values, `${name} where ${filter}`).toEqual(kept.map((row) => valueAt(column, row)));
          });
          kept.forEach((row, at) => {
            expect(valueAt(result.columns[names.length + 1], at)).toBe(valueAt(given[k].columns[2], row) === null);
          });
        });
      }
    }
  });

  test("an error names the innermost expression's place", () => {
    const text = "1 + (i + 2147483647)";
    const { expr } = bindOver(text, table.schema);
    let caught: unknown;
    try {
      compileExpression(expr, types, compileContext())(batch);
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(WeirError);
    const { message, span } = caught as WeirError;
    expect(message).toBe("overflow in addition of INT32 (1 + 2147483647)!");
    expect(`SELECT ${text} FROM t`.slice(span?.start, span?.end)).toContain("i + 2147483647");
  });

  test("a predicate is a mask without NULLs", () => {
    const mask = compilePredicate(first("b AND i > 0"), types, compileContext())(batch);
    const expected = table.rows.map((row) => (row[0] === "true" && row[2] !== null && Number(row[2]) > 0 ? 1 : 0));
    expect([...mask]).toEqual(expected);
  });

  test("NULL slots hold 0, and validity is null where no row is NULL", () => {
    const sum = compileExpression(first("i % 5 + 1"), types, compileContext())(batch);
    if (sum.layout !== "flat" || sum.validity === null) throw new Error("expected a flat vector with NULLs");
    sum.validity.forEach((valid, row) => {
      if (valid === 0) expect(sum.data[row]).toBe(0);
    });
    expect(compileExpression(first("COALESCE(i, 0)"), types, compileContext())(batch).validity).toBeNull();
  });

  test("a text result of a dictionary column is worked out once a value that a row has", () => {
    const dictionaries = coded(batch);
    const result = compileExpression(first("UPPER(s)"), types, compileContext())(dictionaries);
    if (result.layout !== "dictionary") throw new Error("expected a dictionary vector");
    const texts = new Set(table.rows.flatMap((row) => (row[6] === null ? [] : [row[6].toUpperCase()])));
    const values = Array.from({ length: result.dictionary.values.length }, (_, i) => valueAt(result.dictionary.values, i));
    expect(new Set(values)).toEqual(texts);
    expect(values).toHaveLength(texts.size);
  });

  test("the same text twice is one dictionary", () => {
    const exprs = [first("UPPER(s)"), first("UPPER(s)"), first("UPPER(s) || r")];
    const { columns } = compilePipeline({ exprs, inputTypes: types }, compileContext())(coded(batch));
    table.rows.forEach((row, i) => {
      const expected = row[6]?.toUpperCase() ?? null;
      expect([valueAt(columns[0], i), valueAt(columns[1], i)]).toEqual([expected, expected]);
      expect(valueAt(columns[2], i)).toBe(expected === null || row[7] === null ? null : expected + row[7]);
    });
  });

  test("a volatile function runs for each row, each time it is written", () => {
    const pipeline = compilePipeline({ exprs: [first("random()"), first("random()")], inputTypes: types }, compileContext());
    const { columns } = pipeline(batch);
    const draws = new Set(columns.flatMap((column) => Array.from({ length: batch.length }, (_, i) => valueAt(column, i))));
    expect(draws.size).toBe(2 * batch.length);
  });

  test("many expressions, more than one function holds, are computed in several", () => {
    const { filter } = bindOver("i", table.schema, "i > 0 AND x < 2");
    const exprs = Array.from({ length: 120 }, (_, k) => first(`(i // 4 + ${k}) // 2 * 3 - ${k}`));
    const wide = compilePipeline({ exprs, filter, inputTypes: types }, compileContext())(batch);
    expect(wide.length).toBeGreaterThan(0);
    exprs.forEach((expr, k) => {
      const alone = compilePipeline({ exprs: [expr], filter, inputTypes: types }, compileContext())(batch);
      expect(wide.length).toBe(alone.length);
      for (let row = 0; row < alone.length; row++) expect(valueAt(wide.columns[k], row)).toBe(valueAt(alone.columns[0], row));
    });
  });

  test("an interrupt ends a long loop", () => {
    const rows = 200_000;
    const long: RecordBatch = {
      columns: batch.columns.map((column, i) =>
        i === 4 ? { layout: "flat", type: column.type, length: rows, validity: null, data: new Float64Array(rows) } : column,
      ),
      length: rows,
    };
    let checks = 0;
    const checkInterrupt = () => {
      if (++checks === 3) throw new WeirError("interrupt", "interrupted");
    };
    const run = compileExpression(first("x + 1"), types, compileContext({ checkInterrupt }));
    expect(() => run(long)).toThrow("interrupted");
  });

  test("a constant's error waits for a row that needs it", () => {
    const divided = first("CASE WHEN i > 2147483647 THEN CAST('abc' AS INTEGER) ELSE 1 END");
    expect(() => compileExpression(divided, types, compileContext())(batch)).not.toThrow();
    expect(() => evaluateConstant(first("CAST('abc' AS INTEGER)"), compileContext())).toThrow("could not convert string 'abc' to INT32");
  });

  test("AND and OR leave out what cannot change the answer", () => {
    const isNumber = first("s = '12' AND s::INTEGER > 5");
    const result = compileExpression(isNumber, types, compileContext())(batch);
    const coding = compileExpression(isNumber, types, compileContext())(coded(batch));
    table.rows.forEach((row, i) => {
      const expected = row[6] === null ? null : row[6] === "12";
      expect(valueAt(result, i)).toBe(expected);
      expect(valueAt(coding, i)).toBe(expected);
    });
    expect(() => compileExpression(first("s <> '12' AND s::INTEGER > 5"), types, compileContext())(batch)).toThrow("could not convert");
  });

  test("strings of the query never reach generated text", () => {
    const hostile = '\'); throw new Error("ran"); //';
    const expr = first(`s || '${hostile.replaceAll("'", "''")}'`);
    const result = compileExpression(expr, types, compileContext())(batch);
    expect(valueAt(result, 0)).toBe(`${table.rows[0][6]}${hostile}`);
  });
});
