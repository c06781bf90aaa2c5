import { normalCdf } from "./distributions.ts";

/**
 * P(X > x) of a chi-squared distribution with a whole number of degrees of freedom, as a finite sum of positive terms
 * (Abramowitz, Stegun, Handbook of Mathematical Functions, 26.4.4 and 26.4.5).
 */
export function chiSquaredTail(x: number, freedom: number): number {
  if (Number.isNaN(x) || !(freedom >= 1)) return Number.NaN;
  if (x <= 0) return 1;
  const odd = freedom % 2 === 1;
  let sum = odd ? 2 * normalCdf(-Math.sqrt(x)) : Math.exp(-x / 2);
  // Each term is x / k times the one before; logarithms keep the first from vanishing before the later ones grow.
  let log = odd ? 0.5 * Math.log((2 * x) / Math.PI) - x / 2 : Math.log(x / 2) - x / 2;
  for (let k = odd ? 3 : 4; k <= freedom; k += 2) {
    sum += Math.exp(log);
    log += Math.log(x / k);
  }
  return Math.min(1, sum);
}
