import { spawn } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

const child = join(import.meta.dirname, "stdin-child.js");

/** What the child printed about what it was given. */
function give(text: string, format: string, slow = ""): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const process = spawn(globalThis.process.execPath, [child, format, slow], { stdio: ["pipe", "pipe", "inherit"] });
    let out = "";
    process.stdout.on("data", (piece: Buffer) => {
      out += piece.toString();
    });
    process.on("error", reject);
    process.on("exit", (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`exit ${code}`))));
    process.stdin.end(text);
  });
}

const sumTo = (count: number) => (count * (count - 1)) / 2;

test("standard input ends with its last record, with or without a line break", { timeout: 60_000 }, async () => {
  expect(await give('{"n":1}\n{"n":2}\nbroken\n{"n":3}', "json")).toEqual({ count: 3, sum: 6, dead: 1 });
  expect(await give("n\n1\n2", "csv")).toEqual({ count: 2, sum: 3, dead: 0 });
  expect(await give("", "json")).toEqual({ count: 0, sum: 0, dead: 0 });
});

test("a writer that is faster waits, and nothing is lost", { timeout: 60_000 }, async () => {
  const count = 200_000;
  const text = Array.from({ length: count }, (_, n) => `{"n":${n}}\n`).join("");
  expect(await give(text, "json", "slow")).toEqual({ count, sum: sumTo(count), dead: 0 });
});
