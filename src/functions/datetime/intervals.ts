import { runtimeError } from "../../core/errors.ts";
import { INTERVAL } from "../../core/types.ts";
import type { IntervalValue } from "../../core/value.ts";
import { roundHalfEven } from "../cast/numbers.ts";
import { doc, type ScalarEntry } from "../define.ts";

const INT32_MAX = 2147483647;
const EXACT = Number.MAX_SAFE_INTEGER;

type Unit = { readonly months?: number; readonly days?: number; readonly micros?: number };

/** An interval of so many units. */
const make =
  (name: string, { months = 0, days = 0, micros = 0 }: Unit) =>
  (count: number | bigint): IntervalValue => {
    const n = Number(count);
    const result = { months: n * months + 0, days: n * days + 0, micros: roundHalfEven(n * micros) + 0 };
    if (Math.abs(result.months) > INT32_MAX || Math.abs(result.days) > INT32_MAX || !(Math.abs(result.micros) <= EXACT)) {
      throw runtimeError(`an interval of ${count} ${name} is out of range`);
    }
    return result;
  };

const entry = (name: string, unit: Unit, example: string, result: string, type: "bigint" | "double" = "bigint"): ScalarEntry => {
  const impl = make(name, unit);
  return {
    name: `to_${name}`,
    doc: doc(`An interval of so many ${name}.`, ["count"], example, result),
    overloads: [{ args: [type], returns: INTERVAL, impl, wide: impl }],
  };
};

export const intervalEntries: readonly ScalarEntry[] = [
  entry("millennia", { months: 12000 }, "to_millennia(1)", "1000 years"),
  entry("centuries", { months: 1200 }, "to_centuries(5)", "500 years"),
  entry("decades", { months: 120 }, "to_decades(5)", "50 years"),
  entry("years", { months: 12 }, "to_years(5)", "5 years"),
  entry("quarters", { months: 3 }, "to_quarters(5)", "1 year 3 months"),
  entry("months", { months: 1 }, "to_months(5)", "5 months"),
  entry("weeks", { days: 7 }, "to_weeks(5)", "35 days"),
  entry("days", { days: 1 }, "to_days(5)", "5 days"),
  entry("hours", { micros: 3_600_000_000 }, "to_hours(5)", "05:00:00"),
  entry("minutes", { micros: 60_000_000 }, "to_minutes(5)", "00:05:00"),
  entry("seconds", { micros: 1_000_000 }, "to_seconds(5.5)", "00:00:05.5", "double"),
  entry("milliseconds", { micros: 1000 }, "to_milliseconds(5.5)", "00:00:00.0055", "double"),
  entry("microseconds", { micros: 1 }, "to_microseconds(5)", "00:00:00.000005"),
];
