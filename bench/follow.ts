import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKernel } from "../kernel/client.ts";
import { KERNEL_ARGV } from "../kernel/kernelspec.ts";
import { Session, valueAt } from "../src/index.ts";

/**
 * NDJSON followed from a growing file. `node dist/bench/follow.js [--rows 6000000] [--seconds 15]`: rows a second into a tumble per symbol, and the delay
 * from a line written to the message on iopub at 100,000 rows a second. One JSON line a figure.
 */

const argument = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const ROWS = argument("rows", 6_000_000);
const SECONDS = argument("seconds", 15);
const SYMBOLS = ["AAPL", "MSFT", "GOOG", "AMZN", "NVDA", "META", "TSLA", "IBM"];

const folder = mkdtempSync(join(tmpdir(), "weir-bench-"));

/** Appends lines as fast as they can be written; `rows` a second where it is not 0. Event time goes on by 100 microseconds a row. */
const WRITER = `
const fs = require("node:fs");
const [, path, total, rate] = process.argv;
const symbols = ${JSON.stringify(SYMBOLS)};
const fd = fs.openSync(path, "a");
let row = 0;
const line = (i, now) => '{"ts":"' + new Date(1.7e12 + i / 10).toISOString().slice(0, -1) + '","symbol":"' + symbols[i % 8] + '","price":' + (100 + (i % 977) / 8) + ',"qty":' + (i % 1000) + ',"written":' + now + '}\\n';
const write = (count) => {
  let text = "";
  const now = Date.now();
  for (const end = Math.min(+total, row + count); row < end; row++) text += line(row, now);
  fs.writeSync(fd, text);
};
if (+rate === 0) { while (row < +total) write(10000); } else {
  const started = Date.now();
  const tick = () => {
    write(Math.floor((Date.now() - started) / 1000 * +rate) - row);
    if (row < +total) setTimeout(tick, 2);
  };
  tick();
}`;

/** Appends a file's bytes to another's, piece by piece: lines made beforehand, so that the writer is not what is measured. */
const COPIER = `
const fs = require("node:fs");
const [, from, to] = process.argv;
const source = fs.openSync(from, "r"), target = fs.openSync(to, "a");
const piece = Buffer.allocUnsafe(1 << 18);
for (let read; (read = fs.readSync(source, piece)) > 0; ) fs.writeSync(target, piece, 0, read);`;

const stream = (path: string) =>
  `CREATE STREAM trades (ts TIMESTAMP, symbol VARCHAR, price DOUBLE, qty BIGINT, written BIGINT, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
   WITH (connector = 'file', path = '${path}', format = 'json', follow = true)`;
const TUMBLE = `SELECT window_start, symbol, count(*) AS n, sum(qty) AS qty, max(price) AS high FROM TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '1' SECOND)
  GROUP BY window_start, window_end, symbol`;

async function sustained(): Promise<void> {
  const path = join(folder, "sustained.ndjson");
  writeFileSync(path, "");
  const session = new Session({ timeZone: "UTC", threads: 1 });
  await session.run(stream(path));
  const made = join(folder, "made.ndjson");
  spawnSync(process.execPath, ["-e", WRITER, made, String(ROWS), "0"], { stdio: "inherit" });
  const samples: { at: number; rows: number }[] = [];
  await new Promise<void>((resolve) => {
    spawn(process.execPath, ["-e", COPIER, made, path], { stdio: "inherit" });
    void session.run(TUMBLE, {
      queryName: "q",
      onLive: (live) => {
        const timer = setInterval(() => {
          const { rowsIn } = live.frame(0).status;
          samples.push({ at: performance.now(), rows: rowsIn });
          if (rowsIn < ROWS) return;
          clearInterval(timer);
          resolve();
        }, 50);
      },
    });
  });
  const moving = samples.filter(({ rows }) => rows > 0);
  const [first] = moving;
  const last = moving.find(({ rows }) => rows >= ROWS)!;
  const counted = await session.query("SELECT sum(n) FROM q");
  print("follow, rows a second into a tumble", (last.rows - first.rows) / ((last.at - first.at) / 1000), 2e6, "rows/s", "at least");
  print("follow, rows in windows that closed", Number(valueAt(counted.batches[0].columns[0], 0)), ROWS * 0.99, "rows", "at least");
  await session.close();
}

async function delay(): Promise<void> {
  const path = join(folder, "delay.ndjson");
  writeFileSync(path, "");
  const kernel = await startKernel(KERNEL_ARGV, { env: { ...process.env, JUPYTER_DATA_DIR: folder }, cwd: folder });
  const delays: number[] = [];
  try {
    await kernel.client.ready();
    await kernel.client.execute(stream(path));
    const rate = 100_000;
    spawn(process.execPath, ["-e", WRITER, path, String(rate * SECONDS), String(rate)], { stdio: "inherit" });
    let lastSeen = 0;
    kernel.client.listen((channel, { header, content }) => {
      if (channel !== "iopub" || !/display_data/.test(header.msg_type)) return;
      const text = String((content.data as Record<string, unknown>)?.["text/plain"] ?? "");
      const written = Math.max(0, ...[...text.matchAll(/\b(1[67]\d{11})\b/g)].map((match) => Number(match[1])));
      if (written > lastSeen) {
        lastSeen = written;
        delays.push(Date.now() - written);
      }
    });
    await kernel.client.execute("SELECT max(written) AS written FROM trades", { onInput: () => "" });
    await new Promise((resolve) => setTimeout(resolve, SECONDS * 1000));
  } finally {
    await kernel.stop();
  }
  const sorted = delays.slice(5).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
  print("line to iopub, p50", at(0.5), 150, "ms", "at most");
  print("line to iopub, p95", at(0.95), 150, "ms", "at most");
  print("frames a second", delays.length / SECONDS, 2, "1/s", "at least");
}

function print(name: string, value: number, bar: number, unit: string, is: "at least" | "at most"): void {
  const ok = is === "at least" ? value >= bar : value <= bar;
  console.log(JSON.stringify({ case: name, value: Number(value.toPrecision(4)), unit, [is === "at least" ? "min" : "max"]: bar, ok }));
}

try {
  await sustained();
  await delay();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
