import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, type FSWatcher, mkdirSync, readFileSync, statSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Where a kill strikes. */
export type Strike = "any moment" | "state being written" | "manifest being written" | "manifest renamed" | "sink being written";

const STRIKES: readonly Strike[] = [
  "any moment",
  "state being written",
  "manifest being written",
  "manifest renamed",
  "sink being written",
];

export interface KillOptions {
  readonly folder: string;
  /** Creates job j, which writes `out.json`. */
  readonly sql: string;
  readonly kills: number;
  readonly random: () => number;
  /** Longest life of a process that is to be killed, milliseconds. */
  readonly longestLifeMs: number;
  /** Runs beside; the job is stopped cleanly when it has ended. Absent: the job ends by itself. */
  readonly beside?: () => Promise<void>;
  /** Called with a line after each kill. */
  readonly log?: (line: string) => void;
}

export interface KillReport {
  readonly kills: number;
  /** How often each strike hit what it waited for, and not just the longest life. */
  readonly struck: ReadonlyMap<Strike, number>;
}

const PROCESS = fileURLToPath(new URL("job-process.js", import.meta.url));

/** Runs a job in processes that are killed one after the other (SIGKILL), and then to its end. Throws when a process fails by itself. */
export async function runWithKills(options: KillOptions): Promise<KillReport> {
  const { folder, kills, random, longestLifeMs } = options;
  writeFileSync(join(folder, "job.sql"), options.sql);
  const struck = new Map<Strike, number>();
  let done = 0;
  let besideEnded = options.beside === undefined;
  void options.beside?.().then(() => {
    besideEnded = true;
  });
  for (; done < kills; done++) {
    const strike = STRIKES[done % STRIKES.length];
    const child = start(folder);
    const how = await killAt(child, strike, folder, longestLifeMs * random());
    if (how === "ended") return { kills: done, struck };
    if (how === "struck") struck.set(strike, (struck.get(strike) ?? 0) + 1);
    options.log?.(`kill ${done + 1}: ${strike}${how === "struck" ? "" : " (in vain)"}`);
  }
  const last = start(folder);
  if (options.beside !== undefined) {
    while (!besideEnded || !/ runs /.test(last.output())) await sleep(20);
    // What came last is read and written once the sink grows no more.
    for (let size = -1, next = 0; size !== next; size = next, next = statSync(join(folder, "out.json")).size) await sleep(1000);
    last.child.kill("SIGTERM");
  }
  const code = await last.exited;
  if (code !== 0) throw new Error(`the job's process ended with ${code}: ${last.output()}`);
  return { kills: done, struck };
}

interface Started {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  output(): string;
}

function start(folder: string): Started {
  const child = spawn(process.execPath, [PROCESS, folder], { stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (data: Buffer) => {
      output += data;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  return { child, exited, output: () => output };
}

/** Kills a process when what is waited for happens, or in the end after some time. Throws when it fails before. */
async function killAt(
  { child, exited, output }: Started,
  strike: Strike,
  folder: string,
  lifeMs: number,
): Promise<"struck" | "late" | "ended"> {
  const checkpoints = join(folder, ".weir", "jobs", "j", "checkpoints");
  // A first one may have begun before; the moment is looked for after a part of the life.
  const watchers: FSWatcher[] = [];
  let hit = false;
  const kill = () => child.kill("SIGKILL");
  const strikeNow = () => {
    hit = true;
    kill();
  };
  const timers: NodeJS.Timeout[] = [];
  const onNames = (path: string, pattern: RegExp): void => {
    if (!existsSync(path)) mkdirSync(path, { recursive: true });
    watchers.push(watch(path, (_event, name) => name !== null && pattern.test(name) && strikeNow()));
  };
  // Starting takes most of a second: what strikes is armed once the process is at work.
  const armed = setTimeout(() => {
    if (strike === "any moment") strikeNow();
    else if (strike === "state being written") onNames(join(checkpoints, "parts"), /\.bin$/);
    else if (strike === "manifest being written") onNames(checkpoints, /\.tmp$/);
    else if (strike === "manifest renamed") onNames(checkpoints, /^\d+\.json$/);
    else onNames(folder, /^out/);
  }, lifeMs);
  timers.push(armed, setTimeout(kill, lifeMs + 3000));
  const code = await exited;
  timers.forEach(clearTimeout);
  for (const watcher of watchers) watcher.close();
  if (code === 0) return "ended";
  if (code !== null) throw new Error(`the job's process ended with ${code}: ${output()}`);
  return hit ? "struck" : "late";
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The rows of an NDJSON file. Throws for a line that is not whole. */
export function readRows(path: string): Record<string, unknown>[] {
  const text = readFileSync(path, "utf8");
  if (text !== "" && !text.endsWith("\n")) throw new Error(`${path} ends within a line: ${text.slice(-100)}`);
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** What stands after a changelog with a column `op` is carried out. Throws when a row is taken away that is not there. */
export function afterChanges(rows: readonly Record<string, unknown>[]): Record<string, unknown>[] {
  const counts = new Map<string, number>();
  for (const { op, ...row } of rows) {
    const key = JSON.stringify(row);
    const count = (counts.get(key) ?? 0) + (op === "+I" || op === "+U" ? 1 : -1);
    if (count < 0) throw new Error(`${String(op)} of a row that is not there: ${key}`);
    if (count === 0) counts.delete(key);
    else counts.set(key, count);
  }
  return [...counts].flatMap(([key, count]) => Array.from({ length: count }, () => JSON.parse(key) as Record<string, unknown>));
}

/** Rows that one has and the other has not, as multisets. */
export function compareRows(expected: readonly object[], found: readonly object[]): { lost: string[]; repeated: string[] } {
  const counts = new Map<string, number>();
  for (const row of expected) counts.set(JSON.stringify(row), (counts.get(JSON.stringify(row)) ?? 0) + 1);
  for (const row of found) counts.set(JSON.stringify(row), (counts.get(JSON.stringify(row)) ?? 0) - 1);
  const lost: string[] = [];
  const repeated: string[] = [];
  for (const [key, count] of counts) {
    for (let i = 0; i < count; i++) lost.push(key);
    for (let i = 0; i > count; i--) repeated.push(key);
  }
  return { lost, repeated };
}
