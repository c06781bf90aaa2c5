import { expect, test } from "vitest";
import { ansiToHtml, stripAnsi } from "../../kernel/ansi.ts";
import { resultBundle } from "../../kernel/display.ts";
import { htmlTable } from "../../kernel/html-table.ts";
import { textTable } from "../../kernel/text-table.ts";

const table = {
  name: "_3",
  columns: [
    { name: "<b>name</b>", type: "VARCHAR", align: "left" as const },
    { name: "n", type: "INTEGER", align: "right" as const },
  ],
  rows: [
    ["<script>alert(1)</script> & \"'", "1"],
    ["日本", "20"],
    [null, null],
  ],
  rowCount: 3,
};

test("text: row count, names, types, a rule, rows; wide characters count double", () => {
  const shown = textTable({ ...table, columns: [{ ...table.columns[0], name: "name" }, table.columns[1]], rows: table.rows.slice(1) });
  expect(shown).toBe(
    ["3 rows", "name           n", "VARCHAR  INTEGER", "───────  ───────", "日本          20", "NULL        NULL", "… 1 more"].join("\n"),
  );
});

test("text: control characters and long texts do not break the lines", () => {
  const rows = [["a\nb\tc\u001b[31m", "1"]];
  const shown = textTable({ ...table, rows, rowCount: 1 });
  expect(shown.split("\n")).toHaveLength(5);
  expect(shown).toContain("a↵b→c·[31m");
  expect(textTable({ ...table, rows: [["x".repeat(500), "1"]], rowCount: 1 })).toContain(`${"x".repeat(59)}…`);
});

test("HTML: everything is escaped, NULL is told from text", () => {
  const html = htmlTable(table);
  expect(html).not.toMatch(/<script|<b>/);
  expect(html).toContain("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;&#39;");
  expect(html).toContain('<td class="l n">NULL</td><td class="n">NULL</td>');
  expect(html).toContain("3 rows</div>");
});

test("HTML: at most 1000 rows, and where the others are", () => {
  const rows = Array.from({ length: 1500 }, (_, i) => ["x", String(i)]);
  const html = htmlTable({ ...table, rows, rowCount: 1_234_567 });
  expect(html.match(/<tr>/g)).toHaveLength(1002);
  expect(html).toContain("1,234,567 rows, the first 1,000 shown; all of them are in _3");
});

test("HTML: wide rows are fewer, so that no front end drops them", () => {
  const rows = Array.from({ length: 900 }, () => ["x".repeat(5000), "1"]);
  const html = htmlTable({ ...table, name: undefined, rows, rowCount: 900 });
  expect(html.length).toBeLessThan(500_000);
  expect(html).toMatch(/900 rows, the first \d+ shown<\/div>/);
});

test("a message and a text have no table", () => {
  const base = { statement: "x", span: { start: 0, end: 0 }, warnings: [], elapsedMs: 0 };
  expect(resultBundle({ ...base, message: "table t: 3 rows" })).toEqual({ "text/plain": "table t: 3 rows" });
  expect(resultBundle({ ...base, text: "a < b" })).toEqual({ "text/plain": "a < b", "text/html": "<pre>a &lt; b</pre>" });
  expect(resultBundle(base)).toBeUndefined();
});

test("ANSI colours become classes, and what they colour is escaped", () => {
  const text = "\u001b[31mError\u001b[0m: a < b";
  expect(ansiToHtml(text)).toBe('<span class="ansi-31">Error</span>: a &lt; b');
  expect(stripAnsi(text)).toBe("Error: a < b");
});
