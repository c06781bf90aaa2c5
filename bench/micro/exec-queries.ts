/**
 * Queries over 10 M rows in memory, with 1 and 2 threads, beside DuckDB with as many: group by, join, sort. Medians in milliseconds, one JSON
 * line a case. `node dist/bench/micro/exec-queries.js [case …]`
 */
import { DuckDBInstance } from "@duckdb/node-api";
import { shareTable } from "../../src/core/shared.ts";
import { BIGINT, DOUBLE, INTEGER, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { makeDictionary, type RecordBatch } from "../../src/core/vector.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { WorkerPool } from "../../src/exec/parallel/pool.ts";
import { Sql } from "../../test/exec/sql-harness.ts";

const ROWS = Number(process.env.ROWS ?? 10_000_000);
const RUNS = Number(process.env.RUNS ?? 5);

const SCHEMA: Schema = [
  { name: "ts", type: TIMESTAMP },
  { name: "k", type: VARCHAR },
  { name: "id", type: INTEGER },
  { name: "big", type: BIGINT },
  { name: "x", type: DOUBLE },
];

const CASES: Readonly<Record<string, string>> = {
  "minute-by-key": "SELECT time_bucket(INTERVAL '1 minute', ts) AS m, k, count(*), sum(x), avg(x), min(x), max(x) FROM t GROUP BY m, k",
  "group-by-key": "SELECT k, count(*), sum(x), avg(x), min(x), max(x) FROM t GROUP BY k",
  "group-by-bigint": "SELECT big, count(*), sum(x) FROM t GROUP BY big",
  "filter-sum": "SELECT sum(x * x) FROM t WHERE x > 0.5",
  "join-small": "SELECT d.n, count(*), sum(t.x) FROM t JOIN d ON t.big = d.big GROUP BY d.n",
  sort: "SELECT x, id FROM t ORDER BY x",
  "top-100": "SELECT x, id FROM t ORDER BY x DESC LIMIT 100",
};

function table(): RecordBatch {
  const ts = new BigInt64Array(ROWS);
  const words = new Int32Array(ts.buffer);
  const codes = new Int32Array(ROWS);
  const id = new Int32Array(ROWS);
  const big = new BigInt64Array(ROWS);
  const bigWords = new Int32Array(big.buffer);
  const x = new Float64Array(ROWS);
  const start = 1_700_000_000_000_000;
  for (let i = 0; i < ROWS; i++) {
    const time = start + i * 360;
    words[2 * i] = time;
    words[2 * i + 1] = Math.floor(time / 4294967296);
    codes[i] = Math.floor(Math.random() * 1000);
    id[i] = i;
    bigWords[2 * i] = Math.floor(Math.random() * 100_000);
    x[i] = Math.random();
  }
  const names = vectorFromValues(
    VARCHAR,
    Array.from({ length: 1000 }, (_, i) => `sym${i}`),
  );
  if (names.layout !== "bytes") throw new Error("text is built as bytes");
  const base = { length: ROWS, validity: null };
  return {
    columns: [
      { ...base, layout: "flat", type: TIMESTAMP, data: ts },
      { ...base, layout: "dictionary", type: VARCHAR, codes, dictionary: makeDictionary(names) },
      { ...base, layout: "flat", type: INTEGER, data: id },
      { ...base, layout: "flat", type: BIGINT, data: big },
      { ...base, layout: "flat", type: DOUBLE, data: x },
    ],
    length: ROWS,
  };
}

/** MIN=1: the best run instead, for a machine with other work on it. */
const median = (times: number[]): number => times.sort((a, b) => a - b)[process.env.MIN === "1" ? 0 : times.length >> 1];

async function timed(run: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) {
    const started = performance.now();
    await run();
    times.push(performance.now() - started);
  }
  return median(times);
}

const sql = new Sql();
sql.memory.limit = 16e9;
sql.addBatches("t", SCHEMA, shareTable(SCHEMA, [table()]));
sql.addRows(
  "d",
  [
    { name: "big", type: BIGINT },
    { name: "n", type: INTEGER },
  ],
  Array.from({ length: 50_000 }, (_, i) => [BigInt(i * 2), i % 100]),
  16_384,
);

const duck = await (await DuckDBInstance.create(":memory:")).connect();
if (process.env.PEER !== "0") {
  await duck.run(`CREATE TABLE t AS SELECT to_timestamp(1700000000)::TIMESTAMP + to_microseconds(i * 360) AS ts,
    'sym' || (random() * 1000)::INTEGER % 1000 AS k, i::INTEGER AS id, (random() * 100000)::BIGINT AS big, random() AS x FROM range(${ROWS}) r(i)`);
  await duck.run("CREATE TABLE d AS SELECT i * 2 AS big, (i % 100)::INTEGER AS n FROM range(50000) r(i)");
}

const wanted = process.argv.slice(2);
for (const [name, text] of Object.entries(CASES)) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const threads of (process.env.THREADS ?? "1,2").split(",").map(Number)) {
    sql.pool = threads === 1 ? undefined : new WorkerPool(threads);
    const rows = { count: 0 };
    const before = process.cpuUsage();
    const weir = await timed(async () => {
      rows.count = (await sql.start(text).promise).rowCount;
    });
    const used = process.cpuUsage(before);
    await sql.pool?.close();
    let peer: number | undefined;
    if (process.env.PEER !== "0") {
      await duck.run(`SET threads = ${threads}`);
      peer = await timed(() => duck.run(`CREATE OR REPLACE TEMP TABLE result AS ${text}`));
    }
    const line = {
      case: name,
      rows: ROWS,
      threads,
      weir_ms: Math.round(weir),
      weir_cpu_ms: Math.round((used.user + used.system) / 1000 / RUNS),
      out: rows.count,
      peer: "duckdb",
      peer_ms: peer && Math.round(peer),
      ratio: peer && Number((peer / weir).toFixed(2)),
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  }
}
