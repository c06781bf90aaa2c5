import { changePoints } from "./change-points.ts";
import { compareForecasts } from "./compare-forecasts.ts";
import { tsDecompose } from "./decompose.ts";
import { seriesFamily } from "./define.ts";
import { detectAnomalies } from "./detect-anomalies.ts";
import { forecast } from "./forecast.ts";
import { tsCv } from "./ts-cv.ts";

/** Functions in FROM that are given whole series: one line each. */
export const seriesTables = seriesFamily("time series", [changePoints, compareForecasts, detectAnomalies, forecast, tsCv, tsDecompose]);
