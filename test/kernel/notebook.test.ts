import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { VEGALITE_MIME } from "../../kernel/display.ts";
import type { Notebook } from "../../kernel/notebook.ts";
import { notebookPage } from "../../kernel/notebook-html.ts";
import { COMMAND, LONG_QUERY } from "./start-kernel.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });

const folder = mkdtempSync(join(tmpdir(), "weir notebook "));
mkdirSync(join(folder, "books"));
writeFileSync(join(folder, "books", "birds.csv"), "species,wingspan\nowl,100\nwren,15\n");
afterAll(() => rmSync(folder, { recursive: true }));

const code = (source: string, tags: string[] = [], id = Math.random().toString(36).slice(2, 10)) => ({
  cell_type: "code",
  id,
  metadata: tags.length === 0 ? {} : { tags },
  source: source.split(/(?<=\n)/),
  outputs: [],
  execution_count: null,
});
const markdown = (source: string) => ({ cell_type: "markdown", id: "text", metadata: {}, source });

function write(name: string, cells: unknown[]): string {
  const path = join(folder, "books", name);
  const metadata = { kernelspec: { name: "weir", display_name: "Weir SQL", language: "sql" }, of_our_own: { kept: [1, 2] } };
  writeFileSync(path, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata, cells }));
  return path;
}

