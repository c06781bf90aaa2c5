import type { BindContext, RunningWindow } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { BOOLEAN, type DataType, DOUBLE, list, struct, TIMESTAMP } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { RollingModel, type RollingState } from "../../timeseries/forecast/rolling.ts";
import { addSteps, inferStep } from "../../timeseries/grid/step.ts";
import { doc } from "../define.ts";
import { booleanColumn, doubleColumn, doublesOf, type RunningEntry, runningObjects, structColumn, timesOf } from "./define.ts";
import { ML_OPTIONS, type MlOptions, mlOptions } from "./ml-options.ts";

/** Latest times that the step of a series is told from. */
const STEP_TIMES = 32;

/** A partition: its model, and its latest times. */
interface Partition {
  readonly model: RollingModel;
  readonly times: number[];
}

interface PartitionState {
  readonly model: RollingState;
  readonly times: Float64Array;
}

function overPartitions(
  options: MlOptions,
  step: (partitions: readonly Partition[], of: Int32Array, args: readonly Vector[], length: number) => Vector,
): RunningWindow {
  return runningObjects<Partition>(
    {
      create: () => ({ model: new RollingModel(options), times: [] }),
      save: ({ model, times }): PartitionState => ({ model: model.state(), times: Float64Array.from(times) }),
      load: (saved) => {
        const { model, times } = saved as PartitionState;
        return { model: new RollingModel(options, model), times: [...times] };
      },
      bytes: ({ model }) => model.bytes + 8 * STEP_TIMES,
    },
    step,
  );
}

/** DATE as TIMESTAMP; other times as they are. */
const timeType = ({ types: [, type] }: BindContext): DataType => (type.kind === "date" ? TIMESTAMP : type);

function coerce({ types: [value, time, ...rest] }: BindContext): DataType[] {
  if (!["date", "timestamp", "timestamptz", "null"].includes(time.kind))
    throw bindError(`the second argument is the time of a row, not ${time.kind}`);
  return [value, time.kind === "timestamptz" ? time : TIMESTAMP, ...rest];
}

const number = (name: string) => ({ name, type: DOUBLE });

const verdictType = (time: DataType): DataType =>
  struct([
    { name: "timestamp", type: time },
    ...["actual_value", "forecast_value", "lower_bound", "upper_bound"].map(number),
    { name: "is_anomaly", type: BOOLEAN },
    ...["rmse", "aic"].map(number),
  ]);

function detecting(bind: BindContext): RunningWindow {
  const options = mlOptions(bind);
  if (options.horizon !== 1) throw bindError("option 'horizon' is for ML_FORECAST: a row is judged by what is expected one step ahead");
  const type = verdictType(timeType(bind));
  return overPartitions(options, (partitions, of, [values, time], length) => {
    const actual = doublesOf(values);
    const [seen, expected, lower, upper, rmse, aic] = Array.from({ length: 6 }, () => new Float64Array(length).fill(Number.NaN));
    const flags = new Uint8Array(length).fill(2);
    for (let i = 0; i < length; i++) {
      const value = actual[i];
      if (Number.isNaN(value)) continue;
      seen[i] = value;
      const { model } = partitions[of[i]];
      const forecast = model.forecast(1, [options.level]);
      if (forecast !== undefined) {
        expected[i] = forecast.mean[0];
        lower[i] = forecast.lower[0][0];
        upper[i] = forecast.upper[0][0];
        if (!Number.isNaN(lower[i])) flags[i] = value < lower[i] || value > upper[i] ? 1 : 0;
        rmse[i] = model.rmse;
        aic[i] = model.fitted?.parameters.aic ?? Number.NaN;
      }
      model.push(value, expected[i]);
    }
    const numbers = [seen, expected, lower, upper].map(doubleColumn);
    return structColumn(type, [time, ...numbers, booleanColumn(flags), doubleColumn(rmse), doubleColumn(aic)], length);
  });
}

const aheadType = (time: DataType): DataType =>
  struct([{ name: "timestamp", type: time }, ...["forecast_value", "lower_bound", "upper_bound", "rmse", "aic"].map(number)]);

