import type { EtsParameters } from "./ets-filter.ts";
import { type EtsState, initialState } from "./ets-initial.ts";
import { EtsSearch, SHARE } from "./ets-search.ts";
import type { EtsSpec } from "./ets-spec.ts";

/** A model whose parameters and first state are known. */
export interface EtsSolution {
  readonly spec: EtsSpec;
  readonly m: number;
  readonly parameters: Readonly<EtsParameters>;
  readonly initial: EtsState;
  /** What was estimated: smoothing parameters, first states and the variance. */
  readonly count: number;
  /** Sum of squared errors, relative ones where the error is multiplicative. */
  readonly squares: number;
  /** Minus twice the log-likelihood, up to a constant of n; comparable between the models of one series. */
  readonly criterion: number;
  readonly aicc: number;
}

/** Smoothing parameters and first states that a search moves. */
export function freeParameters(spec: EtsSpec, m: number): number {
  const trend = spec.trend === "N" ? 0 : spec.trend === "A" ? 2 : 3;
  return 2 + trend + (spec.season === "N" ? 0 : m);
}

/**
 * Whether the model forgets its past: all roots of its characteristic polynomial lie inside the unit circle (Hyndman et al.
 * 2008, 10.2). Without a season, and without a trend, the box of the search guarantees it. Tested by the recursion of Schur and Cohn.
 */
export function isForecastable(spec: EtsSpec, m: number, { alpha, beta, gamma, phi }: EtsParameters): boolean {
  if (spec.season === "N" || spec.trend === "N") return true;
  // Constant term first; monic.
  let polynomial = new Float64Array(m + 2).fill(alpha + beta - alpha * phi);
  polynomial[0] = phi * (1 - alpha - gamma);
  polynomial[1] = alpha + beta - alpha * phi + gamma - 1;
  polynomial[m] = alpha + beta - phi;
  polynomial[m + 1] = 1;
  for (let degree = m + 1; degree > 0; degree--) {
    const ratio = polynomial[0] / polynomial[degree];
    if (!(Math.abs(ratio) < 1 + 1e-10)) return false;
    const next = new Float64Array(degree);
    for (let i = 0; i < degree; i++) next[i] = polynomial[i + 1] - ratio * polynomial[degree - 1 - i];
    polynomial = next;
  }
  return true;
}

/**
 * Maximum likelihood over smoothing parameters and first states together, from the usual start, by a quasi-Newton search
 * with the exact gradient. Deterministic. The series is brought to a mean size of one for the search and back.
 *
 * @throws RangeError where the series does not allow the model.
 */
export function fitEts(y: Float64Array, m: number, spec: EtsSpec, checkInterrupt?: () => void): EtsSolution {
  const n = y.length;
  let scale = 0;
  for (let i = 0; i < n; i++) scale += Math.abs(y[i]) / n;
  if (!(scale > 0)) scale = 1;
  const scaled = y.map((v) => v / scale);
  const start = initialState(scaled, m, spec);
  const search = new EtsSearch(scaled, m, spec, checkInterrupt);
  let largest: number = SHARE[1];
  let result = search.minimise(start, largest);
  // Rarely does the best model not forget its past: then the trend is held back until it does.
  while (!isForecastable(spec, m, result.parameters) && largest > SHARE[0]) {
    largest = Math.max(SHARE[0], Math.min(largest, result.parameters.beta / result.parameters.alpha) / 2);
    result = search.minimise(start, largest);
  }
  const { parameters, state, criterion, squares } = result;
  const count = freeParameters(spec, m) + 1;
  const total = criterion + 2 * n * Math.log(scale);
  return {
    spec,
    m: spec.season === "N" ? 1 : m,
    parameters,
    initial: {
      level: state.level * scale,
      trend: state.trend * scale,
      season: spec.season === "A" ? state.season.map((v) => v * scale) : state.season,
    },
    count,
    squares: spec.error === "A" ? squares * scale * scale : squares,
    criterion: total,
    aicc: n - count - 1 > 0 ? total + 2 * count + (2 * count * (count + 1)) / (n - count - 1) : Infinity,
  };
}
