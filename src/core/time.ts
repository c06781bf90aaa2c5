/**
 * Calendar arithmetic on the proleptic Gregorian calendar. Dates are days since 1970-01-01; times are microseconds. Timestamps are
 * numbers while they are exact (up to the year 2255) and bigints beyond, as registers are (catalog/function-types.ts).
 */

export const MICROS_PER_MINUTE = 60_000_000;
export const MICROS_PER_HOUR = 3_600_000_000;
export const MICROS_PER_DAY = 86_400_000_000;

/** DATE 'infinity' is the largest 32-bit integer, '-infinity' its negation; TIMESTAMP likewise with 64 bits. */
export const DATE_INFINITY = 2147483647;
export const TIMESTAMP_INFINITY = 9223372036854775807n;
/** Finite timestamps lie between these, inclusive. */
const TIMESTAMP_MIN = -9223372022400000000n;
const TIMESTAMP_MAX = 9223372036854775806n;
/** Finite dates lie between these, inclusive: 5877642-06-25 (BC) and 5881580-07-10. */
export const DATE_MIN = -2147483646;
export const DATE_MAX = 2147483646;

export type Micros = number | bigint;

export const isFiniteDate = (days: number): boolean => days < DATE_INFINITY && days > -DATE_INFINITY;
/** False for TIMESTAMP 'infinity' and '-infinity', in either form. */
export const isFiniteTimestamp = (micros: Micros): boolean =>
  typeof micros === "number" ? Math.abs(micros) < 2 ** 63 : micros !== TIMESTAMP_INFINITY && micros !== -TIMESTAMP_INFINITY;

export interface Civil {
  /** Astronomical: 0 is 1 BC. */
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

/** The calendar date of a finite day number. */
export function civilFromDays(days: number): Civil {
  // Years are counted from 0000-03-01, so that the leap day is the last of its year.
  const shifted = days + 719468;
  const era = Math.floor(shifted / 146097);
  const dayOfEra = shifted - era * 146097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shiftedMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shiftedMonth + 2) / 5) + 1;
  const month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** Day number of a calendar date; month and day must be in range. */
export function daysFromCivil(year: number, month: number, day: number): number {
  const shiftedYear = month <= 2 ? year - 1 : year;
  const era = Math.floor(shiftedYear / 400);
  const yearOfEra = shiftedYear - era * 400;
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1;
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468;
}

const isLeapYear = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
export const daysInMonth = (year: number, month: number): number => (month === 2 && isLeapYear(year) ? 29 : MONTH_LENGTHS[month - 1]);

/** Moves a date by whole months; a day beyond the new month's end becomes its last day. */
export function addMonths(days: number, months: number): number {
  if (months === 0) return days;
  const { year, month, day } = civilFromDays(days);
  const index = year * 12 + (month - 1) + months;
  const newYear = Math.floor(index / 12);
  const newMonth = index - newYear * 12 + 1;
  return daysFromCivil(newYear, newMonth, Math.min(day, daysInMonth(newYear, newMonth)));
}

/** Day number that a finite timestamp falls on. */
export function daysOf(micros: Micros): number {
  if (typeof micros === "number") return Math.floor(micros / MICROS_PER_DAY);
  const days = micros / 86_400_000_000n;
  return Number(days * 86_400_000_000n > micros ? days - 1n : days);
}

/** Microseconds since midnight of a finite timestamp: 0 up to MICROS_PER_DAY. */
export function timeOfDay(micros: Micros): number {
  const rest = typeof micros === "number" ? micros % MICROS_PER_DAY : Number(micros % 86_400_000_000n);
  return rest < 0 ? rest + MICROS_PER_DAY : rest + 0;
}

/** days × 24 h + micros: a number where that is exact, else a bigint. May be outside TIMESTAMP's range. */
export function joinMicros(days: number, micros: number): Micros {
  const sum = days * MICROS_PER_DAY + micros;
  if (sum <= Number.MAX_SAFE_INTEGER && sum >= -Number.MAX_SAFE_INTEGER) return sum;
  return BigInt(days) * 86_400_000_000n + BigInt(micros);
}

/** True where a finite timestamp can hold this. */
export const inTimestampRange = (micros: Micros): boolean =>
  typeof micros === "number" || (micros >= TIMESTAMP_MIN && micros <= TIMESTAMP_MAX);
