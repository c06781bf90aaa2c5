import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Sink } from "../../src/connectors/connector.ts";
import type { PropertyValue } from "../../src/connectors/properties.ts";
import { bindSink } from "../../src/connectors/sinks.ts";
import { INTEGER, type Schema } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { bindFile, openSource } from "../../src/formats/index.ts";
import { rowsOf, testFolder } from "../streams/stream-kit.ts";

const folder = testFolder();
const NUMBER: Schema = [{ name: "n", type: INTEGER }];
let number = 0;

function place(): string {
  const path = join(folder, `case ${number++}`);
  mkdirSync(path);
  return path;
}

const batchOf = (...values: number[]): RecordBatch => ({ columns: [vectorFromValues(INTEGER, values)], length: values.length });
const clock = new VirtualClock(0);
const open = (cwd: string, properties: Record<string, PropertyValue>): Sink =>
  bindSink({ connector: "file", ...properties }).open(NUMBER, { cwd, clock, print: () => {} });
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => [from + i]);

/** Numbers in the files that match, in the order of their names. */
function read(cwd: string, pattern: string): unknown[][] {
  const { source } = bindFile(pattern, { cwd });
  const opened = openSource(source, { columns: [0], predicates: [], limit: undefined });
  const rows: unknown[][] = [];
  for (let morsel = 0; morsel < opened.morselCount; morsel++) {
    const reader = opened.open(morsel);
    for (let batch = reader.next(); batch !== null; batch = reader.next()) rows.push(...rowsOf(batch).map(([n]) => [Number(n)]));
  }
  opened.close();
  return rows;
}

describe("file sink", () => {
  test.each(["json", "csv", "parquet"])("writes %s, adds to what is there or takes its place", (format) => {
    const cwd = place();
    const path = `out.${format}`;
    const write = (mode: string, ...values: number[]) => {
      const sink = open(cwd, { path, mode });
      sink.write(batchOf(...values));
      sink.finish();
    };
    write("append", 1, 2);
    if (format === "parquet") expect(() => write("append", 3)).toThrow("nothing can be added to a Parquet file");
    else {
      write("append", 3);
      expect(read(cwd, path)).toEqual(numbers(1, 4));
    }
    write("overwrite", 7);
    expect(read(cwd, path)).toEqual([[7]]);
  });

  test("rolls by size and by time", () => {
    const cwd = place();
    const sink = open(cwd, { path: "size.json", roll_size: 20 });
    for (let n = 0; n < 10; n++) sink.write(batchOf(n));
    sink.finish();
    expect(readdirSync(cwd)).toEqual(["size-00001.json", "size-00002.json", "size-00003.json", "size-00004.json"]);
    expect(read(cwd, "size-*.json")).toEqual(numbers(0, 10));
    const slow = open(cwd, { path: "time.parquet", roll_interval: "10 seconds" });
    for (let n = 0; n < 4; n++) {
      slow.write(batchOf(n));
      clock.at(clock.now() + 6e6, () => {});
      clock.advance();
    }
    slow.finish();
    expect(readdirSync(cwd).filter((name) => name.startsWith("time"))).toEqual(["time-00001.parquet", "time-00002.parquet"]);
    expect(read(cwd, "time-*.parquet")).toEqual(numbers(0, 4));
  });

  test.each(["json", "csv", "parquet"])("%s goes on from a checkpoint as if what came after had not been", (format) => {
    const cwd = place();
    const path = `out.${format}`;
    const first = open(cwd, { path });
    first.snapshot();
    first.write(batchOf(0, 1));
    const position = structuredClone(first.snapshot());
    first.write(batchOf(8));
    first.flush();
    first.snapshot();
    first.write(batchOf(9));
    first.flush();
    first.close();
    const second = open(cwd, { path });
    second.restore(position);
    second.write(batchOf(2, 3));
    second.finish();
    expect(read(cwd, format === "parquet" ? "out-*.parquet" : path)).toEqual(numbers(0, 4));
  });

  test("a file that has lost rows since the checkpoint is an error", () => {
    const cwd = place();
    const sink = open(cwd, { path: "out.json" });
    sink.write(batchOf(1, 2));
    const position = sink.snapshot();
    sink.close();
    writeFileSync(join(cwd, "out.json"), "");
    expect(() => open(cwd, { path: "out.json" }).restore(position)).toThrow("rows that were written are missing");
  });
});

describe("killed at any moment", () => {
  const child = join(import.meta.dirname, "file-sink-child.js");

  /** Runs the child; kills it after a time, unless that is undefined. Gives whether it came to its end. */
  const run = (cwd: string, path: string, total: number, roll: string, killAfter: number | undefined) =>
    new Promise<boolean>((resolve, reject) => {
      const process = spawn(globalThis.process.execPath, [child, cwd, path, String(total), roll], { stdio: ["ignore", "pipe", "inherit"] });
      // Counted from when it writes, so that the time it takes to start is not all that is struck
      if (killAfter !== undefined) process.stdout.once("data", () => setTimeout(() => process.kill("SIGKILL"), killAfter));
      process.on("error", reject);
      process.on("exit", (code, signal) => (code === 0 || signal === "SIGKILL" ? resolve(code === 0) : reject(new Error(`exit ${code}`))));
    });

  test.each([
    ["out.json", "", "out.json"],
    ["out.csv", "20KB", "out-*.csv"],
    ["out.parquet", "", "out-*.parquet"],
  ])("%s has each row once", { timeout: 60_000 }, async (path, roll, pattern) => {
    const cwd = place();
    const total = 60_000;
    let kills = 0;
    for (let delay = 3; kills < 6; delay += 7) {
      if (await run(cwd, path, total, roll, delay)) break;
      kills++;
    }
    expect(kills).toBeGreaterThan(0);
    await run(cwd, path, total, roll, undefined);
    expect(read(cwd, pattern)).toEqual(numbers(0, total));
    expect(readdirSync(cwd).filter((name) => name.startsWith("."))).toEqual([]);
    expect(readFileSync(join(cwd, "checkpoint.json"), "utf8")).toContain(`"row":${total}`);
  });
});
