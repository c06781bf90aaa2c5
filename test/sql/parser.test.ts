import { describe, expect, test } from "vitest";
import { WeirError } from "../../src/core/errors.ts";
import { asLambda, parse, parseExpression, parseOne, type Query, type Select } from "../../src/sql/index.ts";
import { bare } from "./tree.ts";

function errorOf(text: string): WeirError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
  throw new Error(`parsed: ${text}`);
}

const selectOf = (text: string): Select => (parseOne(text) as Query).body as Select;

describe("syntax errors", () => {
  test.each([
    ["SELECT a FORM t", "FORM", "did you mean FROM?"],
    ["SELCT 1", "SELCT", "did you mean SELECT?"],
    ["SELECT a FROM t WHRE x = 1", "WHRE", "did you mean WHERE?"],
    ["SELECT a FROM t GRUOP BY x", "GRUOP", "did you mean GROUP?"],
    ["SELECT a FROM t ORDER x", "x", "expected BY"],
    ["SELECT a FROM t LEFT OUTER b", "b", "expected JOIN"],
    ["SELECT a FROM t JOIN u WHERE x", "WHERE", "a join needs ON or USING"],
    ["CREATE TABEL t (a INT)", "TABEL", "did you mean TABLE?"],
    ["SELECT 1 +", "", "expected an expression"],
    ["SELECT (1", "", "expected )"],
    ["SELECT FROM t", "FROM", "expected an expression"],
    ["SELECT a FROM WHERE b", "WHERE", "expected a table"],
    ["SELECT * FROM t LIMIT 1 2", "2", undefined],
    ["COPY t TO x", "x", "expected the path of a file in single quotes"],
    ["UPDATE", "", "expected the rest of UPDATE"],
    ["SELECT f(a b)", "b", "expected , or )"],
    ["SELECT `a`", "`", 'names are quoted with "'],
    ["SELECT a FROM t WHERE b = ‘x’", "‘", "strings are quoted with the straight '"],
    ["COPY t TO 'x' FORMAT csv", "FORMAT", "expected options in parentheses, as (FORMAT csv, HEADER)"],
    ["SELECT a FROM t ORDER BY a DSC", "DSC", "did you mean DESC?"],
    ["SELECT CAST(a AS )", ")", "expected a type"],
    ["INSERT t VALUES (1)", "t", "expected OR or INTO"],
    ["SELECT 1; SELECT );", ")", "expected an expression"],
  ])("%s", (text, at, hint) => {
    const error = errorOf(text);
    expect(error.phase).toBe("parse");
    expect(text.slice(error.span!.start, error.span!.end)).toBe(at);
    expect(error.message).toBe(at === "" ? "syntax error at end of input" : `syntax error at or near "${at}"`);
    expect(error.hint).toBe(hint);
  });

  test("comparisons do not chain", () => {
    const error = errorOf("SELECT a < b < c");
    expect(error.span).toEqual({ start: 13, end: 14 });
    expect(error.hint).toContain("parentheses");
  });

  test("a string that is not closed is told where it starts", () => {
    expect(errorOf("SELECT 'a FROM t")).toMatchObject({ message: "this string is not closed", span: { start: 7, end: 8 } });
  });

  test("a column without a type", () => {
    expect(errorOf("CREATE TABLE t (a INT, b)").message).toBe('column "b" needs a type');
  });
});

describe("depth", () => {
  const nest = (open: string, middle: string, close: string, depth: number): string => open.repeat(depth) + middle + close.repeat(depth);
  test.each([
    ["parentheses", (n: number) => `SELECT ${nest("(", "1", ")", n)}`],
    ["calls", (n: number) => `SELECT ${nest("f(", "1", ")", n)}`],
    ["subqueries", (n: number) => `SELECT ${nest("(SELECT ", "1", ")", n)}`],
    ["subqueries in FROM", (n: number) => `${nest("SELECT * FROM (", "SELECT 1", ")", n)}`],
    ["CASE", (n: number) => `SELECT ${nest("CASE WHEN a THEN ", "1", " END", n)}`],
    ["NOT", (n: number) => `SELECT ${nest("NOT ", "a", "", n)}`],
    ["signs", (n: number) => `SELECT ${nest("- ", "a", "", n)}`],
    ["lists", (n: number) => `SELECT ${nest("[", "1", "]", n)}`],
    ["types", (n: number) => `SELECT a::${nest("STRUCT(a ", "INT", ")", n)}`],
    ["explain", (n: number) => `${nest("EXPLAIN ", "SELECT 1", "", n)}`],
    ["a chain of operators", (n: number) => `SELECT 1${" + 1".repeat(n)}`],
    ["a chain of unions", (n: number) => `SELECT 1${" UNION SELECT 1".repeat(n)}`],
    ["a chain of joins", (n: number) => `SELECT * FROM a${" JOIN a USING (x)".repeat(n)}`],
    ["a chain of casts", (n: number) => `SELECT a${"::INT".repeat(n)}`],
    ["array suffixes", (n: number) => `SELECT a::INT${"[]".repeat(n)}`],
  ])("%s", (_, text) => {
    expect(parse(text(80))).toHaveLength(1);
    for (const n of [1_100, 100_000]) expect(errorOf(text(n)).message).toMatch(/nests deeper than|chains more than/);
  });
});

