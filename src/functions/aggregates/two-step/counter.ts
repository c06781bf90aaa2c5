import type { AggregateOverload } from "../../../catalog/function-types.ts";
import { combineMetrics, summariseMetric } from "../../../timeseries/counters/metric.ts";
import { doc } from "../../define.ts";
import type { AggregateEntry } from "../define.ts";
import { type NumberState, numberState, numberStates, numberStateType } from "./number-state.ts";
import { pointsAccumulator } from "./points.ts";
import type { OrderedState } from "./rollup.ts";

/** counter_agg and gauge_agg: src/timeseries/counters has the definitions, and the places of the numbers. */

const gaugeFields: NumberState["fields"] = [
  ["first_time", "time"],
  ["first", "double"],
  ["second_time", "time"],
  ["second", "double"],
  ["penultimate_time", "time"],
  ["penultimate", "double"],
  ["last_time", "time"],
  ["last", "double"],
  ["num_elements", "count"],
  ["num_changes", "count"],
  ["bounds_from", "time"],
  ["bounds_to", "time"],
  ["mean_seconds", "double"],
  ["mean_value", "double"],
  ["seconds_squares", "double"],
  ["value_squares", "double"],
  ["joint_squares", "double"],
];

export const GAUGE = numberState("gauge_agg", gaugeFields);
export const COUNTER = numberState("counter_agg", [...gaugeFields, ["reset_sum", "double"], ["num_resets", "count"]]);

const overloads = (kind: NumberState, counter: boolean): AggregateOverload[] =>
  (["timestamp", "timestamptz"] as const).map((time) => ({
    args: [time, "double"],
    returns: ({ types }) => numberStateType(kind, types[0]),
    keepsRows: true,
    create: ({ types }) =>
      pointsAccumulator(types, 0, (groups, pointsOf) =>
        numberStates(kind, types[0], groups, (group) => {
          const { times, values, length } = pointsOf(group);
          return length === 0 ? undefined : summariseMetric(times, values, length, counter);
        }),
      ),
  }));

/** How states that follow one another add up. */
const follows = (kind: NumberState): OrderedState => ({ kind, first: 0, last: 6, combine: combineMetrics });
export const metricStates: readonly OrderedState[] = [follows(COUNTER), follows(GAUGE)];

const points = "FROM (VALUES (TIMESTAMP '2026-01-01 00:00:00', 10), ('2026-01-01 00:01:00', 40), ('2026-01-01 00:02:00', 20)) t(seen, x)";
const SOURCE = "TimescaleDB Toolkit";

export const metricAggregates: readonly AggregateEntry[] = [
  {
    name: "counter_agg",
    doc: doc(
      "State of a counter, which only grows and begins again from 0 where it falls: read by delta, rate, num_resets, extrapolated_rate and others, merged by rollup. Of rows with the same time the greatest value counts.",
      ["ts", "value"],
      `delta(counter_agg(seen, x)) ${points}`,
      "50.0",
      SOURCE,
    ),
    overloads: overloads(COUNTER, true),
  },
  {
    name: "gauge_agg",
    doc: doc(
      "State of a gauge, which goes up and down: read by delta, rate, slope, predict and others, merged by rollup. Of rows with the same time the greatest value counts.",
      ["ts", "value"],
      `delta(gauge_agg(seen, x)) ${points}`,
      "10.0",
      SOURCE,
    ),
    overloads: overloads(GAUGE, false),
  },
];
