import type { BindContext, RunningWindow } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { BOOLEAN, DOUBLE, list, struct } from "../../core/types.ts";
import type { ListVector } from "../../core/vector.ts";
import { onlineMethod } from "../../timeseries/anomalies/methods.ts";
import type { DetectorOptions, OnlineMethod } from "../../timeseries/anomalies/online.ts";
import { checkOptions, OPTION_RULES } from "../../timeseries/anomalies/options.ts";
import { isAnomaly } from "../../timeseries/anomalies/score.ts";
import { doc } from "../define.ts";
import { booleanColumn, doubleColumn, givenOption, numberOption, type RunningEntry, structColumn, textOption } from "./define.ts";
import { detectorWindow, type Results } from "./detector-window.ts";

/** Detectors OVER (PARTITION BY k ORDER BY ts): one a partition, which judges each row by those before it. */

const OPTIONS = [textOption("method"), ...Object.keys(OPTION_RULES).map(numberOption)];

/** The method and its options; a mistaken one is refused at its place. */
function methodOf(bind: BindContext): { method: OnlineMethod; options: DetectorOptions } {
  const given: Record<string, number> = {};
  for (const name of Object.keys(OPTION_RULES)) {
    const value = givenOption(bind, name);
    if (value !== undefined) given[name] = Number(value);
  }
  try {
    const method = onlineMethod(String(givenOption(bind, "method") ?? "auto"));
    return { method, options: checkOptions(method, given) };
  } catch (error) {
    if (error instanceof RangeError) throw bindError(error.message);
    throw error;
  }
}

const detecting =
  (resultsOf: (length: number, columns: number, options: DetectorOptions) => Results) =>
  (bind: BindContext): RunningWindow => {
    const { method, options } = methodOf(bind);
    const width = bind.types.length - bind.names.filter((name) => name !== undefined).length;
    return detectorWindow(method, options, width, (length) => resultsOf(length, width, options));
  };

function scores(length: number): Results {
  const column = new Float64Array(length);
  return {
    put: (row, _point, { score }) => {
      column[row] = score;
    },
    column: () => doubleColumn(column),
  };
}

const VERDICT = struct([
  { name: "is_anomaly", type: BOOLEAN },
  { name: "anomaly_score", type: DOUBLE },
  { name: "expected_value", type: DOUBLE },
  { name: "lower_bound", type: DOUBLE },
  { name: "upper_bound", type: DOUBLE },
  { name: "attribution", type: list(DOUBLE) },
]);

function verdicts(length: number, columns: number, { sensitivity }: DetectorOptions): Results {
  const flags = new Uint8Array(length);
  const numbers = Array.from({ length: 4 }, () => new Float64Array(length));
  const known = new Uint8Array(length);
  const offsets = new Int32Array(length + 1);
  const shares = new Float64Array(length * columns);
  let shared = 0;
  return {
    put(row, _point, verdict, detector) {
      const isJudged = !Number.isNaN(verdict.score);
      flags[row] = isJudged ? Number(isAnomaly(verdict.score, sensitivity)) : 2;
      numbers[0][row] = verdict.score;
      numbers[1][row] = verdict.expected;
      numbers[2][row] = verdict.lower;
      numbers[3][row] = verdict.upper;
      if (isJudged && detector.attribution !== undefined) {
        known[row] = 1;
        shares.set(detector.attribution(), shared);
        shared += columns;
      }
      offsets[row + 1] = shared;
    },
    column() {
      const child = doubleColumn(shares.slice(0, shared));
      const attribution: ListVector = { layout: "list", type: list(DOUBLE), length, validity: known, offsets, child };
      return structColumn(VERDICT, [booleanColumn(flags), ...numbers.map(doubleColumn), attribution], length);
    },
  };
}

const METHODS = "auto (the default), zscore, ewma, mad, iqr, hampel, quantile, holt_winters, seasonal, half_space_trees and rcf";
const PARAMS = ["x", "method", "sensitivity", "…"];

export const anomalyScore: RunningEntry = {
  name: "anomaly_score",
  doc: doc(
    `How unusual a row is among those before it in its partition, 0 to 1: d² / (d² + 9), d being the deviation in standard deviations or their equivalent, so 0.5 at three. One or several columns; method is one of ${METHODS}, whose options go by name. auto tells an anomaly where it begins, and again only where it becomes much worse. NULL for a row of NULL, and while the method is warming up.`,
    PARAMS,
    "anomaly_score(x, method => 'zscore') OVER (ORDER BY TIMESTAMP '2024-01-01')",
    "NULL",
  ),
  args: ["double"],
  variadic: "double",
  options: OPTIONS,
  returns: DOUBLE,
  takesTime: () => true,
  running: detecting(scores),
};

export const anomaly: RunningEntry = {
  name: "anomaly",
  doc: doc(
    `What a detector says of a row, from those before it in its partition: is_anomaly, anomaly_score (see anomaly_score), expected_value, lower_bound, upper_bound, and attribution, each column's share of the score where there are several or the method is rcf. Expected value and bounds are those of the first column; NULL for methods that expect no single value. auto gives those of its narrowest view, and may tell a point within them for the others. Methods are ${METHODS}.`,
    PARAMS,
    "(anomaly(x, method => 'zscore') OVER (ORDER BY TIMESTAMP '2024-01-01')).is_anomaly",
    "NULL",
  ),
  args: ["double"],
  variadic: "double",
  options: OPTIONS,
  returns: VERDICT,
  takesTime: () => true,
  running: detecting(verdicts),
};
