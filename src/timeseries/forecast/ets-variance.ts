import type { EtsParameters } from "./ets-filter.ts";
import type { EtsState } from "./ets-initial.ts";
import type { EtsSpec } from "./ets-spec.ts";

/** phi + phi² + … + phi^h, h = 1 … horizon. */
function dampedSteps(phi: number, horizon: number): Float64Array {
  const sums = new Float64Array(horizon);
  let power = 1;
  let sum = 0;
  for (let h = 0; h < horizon; h++) {
    power *= phi;
    sum += power;
    sums[h] = sum;
  }
  return sums;
}

/** Point forecasts 1 … horizon from the state after the last point, whose next phase is given. */
export function etsMean(spec: EtsSpec, { phi }: EtsParameters, state: EtsState, phase: number, horizon: number): Float64Array {
  const steps = dampedSteps(phi, horizon);
  return steps.map((step, h) => {
    const base = state.level + step * state.trend;
    if (spec.season === "N") return base;
    const figure = state.season[(phase + h) % state.season.length];
    return spec.season === "A" ? base + figure : base * figure;
  });
}

/**
 * Variances of the forecasts 1 … horizon; undefined where there is no formula (additive error, multiplicative season).
 *
 * With c_j = alpha + beta (phi + … + phi^j), plus gamma where j is a whole season:
 * linear models with additive errors: sigma² (1 + c_1² + … + c_{h-1}²); with multiplicative ones (1 + sigma²) theta_h - mu_h²,
 * theta_h = mu_h² + sigma² sum c_j² theta_{h-j}. A multiplicative season multiplies those of the model without it; from the
 * second season ahead the error of the same phase moves level and season together, gamma mu_h + c_j mu_{h-j}, which is
 * exact but for terms of sigma⁴.
 *
 * Source: Hyndman, Koehler, Ord, Snyder (2008), chapter 6, classes 1, 2 and 3.
 */
export function etsVariance(
  spec: EtsSpec,
  parameters: EtsParameters,
  state: EtsState,
  phase: number,
  horizon: number,
  sigma2: number,
): Float64Array | undefined {
  const { alpha, beta, gamma, phi } = parameters;
  const m = state.season.length;
  if (spec.season === "M" && spec.error === "A") return undefined;
  const steps = dampedSteps(phi, horizon);
  const squared = steps.map((step, j) => {
    const c = alpha + beta * step + (spec.season === "A" && (j + 1) % m === 0 ? gamma : 0);
    return c * c;
  });
  const variance = new Float64Array(horizon);
  if (spec.error === "A") {
    let sum = 1;
    for (let h = 0; h < horizon; h++) {
      variance[h] = sigma2 * sum;
      sum += squared[h];
    }
    return variance;
  }
  const plain: EtsSpec = spec.season === "M" ? { ...spec, season: "N" } : spec;
  const mean = etsMean(plain, parameters, state, phase, horizon);
  const theta = new Float64Array(horizon);
  for (let h = 0; h < horizon; h++) {
    let sum = 0;
    for (let j = 1; j <= h; j++) {
      sum += squared[j - 1] * theta[h - j];
      if (spec.season === "M" && j % m === 0) sum += gamma * mean[h] * (gamma * mean[h] + 2 * Math.sqrt(squared[j - 1]) * mean[h - j]);
    }
    theta[h] = mean[h] * mean[h] + sigma2 * sum;
    const figure = spec.season === "M" ? state.season[(phase + h) % m] : 1;
    variance[h] = figure * figure * Math.max(0, theta[h] * (1 + sigma2) - mean[h] * mean[h]);
  }
  return variance;
}
