import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { WeirError } from "../../src/core/errors.ts";
import { completionContext, isComplete, parse, splitStatements } from "../../src/sql/index.ts";
import { tokenize } from "../../src/sql/tokenizer.ts";
import { CORPUS } from "./corpus.ts";

// random cases: the machine may be busy
vi.setConfig({ testTimeout: 60_000 });

const TEXTS = Object.values(CORPUS).flat();
const SCRAPS = [
  "(",
  ")",
  "[",
  "]",
  "{",
  "}",
  ",",
  ";",
  ".",
  "'",
  '"',
  "$$",
  "/*",
  "--",
  "*",
  "::",
  "->",
  "SELECT",
  "FROM",
  "WITH",
  "AS",
  "NOT",
  "x",
  "1",
  "\n",
  "😀",
];

/** A statement of the corpus with pieces of text cut out, doubled, swapped in from another one or put in. */
const broken = fc
  .tuple(
    fc.constantFrom(...TEXTS),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.nat(12),
        fc.oneof(
          fc.constantFrom(...SCRAPS),
          fc.constantFrom(...TEXTS).map((text) => text.slice(0, 20)),
        ),
      ),
      {
        minLength: 1,
        maxLength: 4,
      },
    ),
  )
  .map(([text, edits]) =>
    edits.reduce((now, [at, cut, scrap]) => now.slice(0, at % (now.length + 1)) + scrap + now.slice((at % (now.length + 1)) + cut), text),
  );

describe("broken text", () => {
  test("is parsed or refused with a place in it, and analysed without failing", () => {
    fc.assert(
      fc.property(broken, fc.nat(), (text, at) => {
        try {
          parse(text);
        } catch (error) {
          if (!(error instanceof WeirError)) throw error;
          expect(["parse", "unsupported"]).toContain(error.phase);
          expect(error.span!.start).toBeLessThanOrEqual(error.span!.end);
          expect(error.span!.end).toBeLessThanOrEqual(text.length);
        }
        expect(["complete", "incomplete", "invalid"]).toContain(isComplete(text).status);
        for (const { text: own, span } of splitStatements(text)) expect(text.slice(span.start, span.end)).toBe(own);
        const offset = at % (text.length + 1);
        const { replaceStart, replaceEnd } = completionContext(text, offset);
        expect(replaceStart <= offset && offset <= replaceEnd).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("tokens and comments cover all but white space, in order", () => {
    fc.assert(
      fc.property(broken, (text) => {
        const { list, comments } = tokenize(text);
        const pieces = [...list, ...comments].sort((a, b) => a.start - b.start || a.end - b.end);
        let end = 0;
        for (const piece of pieces) {
          expect(text.slice(end, piece.start).trim()).toBe("");
          end = piece.end;
        }
        expect(end).toBe(text.length);
      }),
      { numRuns: 500 },
    );
  });

  test("long hostile texts end", () => {
    const n = 50_000;
    const texts = [
      "(".repeat(n),
      "SELECT (".repeat(n),
      "SELECT " + "a.".repeat(n),
      "$".repeat(n),
      "/*".repeat(n),
      "'\n".repeat(n),
      "SELECT " + "[".repeat(n) + "1",
      "WITH a AS (".repeat(n),
    ];
    for (const text of texts) {
      expect(() => parse(text)).toThrow(WeirError);
      expect(isComplete(text).status).not.toBe("complete");
      completionContext(text, text.length);
    }
  });
});
