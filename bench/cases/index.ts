import { duckdb, weir } from "../contenders.ts";
import { events, eventsVariant, flights, measurements, measurementsVariant } from "../data.ts";
import type { BenchCase } from "../measure.ts";

/** A case that runs the same SQL on both. `weirSql` where the spelling must differ. */
interface SqlCase {
  readonly name: string;
  readonly rows: number;
  readonly threads: readonly number[];
  readonly setup?: () => readonly string[];
  readonly sql: () => string;
}

const TEN_MILLION = 10_000_000;

/** Rows in time order, 1000 keys in no order, a price. 10,000 rows a second are 17 windows of a minute; `sparse`: 1,000 a second, 167 windows. */
const ticks = (
  names: { table: string; time: string; key: string; value: string },
  extra: { nulls?: boolean; more?: boolean; shuffled?: boolean; sparse?: boolean } = {},
) => [
  `CREATE TABLE ${names.table} AS SELECT ${[
    ...(extra.more ? ["(i * 31 % 101)::INTEGER AS more"] : []),
    `${extra.nulls ? "CASE WHEN i % 50 = 0 THEN NULL ELSE" : ""} (i * 7919 % 100003) / 100.0::DOUBLE ${extra.nulls ? "END" : ""} AS ${names.value}`,
    `'key_' || (i * 7907 % 1009 % 1000) AS ${names.key}`,
    `TIMESTAMP '2024-01-01' + to_microseconds(${extra.sparse ? 1000 : 100} * ${extra.shuffled ? "(i * 7919 % 10000000)" : "i"}) AS ${names.time}`,
  ].join(", ")} FROM range(${TEN_MILLION}) t(i)`,
];

const tumble = (names: { table: string; time: string; key: string; value: string }) =>
  `SELECT time_bucket(INTERVAL '1 minute', ${names.time}) AS bucket, ${names.key}, count(*), sum(${names.value}), avg(${names.value}), min(${names.value}), max(${names.value}) FROM ${names.table} GROUP BY ALL`;

const TICKS = { table: "ticks", time: "ts", key: "symbol", value: "price" };
const OTHER = { table: "readings", time: "seen_at", key: "sensor", value: "reading" };

const SQL_CASES: readonly SqlCase[] = [
  {
    name: "flights",
    rows: 3_000_000,
    threads: [1, 2],
    sql: () => `SELECT origin, count(*), sum(delay), avg(distance), max(delay) FROM '${flights()}' GROUP BY origin`,
  },
  { name: "tumble", rows: TEN_MILLION, threads: [1, 2], setup: () => ticks(TICKS), sql: () => tumble(TICKS) },
  { name: "tumble-sparse", rows: TEN_MILLION, threads: [1, 2], setup: () => ticks(OTHER, { sparse: true }), sql: () => tumble(OTHER) },
  { name: "tumble-renamed", rows: TEN_MILLION, threads: [2], setup: () => ticks(OTHER), sql: () => tumble(OTHER) },
  { name: "tumble-nulls", rows: TEN_MILLION, threads: [2], setup: () => ticks(OTHER, { nulls: true }), sql: () => tumble(OTHER) },
  {
    name: "tumble-more",
    rows: TEN_MILLION,
    threads: [2],
    setup: () => ticks(OTHER, { more: true }),
    sql: () => tumble(OTHER).replace(", max(", ", sum(more), max("),
  },
  { name: "tumble-shuffled", rows: TEN_MILLION, threads: [2], setup: () => ticks(OTHER, { shuffled: true }), sql: () => tumble(OTHER) },
  {
    name: "1brc",
    rows: TEN_MILLION,
    threads: [1, 2],
    sql: () =>
      `SELECT station, min(temp), avg(temp), max(temp) FROM read_csv('${measurements(TEN_MILLION)}', delim = ';', header = false, columns = {'station': 'VARCHAR', 'temp': 'DOUBLE'}) GROUP BY station`,
  },
  {
    name: "1brc-sniffed",
    rows: TEN_MILLION,
    threads: [2],
    sql: () =>
      `SELECT column0, min(column1), avg(column1), max(column1) FROM read_csv('${measurements(TEN_MILLION)}', header = false) GROUP BY column0`,
  },
  {
    name: "1brc-variant",
    rows: TEN_MILLION,
    threads: [2],
    sql: () =>
      `SELECT town, min(degrees), avg(degrees), max(degrees) FROM read_csv('${measurementsVariant(TEN_MILLION)}', header = false, columns = {'degrees': 'DOUBLE', 'town': 'VARCHAR', 'line': 'BIGINT'}) GROUP BY town`,
  },
  {
    name: "ndjson",
    rows: 1_000_000,
    threads: [1, 2],
    sql: () => `SELECT symbol, count(*), sum(qty), avg(price) FROM '${events(1_000_000)}' GROUP BY symbol`,
  },
  {
    name: "ndjson-variant",
    rows: 1_000_000,
    threads: [2],
    sql: () => `SELECT kind, count(*), sum(amount), avg(value), max(note) FROM '${eventsVariant(1_000_000)}' GROUP BY kind`,
  },
  {
    name: "group-by",
    rows: TEN_MILLION,
    threads: [1, 2],
    setup: () => [`CREATE TABLE t AS SELECT (i * 7919 % 1000003)::BIGINT AS k, i::DOUBLE AS v FROM range(${TEN_MILLION}) t(i)`],
    sql: () => "SELECT count(*), sum(s), max(n) FROM (SELECT k, count(*) AS n, sum(v) AS s FROM t GROUP BY k)",
  },
  {
    name: "join",
    rows: TEN_MILLION,
    threads: [1, 2],
    setup: () => [
      `CREATE TABLE fact AS SELECT (i * 7919 % 1000003)::BIGINT AS k, i::DOUBLE AS v FROM range(${TEN_MILLION}) t(i)`,
      "CREATE TABLE dim AS SELECT i::BIGINT AS k, i % 100 AS g FROM range(500000) t(i)",
    ],
    sql: () => "SELECT g, count(*), sum(v) FROM fact JOIN dim USING (k) GROUP BY g",
  },
  {
    name: "sort",
    rows: TEN_MILLION,
    threads: [1, 2],
    setup: () => [`CREATE TABLE t AS SELECT (i * 7919 % 10000019)::BIGINT AS k, i::DOUBLE AS v FROM range(${TEN_MILLION}) t(i)`],
    sql: () =>
      "SELECT count(*), sum(v) FROM (SELECT k, v, row_number() OVER () AS n FROM (SELECT k, v FROM t ORDER BY k)) WHERE n % 1000 = 0",
  },
];

export const CASES: readonly BenchCase[] = SQL_CASES.flatMap(({ name, rows, threads, setup, sql }) =>
  threads.map((count) => ({
    name,
    rows,
    threads: count,
    peer: "duckdb",
    weir: () => weir(count, setup?.() ?? [], sql()),
    reference: () => duckdb(count, setup?.() ?? [], sql()),
  })),
);
