import { beforeAll, expect, test } from "vitest";
import { type Schema, TIMESTAMP } from "../../src/core/types.ts";
import { type Row, randomNumbers } from "../exec/operator-harness.ts";
import { Reference, Sql, textsOf } from "../exec/sql-harness.ts";

const SCHEMA: Schema = [{ name: "ts", type: TIMESTAMP }];
const sql = new Sql();
const duckdb = new Reference();
beforeAll(async () => {
  const random = randomNumbers(3);
  const from = Date.UTC(1995, 0, 1) * 1000;
  const rows = Array.from({ length: 2000 }, (): Row => [BigInt(Math.floor(from + random() * 35 * 365 * 86_400_000_000))]);
  sql.addRows("t", SCHEMA, rows, 300);
  await duckdb.addRows("t", SCHEMA, rows);
});

const TIME = "(ts AT TIME ZONE 'UTC')";

test.each(["'1 day'", "'7 days'", "'3 days'", "'1 month'", "'3 months'", "'1 year'", "'6 hours'", "'15 minutes'"])(
  "buckets of %s in a zone are DuckDB's",
  async (width) => {
    for (const zone of ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]) {
      const query = (call: string) => `SELECT epoch_us(ts), epoch_us(${call}) FROM t ORDER BY 1`;
      const positional = query(`time_bucket(INTERVAL ${width}, ${TIME}, '${zone}')`);
      const expected = await duckdb.texts(positional);
      expect(textsOf(await sql.rows(positional))).toEqual(expected);
      expect(textsOf(await sql.rows(query(`time_bucket(INTERVAL ${width}, ${TIME}, timezone => '${zone}')`)))).toEqual(expected);
    }
  },
);

test("an origin by name, and beside a zone", async () => {
  const query = (call: string) => `SELECT epoch_us(ts), epoch_us(${call}) FROM t ORDER BY 1`;
  const expected = await duckdb.texts(query("time_bucket(INTERVAL '10 days', ts, TIMESTAMP '2001-02-03 04:05:06')"));
  expect(textsOf(await sql.rows(query("time_bucket(INTERVAL '10 days', ts, origin => TIMESTAMP '2001-02-03 04:05:06')")))).toEqual(
    expected,
  );
  // Days from a local time of day: those of the clock with the time of day taken off, and put back.
  const local = "(ts AT TIME ZONE 'UTC') AT TIME ZONE 'Europe/Berlin'";
  const shifted = `(time_bucket(INTERVAL '2 days', ${local}, TIMESTAMP '2001-02-03 06:00:00') AT TIME ZONE 'Europe/Berlin')`;
  const named = `time_bucket(INTERVAL '2 days', ${TIME}, origin => TIMESTAMPTZ '2001-02-03 05:00:00+00', timezone => 'Europe/Berlin')`;
  expect(textsOf(await sql.rows(query(named)))).toEqual(await duckdb.texts(query(shifted)));
});

test.each([
  ["SELECT time_bucket(INTERVAL '1 day', ts, timzone => 'UTC') FROM t", 'did you mean "timezone"?'],
  ["SELECT time_bucket(INTERVAL '1 day', ts, timezone => 'Europe/Berln') FROM t", "did you mean 'Europe/Berlin'?"],
])("%s: %s", async (query, message) => {
  await expect(sql.rows(query)).rejects.toSatisfy((error: Error & { hint?: string }) => `${error.message} ${error.hint}`.includes(message));
});