function weirRun(...args: string[]): { status: number | null; out: string; err: string } {
  const env = { ...process.env, JUPYTER_DATA_DIR: join(folder, "data") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, "run", ...args], { cwd: folder, env, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

const read = (path: string): Notebook => JSON.parse(readFileSync(path, "utf8"));

let outcome: ReturnType<typeof weirRun>;
let executed: Notebook;
let page: string;

beforeAll(() => {
  const path = write("birds.ipynb", [
    markdown("# Birds <script>alert(1)</script>\n\nSome **bold** words."),
    code("%param least = 50", ["parameters"]),
    code("SELECT * FROM 'birds.csv' WHERE wingspan > $least -- </script>"),
    code("%%chart bar x=species y=wingspan title='</script><b>'\nSELECT * FROM 'birds.csv'"),
  ]);
  outcome = weirRun(path, "-p", "least=10", "--output", join(folder, "out", "birds.ipynb"), "--html", join(folder, "out", "birds.html"));
  executed = read(join(folder, "out", "birds.ipynb"));
  page = readFileSync(join(folder, "out", "birds.html"), "utf8");
});

test("weir run shows progress and tables, and says where the files are", () => {
  expect(outcome).toMatchObject({ status: 0, err: "" });
  expect(outcome.out).toContain("[3/4] SELECT * FROM 'birds.csv'");
  expect(outcome.out).toMatch(/^owl +100$/m);
  expect(outcome.out).toMatch(/^wren +15$/m);
  expect(outcome.out).toContain(join(folder, "out", "birds.ipynb"));
});

test("parameters go behind the cell tagged so, and replace an earlier run's", () => {
  const tags = executed.cells.map((cell) => (cell.metadata.tags as string[] | undefined)?.[0]);
  expect(tags).toEqual([undefined, "parameters", "injected-parameters", undefined, undefined]);
  const again = weirRun(join(folder, "out", "birds.ipynb"), "-p", "least=60", "--allow-errors", "--output", join(folder, "again.ipynb"));
  expect(again.out).toContain("least = 60");
  expect(read(join(folder, "again.ipynb")).cells).toHaveLength(5);
});

test("the executed notebook keeps what was there, and holds tables and pictures", () => {
  expect(executed).toMatchObject({ nbformat: 4, nbformat_minor: 5, metadata: { of_our_own: { kept: [1, 2] } } });
  expect(executed.metadata.language_info).toMatchObject({ name: "sql" });
  expect(executed.cells[0]).toMatchObject({ id: "text", cell_type: "markdown" });
  expect(executed.cells.filter((cell) => cell.cell_type === "code").map((cell) => cell.execution_count)).toEqual([1, 2, 3, 4]);
  const [table] = executed.cells[3].outputs ?? [];
  expect(table).toMatchObject({ output_type: "execute_result", data: { "text/html": expect.any(Array), "text/plain": expect.any(Array) } });
  const [chart] = executed.cells[4].outputs ?? [];
  expect(Object.keys(chart.data as object).sort()).toEqual([VEGALITE_MIME, "image/png", "text/plain"].sort());
});

test("the page needs nothing else, and no text in it is code", () => {
  expect(page).toContain("<title>Birds &lt;script&gt;alert(1)&lt;/script&gt;</title>");
  expect(page).not.toMatch(/<script>alert/);
  expect(page).toContain("<strong>bold</strong>");
  const markup = page.replace(/(<script\b[^>]*>)[\s\S]*?(<\/script>)/g, "$1$2");
  expect(markup).not.toMatch(/<(?:script|img|link)[^>]*\s(?:src|href)="(?!data:)/);
  expect(page.match(/<script\b/g)).toHaveLength(5);
  expect(page.match(/<\/script>/g)).toHaveLength(5);
  const [, data] = /<script type="application\/json" id="charts">(.*?)<\/script>/s.exec(page) ?? [];
  expect(JSON.stringify(JSON.parse(data))).toContain("</script><b>");
  expect(page).toMatch(/<noscript><img alt="[^"]*" src="data:image\/png;base64,/);
});

test("HTML that is not a table of ours is shown as text", async () => {
  const hostile = [
    "<img src=x onerror=alert(1)>",
    "<p onclick='x'>",
    "<table><tr><td>a<script>b</script>",
    "<style>@import 'x'</style>",
    "<div title=",
    "<a href=x>",
  ];
  const outputs = hostile.map((html) => ({
    output_type: "display_data" as const,
    data: { "text/html": html, "text/plain": "plain" },
    metadata: {},
  }));
  const shown = await notebookPage({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [{ ...code(""), outputs }] }, "t");
  for (const html of hostile) expect(shown).not.toContain(html);
  expect(shown.match(/plain<\/pre>/g)).toHaveLength(hostile.length);
});

test("an error ends the run with status 1, unless it may be", () => {
  const path = write("bad.ipynb", [code("SELECT 1 AS before"), code("SELECT * FROM nothing_here"), code("SELECT 2 AS behind")]);
  const stopped = weirRun(path, "--output", join(folder, "bad.ipynb"));
  expect(stopped.status).toBe(1);
  expect(stopped.err).toContain("nothing_here");
  expect(stopped.out).not.toContain("behind");
  expect(read(join(folder, "bad.ipynb")).cells[1].outputs?.[0]).toMatchObject({ output_type: "error", ename: "BindError" });
  const through = weirRun(path, "--allow-errors");
  expect(through.status).toBe(1);
  expect(through.out).toContain("behind");
  const expected = write("expected.ipynb", [code("SELECT * FROM nothing_here", ["raises-exception"]), code("SELECT 2 AS behind")]);
  expect(weirRun(expected).status).toBe(0);
});

test("a cell that takes too long is interrupted", () => {
  const path = write("slow.ipynb", [code(LONG_QUERY)]);
  const slow = weirRun(path, "--timeout", "0.5");
  expect(slow.status).toBe(1);
  expect(slow.err).toContain("Interrupted");
});

test("what is no notebook, and options that make no sense, are refused", () => {
  writeFileSync(join(folder, "no.ipynb"), '{"nbformat": 3}');
  expect(weirRun(join(folder, "no.ipynb"))).toMatchObject({ status: 1, err: expect.stringContaining("not a notebook of format 4") });
  expect(weirRun(join(folder, "none.ipynb")).err).toContain("none.ipynb");
  expect(weirRun(write("x.ipynb", []), "--timeout", "soon").err).toContain("--timeout soon");
  expect(weirRun(write("x.ipynb", []), "-p", "x").err).toContain("expected name=value");
});
