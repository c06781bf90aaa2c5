import type { BindContext, Implementation, ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { addInterval, addIntervalInZone, negateInterval, spanBetween } from "../../core/interval.ts";
import {
  DATE_MAX,
  DATE_MIN,
  inTimestampRange,
  isFiniteDate,
  isFiniteTimestamp,
  joinMicros,
  MICROS_PER_DAY,
  type Micros,
  TIMESTAMP_INFINITY,
} from "../../core/time.ts";
import { findZone, type Zone } from "../../core/time-zone.ts";
import { BIGINT, DATE, INTERVAL, TIME, TIMESTAMP, TIMESTAMPTZ } from "../../core/types.ts";
import type { IntervalValue } from "../../core/value.ts";
import { roundHalfEven } from "../cast/numbers.ts";
import { dateToTimestamp } from "../cast/temporal.ts";

/** Arithmetic of dates, times, timestamps and intervals. */

const INT32_MAX = 2147483647;

/** Implementations of a function that gives a timestamp in either form: a narrow register that is not exact becomes an infinity. */
function timestamps(f: (...args: never[]) => Micros): { impl: Implementation; wide: Implementation } {
  return {
    impl: (...args) => {
      const result = f(...(args as never[]));
      return typeof result === "number" ? result : result > 0n ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    },
    wide: (...args) => BigInt(f(...(args as never[]))),
  };
}

const inRange = (micros: Micros | undefined): Micros => {
  if (micros === undefined || (isFiniteTimestamp(micros) && !inTimestampRange(micros)))
    throw runtimeError("date and time not in timestamp range");
  return micros;
};

const negated = (by: IntervalValue): IntervalValue => negateInterval(by);

/** Flips the arguments of a commutative overload. */
const flipped = (overload: ScalarOverload): ScalarOverload => {
  const flip = (f: Implementation | undefined): Implementation | undefined => (f === undefined ? undefined : (a, b) => f(b, a));
  const { specialise, inline } = overload;
  return {
    ...overload,
    args: [overload.args[1], overload.args[0]],
    impl: flip(overload.impl),
    wide: flip(overload.wide),
    specialise:
      specialise === undefined
        ? undefined
        : (bind) => {
            const made = specialise(swap(bind));
            return { impl: flip(made.impl) as Implementation, wide: flip(made.wide) };
          },
    inline: inline === undefined ? undefined : ([a, b], bind) => inline([b, a], swap(bind)),
  };
};
const swap = (bind: BindContext): BindContext => ({
  ...bind,
  types: [bind.types[1], bind.types[0]],
  constants: [bind.constants[1], bind.constants[0]],
});

// Dates

const addDays = (date: number, days: number): number => {
  if (!isFiniteDate(date)) return date;
  const sum = date + days;
  if (sum < DATE_MIN || sum > DATE_MAX) throw runtimeError("date out of range");
  return sum;
};

const datePlusDays: ScalarOverload = { args: ["date", "integer"], returns: DATE, impl: addDays };
const dateMinusDays: ScalarOverload = {
  args: ["date", "integer"],
  returns: DATE,
  impl: (date: number, days: number) => addDays(date, -days),
};
const dateMinusDate: ScalarOverload = {
  args: ["date", "date"],
  returns: BIGINT,
  impl: (a: number, b: number) => a - b,
  wide: (a: number, b: number) => BigInt(a - b),
  inline: ([a, b]) => `${a} - ${b}`,
  checkRange: false,
};
const datePlusTime: ScalarOverload = {
  args: ["date", "time"],
  returns: TIMESTAMP,
  ...timestamps((date: number, time: Micros) => {
    if (!isFiniteDate(date)) return date > 0 ? TIMESTAMP_INFINITY : -TIMESTAMP_INFINITY;
    return inRange(joinMicros(date, Number(time)));
  }),
};
const dateInterval = (turn: (by: IntervalValue) => IntervalValue): ScalarOverload => ({
  args: ["date", "interval"],
  returns: TIMESTAMP,
  ...timestamps((date: number, by: IntervalValue) => inRange(addInterval(inRange(dateToTimestamp(date)), turn(by)))),
});

// Timestamps

const timestampInterval = (turn: (by: IntervalValue) => IntervalValue): ScalarOverload => ({
  args: ["timestamp", "interval"],
  returns: TIMESTAMP,
  ...timestamps((timestamp: Micros, by: IntervalValue) => inRange(addInterval(timestamp, turn(by)))),
  inline: ([timestamp], bind) => shiftText(timestamp, bind.constants[1] as IntervalValue | null | undefined, turn, true),
});

const timestamptzInterval = (turn: (by: IntervalValue) => IntervalValue): ScalarOverload => ({
  args: ["timestamptz", "interval"],
  returns: TIMESTAMPTZ,
  specialise: ({ timeZone }) => {
    const zone = findZone(timeZone);
    return timestamps((timestamp: Micros, by: IntervalValue) => inRange(addIntervalInZone(timestamp, turn(by), zone)));
  },
  inline: ([timestamp], bind) => shiftText(timestamp, bind.constants[1] as IntervalValue | null | undefined, turn, false),
});

/** A constant interval without months (and, on a clock that may change, without days) is a fixed number of microseconds. */
function shiftText(
  timestamp: string,
  by: IntervalValue | null | undefined,
  turn: (by: IntervalValue) => IntervalValue,
  fixedDays: boolean,
): string | undefined {
  if (by === undefined || by === null || by.months !== 0 || (by.days !== 0 && !fixedDays)) return undefined;
  const { days, micros } = turn(by);
  const shift = days * MICROS_PER_DAY + micros;
  return Number.isSafeInteger(shift) ? `${timestamp} + ${shift < 0 ? `(${shift})` : shift}` : undefined;
}

const difference = (later: Micros, earlier: Micros): IntervalValue => {
  if (!isFiniteTimestamp(later) || !isFiniteTimestamp(earlier)) throw runtimeError("cannot subtract infinite timestamps");
  if (Math.abs(Number(later) - Number(earlier)) >= 2 ** 62) {
    const span = BigInt(later) - BigInt(earlier);
    if (BigInt.asIntN(64, span) !== span) throw runtimeError("timestamp difference is out of bounds");
  }
  return spanBetween(later, earlier);
};

const timestampMinusTimestamp: ScalarOverload = {
  args: ["timestamp", "timestamp"],
  returns: INTERVAL,
  impl: difference,
  wide: difference,
};

/** From the earlier to the later: whole days by the zone's calendar, then what is left as elapsed time. */
function zonedDifference(later: Micros, earlier: Micros, zone: Zone): IntervalValue {
  if (later < earlier) return negateInterval(zonedDifference(earlier, later, zone));
  let { days } = difference(zone.toLocal(later), zone.toLocal(earlier));
  const rest = () => {
    const moved = addIntervalInZone(earlier, { months: 0, days, micros: 0 }, zone) as Micros;
    return Number(BigInt(later) - BigInt(moved));
  };
  let micros = rest();
  if (micros < 0) {
    days--;
    micros = rest();
  }
  return { months: 0, days, micros };
}

const timestamptzMinusTimestamptz: ScalarOverload = {
  args: ["timestamptz", "timestamptz"],
  returns: INTERVAL,
  specialise: ({ timeZone }) => {
    const zone = findZone(timeZone);
    const impl = (later: Micros, earlier: Micros) => zonedDifference(later, earlier, zone);
    return { impl, wide: impl };
  },
};

// Times of day

/** Times wrap around at midnight; months and days leave them alone. */
const timeInterval = (turn: (by: IntervalValue) => IntervalValue): ScalarOverload => ({
  args: ["time", "interval"],
  returns: TIME,
  ...timestamps((time: Micros, by: IntervalValue) => {
    const sum = (Number(time) + (turn(by).micros % MICROS_PER_DAY)) % MICROS_PER_DAY;
    return sum < 0 ? sum + MICROS_PER_DAY : sum + 0;
  }),
  checkRange: false,
});

// Intervals

function checkedParts(months: number, days: number, micros: number, what: () => string): IntervalValue {
  // Not-a-number fails these comparisons too.
  if (!(Math.abs(months) <= INT32_MAX && Math.abs(days) <= INT32_MAX && Math.abs(micros) < 2 ** 63)) {
    throw runtimeError(`overflow in ${what()} of INTERVAL`);
  }
  return { months: months + 0, days: days + 0, micros: micros + 0 };
}

const addIntervals = (a: IntervalValue, b: IntervalValue): IntervalValue =>
  checkedParts(a.months + b.months, a.days + b.days, a.micros + b.micros, () => "addition");

const intervalPlusInterval: ScalarOverload = { args: ["interval", "interval"], returns: INTERVAL, impl: addIntervals };
const intervalMinusInterval: ScalarOverload = {
  args: ["interval", "interval"],
  returns: INTERVAL,
  impl: (a: IntervalValue, b: IntervalValue) =>
    checkedParts(a.months - b.months, a.days - b.days, a.micros - b.micros, () => "subtraction"),
};
const intervalNegation: ScalarOverload = { args: ["interval"], returns: INTERVAL, impl: negateInterval };

const timesWhole = (by: IntervalValue, factor: Micros): IntervalValue => {
  const times = Number(factor);
  return checkedParts(by.months * times, by.days * times, by.micros * times, () => "multiplication");
};
const intervalTimesWhole: ScalarOverload = { args: ["interval", "bigint"], returns: INTERVAL, impl: timesWhole, wide: timesWhole };

const roundMicros = (value: number) => roundHalfEven(value * 1e6) / 1e6;

/** Each part scaled; a fraction of a month becomes days (30 to the month), a fraction of a day time. */
function scaled(by: IntervalValue, scale: (part: number) => number, what: () => string): IntervalValue {
  const months = Math.trunc(scale(by.months));
  const days = Math.trunc(scale(by.days));
  const monthDays = roundMicros((scale(by.months) - months) * 30);
  let seconds = roundMicros((scale(by.days) - days + monthDays - Math.trunc(monthDays)) * 86400);
  let carried = 0;
  if (Math.abs(seconds) >= 86400) {
    carried = Math.trunc(seconds / 86400);
    seconds -= carried * 86400;
  }
  const micros = roundHalfEven(scale(by.micros) + seconds * 1e6);
  return checkedParts(months, days + carried + Math.trunc(monthDays), micros, what);
}

const intervalTimesFraction: ScalarOverload = {
  args: ["interval", "double"],
  returns: INTERVAL,
  impl: (by: IntervalValue, factor: number) =>
    scaled(
      by,
      (part) => part * factor,
      () => "multiplication",
    ),
};
const intervalDivided: ScalarOverload = {
  args: ["interval", "double"],
  returns: INTERVAL,
  mayReturnNull: true,
  impl: (by: IntervalValue, divisor: number) =>
    divisor === 0
      ? null
      : scaled(
          by,
          (part) => part / divisor,
          () => "division",
        ),
};

const same = (by: IntervalValue) => by;
const commutative = (overload: ScalarOverload): ScalarOverload[] => [overload, flipped(overload)];

export const temporalAddition: readonly ScalarOverload[] = [
  ...commutative(datePlusDays),
  ...commutative(datePlusTime),
  ...commutative(dateInterval(same)),
  ...commutative(timestampInterval(same)),
  ...commutative(timestamptzInterval(same)),
  ...commutative(timeInterval(same)),
  intervalPlusInterval,
];

export const temporalSubtraction: readonly ScalarOverload[] = [
  dateMinusDate,
  dateMinusDays,
  dateInterval(negated),
  timestampMinusTimestamp,
  timestampInterval(negated),
  timestamptzMinusTimestamptz,
  timestamptzInterval(negated),
  timeInterval(negated),
  intervalMinusInterval,
];

export const temporalNegation: readonly ScalarOverload[] = [intervalNegation];
export const temporalMultiplication: readonly ScalarOverload[] = [
  ...commutative(intervalTimesWhole),
  ...commutative(intervalTimesFraction),
];
export const temporalDivision: readonly ScalarOverload[] = [intervalDivided];
