import { nearestName, runtimeError } from "../../core/errors.ts";
import {
  civilFromDays,
  daysFromCivil,
  daysOf,
  isFiniteDate,
  isFiniteTimestamp,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  type Micros,
  timeOfDay,
} from "../../core/time.ts";
import type { IntervalValue } from "../../core/value.ts";

/** Fields of dates, times and intervals, and their names. */
export type Part =
  | "year"
  | "month"
  | "day"
  | "decade"
  | "century"
  | "millennium"
  | "quarter"
  | "dow"
  | "isodow"
  | "doy"
  | "week"
  | "isoyear"
  | "yearweek"
  | "era"
  | "hour"
  | "minute"
  | "second"
  | "millisecond"
  | "microsecond"
  | "epoch"
  | "julian"
  | "timezone"
  | "timezone_hour"
  | "timezone_minute";

const NAMES: Record<Part, string> = {
  year: "year yr y years yrs",
  month: "month mon months mons",
  day: "day days d dayofmonth",
  decade: "decade dec decades decs",
  century: "century cent centuries c",
  millennium: "millennium mil millenniums millennia mils millenium",
  quarter: "quarter quarters",
  dow: "dow dayofweek weekday",
  isodow: "isodow",
  doy: "doy dayofyear",
  week: "week weeks w weekofyear",
  isoyear: "isoyear",
  yearweek: "yearweek",
  era: "era",
  hour: "hour hr hours hrs h",
  minute: "minute min minutes mins m",
  second: "second sec seconds secs s",
  millisecond: "millisecond milliseconds ms msec msecs msecond mseconds",
  microsecond: "microsecond microseconds us usec usecs usecond useconds",
  epoch: "epoch",
  julian: "julian jd",
  timezone: "timezone",
  timezone_hour: "timezone_hour",
  timezone_minute: "timezone_minute",
};

const PART_BY_NAME = new Map((Object.keys(NAMES) as Part[]).flatMap((part) => NAMES[part].split(" ").map((name) => [name, part] as const)));

/** The part that a name means, in any case. */
export function findPart(name: string): Part {
  const part = PART_BY_NAME.get(name.toLowerCase());
  if (part !== undefined) return part;
  const nearest = nearestName(name, PART_BY_NAME.keys());
  throw runtimeError(`unknown date part '${name}'`, undefined, nearest === undefined ? undefined : `did you mean '${nearest}'?`);
}

/** epoch and julian are DOUBLE, all others BIGINT. */
export const isFractional = (part: Part): boolean => part === "epoch" || part === "julian";

const mod = (a: number, b: number) => ((a % b) + b) % b;

/** Monday is 0. */
export const weekdayOf = (days: number): number => mod(days + 3, 7);

export function isoWeek(days: number): { year: number; week: number } {
  const thursday = days - weekdayOf(days) + 3;
  const { year } = civilFromDays(thursday);
  return { year, week: Math.floor((thursday - daysFromCivil(year, 1, 1)) / 7) + 1 };
}

export function dayOfYear(days: number): number {
  return days - daysFromCivil(civilFromDays(days).year, 1, 1) + 1;
}

const JULIAN_EPOCH = 2440588;

/** Field of a finite day. */
const DAY_PARTS: Partial<Record<Part, (days: number) => number>> = {
  year: (days) => civilFromDays(days).year,
  month: (days) => civilFromDays(days).month,
  day: (days) => civilFromDays(days).day,
  decade: (days) => Math.trunc(civilFromDays(days).year / 10) + 0,
  century: (days) => centuries(civilFromDays(days).year, 100),
  millennium: (days) => centuries(civilFromDays(days).year, 1000),
  quarter: (days) => Math.floor((civilFromDays(days).month - 1) / 3) + 1,
  dow: (days) => mod(days + 4, 7),
  isodow: (days) => weekdayOf(days) + 1,
  doy: dayOfYear,
  week: (days) => isoWeek(days).week,
  isoyear: (days) => isoWeek(days).year,
  yearweek: (days) => {
    const { year, week } = isoWeek(days);
    return year * 100 + (year > 0 ? week : -week);
  },
  era: (days) => (civilFromDays(days).year > 0 ? 1 : 0),
};

/** Counted from 1 on, and backwards from -1; there is no century 0. */
const centuries = (year: number, size: number) => (year > 0 ? Math.trunc((year - 1) / size) + 1 : Math.trunc(year / size) - 1);

