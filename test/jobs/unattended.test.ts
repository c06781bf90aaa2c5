import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { COMMAND_FILE } from "../../kernel/kernelspec.ts";
import { readRows } from "./kill-harness.ts";

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-unattended-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const statements = (rows: number): string => `SET checkpoint_interval = '100 milliseconds';
CREATE STREAM s (v BIGINT) WITH (connector = 'generator', rows = ${rows}, rows_per_second = 10000, v.distribution = 'sequence', v.range = '[0, ${rows}]');
CREATE STREAM out WITH (connector = 'file', path = 'out.json');
CREATE JOB IF NOT EXISTS j AS INSERT INTO out SELECT v FROM s;`;

/** Starts the command; `stopWhen`: it gets a signal when this is true. */
async function weir(args: readonly string[], signal?: NodeJS.Signals, stopWhen: () => boolean = () => false) {
  const child = spawn(process.execPath, [COMMAND_FILE, ...args], { cwd: folder, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (output += data));
  const exited = new Promise<number | null>((resolve) => child.once("close", resolve));
  const timer = setInterval(() => {
    if (!stopWhen()) return;
    clearInterval(timer);
    child.kill(signal);
  }, 10);
  const code = await exited;
  clearInterval(timer);
  return { code, output };
}

const hasRows = (path: string) => () => existsSync(path) && readFileSync(path).length > 10_000;
const numbers = (path: string) => readRows(path).map(({ v }) => v);

test("weir sql runs jobs until they end", async () => {
  writeFileSync(join(folder, "jobs.sql"), statements(5000));
  const { code, output } = await weir(["sql", "-f", "jobs.sql"]);
  expect(output).toMatch(/job j finished: 5000 rows written/);
  expect(code).toBe(0);
  expect(numbers(join(folder, "out.json"))).toEqual(Array.from({ length: 5000 }, (_, i) => i));
});

test.each(["SIGINT", "SIGTERM"] as const)(
  "%s stops jobs at a checkpoint, with status 0; the same script goes on from there",
  async (signal) => {
    mkdirSync(join(folder, "work"));
    writeFileSync(join(folder, "work", "jobs.sql"), statements(20_000));
    const sink = join(folder, "work", "out.json");
    const first = await weir(["run", "work/jobs.sql"], signal, hasRows(sink));
    expect(first.output).toMatch(/job j stopped at checkpoint \d+/);
    expect(first.code).toBe(0);
    expect(numbers(sink).length).toBeLessThan(20_000);
    const second = await weir(["run", "work/jobs.sql"]);
    expect(second.output).toMatch(/job j runs from checkpoint \d+/);
    expect(second.code).toBe(0);
    expect(numbers(sink)).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
  },
);

test("a job that fails gives status 1", async () => {
  writeFileSync(join(folder, "jobs.sql"), statements(5000).replace("SELECT v", "SELECT CAST('x' || v AS INTEGER) AS v"));
  const { code, output } = await weir(["sql", "-f", "jobs.sql"]);
  expect(output).toMatch(/job j failed/);
  expect(code).toBe(1);
});

test("weir run waits for the jobs of a notebook, and stops them when it is stopped", async () => {
  const cell = { cell_type: "code", id: "a", metadata: {}, source: statements(20_000), outputs: [], execution_count: null };
  const notebook = { nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [cell] };
  writeFileSync(join(folder, "jobs.ipynb"), JSON.stringify(notebook));
  const first = await weir(["run", "jobs.ipynb"], "SIGTERM", hasRows(join(folder, "out.json")));
  expect(first.code).toBe(0);
  expect(numbers(join(folder, "out.json")).length).toBeLessThan(20_000);
  expect(existsSync(join(folder, ".weir", "jobs", "j", "lock"))).toBe(false);
  const second = await weir(["run", "jobs.ipynb"]);
  expect(second.output).toMatch(/job j: finished/);
  expect(second.code).toBe(0);
  expect(numbers(join(folder, "out.json"))).toEqual(Array.from({ length: 20_000 }, (_, i) => i));
});
