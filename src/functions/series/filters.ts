import { firFilter, iirFilter, normalizedFilter } from "../../timeseries/smoothing/linear-filter.ts";
import { fft, inverseFft } from "../../timeseries/spectral/fft.ts";
import { periodogram } from "../../timeseries/spectral/periodogram.ts";
import { flag, optionalSeries, type Param, series, seriesFunction } from "./define.ts";

const KUSTO = (name: string) => `Kusto Query Language, ${name}`;

/** A BOOLEAN that the code decides where it is not given. */
const optionalFlag = (doc: string): Param<boolean | undefined> => ({ ...flag(true, doc), default: { value: undefined } });

function transform(real: Float64Array, imaginary: Float64Array | undefined, apply: typeof fft) {
  const re = real.slice();
  const im = imaginary?.slice() ?? new Float64Array(re.length);
  apply(re, im);
  return { real: re, imag: im };
}

export const filterEntries = [
  seriesFunction({
    name: "series_fir",
    summary:
      "A series through a finite impulse response filter: each point a weighted sum of itself and points before it, or with `center` around it; what lies outside of the series is 0. NULL elements make NULL what they have a part in.",
    example: "series_fir([0, 0, 6, 0, 0], [1, 1, 1])",
    result: "[0.0, 0.0, 2.0, 2.0, 2.0]",
    source: KUSTO("series_fir"),
    params: {
      series: series(),
      filter: series("weights, the current point's first"),
      normalize: optionalFlag(
        "whether the weights are divided by their sum; otherwise where none is negative, and NULL is the result where one is",
      ),
      center: flag(false, "whether the middle weight stands at the current point"),
    },
    returns: "series",
    compute: ({ series, filter, normalize, center }) => {
      const scaled = normalize === false ? filter : normalizedFilter(filter);
      if (scaled === undefined && normalize === true) return null;
      return firFilter(series, scaled ?? filter, center);
    },
  }),
  seriesFunction({
    name: "series_iir",
    summary:
      "A series through an infinite impulse response filter: a_0 y_i = b_0 x_i + b_1 x_(i-1) + … - a_1 y_(i-1) - …; what lies in front of the series is 0. A NULL element makes NULL all that follows.",
    example: "series_iir([1, 2, 3, 4], [1], [1, -1])",
    result: "[1.0, 3.0, 6.0, 10.0]",
    source: KUSTO("series_iir"),
    params: { series: series(), numerators: series("b_0, b_1 …"), denominators: series("a_0, a_1 …") },
    returns: "series",
    compute: ({ series, numerators, denominators }) => iirFilter(series, numerators, denominators),
  }),
  seriesFunction({
    name: "series_fft",
    summary:
      "Discrete Fourier transform of a series, of any length: real and imaginary parts at frequencies 0, 1/n, 2/n … A NULL element makes all NULL.",
    example: "series_fft([1, 0, 0, 0])",
    result: "{'real': [1.0, 1.0, 1.0, 1.0], 'imag': [0.0, 0.0, 0.0, 0.0]}",
    source: `${KUSTO("series_fft")}; J. W. Cooley, J. W. Tukey (1965); L. Bluestein (1970)`,
    params: { real: series(), imaginary: optionalSeries("imaginary parts") },
    returns: { real: "series", imag: "series" },
    compute: ({ real, imaginary }) => transform(real, imaginary, fft),
  }),
  seriesFunction({
    name: "series_ifft",
    summary: "Inverse of `series_fft`.",
    example: "series_ifft([1, 1, 1, 1]).real",
    result: "[1.0, 0.0, 0.0, 0.0]",
    source: KUSTO("series_ifft"),
    params: { real: series(), imaginary: optionalSeries("imaginary parts") },
    returns: { real: "series", imag: "series" },
    compute: ({ real, imaginary }) => transform(real, imaginary, inverseFft),
  }),
  seriesFunction({
    name: "series_periodogram",
    summary:
      "Power of a series, less its mean, at each frequency (in cycles a point) and the period that belongs to it; the sum of powers is the population variance. The frequency 0 has no period. A NULL element makes all powers NULL.",
    example: "series_periodogram([1, -1, 1, -1]).power",
    result: "[0.0, 0.0, 1.0]",
    source: "A. Schuster, On the Investigation of Hidden Periodicities (1898)",
    params: { series: series() },
    returns: { frequency: "series", period: "series", power: "series" },
    compute: ({ series }) => {
      const n = series.length;
      const power = periodogram(series);
      return {
        frequency: power.map((_, k) => k / n),
        period: power.map((_, k) => (k === 0 ? Number.NaN : n / k)),
        power,
      };
    },
  }),
];
