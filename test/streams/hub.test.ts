import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { EnvReference, type PropertyValue } from "../../src/connectors/properties.ts";
import { bindSink } from "../../src/connectors/sinks.ts";
import { INTEGER, type Schema, TIMESTAMP } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { openBatches } from "../../src/streams/replay.ts";
import { drain, hubs, openStream, take, testFolder } from "./stream-kit.ts";

const folder = testFolder();
const hub = hubs();
const NUMBER: Schema = [{ name: "n", type: INTEGER }];
const TIMED: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "n", type: INTEGER },
];
const batchOf = (...values: number[]): RecordBatch => ({ columns: [vectorFromValues(INTEGER, values)], length: values.length });
const timed = (...times: number[]): RecordBatch => ({
  columns: [
    vectorFromValues(TIMESTAMP, times),
    vectorFromValues(
      INTEGER,
      times.map((time) => time / 1000),
    ),
  ],
  length: times.length,
});

describe("properties", () => {
  const declare = (properties: Record<string, PropertyValue>, columns: Schema | undefined = NUMBER) =>
    hub().hub.declare({ name: "s", columns, properties }, { cwd: folder });

  test.each<[string, Record<string, PropertyValue>, string | RegExp, string | undefined]>([
    ["an unknown connector", { connector: "generater" }, 'there is no connector "generater"', 'did you mean "generator"?'],
    ["a sink as a source", { connector: "console" }, 'there is no connector "console" for a source', undefined],
    [
      "an unknown property",
      { connector: "file", path: "x", folow: true },
      'connector "file" has no property "folow"',
      'did you mean "follow"?',
    ],
    ["a missing one", { connector: "file" }, 'connector "file" needs the property "path"', undefined],
    ["a wrong type", { connector: "generator", rows: "many" }, 'property "rows" must be a whole number, not "many"', undefined],
    [
      "out of range",
      { connector: "generator", rows_per_second: 0 },
      'property "rows_per_second" is 0, but must be at least 0.001',
      undefined,
    ],
    ["a wrong choice", { connector: "websocket", url: "ws://x", on_overflow: "drop_oldst" }, "cannot be", 'did you mean "drop_oldest"?'],
    ["a wrong format", { connector: "file", path: "x", format: "jsn" }, 'there is no format "jsn"', 'did you mean "json"?'],
    ["a format it cannot carry", { connector: "http", url: "http://x", format: "csv" }, 'cannot carry format "csv"', "formats are json"],
    ["a format option of another", { connector: "file", path: "x", format: "json", header: true }, 'has no property "header"', undefined],
    [
      "what makes no sense for it",
      { connector: "generator", rows: 5, retain: "1 GB" },
      'property "retain" is for streams that do not end',
      undefined,
    ],
    ["live options elsewhere", { connector: "generator", max_future_skew: "1 s" }, 'has no property "max_future_skew"', undefined],
    ["no length of time", { connector: "http", url: "http://x", interval: "soon" }, "must be a length of time", undefined],
    [
      "a variable that is not set",
      { connector: "http_server", token: new EnvReference("WEIR_NOT_SET") },
      '"WEIR_NOT_SET" is not set',
      undefined,
    ],
  ])("%s is an error that says so", async (_, properties, message, hint) => {
    await expect(declare(properties)).rejects.toThrow(message);
    if (hint !== undefined) await expect(declare(properties)).rejects.toMatchObject({ hint });
  });

  test("a stream without columns and connector is an error", async () => {
    await expect(hub().hub.declare({ name: "s", properties: {} }, { cwd: folder })).rejects.toThrow("neither columns nor a connector");
  });

  test("the watermark column must be a time that is there", async () => {
    const declareWith = (column: string) =>
      hub().hub.declare({ name: "s", columns: TIMED, watermark: { column, delay: 0 }, properties: {} }, { cwd: folder });
    await expect(declareWith("tz")).rejects.toMatchObject({ hint: 'did you mean "ts"?' });
    await expect(declareWith("n")).rejects.toThrow("is a INTEGER, but must be a TIMESTAMP");
  });
});

