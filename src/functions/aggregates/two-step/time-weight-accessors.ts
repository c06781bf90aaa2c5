import { bindError, nearestName } from "../../../core/errors.ts";
import { DOUBLE, VARCHAR } from "../../../core/types.ts";
import {
  FIRST_TIME,
  interpolateTimeWeight,
  LAST_TIME,
  timeWeightedAverage,
  WEIGHTED_SUM,
} from "../../../timeseries/time-weight/time-weight.ts";
import type { ScalarEntry } from "../../define.ts";
import { type AccessorCase, accessor } from "./accessor.ts";
import { neighbourShape, overInterval } from "./neighbours.ts";
import { TIME_WEIGHT } from "./time-weight.ts";

/** What is read from time weights. Integrals are in value times a unit of time. */

const UNIT_MICROS: Readonly<Record<string, number>> = {
  microsecond: 1,
  millisecond: 1_000,
  second: 1_000_000,
  minute: 60_000_000,
  hour: 3_600_000_000,
  day: 86_400_000_000,
  week: 604_800_000_000,
};

/** Microseconds of a constant unit; seconds where none is given. */
function unitOf(name: string, given: unknown, isGiven: boolean): number {
  if (!isGiven) return UNIT_MICROS.second;
  const unit = String(given).toLowerCase().replace(/s$/, "");
  if (Object.hasOwn(UNIT_MICROS, unit)) return UNIT_MICROS[unit];
  const near = nearestName(unit, Object.keys(UNIT_MICROS));
  throw bindError(
    `${name} knows no unit '${given}'`,
    undefined,
    near === undefined ? `it is a constant: ${Object.keys(UNIT_MICROS).join(", ")}` : `did you mean '${near}'?`,
  );
}

const integral: AccessorCase = {
  kind: TIME_WEIGHT,
  returns: ({ types, constants }) => {
    unitOf("integral", constants[1], types.length > 1);
    return DOUBLE;
  },
  make: ({ types, constants }) => {
    const unit = unitOf("integral", constants[1], types.length > 1);
    return (value) => TIME_WEIGHT.read(value)[WEIGHTED_SUM] / unit;
  },
};

const PLACES = { first: FIRST_TIME, last: LAST_TIME };

const stretchedAverage = overInterval("interpolated_average", TIME_WEIGHT, DOUBLE, PLACES, (weight, start, end, before, after) =>
  timeWeightedAverage(interpolateTimeWeight(weight, start, end, before, after)),
);

const stretchedIntegral = overInterval("interpolated_integral", TIME_WEIGHT, DOUBLE, PLACES, (weight, start, end, before, after, rest) => {
  const [unit] = rest;
  return interpolateTimeWeight(weight, start, end, before, after)[WEIGHTED_SUM] / unitOf("interpolated_integral", unit, rest.length > 0);
});

const points = "FROM (VALUES (TIMESTAMP '2026-01-01 00:00:00', 10), ('2026-01-01 00:01:00', 40), ('2026-01-01 00:04:00', 20)) t(ts, v)";

export const averageOfTimeWeight: AccessorCase = {
  kind: TIME_WEIGHT,
  returns: () => DOUBLE,
  make: () => (value) => timeWeightedAverage(TIME_WEIGHT.read(value)),
};

export const timeWeightAccessors: readonly ScalarEntry[] = [
  accessor(
    "integral",
    "What values weighted by time add up to, in value times the constant `unit` ('second' if not given; 'microsecond' to 'week').",
    [integral],
    [`integral(time_weight('locf', ts, v), 'minute') ${points}`, "130.0"],
    { params: ["unit"], args: [{ exactly: VARCHAR }], optional: 1 },
  ),
  accessor(
    "interpolated_average",
    "average over an interval, at whose edges the states of the intervals before and after say how the value went on; each may be NULL or left out. With 'locf' the last value holds to the end.",
    [stretchedAverage],
    [`interpolated_average(time_weight('locf', ts, v), TIMESTAMP '2026-01-01', INTERVAL '5 minutes') ${points}`, "30.0"],
    neighbourShape(),
  ),
  accessor(
    "interpolated_integral",
    "integral over an interval, with the states of the intervals before and after as interpolated_average has them.",
    [stretchedIntegral],
    [
      `interpolated_integral(time_weight('locf', ts, v), TIMESTAMP '2026-01-01', INTERVAL '5 minutes', NULL, NULL, 'minute') ${points}`,
      "150.0",
    ],
    neighbourShape({ params: ["unit"], args: [{ exactly: VARCHAR }] }),
  ),
];
