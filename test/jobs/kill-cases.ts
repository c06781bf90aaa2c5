import { mkdtempSync, rmSync } from "node:fs";
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
  /** Statements that define functions of the user's own, which the query calls. */
  readonly functions?: string;
  /** Only on request. */
  readonly long?: boolean;
  /** Rows of a stream of its own, `v` being 0, 1, 2, …, at so many a second; only on request by name. */
  readonly large?: { readonly rows: number; readonly rate: number; readonly longestLifeMs: number };
}

export const KILL_CASES: readonly KillCase[] = [
  { name: "filter", query: "SELECT ts, k, v FROM s WHERE v % 3 = 0" },
  {
    name: "tumble",
    query:
      "SELECT window_start, k, count(*) AS n, sum(v) AS total FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' SECOND) GROUP BY window_start, k",
  },
  { name: "changelog", query: "SELECT v % 1000 AS k, count(*) AS n, sum(v) AS total FROM s GROUP BY v % 1000", changes: true },
  {
    name: "functions of the user's own",
    functions: `CREATE FUNCTION thirds(v BIGINT) RETURNS BOOLEAN LANGUAGE typescript AS $$ return v % 3n === 0n $$;
      CREATE FUNCTIONS LANGUAGE typescript AS $$
        export const spread = {
          init: () => ({ least: Infinity, most: -Infinity }),
          add(state: { least: number; most: number }, v: number) { state.least = Math.min(state.least, v); state.most = Math.max(state.most, v); },
          merge(state: { least: number; most: number }, other: { least: number; most: number }) {
            state.least = Math.min(state.least, other.least);
            state.most = Math.max(state.most, other.most);
          },
          value(state: { least: number; most: number }): number { return state.most - state.least; },
        };
      $$`,
    query:
      "SELECT window_start, k, count(*) AS n, spread(v) AS s FROM TUMBLE(TABLE s, DESCRIPTOR(ts), INTERVAL '1' SECOND) WHERE thirds(v) GROUP BY window_start, k",
  },
  { name: "filter of a growing file", query: "SELECT ts, k, v FROM s WHERE v % 3 = 0", fromFile: true },
  { name: "union of a stream that ends early", query: "SELECT k, v FROM s WHERE v % 7 = 0 UNION ALL SELECT k, -v FROM early", long: true },
  {
    name: "session",
    query:
      "SELECT window_start, window_end, k, count(*) AS n FROM SESSION(TABLE s PARTITION BY k, DESCRIPTOR(ts), INTERVAL '40' MILLISECOND) GROUP BY window_start, window_end, k",
    long: true,
  },
  {
    name: "hop",
    query:
      "SELECT window_start, k, count(*) AS n, max(v) AS most FROM HOP(TABLE s, DESCRIPTOR(ts), INTERVAL '500' MILLISECOND, INTERVAL '2' SECOND) GROUP BY window_start, k",
    long: true,
  },
  {
    name: "over",
    query: "SELECT ts, k, sum(v) OVER (PARTITION BY k ORDER BY ts ROWS BETWEEN 9 PRECEDING AND CURRENT ROW) AS total FROM s",
    long: true,
  },
  {
    name: "interval join",
    query: "SELECT a.ts, a.k, b.v FROM s a JOIN s b ON a.k = b.k AND a.v = b.v AND b.ts BETWEEN a.ts - INTERVAL '5' SECOND AND a.ts",
    long: true,
  },
  { name: "join of a table", query: "SELECT ts, name, v FROM s JOIN names USING (k) WHERE v % 3 = 0", long: true },
  {
    name: "deduplication",
    query: "SELECT ts, k, v FROM (SELECT *, row_number() OVER (PARTITION BY v ORDER BY ts) AS place FROM s) WHERE place = 1",
    changes: true,
    long: true,
  },
  {
    name: "top 3 of a key",
    query: "SELECT k, v, place FROM (SELECT k, v, row_number() OVER (PARTITION BY k ORDER BY v DESC, ts) AS place FROM s) WHERE place <= 3",
    changes: true,
    long: true,
  },
  { name: "distinct", query: "SELECT DISTINCT v % 5000 AS v FROM s", changes: true, long: true },
  {
    name: "groups at the end",
    query: "SELECT k, count(*) AS n, sum(v) AS total, avg(v) AS mean, min(ts) AS first FROM s GROUP BY k EMIT FINAL",
    long: true,
  },
  {
    name: "join with retractions",
    query:
      "SELECT a.k, a.n, b.total FROM (SELECT k, count(*) AS n FROM s WHERE v < 50000 GROUP BY k) a JOIN (SELECT k, sum(v) AS total FROM s WHERE v >= 50000 GROUP BY k) b ON a.k = b.k",
    changes: true,
    long: true,
  },
];

