/** The period of an indicator, as the first row gives it: a whole number of rows, from 1. Anything else is an error. */
export function periodOf(indicator: string, period: number, least = 1): number {
  if (Number.isInteger(period) && period >= least) return period;
  throw new RangeError(`${indicator}: a period is a whole number from ${least}, not ${period}`);
}
