import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import type { ScanPredicate } from "../../src/catalog/source-spec.ts";
import { HUGEINT, INTEGER, type Schema } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { bindFile, createFileWriter, type OptionValues, openSource } from "../../src/formats/index.ts";
import { Inflater } from "../../src/formats/inflate.ts";
import { decompressPage } from "../../src/formats/parquet/codecs.ts";
import { decodeDelta, HybridReader } from "../../src/formats/parquet/encodings.ts";
import { encodeHybrid } from "../../src/formats/parquet/plain-encode.ts";
import { snappyCompress } from "../../src/formats/parquet/snappy-compress.ts";
import { dataset } from "../datasets.ts";
import { comparable, duckdb, expectSame, readFile, reference, temporaryFolder } from "./reference.ts";

const folder = temporaryFolder();
const FLIGHTS = dataset("flights-3m.parquet");
const at = (name: string) => join(folder, name);

/** Every type that DuckDB writes, with NULLs, nested ones included. */
const TABLE = `
  SELECT (i % 100)::TINYINT a, (i % 30000)::SMALLINT b, i::INTEGER c, CASE WHEN i % 7 = 0 THEN NULL ELSE i * 1000000007 END::BIGINT d,
    (i % 200)::UTINYINT e, (i % 60000)::USMALLINT f, i::UINTEGER g, (i * 1000003)::UBIGINT h, i * 0.5::FLOAT ff,
    CASE WHEN i % 11 = 0 THEN NULL ELSE i * 1.1 END::DOUBLE dd, 's' || (i % 100) s1,
    CASE WHEN i % 3 = 0 THEN NULL ELSE 'a rather long text of number ' || i END s2, i % 2 = 0 bo, CASE WHEN i % 5 = 0 THEN NULL ELSE i % 3 = 0 END bn,
    DATE '2020-01-01' + (i % 1000)::INT dt, TIME '00:00:00' + INTERVAL (i % 80000) SECOND tm, TIMESTAMP '2020-01-01' + INTERVAL (i) SECOND ts,
    (TIMESTAMP '1960-01-01' + INTERVAL (i) HOUR)::TIMESTAMPTZ tz, (i * 1.23)::DECIMAL(9, 2) de1, (i * -1.2345)::DECIMAL(18, 4) de2,
    (i * 123456789.123)::DECIMAL(38, 3) de3, (i % 9)::DECIMAL(4, 1) de4, INTERVAL (i) DAY iv, ('\\xAB\\x00' || (i % 10))::BLOB bl,
    [i, i + 1, NULL] li, CASE WHEN i % 4 = 0 THEN NULL WHEN i % 4 = 1 THEN [] ELSE ['x' || i, NULL] END ls,
    {'a': i, 'b': CASE WHEN i % 3 = 0 THEN NULL ELSE 'y' || (i % 50) END, 'c': [i % 3]} st,
    CASE WHEN i % 6 = 0 THEN NULL ELSE {'z': {'w': i}} END st2, MAP {'k' || (i % 5): i, 'q': NULL} mp,
    [[i], [], NULL, [i, i + 1]] ll, [{'x': i, 'y': [i]}] lst, md5(i::VARCHAR)::UUID u
  FROM range(6000) r(i)`;

beforeAll(async () => {
  await duckdb.run(`COPY (${TABLE}) TO '${at("all.parquet")}' (FORMAT parquet)`);
});

