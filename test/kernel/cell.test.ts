import { expect, test } from "vitest";
import { parseCell } from "../../kernel/cell.ts";

/** A cell in one line: its magics, then its steps with their text. */
function outline(text: string): string {
  const cell = parseCell(text);
  const steps = cell.steps.map((step) =>
    step.kind === "magic"
      ? `${step.call.wholeCell ? "%%" : "%"}${step.call.name}(${step.call.args})`
      : [
          ...step.modifiers.map((call) => `%${call.name} `),
          step.statements.map(({ start, end }) => text.slice(start, end)).join(" ; "),
        ].join(""),
  );
  return [...cell.modifiers.map((call) => `%%${call.name}(${call.args})`), ...steps].join(" | ");
}

test.each([
  ["SELECT 1", "SELECT 1"],
  ["SELECT 1; SELECT 2;", "SELECT 1 ; SELECT 2"],
  ["SELECT ';' -- ;\n; SELECT 2", "SELECT ';' ; SELECT 2"],
  ["", ""],
  ["%%chart line x=a\nSELECT 1", "%%chart(line x=a) | SELECT 1"],
  ["\n-- why\n%%as p\n\n%%chart\nSELECT 1", "%%as(p) | %%chart() | SELECT 1"],
  ["%%chart", "%%chart()"],
  ["%tables", "%tables()"],
  ['%echo it\'s; a "line"\nSELECT 1', '%echo(it\'s; a "line") | SELECT 1'],
  ["SELECT 1;\n%chart bar\nSELECT 2", "SELECT 1 | %chart(bar) | SELECT 2"],
  ["SELECT 1\n%chart bar", "SELECT 1 | %chart(bar)"],
  ["SELECT 10\n% 3", "SELECT 10\n% 3"],
  ["SELECT 10\n%n FROM t", "SELECT 10\n%n FROM t"],
  ["SELECT (10\n%time)", "SELECT (10\n%time)"],
  ["SELECT 'a\n%tables\n'", "SELECT 'a\n%tables\n'"],
  ["/* \n%tables\n*/ SELECT 1", "SELECT 1"],
  ["%explain SELECT\n 1; SELECT 2", "%explain SELECT\n 1 | SELECT 2"],
  ["%time\nSELECT 1", "%time SELECT 1"],
  ["%time SELECT 1\n%tables", "%time SELECT 1 | %tables()"],
  ["%explain", "%explain()"],
  ["%explain\n%tables", "%explain() | %tables()"],
  ["%time\n%explain SELECT 1", "%time %explain SELECT 1"],
  ["SELECT 1;\n%%as p", "SELECT 1 | %%as(p)"],
  ["%nothing here", "%nothing(here)"],
])("%j is cut into %j", (text, expected) => {
  expect(outline(text)).toBe(expected);
});

test("JSON stands between %%vegalite and the query", () => {
  const text = '%%vegalite\n{"a": "}", "b": {"c": "\\"{"}}\nSELECT 1';
  const cell = parseCell(text);
  expect(JSON.parse(text.slice(cell.json?.start, cell.json?.end))).toEqual({ a: "}", b: { c: '"{' } });
  expect(outline(text)).toBe("%%vegalite() | SELECT 1");
});

test("spans are places in the cell's text", () => {
  const text = "%%as p\n  %time   SELECT 1";
  const cell = parseCell(text);
  expect(text.slice(cell.modifiers[0].span.start, cell.modifiers[0].span.end)).toBe("%%as p");
  const [step] = cell.steps;
  if (step.kind !== "sql") throw new Error("expected SQL");
  expect(text.slice(step.modifiers[0].argsStart)).toBe("SELECT 1");
  expect(text.slice(step.statements[0].start, step.statements[0].end)).toBe("SELECT 1");
});