/** Field of microseconds since midnight. */
const CLOCK_PARTS: Partial<Record<Part, (micros: number) => number>> = {
  hour: (micros) => Math.floor(micros / MICROS_PER_HOUR),
  minute: (micros) => Math.floor(micros / MICROS_PER_MINUTE) % 60,
  second: (micros) => Math.floor(micros / 1_000_000) % 60,
  millisecond: (micros) => Math.floor((micros % MICROS_PER_MINUTE) / 1000),
  microsecond: (micros) => micros % MICROS_PER_MINUTE,
};

const unfit = (part: Part, type: string) => runtimeError(`${type} has no part '${part}'`);

/** Remembers the last day: neighbouring rows often share it. */
function perDay(part: (days: number) => number): (days: number) => number {
  let last = Number.NaN;
  let value = 0;
  return (days) => {
    if (days !== last) {
      value = part(days);
      last = days;
    }
    return value;
  };
}

/** Extracts from TIMESTAMP: null from infinite ones, but for timezone parts, which are 0. */
export function timestampPart(part: Part): (micros: Micros) => number | null {
  const dayPart = DAY_PARTS[part];
  const day = dayPart === undefined ? undefined : perDay(dayPart);
  if (day !== undefined) return (micros) => (isFiniteTimestamp(micros) ? day(daysOf(micros)) : null);
  const clock = CLOCK_PARTS[part];
  if (clock !== undefined) return (micros) => (isFiniteTimestamp(micros) ? clock(timeOfDay(micros)) : null);
  switch (part) {
    case "epoch":
      return (micros) => (isFiniteTimestamp(micros) ? Number(micros) / 1_000_000 : null);
    case "julian":
      return (micros) => (isFiniteTimestamp(micros) ? daysOf(micros) + JULIAN_EPOCH + timeOfDay(micros) / 86_400_000_000 : null);
    default:
      return (micros) => (isFiniteTimestamp(micros) ? 0 : null);
  }
}

export function datePart(part: Part): (days: number) => number | null {
  const day = DAY_PARTS[part];
  if (day !== undefined) return (days) => (isFiniteDate(days) ? day(days) : null);
  if (part === "epoch") return (days) => (isFiniteDate(days) ? days * 86_400 : null);
  if (part === "julian") return (days) => (isFiniteDate(days) ? days + JULIAN_EPOCH : null);
  if (CLOCK_PARTS[part] === undefined) throw unfit(part, "DATE");
  return (days) => (isFiniteDate(days) ? 0 : null);
}

export function timePart(part: Part): (micros: Micros) => number {
  const clock = CLOCK_PARTS[part];
  if (clock !== undefined) return (micros) => clock(Number(micros));
  if (part === "epoch") return (micros) => Number(micros) / 1_000_000;
  if (part === "timezone" || part === "timezone_hour" || part === "timezone_minute") return () => 0;
  throw unfit(part, "TIME");
}

const MONTHS_PER: Partial<Record<Part, number>> = { year: 12, decade: 120, century: 1200, millennium: 12000 };
const SECONDS_PER_YEAR = 31_557_600;

export function intervalPart(part: Part): (interval: IntervalValue) => number {
  const months = MONTHS_PER[part];
  if (months !== undefined) return (interval) => Math.trunc(interval.months / months) + 0;
  switch (part) {
    case "month":
      return (interval) => (interval.months % 12) + 0;
    case "quarter":
      return (interval) => Math.trunc((interval.months % 12) / 3) + 1;
    case "day":
      return (interval) => interval.days;
    case "hour":
      return (interval) => Math.trunc(interval.micros / MICROS_PER_HOUR) + 0;
    case "minute":
      return (interval) => Math.trunc((interval.micros % MICROS_PER_HOUR) / MICROS_PER_MINUTE) + 0;
    case "second":
      return (interval) => Math.trunc((interval.micros % MICROS_PER_MINUTE) / 1_000_000) + 0;
    case "millisecond":
      return (interval) => Math.trunc((interval.micros % MICROS_PER_MINUTE) / 1000) + 0;
    case "microsecond":
      return (interval) => (interval.micros % MICROS_PER_MINUTE) + 0;
    case "epoch":
      return ({ months, days, micros }) => {
        const wholeDays = (months % 12) * 30 + days;
        return Math.trunc(months / 12) * SECONDS_PER_YEAR + wholeDays * 86_400 + micros / 1_000_000;
      };
    default:
      throw unfit(part, "INTERVAL");
  }
}
