import { spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PropertyValue } from "../../src/connectors/properties.ts";
import { BIGINT, DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { WallClock } from "../../src/exec/clock.ts";
import type { StreamReader } from "../../src/exec/stream-reader.ts";
import { StreamHub } from "../../src/streams/hub.ts";
import { openBatches } from "../../src/streams/replay.ts";

/**
 * How fast streams are read, on one thread and without a query behind: the generator, NDJSON and CSV of a followed file, watermarks of batches that are
 * there; and how long after a line is written its batch is there, at 100,000 rows a second written by another process.
 * `node dist/bench/micro/stream-sources.js [rows]` prints one JSON line a case.
 */

const argument = process.argv[2];
const ROWS = Number(argument === "write" ? 0 : (argument ?? 4_000_000));
const RUNS = 3;
const WRITTEN_A_SECOND = 100_000;
const WRITE_SECONDS = 5;

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "symbol", type: VARCHAR },
  { name: "price", type: DOUBLE },
  { name: "qty", type: BIGINT },
];
const WATERMARK = { column: "ts", delay: 5_000_000 };

const time = (row: number): string => new Date(Date.UTC(2024, 0, 1) + row).toISOString();
const jsonLine = (row: number): string =>
  `{"ts":"${time(row)}","symbol":"S${(row * 7) % 100}","price":${(100 + (row % 977) / 10).toFixed(2)},"qty":${row % 1000}}\n`;
const csvLine = (row: number): string => `${time(row)},S${(row * 7) % 100},${(100 + (row % 977) / 10).toFixed(2)},${row % 1000}\n`;

function readAll(reader: StreamReader): number {
  let rows = 0;
  for (let piece = reader.next(() => {}); typeof piece !== "string"; piece = reader.next(() => {})) rows += piece.batch.length;
  reader.close();
  return rows;
}

function report(name: string, open: () => StreamReader): void {
  let best = Infinity;
  let rows = 0;
  for (let run = 0; run < RUNS; run++) {
    const reader = open();
    const start = performance.now();
    rows = readAll(reader);
    best = Math.min(best, performance.now() - start);
  }
  process.stdout.write(`${JSON.stringify({ case: name, rows, ms: Math.round(best), rowsPerSecond: Math.round((rows / best) * 1000) })}\n`);
}

/** In the other process: writes lines that say when they were written, in writes of a millisecond's worth. */
function write(path: string): void {
  const fd = openSync(path, "a");
  const start = performance.now();
  let row = 0;
  const step = (): void => {
    const due = Math.min(WRITTEN_A_SECOND * WRITE_SECONDS, ((performance.now() - start) / 1000) * WRITTEN_A_SECOND);
    let text = "";
    const now = Date.now();
    for (; row < due; row++) text += `{"at":${now},"symbol":"S${row % 100}","price":${(row % 977) / 10}}\n`;
    if (text !== "") writeSync(fd, text);
    if (row < WRITTEN_A_SECOND * WRITE_SECONDS) setTimeout(step, 1);
  };
  step();
}

async function delay(folder: string, hub: StreamHub): Promise<void> {
  const path = join(folder, "live.json");
  writeFileSync(path, "");
  const columns: Schema = [
    { name: "at", type: BIGINT },
    { name: "symbol", type: VARCHAR },
    { name: "price", type: DOUBLE },
  ];
  const { spec } = await hub.declare({ name: "live", columns, properties: { connector: "file", path, follow: true } }, { cwd: folder });
  const reader = hub.open(spec, { columns: [0, 1, 2] });
  spawn(process.execPath, [process.argv[1], "write", path], { stdio: "inherit" });
  const delays: number[] = [];
  for (let rows = 0; rows < WRITTEN_A_SECOND * WRITE_SECONDS; ) {
    let wake: () => void = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const piece = reader.next(wake);
    if (typeof piece === "string") await woken;
    else {
      const [at] = piece.batch.columns;
      const now = Date.now();
      if (at.layout === "flat") for (let i = 0; i < piece.batch.length; i++) delays.push(now - Number(at.data[i]));
      rows += piece.batch.length;
    }
  }
  reader.close();
  delays.sort((a, b) => a - b);
  const quantile = (q: number) => delays[Math.floor(q * (delays.length - 1))];
  const figures = {
    case: "delay of followed NDJSON, ms",
    rows: delays.length,
    p50: quantile(0.5),
    p95: quantile(0.95),
    p99: quantile(0.99),
  };
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "weir-bench-"));
  const hub = new StreamHub({ clock: new WallClock(), warn: (_, { message }) => process.stderr.write(`${message}\n`) });
  const declare = async (name: string, columns: Schema | undefined, properties: Record<string, PropertyValue>) => {
    const { spec, schema } = await hub.declare({ name, columns, watermark: WATERMARK, properties }, { cwd: folder });
    return () => hub.open(spec, { columns: schema.map((_, i) => i) });
  };
  try {
    const trades = { "symbol.cardinality": 100, "price.range": "[150, 400]", "qty.type": "BIGINT", "qty.range": "[1, 1000]" };
    const generator = { connector: "generator", rows_per_second: "max", rows: 5 * ROWS, ...trades };
    report("generator, uniform", await declare("g", undefined, generator));
    const walks = { ...generator, "price.distribution": "random_walk", "price.per": "symbol" };
    report("generator, random walk per symbol", await declare("w", undefined, walks));
    const text = (line: (row: number) => string): Buffer => Buffer.from(Array.from({ length: ROWS }, (_, row) => line(row)).join(""));
    writeFileSync(join(folder, "a.json"), text(jsonLine));
    report("NDJSON of a followed file", await declare("j", SCHEMA, { connector: "file", path: "a.json", follow: true }));
    writeFileSync(join(folder, "a.csv"), text(csvLine));
    report("CSV of a followed file", await declare("c", SCHEMA, { connector: "file", path: "a.csv", header: false, follow: true }));
    const batches = Array.from({ length: 2000 }, (_, b) => {
      const times = Array.from({ length: 16_384 }, (_, i) => (b * 16_384 + i) * 100);
      return { columns: [vectorFromValues(TIMESTAMP, times)], length: times.length };
    });
    report("watermarks of batches in order", () => openBatches(batches, { eventTime: { column: 0, delay: 0 } }));
    await delay(folder, hub);
  } finally {
    hub.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (argument === "write") write(process.argv[3]);
else await main();