function forecasting(bind: BindContext): RunningWindow {
  const options = mlOptions(bind);
  const { horizon, level } = options;
  const type = aheadType(timeType(bind));
  return overPartitions(options, (partitions, of, [values, time], length) => {
    const actual = doublesOf(values);
    const times = timesOf(time);
    const offsets = new Int32Array(length + 1);
    const [at, mean, lower, upper, rmse, aic] = Array.from({ length: 6 }, () => new Float64Array(length * horizon));
    let rows = 0;
    for (let i = 0; i < length; i++) {
      const value = actual[i];
      const partition = partitions[of[i]];
      const { model } = partition;
      if (!Number.isNaN(value)) {
        model.push(value, model.forecast(1, [])?.mean[0] ?? Number.NaN);
        if (!(times[i] <= partition.times[partition.times.length - 1]) && !Number.isNaN(times[i])) partition.times.push(times[i]);
        if (partition.times.length > STEP_TIMES) partition.times.shift();
        const ahead = model.forecast(horizon, [level]);
        const step = inferStep(Float64Array.from(partition.times));
        for (let h = 0; ahead !== undefined && h < horizon; h++, rows++) {
          at[rows] = addSteps(partition.times[partition.times.length - 1], step, h + 1);
          mean[rows] = ahead.mean[h];
          lower[rows] = ahead.lower[0][h];
          upper[rows] = ahead.upper[0][h];
          rmse[rows] = model.rmse;
          aic[rows] = model.fitted?.parameters.aic ?? Number.NaN;
        }
      }
      offsets[i + 1] = rows;
    }
    const numbers = [mean, lower, upper, rmse, aic].map((column) => doubleColumn(column.slice(0, rows)));
    const child = structColumn(type, [timeColumn(timeType(bind), at.subarray(0, rows)), ...numbers], rows);
    return { layout: "list", type: list(type), length, validity: null, offsets, child };
  });
}

function timeColumn(type: DataType, micros: Float64Array): FlatVector {
  const data = new BigInt64Array(micros.length);
  let validity: Uint8Array | null = null;
  for (let i = 0; i < micros.length; i++) {
    if (Number.isFinite(micros[i])) data[i] = BigInt(Math.round(micros[i]));
    else {
      validity ??= new Uint8Array(micros.length).fill(1);
      validity[i] = 0;
    }
  }
  return { layout: "flat", type, length: micros.length, validity, data };
}

const OPTIONS_DOC =
  "Options: minTrainingSize (128), maxTrainingSize (512), confidencePercentage (99), enableStl (false) with m, p, d, q, updateInterval (5), rmseThreshold (100), evalWindowSize (5). The model is fitted to the latest rows of its partition, updated with each row, and fitted again after updateInterval rows at the earliest, once the root mean square of the last evalWindowSize errors is above rmseThreshold, or after as many rows as it was fitted to.";

const PARAMS = ["value", "time", "options"];

/** Whether a row is what ARIMA expects, as Confluent's Flink SQL has it. */
export const mlDetectAnomalies: RunningEntry = {
  name: "ml_detect_anomalies",
  doc: doc(
    `Whether a value is what an ARIMA model of the rows before it in its partition expects: timestamp, actual_value, forecast_value, lower_bound, upper_bound, is_anomaly, rmse and aic; NULL before minTrainingSize rows, and for NULL. ${OPTIONS_DOC}`,
    PARAMS,
    "(ml_detect_anomalies(x, TIMESTAMP '2024-01-01', JSON_OBJECT('minTrainingSize' VALUE 10)) OVER (ORDER BY x)).is_anomaly FROM (VALUES (7)) t(x)",
    "NULL",
  ),
  args: ["double", "any"],
  coerce,
  options: ML_OPTIONS,
  returns: (bind) => verdictType(timeType(bind)),
  running: detecting,
};

/** What comes after each row, as Confluent's Flink SQL has it. */
export const mlForecast: RunningEntry = {
  name: "ml_forecast",
  doc: doc(
    `What an ARIMA model of the rows up to this one in its partition expects next: a list of timestamp, forecast_value, lower_bound, upper_bound, rmse and aic, one for each step of horizon (1); empty before minTrainingSize rows. ${OPTIONS_DOC}`,
    PARAMS,
    "len(ml_forecast(x, TIMESTAMP '2024-01-01', JSON_OBJECT('horizon' VALUE 3)) OVER (ORDER BY x)) FROM (VALUES (7)) t(x)",
    "0",
  ),
  args: ["double", "any"],
  coerce,
  options: ML_OPTIONS,
  returns: (bind) => list(aheadType(timeType(bind))),
  running: forecasting,
};
