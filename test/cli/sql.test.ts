import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { askYes } from "../../cli/confirm.ts";
import { COMMAND_FILE } from "../../kernel/kernelspec.ts";

vi.setConfig({ testTimeout: 60_000 });

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "weir cli "));
});
afterAll(() => rmSync(folder, { recursive: true }));

const weir = (args: readonly string[], input = "") =>
  spawnSync(process.execPath, [COMMAND_FILE, ...args], { cwd: folder, input, encoding: "utf8" });
const sql = (...args: string[]) => weir(["sql", ...args]);

test("statements come as an argument, from a file, or from standard input", () => {
  writeFileSync(join(folder, "q.sql"), "\uFEFF-- a comment\nSELECT 1 AS a;\nSELECT $n AS b");
  expect(sql("SELECT 1 AS a; SELECT 2 AS b", "--format", "json").stdout).toBe('[{"b":2}]\n');
  expect(sql("-- a comment\nSELECT 3 AS c", "--format", "csv").stdout).toBe("c\n3\n");
  expect(sql("-f", "q.sql", "-p", "n=7", "--format", "ndjson").stdout).toBe('{"b":7}\n');
  expect(weir(["sql", "--format", "csv"], "SELECT 4 AS d").stdout).toBe("d\n4\n");
});

test("json keeps what a double cannot hold", () => {
  const query = "SELECT 9007199254740993 AS i, 'nan'::DOUBLE AS n, NULL AS z, TIMESTAMP '2024-01-02 03:04:05.000006' AS t, 007 AS p";
  const { stdout } = sql(query, "--format", "json");
  expect(JSON.parse(stdout)).toEqual([{ i: "9007199254740993", n: "nan", z: null, t: "2024-01-02T03:04:05.000006", p: 7 }]);
});

test("parameters are numbers, texts, NULL, and text where digits lead with zero", () => {
  const query = "SELECT $i + 1 AS i, $t AS t, $z IS NULL AS z, $p AS p, $d::DATE AS d";
  const { stdout } = sql(query, "-p", "i=41", "-p", "t=it's = x", "-p", "z=NULL", "-p", "p=007", "-p", "d=2024-01-02", "--format", "json");
  expect(JSON.parse(stdout)).toEqual([{ i: 42, t: "it's = x", z: true, p: "007", d: "2024-01-02" }]);
});

test.each([
  [["SELECT 1,\n  nosuch"], /column "nosuch" does not exist \(line 2, column 3\)\n2 \| {3}nosuch\n {6}\^{6}\n/],
  [["CREATE TABLE t (a INT); INSERT INTO t VALUES ('x')"], /to INT32 \(line 1, column 47\)/],
  [["COPY (SELECT 1 AS a) TO 'nowhere/x.csv'"], /cannot write .*\(line 1, column 25\)[\s\S]*there is no folder/],
  [["SELECT 1\nSELECT 2"], /\(line 2, column 1\)[\s\S]*hint: a ; separates statements/],
  [["FROM nosuch"], /hint: a file is named in quotes: FROM 'data.csv'/],
  [["-f", "nosuch.sql"], /^weir: no such file "nosuch.sql"$/m],
  [["SELECT 1", "-p", "x"], /^weir: -p x: expected name=value$/m],
  [["SELECT 1", "-f", "q.sql"], /^weir: give statements or -f file, not both$/m],
  [["SELECT 1", "--format", "xml"], /Allowed choices are table, json/],
])("an error goes to stderr, with exit status 1: %j", (args, message) => {
  const { stdout, stderr, status } = sql(...args);
  expect(stderr).toMatch(message);
  expect([stdout, status]).toEqual(["", 1]);
});

test("what functions print, on whichever thread, and what is to be said of failed calls goes to stderr", () => {
  const functions = `CREATE FUNCTIONS LANGUAGE typescript AS $$
    import { isMainThread } from "node:worker_threads"
    let called = 0
    /** Leaves the rows to the other thread. */
    export function loud(x: number): number {
      if (called++ === 0 && isMainThread) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000)
      if (called <= 500) console.log(isMainThread ? "here" : "there", called)
      return x
    }
    /** @on_error null */
    export function picky(x: bigint): bigint { if (x > 6n) throw new Error("no"); return x } $$`;
  const many = "SET threads = 2; CREATE TABLE t AS SELECT i::DOUBLE AS x FROM range(500000) r(i)";
  const { stdout, stderr } = sql(`${functions}; ${many}; SELECT max(loud(x)) AS m FROM t`, "--format", "csv");
  expect(stdout).toBe("m\n499999.0\n");
  for (const where of ["here", "there"]) expect(stderr.split("\n").filter((line) => line.startsWith(where))).toHaveLength(500);
  const stream = "CREATE STREAM s (i BIGINT) WITH (connector = 'generator', rows = 10)";
  expect(sql(`${functions}; ${stream}; SELECT count(picky(i)) AS n FROM s`, "--format", "csv").stderr).toMatch(
    /^warning: picky failed \d+ times and gave NULL; first: picky\(\d+\)/,
  );
});

test("a question ends with a yes, anything else, or Ctrl-C, which is no answer", async () => {
  const ask = async (typed: string, stopped?: Promise<void>) => {
    const input = new PassThrough();
    const output = new PassThrough();
    const answer = askYes("Install?", { input, output, stopped });
    if (typed !== "") input.end(typed);
    return answer;
  };
  expect([await ask("y\r"), await ask("YES\r"), await ask("n\r"), await ask("\r"), await ask("\u0004")]).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
  await expect(ask("\u0003")).rejects.toMatchObject({ phase: "interrupt" });
  await expect(ask("", Promise.resolve())).rejects.toMatchObject({ phase: "interrupt" });
});

test("a pipe that closes early is no error; a disk that is full is one", () => {
  const command = `"${process.execPath}" "${COMMAND_FILE}" sql --format csv "FROM range(300000)"`;
  const shell = (text: string) => spawnSync("bash", ["-o", "pipefail", "-c", text], { cwd: folder, encoding: "utf8" });
  expect(shell(`${command} | head -1`)).toMatchObject({ stdout: "range\n", stderr: "", status: 0 });
  if (process.platform === "linux") expect(shell(`${command} > /dev/full`)).toMatchObject({ status: 1 });
});
