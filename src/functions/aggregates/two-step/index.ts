import type { AggregateFunction, AggregateOverload, ScalarFunction } from "../../../catalog/function-types.ts";
import { BIGINT, DOUBLE } from "../../../core/types.ts";
import { FIRST, FIRST_TIME, LAST, LAST_TIME } from "../../../timeseries/counters/metric.ts";
import * as weight from "../../../timeseries/time-weight/time-weight.ts";
import { doc, type ScalarEntry, scalarFamily } from "../../define.ts";
import { aggregateFamily } from "../define.ts";
import { type AccessorCase, accessor, numberOf, reads } from "./accessor.ts";
import { candlestickAggregate, candlestickState } from "./candlestick.ts";
import { candlestickAccessors } from "./candlestick-accessors.ts";
import { COUNTER, GAUGE, metricAggregates, metricStates } from "./counter.ts";
import { downsamplingAggregates } from "./downsampling.ts";
import { hyperloglogAggregate, hyperloglogState } from "./hyperloglog.ts";
import { metricAccessors } from "./metric-accessors.ts";
import { timeTypeOf } from "./number-state.ts";
import { percentileAggregates, percentileStates } from "./percentile-sketches.ts";
import { mergedRollup, orderedRollup } from "./rollup.ts";
import { averageOfPercentiles, PERCENTILES, sketchAccessors } from "./sketch-accessors.ts";
import { choiceFor } from "./state-kind.ts";
import { statsAggregate, statsStates } from "./stats.ts";
import { averageOfStats, countOfStats, statsAccessors } from "./stats-accessors.ts";
import { TIME_WEIGHT, timeWeightAggregate, timeWeightState } from "./time-weight.ts";
import { averageOfTimeWeight, timeWeightAccessors } from "./time-weight-accessors.ts";
import { topValuesAggregates, topValuesState } from "./top-values.ts";

/** Aggregates in two steps, their rollup, and what is read from their states: one family a file. */

const MERGED = [...statsStates, candlestickState, hyperloglogState, ...percentileStates, topValuesState];
const ORDERED = [...metricStates, timeWeightState];

const ordered: AggregateOverload = {
  args: ["struct"],
  returns: ({ types }) => {
    if (types[0].kind !== "null")
      choiceFor("rollup", types[0], [...ORDERED, ...MERGED.map(({ name }) => ({ kind: { name, matches: () => false } }))]);
    return types[0];
  },
  keepsRows: true,
  create: ({ types }) => orderedRollup(choiceFor("rollup", types[0], ORDERED), types[0]),
};

const points = "FROM (VALUES (TIMESTAMP '2026-01-01 00:00:00', 10), ('2026-01-01 01:00:00', 40), ('2026-01-01 01:30:00', 20)) t(ts, v)";

export const twoStepAggregates: readonly AggregateFunction[] = aggregateFamily("state", [
  ...metricAggregates,
  timeWeightAggregate,
  statsAggregate,
  candlestickAggregate,
  hyperloglogAggregate,
  ...percentileAggregates,
  ...topValuesAggregates,
  ...downsamplingAggregates,
  {
    name: "rollup",
    aliases: ["rolling"],
    doc: doc(
      "The state of all rows that states of one aggregate were made of. States of counter_agg, gauge_agg and time_weight must follow one another in time, in whatever order they come.",
      ["state"],
      "close(rollup(candlestick(seen, o, h, l, c, n))) FROM (VALUES (TIMESTAMP '2026-01-01', 4, 7, 3, 5, 10), ('2026-01-02', 5, 9, 5, 8, 20)) t(seen, o, h, l, c, n)",
      "8.0",
      "TimescaleDB Toolkit",
    ),
    overloads: [...MERGED.flatMap(mergedRollup), ordered],
  },
]);

/** A number at the same places of metrics, and of time weights. */
const edge = (name: string, summary: string, metric: number, ofWeight: number, time: boolean, result: string): ScalarEntry => {
  const returns = time ? timeTypeOf : DOUBLE;
  const cases: AccessorCase[] = [
    ...[COUNTER, GAUGE].map((kind) => reads(kind, returns, (state) => state[metric])),
    reads(TIME_WEIGHT, returns, (state) => state[ofWeight]),
  ];
  return accessor(name, summary, cases, [`${name}(counter_agg(ts, v)) ${points}`, result]);
};

const sharedAccessors: readonly ScalarEntry[] = [
  accessor(
    "average",
    "Mean of values, or of values weighted by time.",
    [averageOfTimeWeight, averageOfStats, ...averageOfPercentiles],
    ["average(stats_agg(x)) FROM (VALUES (1), (2), (6)) t(x)", "3.0"],
    { aliases: ["stats_mean"] },
  ),
  accessor(
    "num_vals",
    "How many values, or pairs, there were.",
    [...numberOf(countOfStats, (state) => state[0], BIGINT), ...numberOf(PERCENTILES, (state) => state.count, BIGINT)],
    ["num_vals(stats_agg(x)) FROM (VALUES (1), (2), (NULL)) t(x)", "2"],
  ),
  edge("first_time", "Time of the first point.", FIRST_TIME, weight.FIRST_TIME, true, "2026-01-01 00:00:00"),
  edge("last_time", "Time of the last point.", LAST_TIME, weight.LAST_TIME, true, "2026-01-01 01:30:00"),
  edge("first_val", "Value of the first point.", FIRST, weight.FIRST, false, "10.0"),
  edge("last_val", "Value of the last point.", LAST, weight.LAST, false, "20.0"),
];

export const stateAccessors: readonly ScalarFunction[] = scalarFamily("state", [
  ...sharedAccessors,
  ...metricAccessors,
  ...timeWeightAccessors,
  ...statsAccessors,
  ...candlestickAccessors,
  ...sketchAccessors,
]);
