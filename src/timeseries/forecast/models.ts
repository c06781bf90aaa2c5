import { parseArima } from "./arima.ts";
import { auto } from "./auto.ts";
import { autoArima } from "./auto-arima.ts";
import { ces } from "./ces.ts";
import { croston, crostonOptimized, sba, tsb } from "./croston.ts";
import { autoEts, damped, etsModel, holt, holtWinters, holtWintersMultiplicative, ses } from "./ets.ts";
import { linearFourier } from "./linear-fourier.ts";
import type { ForecastModel } from "./model.ts";
import { mstlWith } from "./mstl.ts";
import { drift, mean, naive, seasonalNaive } from "./naive.ts";
import { autoTheta, dynamicOptimizedTheta, dynamicTheta, optimizedTheta, theta } from "./theta.ts";

/** Every forecast model by its name in SQL: one line a family. */
export const MODELS: ReadonlyMap<string, ForecastModel> = new Map(
  [
    [naive, seasonalNaive, drift, mean],
    [ses, holt, damped, holtWinters, holtWintersMultiplicative, autoEts],
    [theta, optimizedTheta, dynamicTheta, dynamicOptimizedTheta, autoTheta],
    [ces],
    [croston, crostonOptimized, sba, tsb],
    [autoArima()],
    [linearFourier],
    [{ ...mstlWith(autoEts), name: "mstl" }, mstlWith(naive), mstlWith(drift), mstlWith(theta), mstlWith(autoEts), mstlWith(autoArima())],
    [auto],
  ]
    .flat()
    .map((model) => [model.name, model]),
);

/**
 * The model of a name in SQL, in any case; or of a specification of exponential smoothing, "ETS(A,Ad,N)", "ets(zzn)" with Z for a part to be chosen, or
 * of ARIMA, "ARIMA(2,1,1)(0,1,1)[12] with drift". Undefined where there is none.
 *
 * @throws RangeError with a sentence for people where "ETS(…)" or "ARIMA(…)" is no specification.
 */
export function findModel(name: string): ForecastModel | undefined {
  const key = name.trim().toLowerCase();
  if (key.startsWith("ets(")) return etsModel(key, key);
  if (key.startsWith("arima(")) return parseArima(name.trim());
  return MODELS.get(key);
}
