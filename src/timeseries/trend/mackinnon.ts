import { normalCdf } from "../numeric/distributions.ts";

/** What a unit-root regression has beside the lagged values: nothing, a constant, a linear and a quadratic trend as well. */
export type DeterministicTerms = "n" | "c" | "ct" | "ctt";

interface Surface {
  /** Statistics beyond have p-values of 0 and 1. */
  readonly least: number;
  readonly most: number;
  /** Up to here the first polynomial of the statistic, above it the second, is the normal quantile of the p-value. */
  readonly turn: number;
  readonly below: readonly number[];
  readonly above: readonly number[];
  /** Critical values at 1 %, 5 % and 10 % as polynomials of 1 / n. */
  readonly critical: readonly (readonly number[])[];
}

/**
 * Response surfaces of the Dickey-Fuller distribution for one series. p-values: J. MacKinnon, Approximate Asymptotic Distribution Functions for
 * Unit-Root and Cointegration Tests (1994), tables 3 and 4. Critical values: J. MacKinnon, Critical Values for Cointegration Tests (2010), table 1.
 */
const SURFACES: Readonly<Record<DeterministicTerms, Surface>> = {
  n: {
    least: -19.04,
    most: Infinity,
    turn: -1.04,
    below: [0.6344, 1.2378, 0.032496],
    above: [0.4797, 0.93557, -0.06999, 0.033066],
    critical: [
      [-2.56574, -2.2358, -3.627, 0],
      [-1.941, -0.2686, -3.365, 31.223],
      [-1.61682, 0.2656, -2.714, 25.364],
    ],
  },
  c: {
    least: -18.83,
    most: 2.74,
    turn: -1.61,
    below: [2.1659, 1.4412, 0.038269],
    above: [1.7339, 0.93202, -0.12745, -0.010368],
    critical: [
      [-3.43035, -6.5393, -16.786, -79.433],
      [-2.86154, -2.8903, -4.234, -40.04],
      [-2.56677, -1.5384, -2.809, 0],
    ],
  },
  ct: {
    least: -16.18,
    most: 0.7,
    turn: -2.89,
    below: [3.2512, 1.6047, 0.049588],
    above: [2.5261, 0.61654, -0.37956, -0.060285],
    critical: [
      [-3.95877, -9.0531, -28.428, -134.155],
      [-3.41049, -4.3904, -9.036, -45.374],
      [-3.12705, -2.5856, -3.925, -22.38],
    ],
  },
  ctt: {
    least: -17.17,
    most: 0.54,
    turn: -3.21,
    below: [4.0003, 1.658, 0.048288],
    above: [3.0778, 0.49529, -0.41477, -0.059359],
    critical: [
      [-4.37113, -11.5882, -35.819, -334.047],
      [-3.83239, -5.9057, -12.49, -118.284],
      [-3.55326, -3.6596, -5.293, -63.559],
    ],
  },
};

const polynomial = (coefficients: readonly number[], x: number): number => coefficients.reduceRight((sum, c) => sum * x + c, 0);

/** Approximate p-value of a Dickey-Fuller statistic. */
export function mackinnonPValue(statistic: number, terms: DeterministicTerms): number {
  const { least, most, turn, below, above } = SURFACES[terms];
  if (Number.isNaN(statistic)) return Number.NaN;
  if (statistic > most) return 1;
  if (statistic < least) return 0;
  return normalCdf(polynomial(statistic <= turn ? below : above, statistic));
}

/** Critical values at 1 %, 5 % and 10 % for a regression of `points`. */
export const mackinnonCritical = (points: number, terms: DeterministicTerms): readonly number[] =>
  SURFACES[terms].critical.map((coefficients) => polynomial(coefficients, 1 / points));
