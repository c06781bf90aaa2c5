import { bindError, nearestName, runtimeError } from "../../../core/errors.ts";
import { BIGINT, DOUBLE, VARCHAR } from "../../../core/types.ts";
import type { Value } from "../../../core/value.ts";
import { CHANGES, ELEMENTS, FIRST_TIME, FROM, LAST_TIME, RESETS, TO } from "../../../timeseries/counters/metric.ts";
import {
  delta,
  extrapolatedDelta,
  extrapolatedRate,
  firstRate,
  firstStep,
  interpolated,
  lastRate,
  lastStep,
  predict,
  rate,
  timeDelta,
  withinBounds,
  zeroTime,
} from "../../../timeseries/counters/rates.ts";
import type { ScalarEntry } from "../../define.ts";
import { type AccessorCase, type AccessorShape, accessor, numberOf, reads } from "./accessor.ts";
import { COUNTER, GAUGE } from "./counter.ts";
import { neighbourShape, overInterval } from "./neighbours.ts";
import { type NumberState, timeTypeOf } from "./number-state.ts";

/** What is read from counters and gauges. */

const METRICS = [COUNTER, GAUGE] as const;
const points = "FROM (VALUES (TIMESTAMP '2026-01-01 00:00:00', 10), ('2026-01-01 00:01:00', 40), ('2026-01-01 00:02:00', 20)) t(ts, v)";
const of = (name: string, result: string) => [`${name}(counter_agg(ts, v)) ${points}`, result] as const;

const METHODS = ["prometheus"];

/** Extrapolation to the bounds, which must be there. */
const extrapolating = (name: string, get: (metric: Float64Array) => number): AccessorCase[] =>
  METRICS.map((kind) => ({
    kind,
    returns: ({ types, constants }) => {
      const method = constants[1];
      if (types.length > 1 && !METHODS.includes(String(method).toLowerCase())) {
        const near = nearestName(String(method), METHODS);
        throw bindError(
          `${name} knows no method '${method}'`,
          undefined,
          near === undefined ? "it is 'prometheus', a constant" : `did you mean '${near}'?`,
        );
      }
      return DOUBLE;
    },
    make: () => (value: Value) => {
      const metric = kind.read(value);
      if (Number.isNaN(metric[FROM]) || Number.isNaN(metric[TO])) {
        throw runtimeError(`${name} of a state without bounds`, undefined, `${name}(with_bounds(state, start, end))`);
      }
      return get(metric);
    },
  }));

const extrapolationShape: AccessorShape = { params: ["method"], args: [{ exactly: VARCHAR }], optional: 1 };

function bounded(kind: NumberState, value: Value, from: number | bigint, to: number | bigint): Value {
  const metric = kind.read(value);
  metric[FROM] = Number(from);
  metric[TO] = Number(to);
  if (!withinBounds(metric)) {
    throw runtimeError(
      "with_bounds: the state has points outside of the bounds",
      undefined,
      "bounds reach from the start up to, but without, the end",
    );
  }
  return kind.fields.map(([field], k) => {
    if (field === "bounds_from") return BigInt(from);
    if (field === "bounds_to") return BigInt(to);
    return (value as readonly Value[])[k];
  });
}

/** The interval must reach over the points: its points are those of one bucket. */
const METRIC_TIMES = { first: FIRST_TIME, last: LAST_TIME };

const interpolating = (name: string, get: (found: { delta: number; seconds: number }) => number): AccessorCase[] =>
  METRICS.map((kind) =>
    overInterval(name, kind, DOUBLE, METRIC_TIMES, (metric, start, end, before, after) =>
      get(interpolated(metric, start, end, before, after)),
    ),
  );

const interpolationExample = (name: string, result: string) =>
  [`${name}(counter_agg(ts, v), TIMESTAMP '2026-01-01', INTERVAL '1 hour') ${points}`, result] as const;

const bounds = "with_bounds(counter_agg(ts, v), TIMESTAMP '2026-01-01', TIMESTAMP '2026-01-01 00:03:00')";

