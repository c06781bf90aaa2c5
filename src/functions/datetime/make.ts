import type { ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import {
  DATE_MAX,
  DATE_MIN,
  daysFromCivil,
  daysInMonth,
  inTimestampRange,
  isFiniteTimestamp,
  joinMicros,
  MICROS_PER_DAY,
  type Micros,
} from "../../core/time.ts";
import { findZone } from "../../core/time-zone.ts";
import { BIGINT, DATE, struct, TIME, TIMESTAMP, TIMESTAMPTZ } from "../../core/types.ts";
import type { IntervalValue } from "../../core/value.ts";
import { roundHalfEven } from "../cast/numbers.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { midnight } from "./date-trunc.ts";
import { wide1, wideAny } from "./registers.ts";

function makeDate(year: number | bigint, month: number | bigint, day: number | bigint): number {
  const [y, m, d] = [Number(year), Number(month), Number(day)];
  const days = m >= 1 && m <= 12 && d >= 1 && Math.abs(y) < 1e7 && d <= daysInMonth(y, m) ? daysFromCivil(y, m, d) : Number.NaN;
  if (!(days >= DATE_MIN && days <= DATE_MAX)) throw runtimeError(`there is no date ${y}-${m}-${d}`);
  return days;
}

/** Microseconds since midnight; 24:00:00 is allowed. */
function makeTime(hour: number | bigint, minute: number | bigint, seconds: number): number {
  const [h, m] = [Number(hour), Number(minute)];
  const micros = (h * 60 + m) * 60_000_000 + roundHalfEven(seconds * 1_000_000);
  if (!(h >= 0 && h <= 24 && m >= 0 && m <= 59 && seconds >= 0 && seconds <= 60 && micros <= MICROS_PER_DAY)) {
    throw runtimeError(`there is no time ${h}:${m}:${seconds}`);
  }
  return micros;
}

const makeTimestamp = (year: bigint, month: bigint, day: bigint, hour: bigint, minute: bigint, seconds: number): Micros =>
  checkRange(joinMicros(makeDate(year, month, day), makeTime(hour, minute, seconds)));

function checkRange(micros: Micros): Micros {
  if (!inTimestampRange(micros)) throw runtimeError(`${micros} microseconds are outside the range of TIMESTAMP`);
  return micros;
}

const identity = wide1((micros: Micros) => micros);

const SIX = ["bigint", "bigint", "bigint", "bigint", "bigint", "double"] as const;

const MILLIS_LIMIT = 9_223_372_036_854_775n;

const fromMillis = (millis: Micros): Micros => {
  if (BigInt(millis) > MILLIS_LIMIT || BigInt(millis) < -MILLIS_LIMIT)
    throw runtimeError(`${millis} milliseconds are outside the range of TIMESTAMP`);
  const micros = Number(millis) * 1000;
  return Math.abs(micros) <= Number.MAX_SAFE_INTEGER ? micros : BigInt(millis) * 1000n;
};

/** Divides microseconds as DuckDB does for epoch_ms: the nearest millisecond below 1970, cut off after. */
const toMillis = (micros: Micros): Micros => {
  if (typeof micros === "number") return micros < 0 ? -Math.floor(-micros / 1000) + 0 : Math.floor(micros / 1000);
  return micros / 1000n;
};

const I64_LIMIT = 2n ** 63n - 1n;

const toNanos = (micros: Micros): Micros => {
  const nanos = BigInt(micros) * 1000n;
  if (nanos > I64_LIMIT || nanos < -I64_LIMIT) throw runtimeError(`${micros} microseconds have no 64-bit number of nanoseconds`);
  return nanos;
};

/** Length of an interval, with 30 days to every month (epoch alone reckons 365.25 days to a year, as in DuckDB). */
const intervalMicros = ({ months, days, micros }: IntervalValue): Micros => {
  const wholeDays = months * 30 + days;
  const sum = wholeDays * MICROS_PER_DAY + micros;
  return Math.abs(sum) <= Number.MAX_SAFE_INTEGER ? sum : BigInt(wholeDays) * BigInt(MICROS_PER_DAY) + BigInt(micros);
};

/** Counts of a unit since 1970 (since midnight, of an interval's length). */
const counts = (unit: (micros: Micros) => Micros): ScalarOverload[] => [
  { args: ["timestamp"], returns: BIGINT, mayReturnNull: true, ...wide1((x: Micros) => (isFiniteTimestamp(x) ? unit(x) : null)) },
  { args: ["timestamptz"], returns: BIGINT, mayReturnNull: true, ...wide1((x: Micros) => (isFiniteTimestamp(x) ? unit(x) : null)) },
  {
    args: ["date"],
    returns: BIGINT,
    mayReturnNull: true,
    ...wide1((days: number) => {
      const micros = midnight(days);
      return isFiniteTimestamp(micros) ? unit(micros) : null;
    }),
  },
  { args: ["time"], returns: BIGINT, ...wide1(unit) },
  { args: ["interval"], returns: BIGINT, ...wide1((x: IntervalValue) => unit(intervalMicros(x))) },
];

function fromSeconds(seconds: number): Micros {
  const micros = roundHalfEven(seconds * 1_000_000);
  if (!(Math.abs(micros) < 9.2233720368e18)) throw runtimeError(`${seconds} seconds are outside the range of TIMESTAMP WITH TIME ZONE`);
  return Math.abs(micros) <= Number.MAX_SAFE_INTEGER ? micros : BigInt(micros);
}

const DATE_STRUCT = struct([
  { name: "year", type: BIGINT },
  { name: "month", type: BIGINT },
  { name: "day", type: BIGINT },
]);

export const makeEntries: readonly ScalarEntry[] = [
  {
    name: "make_date",
    doc: doc(
      "The date of a year, month and day, or of days since 1970-01-01.",
      ["year", "month", "day"],
      "make_date(1992, 9, 20)",
      "1992-09-20",
    ),
    overloads: [
      { args: ["bigint", "bigint", "bigint"], returns: DATE, impl: makeDate, wide: makeDate },
      { args: ["integer"], returns: DATE, impl: (days: number) => days },
      {
        args: [{ exactly: DATE_STRUCT }],
        returns: DATE,
        mayReturnNull: true,
        impl: (fields: readonly (bigint | null)[]) => {
          const [year, month, day] = fields;
          return year === null || month === null || day === null ? null : makeDate(year, month, day);
        },
      },
    ],
  },
  {
    name: "make_time",
    doc: doc("The time of an hour, minute and seconds.", ["hour", "minute", "seconds"], "make_time(13, 34, 27.123456)", "13:34:27.123456"),
    overloads: [{ args: ["bigint", "bigint", "double"], returns: TIME, ...wideAny(makeTime) }],
  },
  {
    name: "make_timestamp",
    doc: doc(
      "The timestamp of its parts, or of microseconds since 1970.",
      ["year", "month", "day", "hour", "minute", "seconds"],
      "make_timestamp(1992, 9, 20, 13, 34, 27.123456)",
      "1992-09-20 13:34:27.123456",
    ),
    overloads: [
      { args: SIX, returns: TIMESTAMP, ...wideAny(makeTimestamp) },
      { args: ["bigint"], returns: TIMESTAMP, ...identity },
    ],
  },
  {
    name: "make_timestamptz",
    doc: doc(
      "The moment of parts on the session's clock, or on a zone's, or of microseconds since 1970.",
      ["year", "month", "day", "hour", "minute", "seconds", "zone"],
      "make_timestamptz(1992, 9, 20, 13, 34, 27.123456, 'UTC')::TIMESTAMP",
      "1992-09-20 13:34:27.123456",
    ),
    overloads: [
      {
        args: SIX,
        returns: TIMESTAMPTZ,
        specialise: ({ timeZone }) => {
          const zone = findZone(timeZone);
          return wideAny((year, month, day, hour, minute, seconds) => zone.toUtc(makeTimestamp(year, month, day, hour, minute, seconds)));
        },
      },
      {
        args: [...SIX, "varchar"],
        returns: TIMESTAMPTZ,
        ...wideAny((year, month, day, hour, minute, seconds, zone: string) =>
          findZone(zone).toUtc(makeTimestamp(year, month, day, hour, minute, seconds)),
        ),
      },
      { args: ["bigint"], returns: TIMESTAMPTZ, ...identity },
    ],
  },
  {
    name: "make_timestamp_ms",
    doc: doc("The timestamp of milliseconds since 1970.", ["milliseconds"], "make_timestamp_ms(1667810584123)", "2022-11-07 08:43:04.123"),
    overloads: [{ args: ["bigint"], returns: TIMESTAMP, ...wide1(fromMillis) }],
  },
  {
    name: "epoch_ms",
    doc: doc(
      "Milliseconds since 1970 of a time; of a number, the timestamp.",
      ["value"],
      "epoch_ms(TIMESTAMP '2022-11-07 08:43:04.123')",
      "1667810584123",
    ),
    overloads: [...counts(toMillis), { args: ["bigint"], returns: TIMESTAMP, ...wide1(fromMillis) }],
  },
  {
    name: "epoch_us",
    doc: doc("Microseconds since 1970.", ["value"], "epoch_us(TIMESTAMP '2022-11-07 08:43:04.123456')", "1667810584123456"),
    overloads: counts((micros) => micros),
  },
  {
    name: "epoch_ns",
    doc: doc("Nanoseconds since 1970.", ["value"], "epoch_ns(TIMESTAMP '2022-11-07 08:43:04.123456')", "1667810584123456000"),
    overloads: counts(toNanos),
  },
  {
    name: "nanosecond",
    doc: doc("Nanoseconds since the full minute.", ["value"], "nanosecond(TIMESTAMP '2021-08-03 11:59:44.123456')", "44123456000"),
    overloads: counts((micros) => {
      const rest = Number(BigInt(micros) % 60_000_000n);
      return (rest < 0 ? rest + 60_000_000 : rest) * 1000;
    }).filter(({ args: [type] }) => type !== "interval"),
  },
  {
    name: "to_timestamp",
    doc: doc("The moment of seconds since 1970.", ["seconds"], "to_timestamp(1284352323.5)::TIMESTAMP", "2010-09-13 04:32:03.5"),
    overloads: [{ args: ["double"], returns: TIMESTAMPTZ, ...wide1(fromSeconds) }],
  },
];
