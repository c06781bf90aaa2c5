import type { ScalarOverload } from "../../catalog/function-types.ts";
import { normaliseInterval } from "../../core/compare.ts";
import { runtimeError } from "../../core/errors.ts";
import { addInterval, addIntervalInZone, negateInterval } from "../../core/interval.ts";
import {
  civilFromDays,
  daysFromCivil,
  daysInMonth,
  daysOf,
  isFiniteDate,
  isFiniteTimestamp,
  joinMicros,
  type Micros,
  timeOfDay,
} from "../../core/time.ts";
import { findZone } from "../../core/time-zone.ts";
import { BIGINT, DATE, INTERVAL, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from "../../core/types.ts";
import type { IntervalValue } from "../../core/value.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { accessorOverloads } from "./date-part.ts";
import { midnight } from "./date-trunc.ts";
import { weekdayOf } from "./parts.ts";
import { wide1, wideAny } from "./registers.ts";
import { MONTHS, WEEKDAYS } from "./time-format.ts";

/** A function of a day, for DATE, TIMESTAMP and TIMESTAMPTZ (on the session's clock); NULL for infinite ones. */
const ofDay = (returns: ScalarOverload["returns"], f: (days: number) => number | string): ScalarOverload[] => [
  { args: ["date"], returns, mayReturnNull: true, impl: (days: number) => (isFiniteDate(days) ? f(days) : null) },
  { args: ["timestamp"], returns, mayReturnNull: true, ...both((micros) => (isFiniteTimestamp(micros) ? f(daysOf(micros)) : null)) },
  {
    args: ["timestamptz"],
    returns,
    mayReturnNull: true,
    specialise: ({ timeZone }) => {
      const zone = findZone(timeZone);
      return both((micros) => (isFiniteTimestamp(micros) ? f(daysOf(zone.toLocal(micros))) : null));
    },
  },
];

const both = (impl: (micros: Micros) => number | string | null) => ({ impl, wide: impl });

const lastDay = (days: number): number => {
  const { year, month } = civilFromDays(days);
  return daysFromCivil(year, month, daysInMonth(year, month));
};

const monthLength = (days: number): number => {
  const { year, month } = civilFromDays(days);
  return daysInMonth(year, month);
};

/** Years, months, days and time from `earlier` to `later`, counted by the calendar; days left over are those of the month that began. */
export function age(later: Micros, earlier: Micros): IntervalValue | null {
  if (!isFiniteTimestamp(later) || !isFiniteTimestamp(earlier)) return null;
  if (later < earlier) {
    const span = age(earlier, later) as IntervalValue;
    return negateInterval(span);
  }
  const [from, to] = [civilFromDays(daysOf(earlier)), civilFromDays(daysOf(later))];
  let months = (to.year - from.year) * 12 + to.month - from.month;
  let days = to.day - from.day;
  let micros = timeOfDay(later) - timeOfDay(earlier);
  if (micros < 0) {
    micros += 86_400_000_000;
    days--;
  }
  if (days < 0) {
    days += daysInMonth(from.year, from.month);
    months--;
  }
  return { months, days, micros };
}

/** Midnight of today, which age(x) is measured from. */
const todayIn = (nowMicros: number, timeZone: string): Micros => joinMicros(daysOf(findZone(timeZone).toLocal(nowMicros)), 0);

const shifted = (micros: Micros | undefined): Micros => {
  if (micros === undefined) throw runtimeError("the sum of a timestamp and an interval is out of range");
  return micros;
};

export const calendarEntries: readonly ScalarEntry[] = [
  {
    name: "last_day",
    doc: doc(
      "The last day of the month. NULL for infinite dates.",
      ["date"],
      "last_day(TIMESTAMP '1992-03-22 01:02:03.1234')",
      "1992-03-31",
    ),
    overloads: ofDay(DATE, lastDay),
  },
  {
    name: "days_in_month",
    doc: doc("Number of days of the month.", ["date"], "days_in_month(DATE '2024-02-10')", "29"),
    overloads: ofDay(BIGINT, monthLength),
  },
  {
    name: "dayname",
    doc: doc("English name of the day of the week.", ["date"], "dayname(TIMESTAMP '1992-03-22')", "Sunday"),
    overloads: ofDay(VARCHAR, (days) => WEEKDAYS[(weekdayOf(days) + 1) % 7]),
  },
  {
    name: "monthname",
    doc: doc("English name of the month.", ["date"], "monthname(TIMESTAMP '1992-09-20')", "September"),
    overloads: ofDay(VARCHAR, (days) => MONTHS[civilFromDays(days).month - 1]),
  },
  {
    name: "age",
    doc: doc(
      "Years, months, days and time between two timestamps, the later one first; with one, up to midnight today.",
      ["later", "earlier"],
      "age(TIMESTAMP '2001-04-10', TIMESTAMP '1992-09-20')",
      "8 years 6 months 20 days",
    ),
    overloads: [
      { args: ["timestamp", "timestamp"], returns: INTERVAL, mayReturnNull: true, impl: age, wide: age },
      {
        args: ["timestamp"],
        returns: INTERVAL,
        mayReturnNull: true,
        specialise: ({ nowMicros, timeZone }) => {
          const today = todayIn(nowMicros, timeZone);
          const impl = (micros: Micros) => age(today, micros);
          return { impl, wide: impl };
        },
      },
      {
        args: ["timestamptz", "timestamptz"],
        returns: INTERVAL,
        mayReturnNull: true,
        specialise: ({ timeZone }) => {
          const zone = findZone(timeZone);
          const impl = (later: Micros, earlier: Micros) => age(zone.toLocal(later), zone.toLocal(earlier));
          return { impl, wide: impl };
        },
      },
      {
        args: ["timestamptz"],
        returns: INTERVAL,
        mayReturnNull: true,
        specialise: ({ nowMicros, timeZone }) => {
          const zone = findZone(timeZone);
          const today = todayIn(nowMicros, timeZone);
          const impl = (micros: Micros) => age(today, zone.toLocal(micros));
          return { impl, wide: impl };
        },
      },
    ],
  },
  {
    name: "date_add",
    doc: doc(
      "A date or timestamp moved by an interval.",
      ["date", "interval"],
      "date_add(DATE '1992-09-15', INTERVAL 2 MONTH)",
      "1992-11-15 00:00:00",
    ),
    overloads: [
      {
        args: ["timestamp", "interval"],
        returns: TIMESTAMP,
        ...wideAny((micros: Micros, by: IntervalValue) => shifted(addInterval(micros, by))),
      },
      {
        args: ["date", "interval"],
        returns: TIMESTAMP,
        ...wideAny((days: number, by: IntervalValue) => shifted(addInterval(midnight(days), by))),
      },
      {
        args: ["timestamptz", "interval"],
        returns: TIMESTAMPTZ,
        specialise: ({ timeZone }) => {
          const zone = findZone(timeZone);
          return wideAny((micros: Micros, by: IntervalValue) => shifted(addIntervalInZone(micros, by, zone)));
        },
      },
    ],
  },
  {
    name: "ago",
    volatility: "stable",
    doc: doc("Now, less an interval.", ["interval"], "ago(INTERVAL 1 HOUR) < now()", "true"),
    overloads: [
      {
        args: ["interval"],
        returns: TIMESTAMPTZ,
        specialise: ({ nowMicros, timeZone }) => {
          const zone = findZone(timeZone);
          return wide1((by: IntervalValue) => shifted(addIntervalInZone(nowMicros, negateInterval(by), zone)));
        },
      },
    ],
  },
  {
    name: "normalized_interval",
    doc: doc(
      "An equal interval with 30 days carried to a month and 24 hours to a day.",
      ["interval"],
      "normalized_interval(INTERVAL '30 days')",
      "1 month",
    ),
    overloads: [{ args: ["interval"], returns: INTERVAL, impl: normaliseInterval }],
  },
  {
    name: "timezone",
    doc: doc(
      "AT TIME ZONE: the moment at which a zone's clock shows a timestamp, or what it shows at a moment. With one argument, the seconds that the session's zone is ahead of UTC.",
      ["zone", "time"],
      "timezone('America/Denver', TIMESTAMPTZ '2001-02-16 20:38:40-05')",
      "2001-02-16 18:38:40",
    ),
    overloads: [
      { args: ["varchar", "timestamp"], returns: TIMESTAMPTZ, ...wideAny((zone: string, micros: Micros) => findZone(zone).toUtc(micros)) },
      {
        args: ["varchar", "timestamptz"],
        returns: TIMESTAMP,
        ...wideAny((zone: string, micros: Micros) => findZone(zone).toLocal(micros)),
      },
      ...accessorOverloads("timezone", ["timestamp", "timestamptz"]),
    ],
  },
];
