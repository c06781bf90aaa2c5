import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { coverage, msis } from "../../src/timeseries/accuracy/intervals.ts";
import { smape } from "../../src/timeseries/accuracy/points.ts";
import { mase, owa } from "../../src/timeseries/accuracy/scaled.ts";
import type { ForecastModel } from "../../src/timeseries/forecast/model.ts";
import { findModel, MODELS } from "../../src/timeseries/forecast/models.ts";
import { naive } from "../../src/timeseries/forecast/naive.ts";
import { seasonallyAdjusted } from "../../src/timeseries/forecast/seasonally-adjusted.ts";
import { seasonsOf } from "../../src/timeseries/grid/seasons.ts";
import type { Step } from "../../src/timeseries/grid/step.ts";

/**
 * Forecast accuracy on the M4 competition's hourly and weekly series, measured as its organisers do.
 *
 *     WEIR_DATA=folder node dist/bench/timeseries/m4.js [model …] [--group hourly|weekly] [--series 50]
 *
 * The folder holds m4/Hourly-train.csv, Hourly-test.csv, Weekly-train.csv and Weekly-test.csv. Models by their names in SQL, or as "ETS(A,Ad,N)";
 * `naive2`, and any name followed by `_adjusted`, run on the seasonally adjusted series. Without names, the organisers'
 * benchmarks and this library's methods. sMAPE, MASE, MSIS and coverage of the 95 % intervals are means over the series,
 * OWA is against naive2; a series that a model refuses goes to the seasonal naive forecast and is counted.
 */

interface Group {
  readonly name: string;
  /** Distance of the points. */
  readonly step: Step;
  readonly seasons: readonly number[];
  /** Season of MASE and of the seasonal adjustment. */
  readonly season: number;
  readonly horizon: number;
}

const HOUR = 3_600_000_000;
const GROUPS: readonly Group[] = [
  { name: "Hourly", step: { kind: "fixed", micros: HOUR }, seasons: [24, 168], season: 24, horizon: 48 },
  { name: "Weekly", step: { kind: "fixed", micros: 7 * 24 * HOUR }, seasons: [], season: 1, horizon: 13 },
];
const LEVEL = 0.95;
const USUAL = [
  "naive",
  "seasonal_naive",
  "ses_adjusted",
  "holt_adjusted",
  "damped_adjusted",
  "theta_adjusted",
  "theta",
  "dynamic_optimized_theta",
  "auto_ets",
  "auto_arima",
  "ces",
  "mstl",
  "auto",
];

interface Line {
  readonly model: string;
  readonly smape: number;
  readonly mase: number;
  readonly msis: number;
  readonly coverage: number;
  readonly seconds: number;
  readonly refused: number;
}

function readSeries(file: string): Float64Array[] {
  return readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) =>
      Float64Array.from(
        line
          .replaceAll('"', "")
          .split(",")
          .slice(1)
          .filter((cell) => cell.trim() !== "" && cell !== "NA"),
        Number,
      ),
    );
}

function modelNamed(name: string): ForecastModel {
  if (name === "naive2") return seasonallyAdjusted(naive);
  const found = findModel(name);
  if (found !== undefined) return found;
  const inner = name.endsWith("_adjusted") ? findModel(name.slice(0, -"_adjusted".length)) : undefined;
  if (inner === undefined) throw new Error(`there is no model '${name}': ${[...MODELS.keys()].join(", ")}`);
  return seasonallyAdjusted(inner);
}

function measure(name: string, group: Group, train: readonly Float64Array[], test: readonly Float64Array[]): Line {
  const model = modelNamed(name);
  const fallback = modelNamed("seasonal_naive");
  const sums = { smape: 0, mase: 0, msis: 0, coverage: 0 };
  let refused = 0;
  const started = performance.now();
  for (const [i, series] of train.entries()) {
    // What chooses by itself is given the seasons that FORECAST finds.
    const options = { seasons: name === "auto" ? seasonsOf(series, group.step) : group.seasons };
    let fitted: ReturnType<ForecastModel["fit"]>;
    try {
      fitted = model.fit(series, options);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      refused++;
      fitted = fallback.fit(series, options);
    }
    const { mean, lower, upper } = fitted.forecast(group.horizon, [LEVEL]);
    sums.smape += smape(test[i], mean);
    sums.mase += mase(test[i], mean, series, group.season);
    sums.msis += msis(test[i], lower[0], upper[0], LEVEL, series, group.season);
    sums.coverage += coverage(test[i], lower[0], upper[0]);
  }
  const seconds = (performance.now() - started) / 1000;
  const n = train.length;
  return { model: name, smape: sums.smape / n, mase: sums.mase / n, msis: sums.msis / n, coverage: sums.coverage / n, seconds, refused };
}

function main(): void {
  const words = process.argv.slice(2);
  const option = (name: string) => (words.includes(`--${name}`) ? words[words.indexOf(`--${name}`) + 1] : undefined);
  const asked = words.filter((word, i) => !word.startsWith("--") && !words[i - 1]?.startsWith("--"));
  const folder = process.env.WEIR_DATA;
  const group = option("group")?.toLowerCase();
  const limit = Number(option("series") ?? Infinity);
  for (const one of GROUPS.filter((g) => group === undefined || g.name.toLowerCase() === group)) {
    const files = ["train", "test"].map((part) => join(folder ?? "", "m4", `${one.name}-${part}.csv`));
    const missing = files.filter((file) => folder === undefined || !existsSync(file));
    if (missing.length > 0) {
      process.stderr.write(`missing: ${missing.join(", ")}; WEIR_DATA names the folder that holds m4/\n`);
      process.exitCode = 1;
      continue;
    }
    const [train, test] = files.map((file) => readSeries(file).slice(0, limit));
    const benchmark = measure("naive2", one, train, test);
    process.stdout.write(`${one.name}, ${train.length} series\n`);
    process.stdout.write("model                          sMAPE    MASE     OWA     MSIS  coverage  seconds  refused\n");
    for (const name of ["naive2", ...(asked.length > 0 ? asked : USUAL)]) {
      const line = name === "naive2" ? benchmark : measure(name, one, train, test);
      const cells = [line.smape, line.mase, owa(line, benchmark), line.msis].map((v) => v.toFixed(3).padStart(8)).join("");
      process.stdout.write(
        `${name.padEnd(28)}${cells}${(100 * line.coverage).toFixed(1).padStart(9)}%${line.seconds.toFixed(1).padStart(9)}${String(line.refused).padStart(9)}\n`,
      );
    }
  }
}

main();