describe("files that DuckDB writes", () => {
  const variants = {
    zstd: "COMPRESSION zstd",
    snappy: "COMPRESSION snappy",
    gzip: "COMPRESSION gzip",
    lz4: "COMPRESSION lz4_raw",
    brotli: "COMPRESSION brotli",
    none: "COMPRESSION uncompressed",
    "version 2 (delta and byte stream split)": "PARQUET_VERSION v2",
    "version 2 without dictionaries": "PARQUET_VERSION v2, DICTIONARY_SIZE_LIMIT 1",
    "small row groups": "ROW_GROUP_SIZE 2048",
  };
  for (const [name, options] of Object.entries(variants)) {
    test(name, async () => {
      const path = at(`${name}.parquet`);
      await duckdb.run(`COPY (SELECT * FROM '${at("all.parquet")}') TO '${path}' (FORMAT parquet, ${options})`);
      expectSame(comparable(readFile(path)), await reference(`SELECT * FROM '${path}'`));
    });
  }
  const queries = {
    "no rows": "SELECT 1 a, 'x' b LIMIT 0",
    "NULLs alone": "SELECT NULL::INTEGER x, NULL::VARCHAR y FROM range(10)",
    "a dictionary that gives way to plain pages":
      "SELECT CASE WHEN i < 40000 THEN 'a' || i % 10 ELSE 'text ' || i END s FROM range(90000) r(i)",
    "one row group of many pages": "SELECT i, 't' || i % 1000 s, CASE WHEN i % 17 = 0 THEN NULL ELSE i / 8 END d FROM range(400000) r(i)",
    "timestamps in seconds and milliseconds": "SELECT TIMESTAMP_MS '2020-01-01 00:00:00.5' a, TIMESTAMP_S '1920-01-01 00:00:01' b",
  };
  for (const [name, query] of Object.entries(queries)) {
    test(name, async () => {
      const path = at("query.parquet");
      await duckdb.run(`COPY (${query}) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 500000)`);
      const order = (n: number) => Array.from({ length: n }, (_, i) => n - 1 - i);
      expectSame(comparable(readFile(path, { order })), await reference(`SELECT * FROM '${path}'`));
    });
  }
  test("nanoseconds are cut to microseconds", async () => {
    await duckdb.run(`COPY (SELECT '1969-12-31 23:59:59.123456789'::TIMESTAMP_NS t) TO '${at("ns.parquet")}' (FORMAT parquet)`);
    expect(readFile(at("ns.parquet")).rows).toEqual([[-876_544n]]);
  });
  test("real flights, by column sums", async () => {
    const { source } = bindFile(FLIGHTS, { cwd: "/" });
    expect(source.kind === "file" && source.rowCount).toBe(3_000_000);
    const names = source.schema.map(({ name }) => name);
    const morsels = openSource(source, { columns: [names.indexOf("origin"), names.indexOf("delay")], predicates: [], limit: undefined });
    let rows = 0;
    let delay = 0;
    const airports = new Set<unknown>();
    for (let i = 0; i < morsels.morselCount; i++) {
      const reader = morsels.open(i);
      for (let batch = reader.next(); batch !== null; batch = reader.next()) {
        const [origin, delays] = batch.columns;
        rows += batch.length;
        if (delays.layout === "flat") for (let k = 0; k < batch.length; k++) delay += Number(delays.data[k]);
        if (origin.layout === "dictionary") airports.add(origin.dictionary.values.length);
      }
    }
    const { rows: expected } = await reference(`SELECT count(*), sum(delay), count(DISTINCT origin) FROM '${FLIGHTS}'`);
    expect([String(rows), String(delay), String(Math.max(...(airports as Set<number>)))]).toEqual(expected[0]);
  });
});

describe("statistics skip row groups, never rows that match", () => {
  const scan = (predicate: ScanPredicate) => readFile(at("sorted.parquet"), { predicates: [predicate] }).rows;
  beforeAll(async () => {
    const query =
      "SELECT i, i::DOUBLE / 2 d, printf('%06d', i) s, DATE '2020-01-01' + (i // 100)::INT t, CASE WHEN i < 4096 THEN NULL ELSE i END n, CASE WHEN i = 9000 THEN 'nan'::DOUBLE ELSE 1 END f";
    await duckdb.run(`COPY (${query} FROM range(20480) r(i)) TO '${at("sorted.parquet")}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`);
  });
  test.each<[string, ScanPredicate, (row: Value[]) => boolean, number]>([
    ["=", { column: 0, op: "=", value: 5000n }, (row) => row[0] === 5000n, 2048],
    ["<", { column: 1, op: "<", value: 1024 }, (row) => (row[1] as number) < 1024, 2048],
    ["<=", { column: 1, op: "<=", value: 1024 }, (row) => (row[1] as number) <= 1024, 4096],
    [">= of text", { column: 2, op: ">=", value: "018432" }, (row) => (row[2] as string) >= "018432", 2048],
    ["> of dates", { column: 3, op: ">", value: 18262 + 190 }, (row) => (row[3] as number) > 18262 + 190, 2048],
    ["is null", { column: 4, op: "is-null", value: null }, (row) => row[4] === null, 4096],
    ["is not null", { column: 4, op: "is-not-null", value: null }, (row) => row[4] !== null, 16384],
    ["> of floats keeps NaN", { column: 5, op: ">", value: 5 }, (row) => Number.isNaN(row[5]), 20480],
  ])("%s", (_, predicate, matches, atMost) => {
    const all = readFile(at("sorted.parquet")).rows.filter(matches);
    const kept = scan(predicate);
    expect(kept.filter(matches)).toEqual(all);
    expect(kept.length).toBeLessThanOrEqual(atMost);
  });
});

function copy(from: string, to: string, options: OptionValues = {}): void {
  const { source } = bindFile(from, { cwd: "/" });
  const morsels = openSource(source, { columns: source.schema.map((_, i) => i), predicates: [], limit: undefined });
  const writer = createFileWriter(to, source.schema, { cwd: "/", options });
  for (let i = 0; i < morsels.morselCount; i++) {
    const reader = morsels.open(i);
    for (let batch = reader.next(); batch !== null; batch = reader.next()) writer.write(batch);
  }
  writer.finish();
}

