import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import {
  civilFromDays,
  DATE_INFINITY,
  daysFromCivil,
  daysOf,
  isFiniteDate,
  isFiniteTimestamp,
  joinMicros,
  MICROS_PER_DAY,
  MICROS_PER_HOUR,
  MICROS_PER_MINUTE,
  type Micros,
  TIMESTAMP_INFINITY,
  timeOfDay,
} from "../../core/time.ts";
import { findZone, isUtc } from "../../core/time-zone.ts";
import { INTERVAL, TIMESTAMP, TIMESTAMPTZ } from "../../core/types.ts";
import type { IntervalValue } from "../../core/value.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { findPart, isoWeek, type Part, weekdayOf } from "./parts.ts";
import { wideAny } from "./registers.ts";

/** Units of fixed length, which divide a day. */
const FIXED: Partial<Record<Part, number>> = {
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
};

const firstOfYears = (size: number) => (days: number) => daysFromCivil(Math.trunc(civilFromDays(days).year / size) * size, 1, 1);

const monday = (days: number) => days - weekdayOf(days);

/** First day of the unit that a day is in. */
const DAY_STEPS: Partial<Record<Part, (days: number) => number>> = {
  month: (days) => days - civilFromDays(days).day + 1,
  quarter: (days) => {
    const { year, month } = civilFromDays(days);
    return daysFromCivil(year, month - ((month - 1) % 3), 1);
  },
  year: (days) => daysFromCivil(civilFromDays(days).year, 1, 1),
  decade: firstOfYears(10),
  century: firstOfYears(100),
  millennium: firstOfYears(1000),
  week: monday,
  yearweek: monday,
  isoyear: (days) => monday(daysFromCivil(isoWeek(days).year, 1, 4)),
};

/** The first day of the next unit, where units from `days` on have a known length. */
const NEXT_STEPS: Partial<Record<Part, (first: number) => number>> = {
  month: (first) => {
    const { year, month } = civilFromDays(first);
    return month === 12 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, month + 1, 1);
  },
  quarter: (first) => {
    const { year, month } = civilFromDays(first);
    return month === 10 ? daysFromCivil(year + 1, 1, 1) : daysFromCivil(year, month + 3, 1);
  },
  year: (first) => daysFromCivil(civilFromDays(first).year + 1, 1, 1),
  week: (first) => first + 7,
  yearweek: (first) => first + 7,
};

const refuse = (part: Part) => runtimeError(`date_trunc cannot cut to '${part}'`);

/** Cuts a timestamp down to the start of its unit. */
export function truncation(part: Part): (micros: Micros) => Micros {
  const unit = FIXED[part];
  if (unit !== undefined) {
    return (micros) => {
      if (typeof micros === "number") return Math.floor(micros / unit) * unit;
      if (!isFiniteTimestamp(micros)) return micros;
      const time = timeOfDay(micros);
      return joinMicros(daysOf(micros), time - (time % unit));
    };
  }
  const step = DAY_STEPS[part];
  if (step === undefined) throw refuse(part);
  return (micros) => (isFiniteTimestamp(micros) ? joinMicros(step(daysOf(micros)), 0) : micros);
}

/** The same for the moment of a clock in a zone. Units up to the hour keep the clock's offset, so that a repeated hour stays itself. */
function zonedTruncation(part: Part, zoneName: string): (micros: Micros) => Micros {
  const zone = findZone(zoneName);
  const local = truncation(part);
  if (isUtc(zone)) return local;
  if ((FIXED[part] ?? MICROS_PER_DAY) <= MICROS_PER_HOUR) {
    return (micros) => {
      if (!isFiniteTimestamp(micros)) return micros;
      const offset = zone.offsetAt(Number(micros));
      const cut = local(typeof micros === "number" ? micros + offset : micros + BigInt(offset));
      return typeof cut === "number" ? cut - offset : cut - BigInt(offset);
    };
  }
  return (micros) => zone.toUtc(local(zone.toLocal(micros)));
}

/** A day as a timestamp at midnight; infinities stay. */
export const midnight = (days: number): Micros =>
  isFiniteDate(days) ? joinMicros(days, 0) : days >= DATE_INFINITY ? TIMESTAMP_INFINITY : -TIMESTAMP_INFINITY;