describe("streams that rows are inserted into", () => {
  test("keep them, and give them to each reader from where it starts", async () => {
    const { hub: streams } = hub();
    const definition = await streams.declare(
      { name: "s", columns: TIMED, watermark: { column: "ts", delay: 1000 }, properties: {} },
      { cwd: folder },
    );
    expect(definition).toMatchObject({ connector: "memory", endless: true, start: "earliest" });
    streams.insert("s", [timed(1000, 2000), timed(9000, 3000)]);
    const open = (start?: "latest" | number, columns = [1]) =>
      streams.open({ ...definition.spec, ...(start !== undefined && { start }) }, { columns });
    const [all, latest, from] = [open(), open("latest"), open(2500)];
    const { pieces, rows } = drain(all);
    expect(rows).toEqual([[1], [2], [9], [3]]);
    expect(pieces.map(({ watermark }) => watermark)).toEqual([1000, 8000]);
    expect([...(pieces[1].batch.watermarks ?? [])]).toEqual([1000, 8000]);
    expect(drain(from).rows).toEqual([[9], [3]]);
    expect(drain(latest).rows).toEqual([]);
    setTimeout(() => streams.insert("S", [timed(10_000)]), 1);
    expect(await take(latest, 1)).toEqual([[10]]);
    expect(streams.figures("s")).toMatchObject({ rows: 5, watermark: 9000, readers: 3, retainedRows: 5 });
  });

  test("let go of what is older than they are to keep, but not of what a reader has still to take", async () => {
    const clock = new VirtualClock(0);
    const { hub: streams } = hub(clock);
    const definition = await streams.declare({ name: "s", columns: NUMBER, properties: { retain: "10 seconds" } }, { cwd: folder });
    const slow = streams.open(definition.spec, { columns: [0] });
    for (let second = 0; second < 30; second++) {
      streams.insert("s", [batchOf(second)]);
      clock.at((second + 1) * 1e6, () => {});
      clock.advance();
    }
    expect(streams.figures("s").retainedRows).toBe(30);
    expect(drain(slow).rows.length).toBe(30);
    expect(streams.figures("s").retainedRows).toBe(10);
    expect(drain(streams.open(definition.spec, { columns: [0] })).rows[0]).toEqual([20]);
  });

  test("ask those who insert to wait when a reader is far behind", async () => {
    const { hub: streams } = hub();
    const definition = await streams.declare({ name: "s", columns: NUMBER, properties: { buffer: "64KiB" } }, { cwd: folder });
    const slow = streams.open(definition.spec, { columns: [0] });
    let woken = 0;
    const big = batchOf(...Array.from({ length: 10_000 }, (_, i) => i));
    expect(streams.hasRoom("s", () => woken++)).toBe(true);
    streams.insert("s", [big, big]);
    expect(streams.hasRoom("s", () => woken++)).toBe(false);
    slow.next(() => {});
    expect(woken).toBe(1);
    expect(streams.hasRoom("s", () => woken++)).toBe(true);
  });

  test("go on from a position as long as the rows are there", async () => {
    const { hub: streams } = hub();
    const { definition, reader } = await openStream(streams, { name: "s", columns: NUMBER, properties: {} }, folder);
    streams.insert("s", [batchOf(1), batchOf(2), batchOf(3)]);
    reader.next(() => {});
    const from = structuredClone(reader.position());
    reader.close();
    expect(drain(streams.open(definition.spec, { columns: [0], from })).rows).toEqual([[2], [3]]);
  });

  test("streams with a connector take no rows", async () => {
    const { hub: streams } = hub();
    await streams.declare({ name: "s", columns: NUMBER, properties: { connector: "generator" } }, { cwd: folder });
    expect(() => streams.insert("s", [batchOf(1)])).toThrow("takes no rows");
    expect(() => streams.insert("t", [])).toThrow('there is no stream "t"');
  });
});

