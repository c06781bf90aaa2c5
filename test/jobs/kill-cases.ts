import { mkdtempSync } from "node:fs";
import { appendFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Session } from "../../src/index.ts";
import { afterChanges, compareRows, type KillReport, readRows, runWithKills } from "./kill-harness.ts";

export interface KillCase {
  readonly name: string;
  readonly query: string;
  /** The sink writes changes with their kind. */
  readonly changes?: boolean;
  /** Rows come from a file that grows meanwhile, and not from a generator. */
  readonly fromFile?: boolean;
}

export const KILL_CASES: readonly KillCase[] = [
  { name: "filter", query: "SELECT ts, k, v FROM s WHERE v % 3 = 0" },
  {
    name: "tumble",
    query:
      "SELECT window_start, k, count(*) AS n, sum(v) AS total FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' SECOND) GROUP BY window_start, k",
  },
  { name: "changelog", query: "SELECT v % 1000 AS k, count(*) AS n, sum(v) AS total FROM s GROUP BY v % 1000", changes: true },
  { name: "filter of a growing file", query: "SELECT ts, k, v FROM s WHERE v % 3 = 0", fromFile: true },
];

/** Rows a second. Times are those of a thousand rows a second, so that windows close quickly. */
const RATE = 20_000;
const COLUMNS = "ts TIMESTAMP, k VARCHAR, v BIGINT, WATERMARK FOR ts AS ts - INTERVAL '2' SECOND";
const GENERATOR =
  "connector = 'generator', start_time = '2024-01-01 00:00:00', time_step = '1 ms', out_of_order = 0.2, k.cardinality = 20, v.range = '[0, 100000]'";

/** A job of one case, killed so many times; gives what its sink lost and repeated against the same query in one go. */
export async function runKillCase(
  { query, changes, fromFile }: KillCase,
  { kills, random, log }: { kills: number; random: () => number; log?: (line: string) => void },
): Promise<{ report: KillReport; rows: number; lost: readonly string[]; repeated: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "weir-kill-"));
  const rows = (kills + 2) * RATE;
  const stream = `CREATE STREAM s (${COLUMNS}) WITH (${GENERATOR}, rows = ${rows}, rows_per_second = `;
  const source = fromFile ? `CREATE STREAM s (${COLUMNS}) WITH (connector = 'file', path = 'in.json', follow = true)` : `${stream}${RATE})`;
  const sql = `
    SET checkpoint_interval = '200 milliseconds';
    ${source};
    CREATE STREAM out WITH (connector = 'file', path = 'out.json'${changes ? ", changelog = 'op'" : ""});
    CREATE JOB j AS INSERT INTO out ${query}`;
  if (fromFile) await appendFile(join(folder, "in.json"), "");
  const beside = fromFile ? () => growFile(join(folder, "in.json"), rows) : undefined;
  const report = await runWithKills({ folder, sql, kills, random, longestLifeMs: 1500, beside, log });
  const answer = fromFile ? `CREATE STREAM s (${COLUMNS}) WITH (connector = 'file', path = 'in.json'); ` : `${stream}'max'); `;
  await expectedRows(folder, answer, query);
  const found = readRows(join(folder, "out.json"));
  const expected = readRows(join(folder, "expected.json"));
  return { report, rows: expected.length, ...compareRows(expected, changes ? afterChanges(found) : found) };
}

/** The same query in one go, written as the sink writes. */
async function expectedRows(folder: string, stream: string, query: string): Promise<void> {
  const session = new Session({ cwd: folder, threads: 1, timeZone: "UTC" });
  try {
    await session.run(`${stream} CREATE STREAM expected WITH (connector = 'file', path = 'expected.json'); INSERT INTO expected ${query}`);
  } finally {
    await session.close();
  }
}

/** Appends rows in pieces that end anywhere, within lines too. */
async function growFile(path: string, rows: number): Promise<void> {
  const start = Date.UTC(2024, 0, 1);
  let rest = "";
  for (let row = 0; row < rows; ) {
    let text = rest;
    for (let i = 0; i < RATE / 20 && row < rows; i++, row++) {
      const ts = new Date(start + row).toISOString().slice(0, -1);
      text += `{"ts":"${ts}","k":"k_${row % 20}","v":${(row * 7919) % 100_003}}\n`;
    }
    const cut = row < rows ? text.length - (row % 37) : text.length;
    rest = text.slice(cut);
    await appendFile(path, text.slice(0, cut));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
