import { type BatchMethod, newVerdicts } from "./batch.ts";
import { matrixProfile } from "./matrix-profile.ts";
import { scoreOf } from "./score.ts";

const SIGMAS_PER_MAD = 1.4826022185056018;

/**
 * Left discords of the matrix profile: a point is as unusual as the `window` points that end with it are unlike all before them (Lu et al., "DAMP:
 * accurate time series anomaly detection on trillions of datapoints and ultra-fast arriving data streams", 2023). The deviation is the distance to the nearest
 * of those, above the median of such distances, in their median absolute deviations times 1.4826, or in hundredths of sqrt(2 m), the distance of windows
 * without any correlation, where that is more. Nothing is said of the first four windows, which have too little before them. No single value is expected.
 */
export const matrixProfileMethod: BatchMethod = {
  name: "matrix_profile",
  options: { sensitivity: 0.5, window: 100 },
  multivariate: false,
  run({ values: [series] }, { window }, checkInterrupt) {
    const verdicts = newVerdicts(series.length);
    const first = 4 * window - 1;
    if (series.length <= first)
      throw new RangeError(`a window of ${window} needs at least ${first + 1} points, but the series has ${series.length}`);
    const { left } = matrixProfile(series, window, checkInterrupt);
    const told = left.subarray(first - window + 1);
    const sorted = told.filter(Number.isFinite).sort();
    if (sorted.length === 0) return verdicts;
    const center = middle(sorted);
    const usual = SIGMAS_PER_MAD * middle(sorted.map((distance) => Math.abs(distance - center)).sort());
    const spread = Math.max(usual, 0.01 * Math.sqrt(2 * window));
    for (let i = 0; i < told.length; i++) {
      if (!Number.isFinite(told[i])) continue;
      const above = told[i] - center;
      verdicts.score[first + i] = above <= 0 ? 0 : scoreOf(above / spread);
    }
    return verdicts;
  },
};

const middle = (sorted: Float64Array) => (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