describe("trees", () => {
  test("every node knows its place", () => {
    const text = "SELECT a + f(b) AS x FROM s.t AS u WHERE c";
    const { items, from, where } = selectOf(text);
    const at = (span: { start: number; end: number }) => text.slice(span.start, span.end);
    expect(at(items[0].span)).toBe("a + f(b) AS x");
    expect(at(items[0].expr.span)).toBe("a + f(b)");
    expect(at(items[0].alias!.span)).toBe("x");
    expect(at(from[0].span)).toBe("s.t AS u");
    expect(at(where!.span)).toBe("c");
  });

  test("spans of the second statement count from the start of the text", () => {
    expect(parse("SELECT 1;\n SELECT 22").map(({ span }) => span)).toEqual([
      { start: 0, end: 8 },
      { start: 11, end: 20 },
    ]);
  });

  test.each([
    ["FROM t", "SELECT * FROM t"],
    ["TABLE t", "SELECT * FROM t"],
    ["FROM t SELECT a", "SELECT a FROM t"],
    ["SELECT a == b, a != b, a ** b", "SELECT a = b, a <> b, a ^ b"],
    ["SELECT a::INT", "SELECT CAST(a AS INT)"],
    ["SELECT a ~~ b", "SELECT a LIKE b"],
    ["SELECT EXTRACT(year FROM d)", "SELECT date_part('year', d)"],
    ["SELECT position(a IN b)", "SELECT position(b, a)"],
    ["SELECT TRIM(LEADING 'x' FROM a)", "SELECT ltrim(a, 'x')"],
    ["SELECT (x + y).f(z)", "SELECT f(x + y, z)"],
    ["SELECT ARRAY[1, 2]", "SELECT [1, 2]"],
    ["SELECT 0xFF, 1_000", "SELECT 255, 1000"],
    ["SELECT ?, ?", "SELECT $1, $2"],
    ["SELECT $2, ?", "SELECT $2, $3"],
    ["SELECT * FROM (a CROSS JOIN b) c", "SELECT * FROM (SELECT * FROM a CROSS JOIN b) c"],
    ["SELECT a, FROM t, WHERE b GROUP BY c, HAVING d", "SELECT a FROM t WHERE b GROUP BY c HAVING d"],
    ["((SELECT 1))", "SELECT 1"],
    ["SHOW t", "DESCRIBE t"],
    ["SET TIME ZONE 'UTC'", "SET TimeZone = 'UTC'"],
    ["SET x = DEFAULT", "RESET x"],
    ["SELECT a FROM t FETCH FIRST 5 ROWS ONLY", "SELECT a FROM t LIMIT 5"],
  ])("%s is read as %s", (text, same) => {
    expect(bare(parse(text))).toEqual(bare(parse(same)));
  });

  test("each statement counts its own placeholders", () => {
    expect(bare(parse("SELECT ?; SELECT ?")[1])).toEqual(bare(parseOne("SELECT $1")));
  });

  test.each([
    ["UPDATE t SET a = ';' WHERE b", "UPDATE"],
    ["DELETE FROM t", "DELETE"],
    ["ALTER TABLE t ADD COLUMN b INT", "ALTER"],
    ["BEGIN TRANSACTION", "BEGIN"],
    ["CREATE CONNECTOR c (a INT)", "CREATE CONNECTOR"],
    ["SHOW WINDOWS", "SHOW WINDOWS"],
    ["DROP INDEX i", "DROP INDEX"],
  ])("%s is known by name", (text, feature) => {
    expect(parse(`${text}; SELECT 1`)[0]).toMatchObject({ kind: "unsupported", feature, text });
  });

  test.each([
    ["SELECT a FROM t USING SAMPLE 5", "USING SAMPLE"],
    ["SELECT * FROM t PIVOT (sum(a) FOR b IN (1))", "PIVOT"],
    ["SELECT * FROM t TABLESAMPLE 5%", "TABLESAMPLE"],
    ["INSERT OR REPLACE INTO t VALUES (1)", "INSERT OR REPLACE"],
    ["CREATE TABLE t (a INT REFERENCES u (b))", "REFERENCES"],
  ])("the clause in %s is known by name", (text, feature) => {
    expect(JSON.stringify(parse(text))).toContain(`"feature":"${feature}"`);
  });

  test("a function of time windows takes a table and a descriptor", () => {
    const [table] = selectOf("SELECT * FROM SESSION(TABLE t PARTITION BY k, DESCRIPTOR(ts), gap => INTERVAL '1' MINUTE)").from;
    expect(bare(table)).toMatchObject({
      kind: "tableFunction",
      args: [
        { value: { kind: "tableArg", source: { kind: "tableName" }, partitionBy: [{ kind: "column" }] } },
        { value: { kind: "descriptor", columns: [{ name: "ts" }] } },
        { name: { name: "gap" }, value: { kind: "interval", unit: "minute" } },
      ],
    });
  });

  test.each([
    ["SELECT * FROM (DESCRIBE t)", "DESCRIBE inside a query is not there yet"],
    ["WITH a AS (PIVOT t ON x) FROM a", "PIVOT inside a query is not there yet"],
    ["WITH a AS (SELECT 1) INSERT INTO t FROM a", "WITH before INSERT is not there yet"],
  ])("%s is refused by name", (text, message) => {
    expect(errorOf(text)).toMatchObject({ phase: "unsupported", message });
  });

  test("asLambda reads both spellings", () => {
    for (const text of ["x -> x + 1", "lambda x: x + 1", "(x, y) -> x", "lambda x, y: x"]) {
      expect(asLambda(parseExpression(text))?.params[0].name).toBe("x");
    }
    expect(asLambda(parseExpression("f(x) -> 'a'"))).toBeUndefined();
    expect(asLambda(parseExpression("a.b -> 'a'"))).toBeUndefined();
  });

  test("text beyond one expression or one statement is an error", () => {
    expect(() => parseExpression("a b")).toThrow('near "b"');
    expect(() => parseOne("SELECT 1; SELECT 2")).toThrow("one statement only");
    expect(() => parseOne(" -- nothing")).toThrow("expected a statement");
  });
});
