import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { addInterval, negateInterval } from "../../core/interval.ts";
import { civilFromDays, daysFromCivil, daysOf, isFiniteTimestamp, joinMicros, MICROS_PER_DAY, type Micros } from "../../core/time.ts";
import { findZone } from "../../core/time-zone.ts";
import { DATE, TIMESTAMP, TIMESTAMPTZ } from "../../core/types.ts";
import type { IntervalValue } from "../../core/value.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { midnight } from "./date-trunc.ts";
import { wideAny } from "./registers.ts";

/** Buckets of days and time are counted from Monday, 2000-01-03; those of months from 2000-01-01. */
const ORIGIN = 946_857_600_000_000;
const MONTH_ORIGIN = 2000 * 12;

function checkWidth(width: IntervalValue): void {
  if (width.months !== 0 && (width.days !== 0 || width.micros !== 0)) {
    throw runtimeError("a bucket of months cannot have days or time beside them");
  }
  if (width.months < 0 || (width.months === 0 && width.days * MICROS_PER_DAY + width.micros <= 0)) {
    throw runtimeError("the width of a bucket must be above zero");
  }
}

const monthIndex = (micros: Micros): number => {
  const { year, month } = civilFromDays(daysOf(micros));
  return year * 12 + month - 1;
};

const startOfMonth = (index: number): Micros => {
  const year = Math.floor(index / 12);
  return joinMicros(daysFromCivil(year, index - year * 12 + 1, 1), 0);
};

/** Start of the bucket of fixed width. */
function fixedBucket(micros: Micros, width: number, origin: Micros): Micros {
  if (typeof micros === "number" && typeof origin === "number") {
    const result = Math.floor((micros - origin) / width) * width + origin;
    if (Math.abs(micros - origin) <= Number.MAX_SAFE_INTEGER && Math.abs(result) <= Number.MAX_SAFE_INTEGER) return result;
  }
  const [x, w, o] = [BigInt(micros), BigInt(width), BigInt(origin)];
  const rest = (((x - o) % w) + w) % w;
  return x - rest;
}

/** Start of the bucket that a finite time is in. `origin` undefined: the default for the kind of width. */
function bucket(width: IntervalValue, micros: Micros, origin: Micros | undefined): Micros {
  if (width.months === 0) return fixedBucket(micros, width.days * MICROS_PER_DAY + width.micros, origin ?? ORIGIN);
  const from = origin === undefined ? MONTH_ORIGIN : monthIndex(origin);
  return startOfMonth(from + Math.floor((monthIndex(micros) - from) / width.months) * width.months);
}

function plain(width: IntervalValue, micros: Micros): Micros {
  checkWidth(width);
  return isFiniteTimestamp(micros) ? bucket(width, micros, undefined) : micros;
}

function withOrigin(width: IntervalValue, micros: Micros, origin: Micros): Micros | null {
  if (!isFiniteTimestamp(origin)) return null;
  checkWidth(width);
  return isFiniteTimestamp(micros) ? bucket(width, micros, origin) : micros;
}

const inRange = (micros: Micros | undefined): Micros => {
  if (micros === undefined) throw runtimeError("the bucket is outside the range of TIMESTAMP");
  return micros;
};

function withOffset(width: IntervalValue, micros: Micros, offset: IntervalValue): Micros {
  checkWidth(width);
  if (!isFiniteTimestamp(micros)) return micros;
  return inRange(addInterval(bucket(width, inRange(addInterval(micros, negateInterval(offset))), undefined), offset));
}

/** On a zone's clock: days and months follow it; hours and less are elapsed time since the origin, which is a moment. */
function zoned(width: IntervalValue, micros: Micros, zoneName: string, origin: Micros | null = null): Micros | null {
  checkWidth(width);
  if (width.days !== 0 && width.micros !== 0) throw runtimeError("a bucket of days in a time zone cannot have hours beside them");
  const zone = findZone(zoneName);
  if (origin !== null && !isFiniteTimestamp(origin)) return null;
  if (!isFiniteTimestamp(micros)) return micros;
  if (width.months === 0 && width.days === 0) return bucket(width, micros, origin ?? zone.toUtc(ORIGIN));
  return zone.toUtc(bucket(width, zone.toLocal(micros), origin === null ? undefined : zone.toLocal(origin)));
}

/** What named arguments leave out is NULL: an origin that is not given. */
const named = (width: IntervalValue | null, micros: Micros | null, origin: Micros | null, zone: string | null): Micros | null =>
  width === null || micros === null || zone === null ? null : zoned(width, micros, zone, origin);

