import type { AggregateOverload, BindContext } from "../../../catalog/function-types.ts";
import { bindError, nearestName, runtimeError } from "../../../core/errors.ts";
import { VARCHAR } from "../../../core/types.ts";
import { combineTimeWeights, LINEAR, summariseTimeWeight } from "../../../timeseries/time-weight/time-weight.ts";
import { doc } from "../../define.ts";
import type { AggregateEntry } from "../define.ts";
import { numberState, numberStates, numberStateType } from "./number-state.ts";
import { pointsAccumulator } from "./points.ts";
import type { OrderedState } from "./rollup.ts";

const METHODS = ["locf", "linear"] as const;

export const TIME_WEIGHT = numberState("time_weight", [
  ["method", METHODS],
  ["first_time", "time"],
  ["first", "double"],
  ["last_time", "time"],
  ["last", "double"],
  ["weighted_sum", "double"],
]);

function methodOf({ constants }: BindContext): boolean {
  const given = constants[0];
  if (given === undefined || given === null) throw bindError("the method of time_weight must be a constant text: 'locf' or 'linear'");
  const method = METHODS.find((one) => one === String(given).toLowerCase());
  if (method !== undefined) return method === "linear";
  const near = nearestName(String(given), METHODS);
  throw bindError(
    `time_weight knows no method '${given}'`,
    undefined,
    near === undefined ? "it is 'locf' or 'linear'" : `did you mean '${near}'?`,
  );
}

const overloads = (["timestamp", "timestamptz"] as const).map(
  (time): AggregateOverload => ({
    args: [{ exactly: VARCHAR }, time, "double"],
    returns: (bind) => {
      methodOf(bind);
      return numberStateType(TIME_WEIGHT, bind.types[1]);
    },
    keepsRows: true,
    create: (bind) => {
      const linear = methodOf(bind);
      const type = bind.types[1];
      return pointsAccumulator(bind.types, 1, (groups, pointsOf) =>
        numberStates(TIME_WEIGHT, type, groups, (group) => {
          const { times, values, length } = pointsOf(group);
          return length === 0 ? undefined : summariseTimeWeight(times, values, length, linear);
        }),
      );
    },
  }),
);

export const timeWeightState: OrderedState = {
  kind: TIME_WEIGHT,
  first: 1,
  last: 3,
  combine: (a, b) => {
    if (a[LINEAR] !== b[LINEAR]) throw runtimeError("rollup of time_weight: some states are of 'locf' and some of 'linear'");
    return combineTimeWeights(a, b);
  },
};

export const timeWeightAggregate: AggregateEntry = {
  name: "time_weight",
  doc: doc(
    "State of values weighted by how long they held: until the next one ('locf'), or along straight lines ('linear'). Read by average, integral and others, merged by rollup. Of rows with the same time the greatest value counts.",
    ["method", "ts", "value"],
    "average(time_weight('linear', seen, x)) FROM (VALUES (TIMESTAMP '2026-01-01 00:00:00', 10), ('2026-01-01 00:01:00', 40), ('2026-01-01 00:04:00', 20)) t(seen, x)",
    "28.75",
    "TimescaleDB Toolkit",
  ),
  overloads,
};
