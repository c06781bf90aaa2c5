import { describe, expect, test } from "vitest";
import { isComplete, splitStatements } from "../../src/sql/index.ts";

describe("splitStatements", () => {
  test.each<[string, string[]]>([
    ["SELECT 1; SELECT 2", ["SELECT 1", "SELECT 2"]],
    [";; SELECT 1 ;\n;", ["SELECT 1"]],
    ["SELECT ';' , \"a;b\" /* ; */ ; -- ; \n SELECT $$;$$, E'\\';'", ["SELECT ';' , \"a;b\"", "SELECT $$;$$, E'\\';'"]],
    ["-- note\nSELECT /* in */ 1 -- end\n; SELECT 2 -- end", ["SELECT /* in */ 1", "SELECT 2"]],
    ["SELECT 'open; SELECT 2", ["SELECT 'open; SELECT 2"]],
    ["SELECT (1; SELECT 2", ["SELECT (1", "SELECT 2"]],
    [" \n-- nothing", []],
  ])("%s", (text, expected) => {
    const found = splitStatements(text);
    expect(found.map((statement) => statement.text)).toEqual(expected);
    for (const { text: own, span } of found) expect(text.slice(span.start, span.end)).toBe(own);
  });
});

describe("isComplete", () => {
  test.each([
    ["", "complete"],
    ["SELECT 1", "complete"],
    ["SELECT 1;", "complete"],
    ["SELECT 1; SELECT", "incomplete"],
    ["SELECT a FROM", "incomplete"],
    ["SELECT 'a", "incomplete"],
    ["SELECT 1 /* a", "incomplete"],
    ["SELECT (1 + (2", "incomplete"],
    ["CREATE TABLE t (a INT,", "incomplete"],
    ["WITH a AS (SELECT 1)", "incomplete"],
    ["UPDATE t SET a = (1", "incomplete"],
    ["SELECT a FORM t", "invalid"],
    ["SELECT )", "invalid"],
    ["SELECT (1; ", "invalid"],
    ["SELECT x'0g'", "invalid"],
  ])("%s: %s", (text, status) => {
    expect(isComplete(text).status).toBe(status);
  });

  test("the next line is indented by what is open", () => {
    expect(isComplete("SELECT (1 + [2,")).toEqual({ status: "incomplete", indent: "    " });
  });
});
