/**
 * The normal distribution to the last few units of a double, tails included.
 *
 * Sources: G. Marsaglia, Evaluating the Normal Distribution (2004) for the centre; the continued fraction of Laplace
 * (Abramowitz & Stegun 26.2.14) for the tails; Hastings' approximation (A&S 26.2.23) with Halley steps for the inverse.
 */

const SQRT_TWO_PI = 2.5066282746310002;
/** Where the series, which loses digits as the tail gets thin, hands over to the continued fraction. */
const TAIL = 1;

/** Density of N(0, 1). The square is split, so that far out it keeps its relative precision. */
export function normalDensity(x: number): number {
  const high = Math.fround(x);
  const low = x - high;
  return (Math.exp(-0.5 * high * high) * Math.exp(-low * (high + 0.5 * low))) / SQRT_TWO_PI;
}

/** P(Z > x) for x >= TAIL, by the continued fraction 1/(x + 1/(x + 2/(x + 3/(x + …)))), taken from its end. */
function farTail(x: number): number {
  let fraction = x;
  for (let k = 20 + Math.ceil(700 / (x * x)); k > 0; k--) fraction = x + k / fraction;
  return normalDensity(x) / fraction;
}

/** P(0 < Z < x) for 0 <= x < TAIL: density(x) * (x + x^3/3 + x^5/15 + …), whose terms are all positive. */
function centre(x: number): number {
  let term = x;
  let sum = x;
  for (let k = 3; term > sum * 1e-17; k += 2) {
    term *= (x * x) / k;
    sum += term;
  }
  return sum * normalDensity(x);
}

/** P(Z <= x) of N(0, 1). NaN gives NaN. */
export function normalCdf(x: number): number {
  if (Number.isNaN(x)) return Number.NaN;
  if (x <= -TAIL) return x < -40 ? 0 : farTail(-x);
  if (x >= TAIL) return x > 40 ? 1 : 1 - farTail(x);
  return x < 0 ? 0.5 - centre(-x) : 0.5 + centre(x);
}

/** The z with P(Z <= z) = probability; infinite at 0 and 1, NaN outside [0, 1]. */
export function normalQuantile(probability: number): number {
  if (!(probability >= 0 && probability <= 1)) return Number.NaN;
  if (probability === 0) return -Infinity;
  if (probability === 1) return Infinity;
  if (probability === 0.5) return 0;
  if (probability > 0.5) return -lowerQuantile(1 - probability);
  return lowerQuantile(probability);
}

function lowerQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  let z = -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))));
  for (let step = 0; step < 3; step++) {
    const density = normalDensity(z);
    if (density === 0) return z;
    const newton = (normalCdf(z) - p) / density;
    z -= newton / (1 + 0.5 * z * newton);
  }
  return z;
}
