import { describe, expect, test } from "vitest";
import { parse, parseExpression, print } from "../../src/sql/index.ts";
import { CORPUS } from "./corpus.ts";
import { bare } from "./tree.ts";

describe("print", () => {
  for (const [subject, statements] of Object.entries(CORPUS)) {
    describe(subject, () => {
      for (const text of statements) {
        test(text, () => {
          const [statement, ...others] = parse(text);
          expect(others).toEqual([]);
          const printed = print(statement);
          expect(bare(parse(printed)), printed).toEqual([bare(statement)]);
        });
      }
    });
  }

  test.each([
    ["((a + b)) * c", "(a + b) * c"],
    ["a + b * c", "a + b * c"],
    ["a - (b - c)", "a - (b - c)"],
    ["a - (b + -c)", "a - (b + -c)"],
    ["- - a", "-(-a)"],
    ["(a = b) = c", "(a = b) = c"],
    ["not (a or b) and c", "NOT (a OR b) AND c"],
    ["x::int", "CAST(x AS int)"],
    ["extract(year from d)", "date_part('year', d)"],
    ["(a).b", "(a).b"],
    ['"Order" + "x y"', '"Order" + "x y"'],
    ["t.order", 't."order"'],
    ["'it''s'", "'it''s'"],
    ["count(distinct a) filter (where b)", "count(DISTINCT a) FILTER (WHERE b)"],
  ])("%s is written %s", (text, expected) => {
    expect(print(parseExpression(text))).toBe(expected);
  });
});