describe("readers of one stream", () => {
  test("share a source, and each gets all rows, whoever is faster", async () => {
    const clock = new VirtualClock(0);
    const { hub: streams } = hub(clock);
    const properties = { connector: "generator", rows_per_second: 10_000, "x.range": "[0, 1]" };
    const { definition, reader: first } = await openStream(streams, { name: "s", properties }, folder);
    const second = streams.open(definition.spec, { columns: [1] });
    const seen: unknown[][][] = [[], []];
    for (let i = 0; i < 50; i++) {
      seen[0].push(...drain(first).rows.map((row) => [row[1]]));
      if (i % 7 === 0) seen[1].push(...drain(second).rows);
      clock.advance();
    }
    seen[0].push(...drain(first).rows.map((row) => [row[1]]));
    seen[1].push(...drain(second).rows);
    expect(seen[0].length).toBeGreaterThan(10_000);
    expect(seen[1]).toEqual(seen[0]);
    expect(streams.figures("s")).toMatchObject({ rows: seen[0].length, readers: 2 });
  });

  test("the slowest holds back the source", async () => {
    const clock = new VirtualClock(0);
    const { hub: streams } = hub(clock);
    const properties = { connector: "generator", rows_per_second: 1_000_000, buffer: "64KiB", "x.range": "[0, 1]" };
    const { definition, reader: fast } = await openStream(streams, { name: "s", properties }, folder);
    const slow = streams.open(definition.spec, { columns: [1] });
    for (let i = 0; i < 50; i++) {
      drain(fast);
      clock.advance();
    }
    // Some hundred rows are the least the source gives at a time
    expect(streams.figures("s").retainedBytes).toBeLessThan(600_000);
    const held = fast.rowsRead();
    drain(slow);
    drain(fast);
    expect(fast.rowsRead()).toBeGreaterThan(held);
  });

  test("a stream that keeps rows does so though nobody reads", async () => {
    const clock = new VirtualClock(0);
    const { hub: streams } = hub(clock);
    const properties = { connector: "generator", rows_per_second: 100, retain: "5 seconds", "x.range": "[0, 1]" };
    const definition = await streams.declare({ name: "s", properties }, { cwd: folder });
    while (clock.now() < 20e6) clock.advance();
    const kept = streams.figures("s").retainedRows;
    expect(kept).toBeGreaterThan(400);
    expect(kept).toBeLessThan(600);
    expect(drain(streams.open({ ...definition.spec, start: "latest" }, { columns: [0] })).rows.length).toBeLessThanOrEqual(10);
  });

  test("one that began by itself shares the source once it has caught up", async () => {
    const path = join(folder, "shared.json");
    const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `{"n":${from + i}}\n`).join("");
    writeFileSync(path, lines(0, 1000));
    const { hub: streams } = hub();
    const { definition, reader } = await openStream(
      streams,
      { name: "s", columns: NUMBER, properties: { connector: "file", path, follow: true } },
      folder,
    );
    expect(drain(reader).rows.length).toBe(1000);
    const later = streams.open(definition.spec, { columns: [0] });
    expect(drain(later).rows.length).toBe(1000);
    const { rows } = streams.figures("s");
    appendFileSync(path, lines(1000, 1500));
    expect((await take(later, 500)).length).toBe(500);
    expect((await take(reader, 500)).length).toBe(500);
    // Both got them, and they were read once
    expect(streams.figures("s").rows - rows).toBe(500);
    expect(later.rowsRead()).toBe(1500);
    const again = streams.open(definition.spec, { columns: [0], from: structuredClone(later.position()) });
    expect(drain(again).rows).toEqual([]);
  });

  test("are told when it is dropped", async () => {
    const { hub: streams } = hub();
    const { definition, reader } = await openStream(streams, { name: "s", columns: NUMBER, properties: {} }, folder);
    const woken = new Promise<void>((resolve) => expect(reader.next(resolve)).toBe("waiting"));
    streams.drop("s");
    await woken;
    expect(() => reader.next(() => {})).toThrow('stream "s" was dropped');
    expect(() => streams.open(definition.spec, { columns: [0] })).toThrow('there is no stream "s"');
    reader.close();
  });

  test("a position of a shared reader goes on with a source of its own", async () => {
    writeFileSync(join(folder, "a.json"), Array.from({ length: 50_000 }, (_, n) => `{"n":${n}}\n`).join(""));
    const { hub: streams } = hub();
    const { definition, reader } = await openStream(
      streams,
      { name: "s", columns: NUMBER, properties: { connector: "file", path: "a.json", follow: true } },
      folder,
    );
    reader.next(() => {});
    const from = structuredClone(reader.position());
    const rest = drain(reader).rows;
    expect(drain(streams.open(definition.spec, { columns: [0], from })).rows).toEqual(rest);
    // One that comes later starts at the beginning all the same
    expect(drain(streams.open(definition.spec, { columns: [0] })).rows.length).toBe(50_000);
  });
});

test("batches that are there replay as they are", () => {
  const batches = [timed(1000, 5000), timed(2000, 9000)];
  const options = { eventTime: { column: 0, delay: 1000 } };
  const reader = openBatches(batches, options);
  const piece = reader.next(() => {});
  if (typeof piece === "string") throw new Error(piece);
  // Nothing is copied; that the times ascend is said beside.
  expect(piece.batch.columns[0]).toBe(batches[0].columns[0]);
  expect(piece.batch.times).toEqual({ first: 1000, last: 5000 });
  expect(piece.watermark).toBe(4000);
  const rest = drain(openBatches(batches, { ...options, from: structuredClone(reader.position()) }));
  expect(rest.rows).toEqual(drain(reader).rows);
  expect([...(rest.pieces[0].batch.watermarks ?? [])]).toEqual([4000, 4000]);
  expect(rest.state).toBe("end");
});

test("an append-only sink refuses updates, unless their kind is a column", () => {
  const printed: string[] = [];
  expect(() => bindSink({ connector: "file", path: "x.json" }).checkChangelog("the query")).toThrow("can only add rows");
  const bound = bindSink({ connector: "console", changelog: "op" });
  bound.checkChangelog("the query");
  const sink = bound.open(NUMBER, { cwd: "/", clock: new VirtualClock(0), print: (text) => printed.push(text) });
  sink.write({ ...batchOf(1, 1, 2, 2), kinds: Uint8Array.of(0, 1, 2, 3) });
  sink.write(batchOf(3));
  expect(printed).toEqual(["+I", "-U", "+U", "-D", "+I"].map((op, i) => `{"op":"${op}","n":${[1, 1, 2, 2, 3][i]}}`));
});
