import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { type Expr, parse, parseExpression, print } from "../../src/sql/index.ts";
import { CORPUS } from "./corpus.ts";

// random cases: the machine may be busy
vi.setConfig({ testTimeout: 60_000 });

/** Whether DuckDB reads a text as we do: its tree of the text against its tree of what we print of ours. */

const LIKE_WORDS = { like: "LIKE", ilike: "ILIKE", glob: "GLOB", similar: "SIMILAR TO" };

function grouped(expr: Expr): string {
  const not = "negated" in expr && expr.negated ? "NOT " : "";
  switch (expr.kind) {
    case "binary":
      return `(${grouped(expr.left)} ${expr.op} ${grouped(expr.right)})`;
    case "unary":
      return `(${expr.op} ${grouped(expr.operand)})`;
    case "between":
      return `(${grouped(expr.operand)} ${not}BETWEEN ${grouped(expr.low)} AND ${grouped(expr.high)})`;
    case "inList":
      return `(${grouped(expr.operand)} ${not}IN (${expr.list.map(grouped).join(", ")}))`;
    case "like":
      return `(${grouped(expr.operand)} ${not}${LIKE_WORDS[expr.variant]} ${grouped(expr.pattern)})`;
    case "isTest":
      return `(${grouped(expr.operand)} IS ${not}${expr.test})`;
    case "cast":
      return `(${grouped(expr.operand)}::${print(expr.type)})`;
    case "atTimeZone":
      return `(${grouped(expr.operand)} AT TIME ZONE ${grouped(expr.zone)})`;
    case "collate":
      return `(${grouped(expr.operand)} COLLATE ${print({ kind: "column", parts: expr.collation, span: expr.span })})`;
    case "subscript":
      return `(${grouped(expr.operand)}[${grouped(expr.index)}])`;
    default:
      return print(expr);
  }
}

let connection: DuckDBConnection;
beforeAll(async () => {
  connection = await (await DuckDBInstance.create(":memory:")).connect();
});

/** DuckDB's tree of a query, without positions; undefined where it finds an error. */
async function duckTree(text: string): Promise<string | undefined> {
  const reader = await connection.runAndReadAll("SELECT json_serialize_sql($1::VARCHAR, format := false)", [text]);
  const tree = JSON.parse(String(reader.getRows()[0][0]), (key, value) => (key === "query_location" ? undefined : value));
  return tree.error ? undefined : JSON.stringify(tree.statements);
}

const INFIX = [
  ..."-> OR AND = <> < <= > >= || & | << >> ->> ~ ^@ + - * / // % ^".split(" "),
  ...[
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
    "LIKE",
    "NOT LIKE",
    "ILIKE",
    "GLOB",
    "SIMILAR TO",
    "AT TIME ZONE",
    "BETWEEN 1 AND",
    "NOT BETWEEN 1 AND",
  ],
];
const PREFIX = ["", "", "", "NOT ", "- ", "~ "];
const SUFFIX = ["", "", "", " IS NULL", " IS NOT NULL", " NOTNULL", "::INTEGER", "[1]", " COLLATE nocase", " IN (1, 2)", " NOT IN (1)"];

const piece = fc.record({ prefix: fc.constantFrom(...PREFIX), name: fc.constantFrom("a", "b", "c"), suffix: fc.constantFrom(...SUFFIX) });
const chain = fc
  .tuple(piece, fc.array(fc.tuple(fc.constantFrom(...INFIX), piece), { minLength: 1, maxLength: 4 }))
  .map(([first, rest]) => [show(first), ...rest.map(([op, next]) => `${op} ${show(next)}`)].join(" "));

function show({ prefix, name, suffix }: { prefix: string; name: string; suffix: string }): string {
  return prefix + name + suffix;
}

describe("operators group as in DuckDB", () => {
  test("random chains", async () => {
    let compared = 0;
    await fc.assert(
      fc.asyncProperty(chain, async (text) => {
        const theirs = await duckTree(`SELECT ${text}`);
        // what DuckDB refuses we may take
        if (theirs === undefined) return;
        compared++;
        const ours = grouped(parseExpression(text));
        expect(await duckTree(`SELECT ${ours}`), ours).toBe(theirs);
      }),
      { numRuns: 600 },
    );
    expect(compared).toBeGreaterThan(100);
  });
});

/** Spellings that we write in another way of the same meaning, or that DuckDB reads otherwise (0x1F is 0 AS x1F there). */
const RESPELLED = ["0x1F", "ARRAY[", "**", "5!", "FOR 3", "ASC NULLS", "LIMIT ALL", "header = true", "current_date()", ") t(y)"];

describe("what we print means the same to DuckDB", () => {
  const texts = Object.values(CORPUS)
    .flat()
    .filter((text) => !RESPELLED.some((spelling) => text.includes(spelling)));
  test("the corpus", async () => {
    let compared = 0;
    for (const text of texts) {
      const theirs = await duckTree(text);
      if (theirs === undefined) continue;
      compared++;
      const printed = print(parse(text)[0]);
      expect(await duckTree(printed), printed).toBe(theirs);
    }
    expect(compared).toBeGreaterThan(110);
  });
});
