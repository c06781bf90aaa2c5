import { expect, test } from "vitest";
import { ColumnWidths, liveTableBundle, withFigures } from "../../kernel/live/live-table.ts";
import type { ShownPicture } from "../../kernel/live/screen.ts";
import { duration, statusText } from "../../kernel/live/status-line.ts";
import type { Notebook } from "../../kernel/notebook.ts";
import { notebookPage } from "../../kernel/notebook-html.ts";
import { picture, TABLE } from "./live-picture.ts";

const html = (shown: ShownPicture, widths = new ColumnWidths()) => String(liveTableBundle(shown, widths)["text/html"]);
const plain = (shown: ShownPicture) => String(liveTableBundle(shown, new ColumnWidths())["text/plain"]);

test("the figures: state, rows, rates, watermark, lag, late rows, state size, time", () => {
  const running = picture({ watermark: "2026-01-01 12:00:00" }, { lagMs: 1500, late: 3, deadLetters: 2, dropped: 1 });
  expect(statusText(running)).toBe(
    "running · 2 rows · in 1,000/s · out 2.5/s · watermark 2026-01-01 12:00:00 · lag 1.5 s · late 3 · malformed 2 · dropped 1 · state 2.0 kB · 1 min 5 s",
  );
  expect(statusText(picture({ state: "stopped" }))).toBe("stopped · 2 rows · 1,234 read · late 0 · state 2.0 kB · 1 min 5 s");
  expect(statusText(picture({ rowCount: 0 }, { rowsIn: 0 }))).toMatch(/^waiting for rows · 0 rows/);
  expect(statusText(picture({ rowCount: 0 }))).toMatch(/^running, no result yet · 0 rows/);
});

test("durations", () => {
  expect([0, 950, 59_000, 61_000, 3_700_000, 200_000_000, -5].map(duration)).toEqual([
    "0.0 s",
    "0.9 s",
    "59 s",
    "1 min 1 s",
    "1 h 1 min",
    "2 d 7 h",
    "0.0 s",
  ]);
});

test("everything of the user's is escaped", () => {
  const shown = html(picture({ table: { ...TABLE, columns: [{ name: "<i>", type: "VARCHAR", align: "left" }, TABLE.columns[1]] } }));
  expect(shown).toContain("&lt;b&gt;A&amp;B");
  expect(shown).toContain(">&lt;i&gt;</th>");
  expect(shown).not.toContain("<b>A");
});

test("rows of open windows are grey, and it says when the first closes", () => {
  const shown = picture({ table: { ...TABLE, open: [false, true], firstCloses: "12:01:00" } });
  expect(html(shown).match(/<tr class="o">/g)).toHaveLength(1);
  expect(html(shown)).toContain("grey: windows still open; the first open window closes at 12:01:00");
  expect(plain(shown)).toContain("the first open window closes at 12:01:00");
  expect(plain(picture({ state: "ended", table: { ...TABLE, firstCloses: "12:01:00" } }))).not.toContain("closes");
});

test("it says which rows are shown", () => {
  expect(plain(picture({ rowCount: 5000, table: { ...TABLE, isTail: true } }))).toContain("the last 2 of 5,000 rows");
  expect(plain(picture({ rowCount: 5000 }))).toContain("the first 2 of 5,000 rows");
  expect(plain(picture())).not.toContain(" of ");
});

test("an error is shown with its place, in letters of one width, and warnings below", () => {
  const failure = ["ExecError: no <memory> (line 1, column 8)", "1 | SELECT a", "           ^", "hint: SET memory_limit"];
  const failed = picture({ state: "failed", failure, warnings: ["f failed once"] });
  expect(html(failed)).toMatch(/<pre class="x">ExecError: no &lt;memory&gt; (?:.*\n){2} {11}\^\nhint: SET memory_limit<\/pre>/);
  expect(plain(failed).split("\n").slice(-5)).toEqual([...failure, "warning: f failed once"]);
  expect(html(failed)).toContain('<b class="failed">');
});

test("columns keep the width of the widest cell so far", () => {
  const widths = new ColumnWidths();
  html(picture({ table: { ...TABLE, rows: [["a long value", "1"]] } }), widths);
  expect(html(picture(), widths)).toContain('style="min-width:12ch">symbol');
});

test("wide rows come fewer, the newest of a result that grows", () => {
  const rows = Array.from({ length: 200 }, (_, i) => Array.from({ length: 40 }, () => `${i} ${"x".repeat(400)}`));
  const columns = rows[0].map((_, i) => ({ name: `c${i}`, type: "VARCHAR", align: "left" as const }));
  const tail = html(picture({ rowCount: 9000, table: { columns, rows, isTail: true } }));
  expect(tail.length).toBeLessThan(150_000);
  expect(tail).toContain(">199 x");
  expect(tail).not.toContain(">0 x");
  expect(html(picture({ rowCount: 9000, table: { columns, rows, isTail: false } }))).toContain(">0 x");
});

test("a live table stands in the page made from a notebook", async () => {
  const data = liveTableBundle(picture({ table: { ...TABLE, open: [false, true], firstCloses: "12:01:00" } }), new ColumnWidths());
  const final = withFigures({ "text/html": "<div>rows</div>", "text/plain": "rows" }, picture({ state: "ended" }));
  const cell = {
    cell_type: "code",
    metadata: {},
    source: "SELECT 1",
    outputs: [data, final].map((one) => ({ output_type: "display_data", data: one, metadata: {} })),
  };
  const page = await notebookPage({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] } as unknown as Notebook, "t");
  expect(page).toContain('<div class="weir-live">');
  expect(page).toContain("<small>ended · 2 rows");
});
