import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { History } from "../../kernel/history.ts";

let folder: string;
let path: string;
const fail = (error: Error): never => {
  throw error;
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir history "));
  path = join(folder, "data", "history.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true }));

const inputs = (entries: readonly { input: string }[]): string[] => entries.map((entry) => entry.input);

test("two kernels write one file, and neither disturbs the other", async () => {
  const [one, two] = [new History(path, fail), new History(path, fail)];
  for (let line = 1; line <= 100; line++) {
    one.append(line, `one ${line} ${"x".repeat(2000)}`);
    two.append(line, `two ${line}\nwith a second line`);
  }
  await two.tail(1);
  expect(await one.tail(Number.POSITIVE_INFINITY)).toHaveLength(200);
  const lines = readFileSync(path, "utf8").trimEnd().split("\n");
  expect(lines).toHaveLength(200);
  for (const line of lines) JSON.parse(line);
});

test.skipIf(process.platform === "win32")("only the user may read it", async () => {
  const history = new History(path, fail);
  history.append(1, "SELECT 'secret'");
  await history.tail(1);
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("tail, range and search", async () => {
  writeFileSync(join(folder, "old.jsonl"), '{"session":5,"line":1,"input":"old one"}\n{"session":5,"line":2,"inp');
  const history = new History(join(folder, "old.jsonl"), fail);
  history.append(0, "");
  for (const [i, input] of ["SELECT 1", "SELECT 2", "SELECT 1", "SHOW TABLES"].entries()) history.append(i + 1, input);
  history.setOutput(2, "two");
  expect(inputs(await history.tail(2))).toEqual(["SELECT 1", "SHOW TABLES"]);
  expect(inputs(await history.range(0, 2, 4))).toEqual(["SELECT 2", "SELECT 1"]);
  expect(inputs(await history.range(-1, 0, 9))).toEqual(["old one"]);
  expect(inputs(await history.range(5, 1, 2))).toEqual(["old one"]);
  expect(inputs(await history.search("SELECT ?", 9, false))).toEqual(["SELECT 1", "SELECT 2", "SELECT 1"]);
  expect(inputs(await history.search("SELECT*", 9, true)).sort()).toEqual(["SELECT 1", "SELECT 2"]);
  expect(inputs(await history.search("*", 1, false))).toEqual(["SHOW TABLES"]);
  expect((await history.range(0, 2, 3))[0].output).toBe("two");
});

test("a pattern of many stars ends soon", async () => {
  const history = new History(path, fail);
  history.append(1, "a".repeat(5000));
  expect(await history.search(`${"*a".repeat(40)}*b`, 1, false)).toEqual([]);
});

test("a folder that cannot be written is told once, and the kernel goes on", async () => {
  writeFileSync(join(folder, "data"), "a file, not a folder");
  const errors: Error[] = [];
  const history = new History(path, (error) => errors.push(error));
  history.append(1, "SELECT 1");
  history.append(2, "SELECT 2");
  expect(await history.tail(5)).toEqual([]);
  expect(errors).toHaveLength(1);
});
