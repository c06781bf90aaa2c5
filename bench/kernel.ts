import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunningKernel, startKernel } from "../kernel/client.ts";
import { KERNEL_ARGV } from "../kernel/kernelspec.ts";

/**
 * `node dist/bench/kernel.js [--runs n]`: what a person waits for, over real sockets with a kernel in a process of its own. One JSON line a
 * figure: `{"case", "value", "unit", "bar", "ok"}`. Times are in milliseconds.
 */

const runsAt = process.argv.indexOf("--runs");
const RUNS = runsAt === -1 ? 200 : Number(process.argv[runsAt + 1]);
/** Starts and interrupts cost more, and are repeated less often. */
const SLOW_RUNS = Math.max(5, Math.round(RUNS / 10));

const LONG_QUERY = "SELECT sum(a.range * b.range % 7) AS s FROM range(1000000) a, range(1000000) b";
const COMPLETE = "SELECT sy FROM prices p JOIN (SELECT symbol FROM prices) q ON true";

const folder = mkdtempSync(join(tmpdir(), "weir-bench-"));
const env = { ...process.env, JUPYTER_DATA_DIR: folder };
const start = (): Promise<RunningKernel> => startKernel(KERNEL_ARGV, { env, cwd: folder });

function print(name: string, value: number, bar: number, unit = "ms"): void {
  console.log(JSON.stringify({ case: name, value: Number(value.toFixed(2)), unit, bar, ok: value <= bar }));
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)];
}

async function times(count: number, run: () => Promise<unknown>): Promise<number[]> {
  const values: number[] = [];
  for (let i = 0; i < count; i++) {
    const from = performance.now();
    await run();
    values.push(performance.now() - from);
  }
  return values;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Resident memory of a process and its threads, in MB; NaN where there is no /proc or ps. */
function residentMb(pid: number | undefined): number {
  if (process.platform === "linux") return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
  return Number(spawnSync("ps", ["-o", "rss=", "-p", String(pid)], { encoding: "utf8" }).stdout) / 1024;
}

async function measureStart(): Promise<void> {
  const ready: number[] = [];
  const first: number[] = [];
  for (let i = 0; i < Math.min(SLOW_RUNS, 9); i++) {
    const from = performance.now();
    const kernel = await start();
    ready.push(performance.now() - from);
    await kernel.client.execute("SELECT 1");
    first.push(performance.now() - from);
    await kernel.stop();
  }
  print("start to ready, median", percentile(ready, 0.5), 500);
  print("start to the first result, median", percentile(first, 0.5), 1000);
}

async function measureIdle(kernel: RunningKernel): Promise<void> {
  await pause(2000);
  print("idle memory", residentMb(kernel.process.pid), 120, "MB");
  await kernel.client.execute("CREATE TABLE prices AS SELECT 'A' AS symbol, 1.5 AS price, DATE '2024-01-01' AS day");
  await times(20, () => kernel.client.execute("SELECT 1"));
  const select = await times(RUNS, () => kernel.client.execute("SELECT 1"));
  print("SELECT 1, p50", percentile(select, 0.5), 2);
  print("SELECT 1, p99", percentile(select, 0.99), 8);
  await measureComplete(kernel, "complete, idle", RUNS);
}

async function measureComplete(kernel: RunningKernel, name: string, runs: number): Promise<void> {
  const values = await times(runs, () => kernel.client.request("complete_request", { code: COMPLETE, cursor_pos: 9 }));
  print(`${name}, p50`, percentile(values, 0.5), 10);
  print(`${name}, p99`, percentile(values, 0.99), 50);
}

async function measureBusy(kernel: RunningKernel): Promise<void> {
  const running = kernel.client.execute(LONG_QUERY);
  await pause(500);
  await measureComplete(kernel, "complete, during a query", RUNS);
  print("heartbeat during a query, worst", Math.max(...(await times(RUNS, () => kernel.client.heartbeat()))), 50);
  await kernel.client.interrupt();
  const { reply } = await running;
  if (reply.content.status !== "error") throw new Error("the long query ended by itself: it is too short to measure beside");
}

async function measureInterrupt(kernel: RunningKernel): Promise<void> {
  const values: number[] = [];
  for (let i = 0; i < SLOW_RUNS; i++) {
    const running = kernel.client.execute(LONG_QUERY);
    await pause(100 + 13 * (i % 7));
    const from = performance.now();
    void kernel.client.interrupt();
    const { reply } = await running;
    values.push(performance.now() - from);
    if (reply.content.ename !== "Interrupted") throw new Error(`the query ended with ${reply.content.ename}, not by the interrupt`);
  }
  print("interrupt to reply, p99", percentile(values, 0.99), 50);
  const kept = await kernel.client.execute("SELECT * FROM prices");
  if (kept.reply.content.status !== "ok") throw new Error("the interrupt lost the session's tables");
}

try {
  await measureStart();
  const kernel = await start();
  try {
    await measureIdle(kernel);
    await measureBusy(kernel);
    await measureInterrupt(kernel);
  } finally {
    await kernel.stop();
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