const toDate = (micros: Micros | null): number | null =>
  micros === null ? null : isFiniteTimestamp(micros) ? daysOf(micros) : micros > 0 ? 2147483647 : -2147483647;

const constantWidth = ({ constants: [width] }: BindContext): number | undefined => {
  const value = width as IntervalValue | null | undefined;
  if (value === undefined || value === null || value.months !== 0) return undefined;
  const micros = value.days * MICROS_PER_DAY + value.micros;
  return micros > 0 && micros <= Number.MAX_SAFE_INTEGER ? micros : undefined;
};

function inlineBucket([, x]: readonly string[], bind: BindContext): string | undefined {
  const width = constantWidth(bind);
  if (width === undefined) return undefined;
  const origin = ORIGIN % width;
  return `(Math.floor((${x}-${origin})/${width})*${width}+${origin})`;
}

function stepRange(bind: BindContext): ReturnType<NonNullable<ScalarOverload["stepRange"]>> {
  const [constant] = bind.constants;
  const width = constant as IntervalValue | null | undefined;
  if (width === undefined || width === null) return undefined;
  const fixed = constantWidth(bind);
  if (fixed !== undefined) {
    const origin = ORIGIN % fixed;
    return (input) => {
      const value = Math.floor((input - origin) / fixed) * fixed + origin;
      return { from: value, to: value + fixed, value };
    };
  }
  if (width.months <= 0 || width.days !== 0 || width.micros !== 0) return undefined;
  return (input) => {
    const index = MONTH_ORIGIN + Math.floor((monthIndex(input) - MONTH_ORIGIN) / width.months) * width.months;
    const value = Number(startOfMonth(index));
    return { from: value, to: Number(startOfMonth(index + width.months)), value };
  };
}

export const timeBucketEntries: readonly ScalarEntry[] = [
  {
    name: "time_bucket",
    named: true,
    doc: doc(
      "Start of the bucket of a given width that a time is in. Buckets are counted from 2000-01-03 (months: 2000-01-01), from an origin, or shifted by an interval; with a zone's name, on its clock, days and months beginning when its clock says so. Arguments can be named: `timezone => 'Europe/Berlin'`.",
      ["width", "time", "origin", "timezone"],
      "time_bucket(INTERVAL '15 minutes', TIMESTAMP '1992-09-20 20:38:40')",
      "1992-09-20 20:30:00",
    ),
    overloads: [
      { args: ["interval", "timestamp"], returns: TIMESTAMP, ...wideAny(plain), inline: inlineBucket, stepRange },
      {
        args: ["interval", "date"],
        returns: DATE,
        impl: (width: IntervalValue, days: number) => toDate(plain(width, midnight(days))),
      },
      // Without a zone's name, moments are bucketed on the clock of UTC, whatever the session's zone is.
      { args: ["interval", "timestamptz"], returns: TIMESTAMPTZ, ...wideAny(plain), inline: inlineBucket, stepRange },
      { args: ["interval", "timestamp", "timestamp"], returns: TIMESTAMP, mayReturnNull: true, ...wideAny(withOrigin) },
      { args: ["interval", "timestamp", "interval"], returns: TIMESTAMP, ...wideAny(withOffset) },
      {
        args: ["interval", "date", "date"],
        returns: DATE,
        mayReturnNull: true,
        impl: (width: IntervalValue, days: number, origin: number) => toDate(withOrigin(width, midnight(days), midnight(origin))),
      },
      {
        args: ["interval", "date", "interval"],
        returns: DATE,
        impl: (width: IntervalValue, days: number, offset: IntervalValue) => toDate(withOffset(width, midnight(days), offset)),
      },
      { args: ["interval", "timestamptz", "timestamptz"], returns: TIMESTAMPTZ, mayReturnNull: true, ...wideAny(withOrigin) },
      { args: ["interval", "timestamptz", "interval"], returns: TIMESTAMPTZ, ...wideAny(withOffset) },
      {
        args: ["interval", "timestamptz", "varchar"],
        returns: TIMESTAMPTZ,
        ...wideAny((width: IntervalValue, micros: Micros, zone: string) => zoned(width, micros, zone)),
      },
      {
        args: ["interval", "timestamptz", "timestamptz", "varchar"],
        returns: TIMESTAMPTZ,
        nulls: "handles",
        mayReturnNull: true,
        ...wideAny(named),
      },
    ],
  },
];
