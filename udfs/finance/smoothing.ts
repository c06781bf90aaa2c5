/**
 * A recursive average: its first value is the mean of the first `period` values, and from there it moves towards each new value by a fixed share of
 * the difference. Wilder's smoothing has the share 1 / period, the exponential moving average 2 / (period + 1).
 */
export interface Average {
  seen: number;
  /** Sum of the values while fewer than `period` were seen, then the average. */
  value: number;
}

export const emptyAverage = (): Average => ({ seen: 0, value: 0 });

export function smooth(average: Average, x: number, period: number, share: number): void {
  average.seen++;
  if (average.seen < period) average.value += x;
  else if (average.seen === period) average.value = (average.value + x) / period;
  else average.value += (x - average.value) * share;
}

export const wilder = (average: Average, x: number, period: number): void => smooth(average, x, period, 1 / period);

export const exponential = (average: Average, x: number, period: number): void => smooth(average, x, period, 2 / (period + 1));
