import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, test } from "vitest";
import { formatInterval, parseInterval } from "../../src/core/interval.ts";
import { addMonths, civilFromDays, daysFromCivil, daysOf, joinMicros, timeOfDay } from "../../src/core/time.ts";
import {
  formatDate,
  formatTime,
  formatTimestamp,
  formatTimestampTz,
  parseDate,
  parseTime,
  parseTimestamp,
  parseTimestampTz,
} from "../../src/core/time-text.ts";
import { findZone } from "../../src/core/time-zone.ts";

const ZONE = "America/New_York";
const zone = findZone(ZONE);

const TEXTS = [
  ..."2024-02-29|2023-02-29|2024-1-5|2024/01/05|2024 01 05|2024.01.05|20240105|2024-13-01|24-01-01|-2024-01-05|0000-01-01|2024-01-05abc".split(
    "|",
  ),
  ..."2024-01-055|0044-03-15 (BC)|5881580-07-10|5881580-07-11|5877642-06-25 (BC)|5877642-06-24 (BC)|infinity|-inf|infinityx|epoch|EPOCH".split(
    "|",
  ),
  ..."2024-01-05 10:00:00|2024-01-05T10:00:00Z|2024-01-05 10:00|2024-01-05 10|2024-01-05 1:2:3.1234567|2024-01-05 24:00:00".split("|"),
  ..."2024-01-05 25:00:00|2024-01-05 10:60:00|2024-01-05 10:00:00+02|2024-01-05 10:00:00-02:30:15|2024-01-05 10:00:00 + 02".split("|"),
  ..."2024-01-05 10:00:00 Europe/Berlin|2024-01-05 10:00:00 UTC|2024-01-05 10:00:00 nope|2024-01-05 |  2024-01-05 10:00:00  ".split("|"),
  ..."290308-12-22 (BC) 00:00:00|294247-01-10 04:00:54.775807|10:30:00|10:30|1:2:3|24:00:00|24:00:01|10:00:60|10|10:00:00.5 |10:00:00+02".split(
    "|",
  ),
  ..."1 year 2 mons -3 days 04:05:06.789|1y 2mon 3d 4h 5m 6s 7ms 8us|1.5 months|1.5 weeks|1.5 years|1.51 months|1.5 quarters|3 weeks ago".split(
    "|",
  ),
  ..."5|5.5|-5||ago|1 fortnight|1 day, 2 hours|+1 day|@ 1 day|1day|-13 months|1.5 microseconds|100:00:00|25:61:00|12 monthss|-1:30|1e3 days".split(
    "|",
  ),
];

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;

describe("text is read and written as DuckDB does", () => {
  const failure = <T>(value: T | string): value is string => typeof value === "string";
  const readers: Record<string, (text: string) => string | null> = {
    DATE: (text) => {
      const value = parseDate(text);
      return failure(value) ? null : formatDate(value);
    },
    TIME: (text) => {
      const value = parseTime(text);
      return failure(value) ? null : formatTime(value);
    },
    TIMESTAMP: (text) => {
      const value = parseTimestamp(text);
      return failure(value) ? null : formatTimestamp(value);
    },
    TIMESTAMPTZ: (text) => {
      const value = text.endsWith("nope") ? "format" : parseTimestampTz(text, zone);
      return failure(value) ? null : formatTimestampTz(value, zone);
    },
    INTERVAL: (text) => {
      const value = parseInterval(text);
      return value === undefined || "unknownUnit" in value ? null : formatInterval(value);
    },
  };
  test.each(Object.keys(readers))("%s", async (type) => {
    const duck = await (await DuckDBInstance.create(":memory:")).connect();
    await duck.run(`SET TimeZone = '${ZONE}'`);
    const differing: string[] = [];
    for (const text of TEXTS) {
      const read = async () => (await duck.runAndReadAll(`SELECT CAST(TRY_CAST(${quoted(text)} AS ${type}) AS VARCHAR)`)).getRows()[0][0];
      // Unknown zones and units throw there, even from TRY_CAST.
      const expected = await read().catch(() => null);
      // What follows a time in an interval is left aside there, and refused here.
      if (type === "INTERVAL" && /^10:00:00\+/.test(text)) continue;
      const actual = readers[type](text);
      if (actual !== expected) differing.push(`${text}: ${expected} on DuckDB, ${actual} here`);
    }
    expect(differing).toEqual([]);
  });
});

test("days and calendar dates agree with JavaScript's dates, both ways", () => {
  const differing: number[] = [];
  for (let days = -800_000; days <= 800_000; days += 7) {
    const { year, month, day } = civilFromDays(days);
    const date = new Date(days * 86_400_000);
    const same = year === date.getUTCFullYear() && month === date.getUTCMonth() + 1 && day === date.getUTCDate();
    if (!same || daysFromCivil(year, month, day) !== days) differing.push(days);
  }
  expect(differing).toEqual([]);
});

test("months are added to the last day that exists", () => {
  expect(formatDate(addMonths(daysFromCivil(2024, 1, 31), 1))).toBe("2024-02-29");
  expect(formatDate(addMonths(daysFromCivil(2024, 3, 31), -13))).toBe("2023-02-28");
});

test("timestamps are numbers while exact, and bigints beyond", () => {
  expect(joinMicros(0, 5)).toBe(5);
  const far = joinMicros(daysFromCivil(2300, 1, 1), 7);
  expect(far).toBe(BigInt(daysFromCivil(2300, 1, 1)) * 86_400_000_000n + 7n);
  for (const micros of [-1, -1n, far, -far]) {
    expect(BigInt(daysOf(micros)) * 86_400_000_000n + BigInt(timeOfDay(micros))).toBe(BigInt(micros));
  }
});

describe("zones", () => {
  const utc = (text: string) => BigInt(parseTimestamp(text) as number);
  test("a reading that the clock skips is taken by the offset before, of two the later", () => {
    expect(BigInt(zone.toUtc(utc("2024-03-10 02:30:00")))).toBe(utc("2024-03-10 07:30:00"));
    expect(BigInt(zone.toUtc(utc("2024-11-03 01:30:00")))).toBe(utc("2024-11-03 06:30:00"));
  });
  test("agree with DuckDB around every change of a clock", async () => {
    const duck = await (await DuckDBInstance.create(":memory:")).connect();
    for (const name of ["America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu"]) {
      const clock = findZone(name);
      const sql = `SELECT epoch_us(t), epoch_us(t AT TIME ZONE '${name}')
        FROM generate_series(TIMESTAMP '1990-01-01', TIMESTAMP '2022-01-01', INTERVAL '7 hours 30 minutes') s(t)`;
      await duck.run("SET TimeZone = 'UTC'");
      for (const [local, moment] of (await duck.runAndReadAll(sql)).getRows() as bigint[][]) {
        if (BigInt(clock.toUtc(Number(local))) !== moment)
          expect.fail(`${name}: ${formatTimestamp(local)} is ${clock.toUtc(Number(local))} here`);
      }
    }
  });
  test("names are found in any case, and misspelt ones get a hint", () => {
    expect(findZone("europe/BERLIN").name).toBe("Europe/Berlin");
    expect(() => findZone("Europe/Berlim")).toThrow("unknown time zone 'Europe/Berlim'");
    try {
      findZone("Europe/Berlim");
    } catch (error) {
      expect((error as { hint?: string }).hint).toContain("Europe/Berlin");
    }
  });
});
