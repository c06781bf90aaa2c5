import type { RunningWindow, SeriesBind } from "../../catalog/function-types.ts";
import { BOOLEAN, DOUBLE, type Schema, struct, VARCHAR } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { batchMethod, onlineMethod } from "../../timeseries/anomalies/methods.ts";
import type { DetectorOptions } from "../../timeseries/anomalies/online.ts";
import { checkOptions, OPTION_RULES } from "../../timeseries/anomalies/options.ts";
import { isAnomaly } from "../../timeseries/anomalies/score.ts";
import { booleanColumn, doubleColumn, structColumn } from "../running/define.ts";
import { detectorWindow } from "../running/detector-window.ts";
import { checked, optionalParam, type SeriesEntry, textColumn } from "./define.ts";

const OUTPUTS: Schema = [
  { name: "is_anomaly", type: BOOLEAN },
  { name: "anomaly_score", type: DOUBLE },
  { name: "expected_value", type: DOUBLE },
  { name: "lower_bound", type: DOUBLE },
  { name: "upper_bound", type: DOUBLE },
  { name: "status", type: VARCHAR },
];

const methodName = (bind: SeriesBind): string => String(bind.arguments.method ?? "auto");

/** The options that are given; what is none of the method's own is refused. */
function optionsOf(bind: SeriesBind, method: { name: string; options: DetectorOptions }): DetectorOptions {
  const given: Record<string, number> = {};
  for (const name of Object.keys(OPTION_RULES)) {
    const value = bind.arguments[name];
    if (value !== null && value !== undefined) given[name] = Number(value);
  }
  return checkOptions(method, given);
}

/** Rows of verdicts, and the words of their status. */
class Verdicts {
  readonly #length: number;
  readonly #sensitivity: number;
  readonly #flags: Uint8Array;
  readonly #score: Float64Array;
  readonly #expected: Float64Array;
  readonly #lower: Float64Array;
  readonly #upper: Float64Array;
  readonly #status: Int32Array;
  readonly #texts: string[] = ["ok", "warming up", "no value"];

  constructor(length: number, sensitivity: number) {
    this.#length = length;
    this.#sensitivity = sensitivity;
    this.#flags = new Uint8Array(length);
    this.#score = new Float64Array(length);
    this.#expected = new Float64Array(length);
    this.#lower = new Float64Array(length);
    this.#upper = new Float64Array(length);
    this.#status = new Int32Array(length);
  }

  put(row: number, value: number, score: number, expected: number, lower: number, upper: number, choice: string | undefined): void {
    const isJudged = !Number.isNaN(score);
    this.#flags[row] = isJudged ? Number(isAnomaly(score, this.#sensitivity)) : 2;
    this.#score[row] = score;
    this.#expected[row] = expected;
    this.#lower[row] = lower;
    this.#upper[row] = upper;
    this.#status[row] = Number.isNaN(value) ? 2 : !isJudged ? 1 : choice === undefined ? 0 : this.#text(`ok: ${choice}`);
  }

  #text(text: string): number {
    const found = this.#texts.lastIndexOf(text);
    return found >= 0 ? found : this.#texts.push(text) - 1;
  }

  columns(): readonly Vector[] {
    const numbers = [this.#score, this.#expected, this.#lower, this.#upper].map(doubleColumn);
    return [booleanColumn(this.#flags), ...numbers, textColumn(this.#texts, this.#status)];
  }

  column(): Vector {
    return structColumn(struct(OUTPUTS), this.columns(), this.#length);
  }
}

/** A detector a partition: rows are judged by those before them. */
function running(bind: SeriesBind): RunningWindow {
  const method = onlineMethod(methodName(bind));
  const options = optionsOf(bind, method);
  return detectorWindow(method, options, bind.values.length, (length) => {
    const verdicts = new Verdicts(length, options.sensitivity);
    return {
      put: (row, point, { score, expected, lower, upper }, detector) =>
        verdicts.put(row, point[0], score, expected, lower, upper, detector.choice?.()),
      column: () => verdicts.column(),
    };
  });
}

/** Points of every series that are not as the others let expect. */
export const detectAnomalies: SeriesEntry = {
  name: "detect_anomalies",
  aliases: ["ai_detect_anomalies"],
  doc: {
    summary:
      "The table's rows in the order they come, each with is_anomaly, anomaly_score (0 to 1: d² / (d² + 9), d being the deviation in standard deviations or their equivalent), expected_value, lower_bound, upper_bound and status. NULL where nothing is said: of NULLs, and while a method is warming up. Over a stream each row is judged by those before it, with state of bounded size for each series; over a table methods may see the whole series.",
    example:
      "SELECT count(*) FROM detect_anomalies(TABLE (SELECT DATE '2024-01-01' + x::INTEGER AS ts, x AS v FROM range(30) t(x)), method => 'zscore')",
    result: "30",
  },
  params: [
    { name: "method", type: "text", default: "auto", doc: "how points are judged: auto, zscore, ewma, mad, iqr, hampel, quantile, …" },
    ...Object.entries(OPTION_RULES).map(([name, { doc }]) => optionalParam(name, "number", doc)),
  ],
  severalColumns: true,
  gives: "points",
  outputs: (bind) => {
    checked(() => {
      const method = batchMethod(methodName(bind));
      optionsOf(bind, method);
      if (bind.values.length > 1 && !method.multivariate)
        throw new RangeError(`data_col must be one column, as method ${method.name} looks at one`);
    });
    return OUTPUTS;
  },
  run: (series, bind, checkInterrupt) => {
    const method = batchMethod(methodName(bind));
    const options = optionsOf(bind, method);
    const { score, expected, lower, upper, choice } = method.run(series, options, checkInterrupt);
    const [values] = series.values;
    const verdicts = new Verdicts(values.length, options.sensitivity);
    for (let i = 0; i < values.length; i++) verdicts.put(i, values[i], score[i], expected[i], lower[i], upper[i], choice);
    return verdicts.columns();
  },
  explain: (series, bind, checkInterrupt) => {
    const method = batchMethod(methodName(bind));
    const options = optionsOf(bind, method);
    const { score, choice } = method.run(series, options, checkInterrupt);
    const judged = score.filter((one) => !Number.isNaN(one));
    return {
      method: method.name,
      choice,
      options,
      points: score.length,
      judged: judged.length,
      anomalies: judged.filter((one) => isAnomaly(one, options.sensitivity)).length,
    };
  },
  running: (bind) => checked(() => running(bind)),
};