const MONTHS: Partial<Record<Part, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
  isoyear: 12,
  decade: 120,
  century: 1200,
  millennium: 12000,
};

function intervalTruncation(part: Part): (interval: IntervalValue) => IntervalValue {
  const months = MONTHS[part];
  if (months !== undefined) return (interval) => ({ months: interval.months - (interval.months % months) + 0, days: 0, micros: 0 });
  if (part === "week" || part === "yearweek")
    return (interval) => ({ ...interval, days: interval.days - (interval.days % 7) + 0, micros: 0 });
  const unit = FIXED[part];
  if (unit === undefined) throw refuse(part);
  if (unit === MICROS_PER_DAY) return (interval) => ({ ...interval, micros: 0 });
  return (interval) => ({ ...interval, micros: interval.micros - (interval.micros % unit) + 0 });
}

/** Binds the part once where it is constant. */
function byPart<F>(bind: BindContext, make: (part: Part) => F): (name: string) => F {
  const [name] = bind.constants;
  if (typeof name === "string") {
    const made = make(findPart(name));
    return () => made;
  }
  const cache = new Map<string, F>();
  return (name) => {
    let made = cache.get(name);
    if (made === undefined) {
      made = make(findPart(name));
      cache.set(name, made);
    }
    return made;
  };
}

/** The stretch of time around `input` that is cut to one value. */
function stepRange(bind: BindContext): ReturnType<NonNullable<ScalarOverload["stepRange"]>> {
  const [name] = bind.constants;
  if (typeof name !== "string") return undefined;
  const part = findPart(name);
  const unit = FIXED[part];
  if (unit !== undefined) {
    return (input) => {
      const value = Math.floor(input / unit) * unit;
      return { from: value, to: value + unit, value };
    };
  }
  const step = DAY_STEPS[part];
  const next = NEXT_STEPS[part];
  if (step === undefined || next === undefined) return undefined;
  return (input) => {
    const first = step(daysOf(input));
    const value = first * MICROS_PER_DAY;
    return { from: value, to: next(first) * MICROS_PER_DAY, value };
  };
}

function inlineTruncation([, x]: readonly string[], bind: BindContext): string | undefined {
  const [name] = bind.constants;
  const unit = typeof name === "string" ? FIXED[findPart(name)] : undefined;
  return unit === undefined ? undefined : `(Math.floor(${x}/${unit})*${unit})`;
}

export const dateTruncEntries: readonly ScalarEntry[] = [
  {
    name: "date_trunc",
    aliases: ["datetrunc"],
    doc: doc(
      "Cuts a date or time down to the start of its unit: 'hour', 'day', 'week', 'month' … Of an interval, cuts off what is smaller.",
      ["unit", "value"],
      "date_trunc('hour', TIMESTAMP '1992-09-20 20:38:40')",
      "1992-09-20 20:00:00",
    ),
    overloads: [
      {
        args: ["varchar", "timestamp"],
        returns: TIMESTAMP,
        specialise: (bind) => {
          const truncate = byPart(bind, truncation);
          return wideAny((name, micros) => truncate(name)(micros));
        },
        inline: inlineTruncation,
        stepRange,
      },
      {
        args: ["varchar", "date"],
        returns: TIMESTAMP,
        specialise: (bind) => {
          const truncate = byPart(bind, truncation);
          return wideAny((name, days) => truncate(name)(midnight(days)));
        },
      },
      {
        args: ["varchar", "timestamptz"],
        returns: TIMESTAMPTZ,
        specialise: (bind) => {
          const truncate = byPart(bind, (part) => zonedTruncation(part, bind.timeZone));
          return wideAny((name, micros) => truncate(name)(micros));
        },
        inline: (registers, bind) => (isUtc(findZone(bind.timeZone)) ? inlineTruncation(registers, bind) : undefined),
        stepRange: (bind) => (isUtc(findZone(bind.timeZone)) ? stepRange(bind) : undefined),
      },
      {
        args: ["varchar", "interval"],
        returns: INTERVAL,
        specialise: (bind) => {
          const truncate = byPart(bind, intervalTruncation);
          return { impl: (name: string, interval: IntervalValue) => truncate(name)(interval) };
        },
      },
    ],
  },
];
