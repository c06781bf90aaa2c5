import { afterAll, describe, expect, test } from "vitest";
import { parseOne } from "../../src/sql/index.ts";
import { dollarQuote } from "../../src/sql/print-names.ts";
import { Asked } from "./harness.ts";

/**
 * A module becomes the body of a function, and in a notebook the text of a statement. Whatever it says, it runs as a module would or is refused: it ends
 * neither early, and nothing of it runs before it is whole.
 */

const asked = new Asked();
afterAll(() => asked.session.close());

const state = globalThis as { broken?: unknown };
const BREAK = "globalThis.broken = 1;";
const F = "export function f(x: number): number { return x }";

describe("what would end the body early is refused, and nothing of it runs", () => {
  test.each([
    `${F}\n} ${BREAK} {`,
    `${F}\n}); ${BREAK} (async () => {`,
    `${F}\nreturn {}; } ${BREAK} async function g() {`,
    `${F}\n*/ ${BREAK} /*`,
    `${F}\n/* ${BREAK}`,
    `${F}\n\`\${ \`} ${BREAK}`,
    `${F}\n\`; ${BREAK}`,
    `${F}\nconst text = "\n"; ${BREAK}`,
    `${BREAK} ${F} return { f };`,
    `${BREAK} ${F} super();`,
    `${BREAK} ${F} label: { break outside; }`,
    `${BREAK} ${F} <!-- ${BREAK}\n`,
    `${BREAK} ${F}\n--> ${BREAK}\n`,
    `${BREAK} ${F} with ({}) {}`,
    `${BREAK} ${F} const weir\\u005fimported_modules = 1;`,
    `${BREAK} import data from "./data.json" with { type: "json" }; ${F}`,
    `${BREAK} import "data:text/javascript,globalThis.broken=1"; ${F}`,
    `${BREAK} import "file:///etc/hostname"; ${F}`,
    `${BREAK} import "https://example.org/a.js"; ${F}`,
    `${BREAK} import "/etc/hostname"; ${F}`,
    `${BREAK} import "node:../../a.js"; ${F}`,
    `${BREAK} export * from "./other.ts"; ${F}`,
    `${BREAK} import old = require("node:fs"); void old; ${F}`,
    `${BREAK} ${F} export = f;`,
  ])("%s", async (source) => {
    state.broken = undefined;
    expect((await asked.error(`CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS ${dollarQuote(source)}`)).phase).toMatch(
      /^(?:parse|bind)$/,
    );
    expect(state.broken).toBeUndefined();
  });
});

describe("texts, comments and line ends that look like an end", () => {
  test.each([
    ["line separators that end a comment", "// a comment\u2028const one = 1;\u2029export function f(x: number): number { return x + one }"],
    ["line separators in a text", "const one = '\u2028\u2029'.length - 1; export function f(x: number): number { return x + one }"],
    ["carriage returns alone", "// a comment\rconst one = 1;\rexport function f(x: number): number { return x + one } // }\r"],
    [
      "what opens a comment of HTML",
      "let one = 1; let y = 0; const less = one<!--y; export function f(x: number): number { return x + (less ? 2 : one) }",
    ],
    [
      "the ends of comments in texts",
      `const one = '*/ } // \`'.length - 8; export function f(x: number): number { return x + one /* \`\${ } */ }`,
    ],
    ["templates in templates", `const one = Number(\`\${\`\${'}'.length}\`}\`); export function f(x: number): number { return x + one }`],
    [
      "a source map of its own",
      "const one = 1; export function f(x: number): number { return x + one }\n//# sourceURL=node:fs\n//# sourceMappingURL=data:,{}",
    ],
    [
      "exports and imports by names in quotes",
      "import { 'sep' as slash } from 'node:path'; export { 'sep' as separator } from 'node:path'; export function f(x: number): number { return x + slash.length }",
    ],
    [
      "an export named as a prototype",
      "const proto = { f: 5 }; export const one = 1; export function f(x: number): number { return x + Object.keys(proto).length }",
    ],
  ])("%s", async (_, source) => {
    await asked.define(source);
    expect(await asked.value("SELECT f(1.0::DOUBLE)")).toBe(2);
  });
});

test("a cell's text never ends the quotes of the statement that is made of it", () => {
  for (const text of [
    "$",
    "$$",
    "a$",
    "$a",
    "$$body$",
    "$body$$",
    "$body",
    "$body$ $body1$ $",
    "'; DROP TABLE t; --",
    "\\",
    "$$; DROP TABLE t; $$",
  ]) {
    const statement = parseOne(`CREATE FUNCTIONS LANGUAGE typescript AS ${dollarQuote(text)}`);
    expect(statement).toMatchObject({ kind: "createFunctions", source: text });
  }
});
