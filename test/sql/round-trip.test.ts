import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { parseExpression, parseOne, print, rewrite } from "../../src/sql/index.ts";
import { arbitraryExpr, arbitraryQuery } from "./arbitrary.ts";
import { bare } from "./tree.ts";

// random cases: the machine may be busy
vi.setConfig({ testTimeout: 60_000 });

describe("a random tree comes back from its text", () => {
  test("expressions", () => {
    fc.assert(
      fc.property(arbitraryExpr, (expr) => {
        expect(bare(parseExpression(print(expr)))).toEqual(bare(expr));
      }),
      { numRuns: 800 },
    );
  });

  test("queries", () => {
    fc.assert(
      fc.property(arbitraryQuery, (query) => {
        expect(bare(parseOne(print(query)))).toEqual(bare(query));
      }),
      { numRuns: 300 },
    );
  });

  test("a rewrite that changes nothing gives the same object", () => {
    fc.assert(
      fc.property(arbitraryQuery, (query) => {
        expect(rewrite(query, (node) => node)).toBe(query);
      }),
      { numRuns: 200 },
    );
  });
});
