import { anomaly, anomalyScore } from "./anomaly-score.ts";
import { changeDetectors } from "./change-detectors.ts";
import { runningFamily } from "./define.ts";
import { ema } from "./ema.ts";
import { locf } from "./locf.ts";
import { mlDetectAnomalies, mlForecast } from "./ml-functions.ts";
import { derivative, doubleExponential, percentChange, tripleExponential } from "./smoothing.ts";

/** Functions that go through a partition once and see only what has been: one line each. */
export const runningFunctions = runningFamily("running", [
  anomaly,
  anomalyScore,
  ema,
  locf,
  mlDetectAnomalies,
  mlForecast,
  derivative,
  doubleExponential,
  percentChange,
  tripleExponential,
  ...changeDetectors,
]);
