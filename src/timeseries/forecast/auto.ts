import { autoArima } from "./auto-arima.ts";
import { ces } from "./ces.ts";
import { medianEnsemble } from "./ensemble.ts";
import { autoEts } from "./ets.ts";
import { logged } from "./logged.ts";
import type { FitOptions, ForecastModel } from "./model.ts";
import { mstlWith, strongSeasons } from "./mstl.ts";
import { naive } from "./naive.ts";
import { dynamicOptimizedTheta } from "./theta.ts";

/** How strong a season is to be modelled: where R's and Hyndman's tools begin to difference by it. */
const LEAST_STRENGTH = 0.64;

/** Points of the longest season that exponential smoothing and ARIMA carry themselves. */
const LONGEST_STATE = 24;

const arima = autoArima();

/**
 * What is used where nothing is chosen: the median of automatic exponential smoothing, ARIMA, CES and dynamic optimised theta. With strong seasons, ETS and ARIMA of what MSTL
 * leaves of the logarithms come to it; and where the shortest season is above 24 points, the first two are of what MSTL leaves as well.
 *
 * Source: Petropoulos, Svetunkov, A simple combination of univariate models (2020), with seasons as R's stlf takes them out.
 */
export const auto: ForecastModel = medianEnsemble("auto", membersOf, () => 1);

function membersOf(series: Float64Array, options: FitOptions): readonly ForecastModel[] {
  const { seasons, regressors } = options;
  if (regressors !== undefined && regressors.length > 0) return [arima];
  const strong = strongSeasons(series, options, LEAST_STRENGTH);
  if (series.length < 4) return [naive];
  const shortest = seasons[0] ?? 1;
  const usual = strong.length > 0 && shortest > LONGEST_STATE ? [seasonsOut(autoEts), seasonsOut(arima)] : [short(autoEts), short(arima)];
  const multiplied = strong.length > 0 ? [logged(seasonsOut(autoEts)), logged(seasonsOut(arima))] : [];
  return [...usual, ces, dynamicOptimizedTheta, ...multiplied];
}

const seasonsOut = (model: ForecastModel): ForecastModel => mstlWith(model, LEAST_STRENGTH);

/** The model without seasons that are too long for its state. */
const short = (model: ForecastModel): ForecastModel => ({
  ...model,
  fit: (series, options) => model.fit(series, { ...options, seasons: options.seasons.filter((season) => season <= LONGEST_STATE) }),
});
