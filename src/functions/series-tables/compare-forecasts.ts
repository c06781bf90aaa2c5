import type { SeriesBind, SeriesInput } from "../../catalog/function-types.ts";
import { BIGINT, DOUBLE, type Schema, VARCHAR } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { vectorFromValues } from "../../core/vector-builder.ts";
import { coverage, msis, pinball } from "../../timeseries/accuracy/intervals.ts";
import { mae, mape, rmse, smape } from "../../timeseries/accuracy/points.ts";
import { mase, owa, rmsse } from "../../timeseries/accuracy/scaled.ts";
import { forecastFold } from "../../timeseries/forecast/cross-validation.ts";
import { naive } from "../../timeseries/forecast/naive.ts";
import { seasonallyAdjusted } from "../../timeseries/forecast/seasonally-adjusted.ts";
import { doubleColumn } from "../running/define.ts";
import { type SeriesEntry, textColumn } from "./define.ts";
import { askedFolds, FOLD_PARAMS, type FoldForecast, forecastFolds } from "./ts-cv.ts";

const MEASURES = ["mae", "rmse", "mape", "smape", "mase", "rmsse", "owa", "coverage", "msis", "pinball"] as const;

const OUTPUTS: Schema = [
  { name: "model", type: VARCHAR },
  { name: "folds", type: BIGINT },
  ...MEASURES.map((name) => ({ name, type: DOUBLE })),
  { name: "status", type: VARCHAR },
];

const naive2 = seasonallyAdjusted(naive);
const average = (values: readonly number[]): number => {
  const known = values.filter((value) => !Number.isNaN(value));
  return known.length === 0 ? Number.NaN : known.reduce((sum, value) => sum + value, 0) / known.length;
};

function run(input: SeriesInput, bind: SeriesBind, checkInterrupt: () => void): readonly Vector[] {
  const asked = askedFolds(bind);
  const { regular, seasons, forecasts } = forecastFolds(input, bind, asked, checkInterrupt);
  const { values } = regular;
  const season = seasons[0] ?? 1;
  const { horizon, level } = asked;
  const actualOf = ({ start }: FoldForecast) => values.subarray(start, start + horizon);
  const trainingOf = ({ from, to }: FoldForecast) => values.subarray(from, to);
  // Naive2 of each fold, which OWA is measured by.
  const benchmarks = new Map<number, { smape: number; mase: number }>();
  for (const one of forecasts.slice(0, asked.folds)) {
    const { mean } = forecastFold(naive2, values, one, asked, [], { seasons });
    benchmarks.set(one.fold, { smape: smape(actualOf(one), mean), mase: mase(actualOf(one), mean, trainingOf(one), season) });
  }
  const benchmark = {
    smape: average([...benchmarks.values()].map((one) => one.smape)),
    mase: average([...benchmarks.values()].map((one) => one.mase)),
  };
  const groups = asked.models.map((_, k) => forecasts.slice(k * asked.folds, (k + 1) * asked.folds));
  const rows = groups.map((folds) => {
    const over = (of: (actual: Float64Array, one: FoldForecast, training: Float64Array) => number) =>
      average(folds.map((one) => of(actualOf(one), one, trainingOf(one))));
    const errors = {
      smape: over((actual, { mean }) => smape(actual, mean)),
      mase: over((actual, { mean }, training) => mase(actual, mean, training, season)),
    };
    const measures: Record<(typeof MEASURES)[number], number> = {
      mae: over((actual, { mean }) => mae(actual, mean)),
      rmse: over((actual, { mean }) => rmse(actual, mean)),
      mape: over((actual, { mean }) => mape(actual, mean)),
      ...errors,
      rmsse: over((actual, { mean }, training) => rmsse(actual, mean, training, season)),
      owa: owa(errors, benchmark),
      coverage: over((actual, { lower, upper }) => coverage(actual, lower, upper)),
      msis: over((actual, { lower, upper }, training) => msis(actual, lower, upper, level, training, season)),
      pinball: over((actual, { lower, upper }) => (pinball(actual, lower, (1 - level) / 2) + pinball(actual, upper, (1 + level) / 2)) / 2),
    };
    const failed = folds.find(({ status }) => status !== "ok");
    const judged = folds.filter(({ status }) => status === "ok").length;
    return { asked: folds[0].asked, judged, measures, status: failed?.status ?? "ok" };
  });
  const texts = (of: (row: (typeof rows)[number]) => string) =>
    textColumn(
      rows.map(of),
      Int32Array.from(rows, (_, i) => i),
    );
  const finite = (value: number) => (Number.isFinite(value) ? value : Number.NaN);
  return [
    texts((row) => row.asked),
    vectorFromValues(
      BIGINT,
      rows.map((row) => BigInt(row.judged)),
    ),
    ...MEASURES.map((name) => doubleColumn(Float64Array.from(rows, (row) => finite(row.measures[name])))),
    texts((row) => row.status),
  ];
}

/** Several models side by side. */
export const compareForecasts: SeriesEntry = {
  name: "compare_forecasts",
  aliases: ["forecast_evaluate"],
  doc: {
    summary:
      "Models side by side, judged by ts_cv: id columns, model, folds (those it could be judged by), the means over folds of mae, rmse, mape and smape (percent), mase, rmsse, coverage (share of points between the bounds), msis and pinball (of the two bounds), owa against Naive2, and status. A measure that cannot be taken is NULL. Below 1, mase is better than the seasonal naive forecast in training, owa better than Naive2. Averages over series are SQL: avg(mase) … GROUP BY model.",
    example:
      "SELECT round(mase, 9) FROM compare_forecasts(TABLE (SELECT DATE '2024-01-01' + x::INTEGER AS ts, x AS v FROM range(40) t(x)), models => 'drift', horizon => 1, season_length => 1)",
    result: "0.0",
    source: "Hyndman & Koehler, Another look at measures of forecast accuracy (2006); Makridakis et al., The M4 competition (2020)",
  },
  params: FOLD_PARAMS,
  gives: "series",
  outputs: (bind) => {
    askedFolds(bind);
    return OUTPUTS;
  },
  run,
};
