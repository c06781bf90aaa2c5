import { civilFromDays, daysFromCivil, daysOf, joinMicros, MICROS_PER_DAY } from "./time.ts";
import { findZone, type Zone } from "./time-zone.ts";

/** Buckets of time, one behind the other: of a fixed length, or of whole days or months on the clock of a time zone. Plain data. */
export interface GridShape {
  /** Months alone, or else days and microseconds. Above zero. */
  readonly months: number;
  readonly days: number;
  readonly micros: number;
  /** A bucket begins here, microseconds on the clock of `timeZone`. Of months: at most 28 days into a month. */
  readonly origin: number;
  /** Days and months are those of its clock, a day being 23 or 25 hours where the clock is changed. Absent: UTC. */
  readonly timeZone?: string;
}

/** Where the buckets lie. Microseconds UTC, exact up to 2^53. */
export interface TimeGrid {
  /** The start of the bucket that a moment is in. */
  floor(micros: number): number;
  /** The start of the bucket behind the one that begins at `start`. */
  next(start: number): number;
}

export function timeGrid(shape: GridShape): TimeGrid {
  const { months, days, micros, origin, timeZone } = shape;
  const zone = timeZone === undefined ? undefined : findZone(timeZone);
  const length = days * MICROS_PER_DAY + micros;
  if (months > 0) return zoned(monthGrid(months, origin), zone);
  if (micros === 0) return zoned(fixedGrid(length, origin), zone);
  return fixedGrid(length, zone === undefined ? origin : originOf(zone, origin));
}

/** The length of its buckets in microseconds, and where one begins; undefined where they are not of one length. */
export function fixedLength(shape: GridShape): { readonly size: number; readonly offset: number } | undefined {
  if (shape.months > 0 || (shape.timeZone !== undefined && shape.micros === 0)) return undefined;
  const size = shape.days * MICROS_PER_DAY + shape.micros;
  return { size, offset: ((timeGrid(shape).floor(0) % size) + size) % size };
}

/** Hours and less are time that passes: counted from the origin by the clock as it is set in winter 2000, whatever it was set to at the origin. */
const originOf = (zone: Zone, origin: number): number => origin - zone.offsetAt(WINTER_2000);

const WINTER_2000 = 946_857_600_000_000;

const fixedGrid = (size: number, origin: number): TimeGrid => ({
  floor: (micros) => Math.floor((micros - origin) / size) * size + origin,
  next: (start) => start + size,
});

function monthGrid(months: number, origin: number): TimeGrid {
  const first = monthIndex(origin);
  const within = origin - startOfMonth(first);
  const startOf = (index: number) => startOfMonth(first + index * months) + within;
  const indexOf = (micros: number) => Math.floor((monthIndex(micros - within) - first) / months);
  return { floor: (micros) => startOf(indexOf(micros)), next: (start) => startOf(indexOf(start) + 1) };
}

function monthIndex(micros: number): number {
  const { year, month } = civilFromDays(daysOf(micros));
  return year * 12 + month - 1;
}

function startOfMonth(index: number): number {
  const year = Math.floor(index / 12);
  return Number(joinMicros(daysFromCivil(year, index - year * 12 + 1, 1), 0));
}

/** A grid on a zone's clock. Moments that follow one another are mostly of one bucket, which is found once. */
function zoned(grid: TimeGrid, zone: Zone | undefined): TimeGrid {
  if (zone === undefined) return grid;
  let from = Number.NaN;
  let to = Number.NaN;
  const next = (start: number): number => {
    const local = grid.floor(Number(zone.toLocal(start)));
    return Number(zone.toUtc(grid.next(local)));
  };
  return {
    floor(micros) {
      if (micros >= from && micros < to) return from;
      const local = grid.floor(Number(zone.toLocal(micros)));
      from = Number(zone.toUtc(local));
      // Of a midnight that a clock has twice the later is meant: what lies between is still of the day before.
      if (from > micros) from = Number(zone.toUtc(grid.floor(local - 1)));
      to = next(from);
      return from;
    },
    next,
  };
}