/** State of more than a gigabyte: ten million keys of 16 bytes, some of which come again. */
export const LARGE_STATE: KillCase = {
  name: "large state",
  query: `SELECT * FROM (
      SELECT lpad(CAST(v % 10000000 AS VARCHAR), 16, 'k') AS k, count(*) AS n, sum(v) AS total, min(v) AS least, max(v) AS most, avg(v) AS mean
      FROM s GROUP BY lpad(CAST(v % 10000000 AS VARCHAR), 16, 'k')
    ) WHERE total % 500 = 0`,
  changes: true,
  large: { rows: 12_000_000, rate: 400_000, longestLifeMs: 20_000 },
};

/** Rows a second. Times are those of a thousand rows a second, so that windows close quickly. */
const RATE = 20_000;
const COLUMNS = "ts TIMESTAMP, k VARCHAR, v BIGINT, WATERMARK FOR ts AS ts - INTERVAL '2' SECOND";
const GENERATOR =
  "connector = 'generator', start_time = '2024-01-01 00:00:00', time_step = '1 ms', out_of_order = 0.2, k.cardinality = 20, v.range = '[0, 100000]'";

/** A job of one case, killed so many times; gives what its sink lost and repeated against the same query in one go. */
export async function runKillCase(
  { query, changes, fromFile, functions = "", large }: KillCase,
  { kills, random, log }: { kills: number; random: () => number; log?: (line: string) => void },
): Promise<{ report: KillReport; rows: number; lost: readonly string[]; repeated: readonly string[] }> {
  const folder = mkdtempSync(join(tmpdir(), "weir-kill-"));
  // A process lives for less than two seconds, its start included.
  const rows = (kills * 2 + 2) * RATE;
  const stream = `CREATE STREAM s (${COLUMNS}) WITH (${GENERATOR}, rows = ${rows}, rows_per_second = `;
  const early = `CREATE STREAM early (ts TIMESTAMP, k VARCHAR, v BIGINT) WITH (${GENERATOR.replace(" out_of_order = 0.2,", "")}, rows = ${RATE}, rows_per_second = `;
  const names = "CREATE VIEW names AS SELECT 'k_' || i AS k, 'name ' || i AS name FROM range(15) r(i)";
  const generated = (rate: string) =>
    large === undefined
      ? `${stream}${rate}); ${early}${rate}); ${names}`
      : `CREATE STREAM s (v BIGINT) WITH (connector = 'generator', rows = ${large.rows}, rows_per_second = ${rate === "'max'" ? rate : large.rate}, v.distribution = 'sequence', v.range = '[0, 1000000000]')`;
  const source = fromFile
    ? `CREATE STREAM s (${COLUMNS}) WITH (connector = 'file', path = 'in.json', follow = true)`
    : generated(String(RATE));
  const sql = `
    SET checkpoint_interval = '${large === undefined ? 200 : 1000} milliseconds';
    ${source}; ${functions};
    CREATE STREAM out WITH (connector = 'file', path = 'out.json'${changes ? ", changelog = 'op'" : ""});
    CREATE JOB j AS INSERT INTO out ${query}`;
  if (fromFile) await appendFile(join(folder, "in.json"), "");
  const beside = fromFile ? () => growFile(join(folder, "in.json"), rows) : undefined;
  const report = await runWithKills({ folder, sql, kills, random, longestLifeMs: large?.longestLifeMs ?? 1500, beside, log });
  const answer = fromFile ? `CREATE STREAM s (${COLUMNS}) WITH (connector = 'file', path = 'in.json'); ` : `${generated("'max'")}; `;
  await expectedRows(folder, `${answer} ${functions};`, query);
  const found = readRows(join(folder, "out.json"));
  const expected = readRows(join(folder, "expected.json"));
  const differences = compareRows(expected, changes ? afterChanges(found) : found);
  // What went wrong is left to be looked at.
  if (differences.lost.length + differences.repeated.length === 0) rmSync(folder, { recursive: true });
  return { report, rows: expected.length, ...differences };
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
