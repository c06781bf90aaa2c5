import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "../../src/index.ts";

/*
 * Checkpoints of large state: `node dist/test/jobs/large-state-main.js [keys] [text]`, ten million keys by default, BIGINT or (with `text`) texts of 16
 * bytes. Prints JSON: bytes a key, how long checkpoints took while the state grew and after, and how long the event loop stood still. Ends with status 1
 * over a bar: 200 ms of standstill, 10 s for an incremental checkpoint, 100 bytes a BIGINT key or 140 a text.
 */
const [count = "10000000", kind = "bigint"] = process.argv.slice(2);
const keys = Number(count);
/** Rows after every key was seen once: some of the keys again. */
const more = 3_000_000;
const number = `CASE WHEN v < ${keys} THEN v ELSE (v * 7919) % ${Math.floor(keys / 10)} END`;
const key = kind === "text" ? `lpad(CAST(${number} AS VARCHAR), 16, 'k')` : number;

const folder = mkdtempSync(join(tmpdir(), "weir-state-"));
const session = new Session({ cwd: folder, threads: 1, memoryLimit: "8GB", timeZone: "UTC", notify: (message) => console.error(message) });
/** Longest time between two turns of the event loop since it was last asked for, milliseconds: as far as this process was at work then, and by the clock. */
const standstill = { worked: 0, elapsed: 0 };
let turn = { at: performance.now(), cpu: process.cpuUsage() };
const probe = setInterval(() => {
  const { user, system } = process.cpuUsage(turn.cpu);
  const elapsed = performance.now() - turn.at;
  standstill.elapsed = Math.max(standstill.elapsed, elapsed);
  // On a machine that has other work to do, most of a gap is theirs.
  standstill.worked = Math.max(standstill.worked, Math.min(elapsed, (user + system) / 1000));
  turn = { at: performance.now(), cpu: process.cpuUsage() };
}, 2);
try {
  await session.run(`
    SET checkpoint_interval = '2 seconds';
    CREATE STREAM s (v BIGINT, x BIGINT) WITH (connector = 'generator', rows = ${keys + more}, rows_per_second = 500000, v.distribution = 'sequence', v.range = '[0, ${keys + more}]');
    CREATE STREAM out WITH (connector = 'file', path = 'out.json', changelog = 'op');
    CREATE JOB j AS INSERT INTO out
      SELECT * FROM (SELECT ${key} AS k, count(*) AS n, sum(x) AS s FROM s GROUP BY ${key}) WHERE n < 0`);
  standstill.worked = standstill.elapsed = 0;
  const started = performance.now();
  const seen = new Map<number, { state: string; ms: number; bytes: number; stateBytes: number; standstillMs: number; elapsedMs: number }>();
  let growthMs = 0;
  let largest = 0;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    const [{ job }] = await session.jobs.list();
    if (job === undefined) throw new Error("the job is gone");
    const { state, rowsIn, checkpoint, stateBytes, error } = job.figures();
    largest = Math.max(largest, stateBytes);
    if (rowsIn >= keys && growthMs === 0) growthMs = performance.now() - started;
    if (checkpoint !== undefined && !seen.has(checkpoint.number)) {
      const phase = growthMs === 0 ? "growing" : "steady";
      const standstillMs = Math.round(standstill.worked);
      const elapsedMs = Math.round(standstill.elapsed);
      standstill.worked = standstill.elapsed = 0;
      seen.set(checkpoint.number, {
        state: phase,
        ms: Math.round(checkpoint.durationMs),
        bytes: checkpoint.bytesWritten,
        stateBytes: checkpoint.stateBytes,
        standstillMs,
        elapsedMs,
      });
      console.error(JSON.stringify({ number: checkpoint.number, rowsIn, ...seen.get(checkpoint.number) }));
    }
    if (state === "failed") throw new Error(error);
    if (state === "finished") break;
  }
  const all = [...seen.values()];
  const worst = (of: (one: (typeof all)[number]) => number) => Math.max(...all.map(of));
  const result = {
    keys,
    kind,
    bytesAKey: Math.round(largest / keys),
    stateBytes: largest,
    growthMs: Math.round(growthMs),
    checkpoints: all.length,
    longestCheckpointMs: worst(({ ms }) => ms),
    longestStandstillMs: worst(({ standstillMs }) => standstillMs),
    longestByTheClockMs: worst(({ elapsedMs }) => elapsedMs),
  };
  console.log(JSON.stringify(result));
  const over = result.longestStandstillMs > 200 || result.longestCheckpointMs > 10_000 || result.bytesAKey > (kind === "text" ? 140 : 100);
  process.exitCode = over ? 1 : 0;
} finally {
  clearInterval(probe);
  await session.close();
  rmSync(folder, { recursive: true });
}