describe("files that we write", () => {
  const written: OptionValues[] = [{}, { compression: "gzip" }, { compression: "none", row_group_size: 1000 }, { compression: "brotli" }];
  for (const options of written) {
    test(`read back by DuckDB the same: ${JSON.stringify(options)}`, async () => {
      copy(at("all.parquet"), at("written.parquet"), options);
      const written = await reference(`SELECT * FROM '${at("written.parquet")}'`);
      expectSame(written, await reference(`SELECT * FROM '${at("all.parquet")}'`));
      expectSame(comparable(readFile(at("written.parquet"))), written);
    });
  }
  test("DuckDB's pushdown trusts our statistics and finds the same rows", async () => {
    copy(at("all.parquet"), at("written.parquet"), { row_group_size: 1000 });
    const where = "c BETWEEN 1000 AND 5000 AND s1 = 's7' AND ts < TIMESTAMP '2020-01-01 02:00:00' AND dd > 2000";
    const found = await reference(`SELECT c FROM '${at("written.parquet")}' WHERE ${where}`);
    expect(found.rows.length).toBeGreaterThan(3);
    expect(found).toEqual(await reference(`SELECT c FROM '${at("all.parquet")}' WHERE ${where}`));
  });
  test("a HUGEINT becomes a DOUBLE", async () => {
    const schema: Schema = [{ name: "h", type: HUGEINT }];
    const writer = createFileWriter(at("huge.parquet"), schema, { cwd: "/" });
    writer.write({ columns: [vectorFromValues(HUGEINT, [10n ** 30n, null, -5n])], length: 3 });
    writer.finish();
    expect(readFile(at("huge.parquet")).rows).toEqual([[1e30], [null], [-5]]);
  });
  test("abort leaves nothing", () => {
    const writer = createFileWriter(at("aborted.parquet"), [{ name: "a", type: INTEGER }], { cwd: "/" });
    writer.abort();
    expect(() => readFile(at("aborted.parquet"))).toThrow("no such file");
  });
});

describe("broken files say so", () => {
  test.each([
    ["too short", Buffer.from("PAR1"), "it is too short"],
    ["of another kind", Buffer.from("hello world, this is text"), "it does not end with PAR1"],
    [
      "with a wrong length",
      Buffer.concat([Buffer.from("PAR1"), Buffer.alloc(8), Buffer.from([255, 255, 0, 0]), Buffer.from("PAR1")]),
      "its metadata is said to have",
    ],
  ])("%s", (_, bytes, message) => {
    writeFileSync(at("broken.parquet"), bytes);
    expect(() => readFile(at("broken.parquet"))).toThrow(message);
  });
});

describe("encodings", () => {
  test("what the hybrid encoder writes, the reader reads", () => {
    const runs = fc.array(fc.tuple(fc.nat(255), fc.integer({ min: 1, max: 40 })), { maxLength: 20 });
    fc.assert(
      fc.property(runs, fc.integer({ min: 8, max: 20 }), (pieces, width) => {
        const values = Int32Array.from(pieces.flatMap(([value, times]) => new Array<number>(times).fill(value)));
        const bytes = encodeHybrid(values, values.length, width);
        const out = new Int32Array(values.length);
        new HybridReader(bytes, 0, bytes.length, width).read(out, 0, out.length);
        expect(out).toEqual(values);
      }),
    );
  });
  test("Snappy, compressed and back", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.uint8Array({ maxLength: 80 }), fc.integer({ min: 1, max: 300 })), { maxLength: 12 }), (pieces) => {
        const bytes = Buffer.concat(pieces.flatMap(([piece, times]) => new Array<Uint8Array>(times).fill(piece)));
        if (bytes.length === 0) return;
        expect(Buffer.compare(Buffer.from(decompressPage(1, snappyCompress(bytes), bytes.length)), bytes)).toBe(0);
      }),
    );
  });
  test("DELTA_BINARY_PACKED of the example in the format's description", () => {
    // 1, 2, 3, 4, 5 and 7, 5, 3, 1, 2, 3, 4, 5 with blocks of 128 in 4 miniblocks
    const block = Uint8Array.from([128, 1, 4, 8, 14, 3, 2, 0, 0, 0, 0b11000000, 0b00111111, ...new Array<number>(20).fill(0)]);
    const halves = decodeDelta(block, { at: 0 });
    expect([...halves].filter((_, i) => i % 2 === 0)).toEqual([7, 5, 3, 1, 2, 3, 4, 5]);
  });
  test("gzip as a stream, members and all, gives what zlib gives", () => {
    const piece = fc.tuple(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 2000 }), fc.constantFrom(0, 1, 6, 9));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 5 }), fc.integer({ min: 1, max: 100_000 }), (pieces, step) => {
        const bytes = Buffer.concat(
          pieces.map(([data, times, level]) => gzipSync(Buffer.concat(new Array<Uint8Array>(times).fill(data)), { level })),
        );
        const input = {
          kind: "random" as const,
          size: bytes.length,
          read(target: Uint8Array, to: number, length: number, position: number) {
            const part = bytes.subarray(position, position + length);
            target.set(part, to);
            return part.length;
          },
          close() {},
        };
        const inflater = new Inflater(input, "test.gz");
        const parts: Buffer[] = [];
        const buffer = Buffer.alloc(step);
        for (let count = inflater.read(buffer, 0, step); count > 0; count = inflater.read(buffer, 0, step))
          parts.push(Buffer.from(buffer.subarray(0, count)));
        expect(Buffer.compare(Buffer.concat(parts), gunzipSync(bytes))).toBe(0);
      }),
      { numRuns: 40 },
    );
  });
});
