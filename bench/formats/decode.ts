import { mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { bindFile, openSource } from "../../src/formats/index.ts";
import { measurements } from "../data.ts";
import { type BenchCase, type Contender, measure } from "../measure.ts";

/**
 * Files to columns alone, on one thread, against DuckDB with one: its count of hashes makes it read every value.
 * `node dist/bench/formats/decode.js [case]` prints one JSON line a case.
 */
const folder = join(tmpdir(), "weir-bench");
mkdirSync(folder, { recursive: true });
const FLIGHTS = join(import.meta.dirname, "../../../node_modules/vega-datasets/data/flights-3m.parquet");
const duckdb = await (await DuckDBInstance.create(":memory:", { threads: "1" })).connect();

async function made(name: string, query: string, options: string): Promise<string> {
  const path = join(folder, name);
  await duckdb.run(`COPY (${query}) TO '${path}' (${options})`);
  return path;
}

function weirCount(path: string, names?: readonly string[]): Contender {
  return {
    async run() {
      const { source } = bindFile(path, { cwd: "/" });
      const columns = source.schema.map((_, i) => i).filter((i) => names?.includes(source.schema[i].name) ?? true);
      const morsels = openSource(source, { columns, predicates: [], limit: undefined });
      const counts = columns.map(() => 0);
      for (let morsel = 0; morsel < morsels.morselCount; morsel++) {
        const reader = morsels.open(morsel);
        for (let batch = reader.next(); batch !== null; batch = reader.next()) {
          batch.columns.forEach((column, i) => {
            let nulls = 0;
            if (column.validity !== null) for (const has of column.validity) nulls += 1 - has;
            counts[i] += column.length - nulls;
          });
        }
      }
      morsels.close();
      return [counts];
    },
    async close() {},
  };
}

function duckCount(path: string, names: readonly string[]): Contender {
  const sql = `SELECT ${names.map((name) => `count(CASE WHEN hash(${name}) <> 1 AND ${name} IS NOT NULL THEN 1 END)`).join(", ")} FROM '${path}'`;
  return {
    async run() {
      return (await duckdb.runAndReadAll(sql)).getRows().map((row) => row.map(Number));
    },
    async close() {},
  };
}

const decode = (name: string, rows: number, path: () => Promise<string> | string, names: readonly string[]): BenchCase => ({
  name: `decode ${name}`,
  rows,
  threads: 1,
  peer: "duckdb",
  weir: async () => weirCount(await path(), names),
  reference: async () => duckCount(await path(), names),
});

const TEXTS = "SELECT i, 'a text of number ' || i t, 'say \"' || i || '\"' q, i / 7 d FROM range(500000) r(i)";
const COLUMNS = ["date", "delay", "distance", "origin", "destination"];

const CASES: readonly BenchCase[] = [
  decode("1brc", 10_000_000, () => measurements(10_000_000), ["column0", "column1"]),
  decode("flights csv", 3_000_000, () => made("flights.csv", `SELECT * FROM '${FLIGHTS}'`, "FORMAT csv"), COLUMNS),
  decode("one column of flights csv", 3_000_000, () => join(folder, "flights.csv"), ["destination"]),
  decode("texts csv", 500_000, () => made("texts.csv", TEXTS, "FORMAT csv"), ["i", "t", "q", "d"]),
  decode("all quoted csv", 500_000, () => made("quoted.csv", TEXTS, "FORMAT csv, FORCE_QUOTE *"), ["i", "t", "q", "d"]),
  decode("flights parquet, 3 columns", 3_000_000, () => FLIGHTS, ["delay", "distance", "origin"]),
  decode("flights parquet", 3_000_000, () => FLIGHTS, COLUMNS),
  decode(
    "delta parquet",
    3_000_000,
    () => made("delta.parquet", `SELECT * FROM '${FLIGHTS}'`, "FORMAT parquet, PARQUET_VERSION v2"),
    COLUMNS,
  ),
  decode("texts parquet", 500_000, () => made("texts.parquet", TEXTS, "FORMAT parquet, COMPRESSION snappy"), ["i", "t", "q", "d"]),
];

const wanted = process.argv[2];
for (const benchCase of CASES) {
  if (wanted === undefined || benchCase.name.includes(wanted)) process.stdout.write(`${JSON.stringify(await measure(benchCase, 5))}\n`);
}
