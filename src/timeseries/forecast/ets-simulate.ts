import { sortedQuantile } from "../series/quantile.ts";
import type { EtsSolution } from "./ets-fit.ts";
import type { EtsState } from "./ets-initial.ts";
import type { Forecast } from "./model.ts";

const PATHS = 5000;

/** Points of all paths together: longer horizons have fewer paths. */
const MOST_POINTS = 20_000_000;

/** Mulberry32: a small generator with a fixed seed, so that the same series has the same bounds everywhere. */
function uniforms(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Standard normal numbers by Box and Muller's transform. */
function normals(seed: number): () => number {
  const uniform = uniforms(seed);
  let spare: number | undefined;
  return () => {
    if (spare !== undefined) {
      const value = spare;
      spare = undefined;
      return value;
    }
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  };
}

/** Bounds from simulated paths with a fixed seed, for the models that have no formula: additive errors, multiplicative season. */
export function simulatedForecast(
  { spec, m, parameters }: EtsSolution,
  state: EtsState,
  phase: number,
  mean: Float64Array,
  sigma2: number,
  levels: readonly number[],
): Forecast {
  const horizon = mean.length;
  const { alpha, beta, gamma, phi } = parameters;
  const sigma = Math.sqrt(sigma2);
  const normal = normals(20080619);
  const paths = Math.min(PATHS, Math.ceil(MOST_POINTS / horizon));
  const ends = Array.from({ length: horizon }, () => new Float64Array(paths));
  for (let path = 0; path < paths; path++) {
    let { level, trend } = state;
    const season = state.season.slice();
    for (let h = 0; h < horizon; h++) {
      const q = level + phi * trend;
      const s = spec.season === "N" ? 1 : season[(phase + h) % m];
      const f = spec.season === "A" ? q + s : q * s;
      const d = (spec.error === "A" ? 1 : f) * sigma * normal();
      ends[h][path] = f + d;
      const relative = spec.season === "M" ? d / s : d;
      level = q + alpha * relative;
      trend = phi * trend + beta * relative;
      if (spec.season !== "N") season[(phase + h) % m] = s + gamma * (spec.season === "M" ? d / q : d);
    }
  }
  for (const values of ends) values.sort();
  return {
    mean,
    lower: levels.map((level) => Float64Array.from(ends, (values) => sortedQuantile(values, 0.5 - level / 2))),
    upper: levels.map((level) => Float64Array.from(ends, (values) => sortedQuantile(values, 0.5 + level / 2))),
  };
}
