import { expect, test } from "vitest";
import { parseCell } from "../../kernel/cell.ts";
import { withoutMagics } from "../../kernel/complete-cell.ts";
import type { KernelRequest, KernelState } from "../../kernel/handler.ts";
import { isComplete } from "../../kernel/handlers/is-complete.ts";
import { functionMagic } from "../../kernel/magics/function.ts";
import type { Notebook } from "../../kernel/notebook.ts";
import { notebookPage } from "../../kernel/notebook-html.ts";
import { readTypeScript } from "../../kernel/typescript-text.ts";
import { type CreateFunctions, parseOne } from "../../src/sql/index.ts";

const madeOf = (cell: string) => {
  const { modifiers, body, text } = parseCell(cell);
  return functionMagic.makeSql!(modifiers[0], { text: text.slice(body!.start, body!.end), start: body!.start, linesAbove: 1 }).pieces;
};
const statementOf = (cell: string) =>
  parseOne(
    madeOf(cell)
      .map(({ text }) => text)
      .join(""),
  ) as CreateFunctions;

test("all below %%function is its text: no statements, no magics", () => {
  const cell = parseCell("-- a comment\n%%function\nexport const f = 1; SELECT 1;\n%tables\n%%time\n");
  expect(cell.steps).toEqual([]);
  expect(cell.modifiers.map(({ name }) => name)).toEqual(["function"]);
  expect(cell.text.slice(cell.body!.start)).toBe("export const f = 1; SELECT 1;\n%tables\n%%time\n");
  expect(parseCell("SELECT 1").body).toBeUndefined();
});

test("the SQL of a cell has its text letter by letter under as many lines, and says where in the cell each piece stands", () => {
  const body = "export function f(): string { return '$$ $body$'; } -- `\n";
  const cell = `%%function on_error => 'null', retries = 3\n${body}`;
  expect(statementOf(cell)).toMatchObject({ orReplace: true, source: `\n${body}`, language: { name: "typescript" } });
  expect(statementOf(cell).properties.map(({ key, value }) => [key, value.kind])).toEqual([
    ["on_error", "string"],
    ["retries", "number"],
  ]);
  for (const { text, start } of madeOf(cell)) if (start !== undefined) expect(cell.slice(start, start + text.length)).toBe(text);
  expect(madeOf(cell).filter(({ start }) => start !== undefined)).toHaveLength(5);
});

test.each([
  ["%%function\n", "%%function needs TypeScript below it", "%%function"],
  ["%%function on_error\nx", "expected => and the value of on_error", ""],
  ["%%function on_error => \nx", "expected the value of on_error", ""],
  ["%%function 'a' => 1\nx", "expected the name of an option", "'a'"],
  ["%%function a => 1) AS $$ $$; DROP TABLE t --\nx", "expected , between options", ")"],
  ["%%function a => (SELECT 1)\nx", "expected the value of a", "("],
  ["%%function a => 'x\nx", "this string is not closed", "'"],
])("wrong options: %s", (cell, message, at) => {
  try {
    madeOf(cell);
  } catch (error) {
    const { span } = error as { span: { start: number; end: number } };
    expect((error as Error).message).toBe(message);
    expect(cell.slice(span.start, span.end)).toBe(at);
    return;
  }
  throw new Error("no error");
});

test("SQL is not looked for in it", () => {
  expect(withoutMagics("%%function\nSELECT 1").trim()).toBe("");
});

test.each([
  ["", 0, false],
  ["// only { a comment\n/* ( */", 0, false],
  ["export function f() {", 1, true],
  ["export function f(x: number): number {\n  return x\n}", 0, true],
  [`const a = '{', b = "(\\"", c = \`[ \${ '}' } ]\``, 0, true],
  [`const a = \`x \${ f({ a: 1 }`, 3, true],
  ["const a = /[/{]\\/(/.test(x)", 0, true],
  ["const a = (b) / c / d[0]", 0, true],
  ["if (x) return /{/g", 0, true],
  ["/** what it is", 1, false],
])("what is open: %j", (text, open, hasCode) => {
  expect(readTypeScript(text)).toEqual({ open, hasCode });
});

const status = async (code: string) => isComplete.handle({ content: { code } } as unknown as KernelRequest, {} as KernelState);

test.each([
  ["%%function", "incomplete"],
  ["%%function\n/** Doc. */", "incomplete"],
  ["%%function\nexport function f(x: number): number {", "incomplete"],
  ["%%function\nexport function f(x: number): number {\n  return x\n}", "complete"],
  ["%%function\nexport const f = (x: number): string => 'SELECT (';", "complete"],
  ["%functions", "complete"],
])("whether Enter runs %j", async (code, expected) => {
  expect(await status(code)).toMatchObject({ status: expected });
});

test("a page shows it as TypeScript, other cells as SQL", async () => {
  const cell = (source: string) => ({ cell_type: "code", source, metadata: {}, outputs: [], execution_count: 1 });
  const cells = [cell("%%function\nexport const from = 1; // where"), cell("SELECT export FROM t -- where")];
  const page = await notebookPage({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells } as unknown as Notebook, "t");
  expect(page).toContain('<span class="magic">%%function</span>\n<span class="keyword">export</span> <span class="keyword">const</span>');
  expect(page).toContain('<span class="comment">// where</span>');
  expect(page).toContain(
    '<span class="keyword">SELECT</span> export <span class="keyword">FROM</span> t <span class="comment">-- where</span>',
  );
});
