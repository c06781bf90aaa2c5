import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import {
  addMonths,
  civilFromDays,
  daysOf,
  isFiniteTimestamp,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  type Micros,
  timeOfDay,
} from "../../core/time.ts";
import { findZone } from "../../core/time-zone.ts";
import { BIGINT } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { midnight } from "./date-trunc.ts";
import { findPart, isoWeek, type Part } from "./parts.ts";
import { wideAny } from "./registers.ts";

type Between = (start: Micros, end: Micros) => Micros;

const MICROS_PER_WEEK = 7 * MICROS_PER_DAY;

const UNITS: Partial<Record<Part, number>> = {
  microsecond: 1,
  millisecond: 1000,
  second: 1_000_000,
  epoch: 1_000_000,
  minute: MICROS_PER_MINUTE,
  hour: MICROS_PER_HOUR,
  day: MICROS_PER_DAY,
  dow: MICROS_PER_DAY,
  isodow: MICROS_PER_DAY,
  doy: MICROS_PER_DAY,
  julian: MICROS_PER_DAY,
  week: MICROS_PER_WEEK,
  yearweek: MICROS_PER_WEEK,
};

const MONTHS: Partial<Record<Part, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
  isoyear: 12,
  decade: 120,
  century: 1200,
  millennium: 12000,
};

const refuse = (name: string, part: Part) => runtimeError(`${name} cannot count in '${part}'`);

/** Number of a year's unit; cut towards zero, as DuckDB does for years BC. */
const yearUnits = (size: number) => (micros: Micros) => Math.trunc(civilFromDays(daysOf(micros)).year / size);

const monthNumber = (micros: Micros) => {
  const { year, month } = civilFromDays(daysOf(micros));
  return year * 12 + month - 1;
};

/** Number of the unit a time is in, counted from any start. */
const NUMBERS: Partial<Record<Part, (micros: Micros) => number>> = {
  year: yearUnits(1),
  decade: yearUnits(10),
  century: yearUnits(100),
  millennium: yearUnits(1000),
  month: monthNumber,
  quarter: (micros) => Math.trunc(monthNumber(micros) / 3),
  isoyear: (micros) => isoWeek(daysOf(micros)).year,
};

const floorDivide = (micros: Micros, unit: number): Micros => {
  if (typeof micros === "number") return Math.floor(micros / unit);
  const u = BigInt(unit);
  const quotient = micros / u;
  return micros < 0n && quotient * u !== micros ? quotient - 1n : quotient;
};

const subtract = (a: Micros, b: Micros): Micros => {
  if (typeof a === "number" && typeof b === "number") {
    const difference = a - b;
    if (Math.abs(difference) <= Number.MAX_SAFE_INTEGER) return difference;
  }
  return BigInt(a) - BigInt(b);
};

/** Number of unit boundaries crossed. */
function boundaries(part: Part): Between {
  const number = NUMBERS[part];
  if (number !== undefined) return (start, end) => number(end) - number(start);
  const unit = UNITS[part];
  if (unit === undefined) throw refuse("date_diff", part);
  // Not boundaries, but whole weeks between the two days: so DuckDB counts them.
  if (unit === MICROS_PER_WEEK) return (start, end) => Math.trunc((daysOf(end) - daysOf(start)) / 7) + 0;
  return (start, end) => subtract(floorDivide(end, unit), floorDivide(start, unit));
}

/** Whole months between two times, towards zero; the last day of a month counts as a full one. */
function wholeMonths(start: Micros, end: Micros): number {
  if (start > end) return -wholeMonths(end, start) + 0;
  let months = monthNumber(end) - monthNumber(start);
  const endDay = daysOf(end);
  const moved = addMonths(daysOf(start), months);
  if (moved > endDay || (moved === endDay && timeOfDay(start) > timeOfDay(end))) months--;
  return months;
}

const truncatedQuotient = (micros: Micros, unit: number): Micros =>
  typeof micros === "number" ? Math.trunc(micros / unit) + 0 : micros / BigInt(unit);

/** Number of whole units between two times. */
function wholeUnits(part: Part): Between {
  const months = MONTHS[part];
  if (months !== undefined) return (start, end) => Math.trunc(wholeMonths(start, end) / months) + 0;
  const unit = UNITS[part];
  if (unit === undefined) throw refuse("date_sub", part);
  return (start, end) => truncatedQuotient(subtract(end, start), unit);
}

/** Counting of times of day takes units up to the hour. */
const onTimes = (name: string, make: (part: Part) => Between) => (part: Part) => {
  if ((UNITS[part] ?? MICROS_PER_DAY) >= MICROS_PER_DAY) throw refuse(`${name} of TIME`, part);
  return make(part);
};

function overload(type: "date" | "timestamp" | "timestamptz" | "time", make: (part: Part) => Between): ScalarOverload {
  return {
    args: ["varchar", type, type],
    returns: BIGINT,
    mayReturnNull: type !== "time",
    specialise: (bind: BindContext) => {
      const cache = new Map<string, { readonly part: Part; readonly count: Between }>();
      const zone = type === "timestamptz" ? findZone(bind.timeZone) : undefined;
      const convert = (x: Micros, part: Part): Micros => {
        if (type === "date") return midnight(Number(x));
        if (zone === undefined || !isFiniteTimestamp(x)) return x;
        const unit = UNITS[part];
        if (unit === undefined || unit >= MICROS_PER_DAY) return zone.toLocal(x);
        // Shorter units are elapsed time: a clock that is set back does not undo them.
        const shift = zone.offsetAt(0) % unit;
        return typeof x === "number" ? x + shift : x + BigInt(shift);
      };
      const between = (name: string) => {
        let found = cache.get(name);
        if (found === undefined) {
          const part = findPart(name);
          found = { part, count: make(part) };
          cache.set(name, found);
        }
        return found;
      };
      return wideAny((name: string, start: Micros, end: Micros) => {
        const { part, count } = between(name);
        const [from, to] = [convert(start, part), convert(end, part)];
        return isFiniteTimestamp(from) && isFiniteTimestamp(to) ? count(from, to) : null;
      });
    },
  };
}

const overloads = (name: string, make: (part: Part) => Between): ScalarOverload[] => [
  overload("date", make),
  overload("timestamp", make),
  overload("timestamptz", make),
  overload("time", onTimes(name, make)),
];

export const dateDiffEntries: readonly ScalarEntry[] = [
  {
    name: "date_diff",
    aliases: ["datediff"],
    doc: doc(
      "Number of boundaries of a unit between two times: from 23:59 to 00:01 is one day. NULL for infinite times.",
      ["unit", "start", "end"],
      "date_diff('month', DATE '1992-09-15', DATE '1992-11-14')",
      "2",
    ),
    overloads: overloads("date_diff", boundaries),
  },
  {
    name: "date_sub",
    aliases: ["datesub"],
    doc: doc(
      "Number of whole units between two times: from 23:59 to 00:01 is no day. NULL for infinite times.",
      ["unit", "start", "end"],
      "date_sub('month', DATE '1992-09-15', DATE '1992-11-14')",
      "1",
    ),
    overloads: overloads("date_sub", wholeUnits),
  },
];
