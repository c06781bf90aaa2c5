/** A peak this near to the highest one is as good. */
const NEARLY = 0.9;

/**
 * The period of a short regular series by its autocorrelation: of the peaks from a lag of 4 points to a third of the series, the first that is nearly as
 * high as the highest, which must be at least `least`; 0 for none. (Multiples of a period have peaks too.) The line through the series is taken off
 * first, so that a trend is no period.
 */
export function autocorrelationPeriod(series: Float64Array, least = 0.5): number {
  const longest = Math.floor(series.length / 3);
  const correlations = autocorrelations(withoutLine(series), longest + 1);
  const peaks: number[] = [];
  let highest = least;
  // A peak counts once the correlation has been below zero: before that it is the series' own smoothness.
  let dipped = false;
  for (let lag = 1; lag <= longest; lag++) {
    const here = correlations[lag];
    if (here < 0) dipped = true;
    if (!dipped || lag < 4 || here < least || here < correlations[lag - 1] || here < correlations[lag + 1]) continue;
    peaks.push(lag);
    highest = Math.max(highest, here);
  }
  return peaks.find((lag) => correlations[lag] >= NEARLY * highest) ?? 0;
}

/** Of a series about zero, for lags 0 up to `last`, each over as many products as there are. NaN for a series of zeros. */
function autocorrelations(series: Float64Array, last: number): Float64Array {
  const length = series.length;
  const found = new Float64Array(last + 1);
  for (let lag = 0; lag <= last; lag++) {
    let sum = 0;
    for (let i = lag; i < length; i++) sum += series[i] * series[i - lag];
    found[lag] = sum / (length - lag);
  }
  return found.map((value) => value / found[0]);
}

/** The least squares line over the points' places, and the share of the variance that it explains (0 for a constant series). */
export function lineThrough(series: Float64Array): { slope: number; intercept: number; share: number } {
  const length = series.length;
  const middle = (length - 1) / 2;
  let mean = 0;
  for (const value of series) mean += value / length;
  let across = 0;
  let places = 0;
  let squares = 0;
  for (let i = 0; i < length; i++) {
    across += (i - middle) * (series[i] - mean);
    places += (i - middle) ** 2;
    squares += (series[i] - mean) ** 2;
  }
  const slope = across / places;
  return { slope, intercept: mean - slope * middle, share: squares > 0 ? (slope * across) / squares : 0 };
}

function withoutLine(series: Float64Array): Float64Array {
  const { slope, intercept } = lineThrough(series);
  return series.map((value, i) => value - intercept - slope * i);
}