export const metricAccessors: readonly ScalarEntry[] = [
  accessor(
    "delta",
    "Change from the first to the last point; a counter's is what it grew by, resets or not.",
    numberOf(METRICS, delta),
    of("delta", "50.0"),
  ),
  accessor("rate", "delta a second. NULL for a single point.", numberOf(METRICS, rate), [
    `round(rate(counter_agg(ts, v)), 3) ${points}`,
    "0.417",
  ]),
  accessor("time_delta", "Seconds from the first to the last point.", numberOf(METRICS, timeDelta), of("time_delta", "120.0")),
  accessor("idelta_left", "Change between the first two points.", numberOf(METRICS, firstStep), of("idelta_left", "30.0")),
  accessor("idelta_right", "Change between the last two points.", numberOf(METRICS, lastStep), of("idelta_right", "20.0")),
  accessor("irate_left", "idelta_left a second. NULL for a single point.", numberOf(METRICS, firstRate), of("irate_left", "0.5")),
  accessor(
    "irate_right",
    "idelta_right a second, as PromQL's irate. NULL for a single point.",
    numberOf(METRICS, lastRate),
    [`round(irate_right(counter_agg(ts, v)), 3) ${points}`, "0.333"],
    { aliases: ["irate"] },
  ),
  accessor(
    "num_resets",
    "How often a counter fell, and so began again.",
    numberOf([COUNTER], (m) => m[RESETS], BIGINT),
    of("num_resets", "1"),
    {
      aliases: ["resets"],
    },
  ),
  accessor(
    "num_changes",
    "How often the value was another than before.",
    numberOf(METRICS, (m) => m[CHANGES], BIGINT),
    of("num_changes", "2"),
    {
      aliases: ["changes"],
    },
  ),
  accessor(
    "num_elements",
    "Points, each time once.",
    numberOf(METRICS, (m) => m[ELEMENTS], BIGINT),
    of("num_elements", "3"),
  ),
  accessor(
    "counter_zero_time",
    "When the fitted line of a counter was 0. NULL where it does not rise or fall.",
    [reads(COUNTER, timeTypeOf, zeroTime)],
    of("counter_zero_time", "2025-12-31 23:59:32"),
  ),
  accessor(
    "predict_linear",
    "What the line fitted by least squares through all points has at a time.",
    METRICS.map((kind) => reads(kind, DOUBLE, (metric, time: number | bigint) => predict(metric, Number(time)))),
    [`round(predict_linear(counter_agg(ts, v), TIMESTAMP '2026-01-01 00:03:00'), 3) ${points}`, "86.667"],
    { params: ["time"], args: ["temporal"], coerce: ({ types }) => [types[0], timeTypeOf(types[0])] },
  ),
  accessor(
    "with_bounds",
    "The state with the bounds of its time, from `start` up to but without `end`, for extrapolated_delta and extrapolated_rate.",
    METRICS.map((kind) => ({
      kind,
      returns: (_bind, state) => state,
      make:
        () =>
        (value: Value, [from, to]: readonly (number | bigint)[]) =>
          bounded(kind, value, from, to),
    })),
    [`round(extrapolated_delta(${bounds}), 2) ${points}`, "75.0"],
    {
      params: ["start", "end"],
      args: ["temporal", "temporal"],
      coerce: ({ types }) => [types[0], timeTypeOf(types[0]), timeTypeOf(types[0])],
    },
  ),
  accessor(
    "extrapolated_delta",
    "delta over the whole of the state's bounds, as PromQL's increase (of a gauge its delta). NULL for a single point.",
    extrapolating("extrapolated_delta", extrapolatedDelta),
    [`round(extrapolated_delta(${bounds}, 'prometheus'), 2) ${points}`, "75.0"],
    { ...extrapolationShape, aliases: ["increase"] },
  ),
  accessor(
    "extrapolated_rate",
    "extrapolated_delta a second of the state's bounds, as PromQL's rate. NULL for a single point.",
    extrapolating("extrapolated_rate", extrapolatedRate),
    [`round(extrapolated_rate(${bounds}), 3) ${points}`, "0.417"],
    extrapolationShape,
  ),
  accessor(
    "interpolated_delta",
    "delta over an interval, at whose edges the states of the intervals before and after say how the value went on; each may be NULL or left out.",
    interpolating("interpolated_delta", ({ delta }) => delta),
    interpolationExample("interpolated_delta", "50.0"),
    neighbourShape(),
  ),
  accessor(
    "interpolated_rate",
    "interpolated_delta a second of the time it is known for.",
    interpolating("interpolated_rate", ({ delta, seconds }) => (seconds === 0 ? Number.NaN : delta / seconds)),
    [`round(interpolated_rate(counter_agg(ts, v), TIMESTAMP '2026-01-01', INTERVAL '1 hour'), 3) ${points}`, "0.417"],
    neighbourShape(),
  ),
];
