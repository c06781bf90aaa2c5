/** Correlations above this are 1 but for rounding. */
const EQUAL = 1 - 1e-12;

/** Diagonals and rows that are worked on together, so that what they need stays in the cache. */
const BAND = 1024;
const TILE = 4096;

/** Distances of the subsequences of a series to their nearest neighbours. */
export interface MatrixProfile {
  /** Of subsequence i (points i up to i + m): the distance to the nearest other one that does not overlap it much. Infinity where there is none. */
  readonly distances: Float64Array;
  /** The same among those before it: what is known when its last point comes. */
  readonly left: Float64Array;
}

/**
 * The matrix profile under the z-normalised Euclidean distance: sqrt(2 m (1 - r)), r being the correlation of two subsequences. Neighbours are at least
 * ceil(m / 4) apart. Every pair is looked at along its diagonal, the covariance of a pair being that of the pair before it and one step more: Zimmerman
 * et al., "Matrix Profile XIV: scaling time series motif discovery with GPUs", SoCC 2019. Time grows with the square of the length.
 *
 * A constant subsequence is 0 from another one and sqrt(m) from any other, as in STUMPY; one with a NaN is Infinity from all.
 */
export function matrixProfile(series: Float64Array, m: number, checkInterrupt: () => void = () => {}): MatrixProfile {
  const count = series.length - m + 1;
  if (!(m >= 3) || count < 2)
    throw new RangeError(`a window of ${m} needs more than ${m} points and at least 3, but the series has ${series.length}`);
  const prepared = prepare(series, m);
  const after = new Float64Array(count).fill(-2);
  const before = new Float64Array(count).fill(-2);
  const closest = Math.ceil(m / 4);
  const covariances = new Float64Array(BAND);
  for (let k = closest + 1; k < count; k += BAND) {
    const diagonals = Math.min(BAND, count - k);
    for (let d = 0; d < diagonals; d++) covariances[d] = firstCovariance(prepared, k + d);
    for (let row = 0; row < count - k; row += TILE) {
      checkInterrupt();
      tile(k, diagonals, row, Math.min(row + TILE, count - k), covariances, prepared, after, before);
    }
  }
  const distance = (r: number) => (r < -1.5 ? Infinity : r > EQUAL ? 0 : Math.sqrt(2 * m * (1 - r)));
  return {
    distances: after.map((r, i) => distance(Math.max(r, before[i]))),
    left: before.map(distance),
  };
}

/** What the recurrence needs of each subsequence. */
interface Prepared {
  readonly series: Float64Array;
  readonly m: number;
  readonly means: Float64Array;
  readonly df: Float64Array;
  readonly dg: Float64Array;
  /** 1 / (standard deviation · sqrt(m)); NaN for one with a NaN. */
  readonly inverse: Float64Array;
  /** 1 for constant ones; undefined where there are none. */
  readonly constant: Uint8Array | undefined;
}

function prepare(given: Float64Array, m: number): Prepared {
  const count = given.length - m + 1;
  const series = given.map((value) => (Number.isFinite(value) ? value : 0));
  const means = new Float64Array(count);
  const inverse = new Float64Array(count);
  const constants = new Uint8Array(count);
  const df = new Float64Array(count);
  const dg = new Float64Array(count);
  let missing = 0;
  let equal = 0;
  let anyConstant = false;
  for (let i = 0; i < given.length; i++) {
    if (!Number.isFinite(given[i])) missing++;
    equal = i > 0 && series[i] === series[i - 1] ? equal + 1 : 1;
    const start = i - m + 1;
    if (start < 0) continue;
    let sum = 0;
    for (let j = start; j <= i; j++) sum += series[j];
    const mean = sum / m;
    let squares = 0;
    for (let j = start; j <= i; j++) squares += (series[j] - mean) * (series[j] - mean);
    means[start] = mean;
    inverse[start] = missing > 0 ? Number.NaN : equal >= m ? 0 : 1 / Math.sqrt(squares);
    if (equal >= m && missing === 0) {
      constants[start] = 1;
      anyConstant = true;
    }
    if (!Number.isFinite(given[start])) missing--;
    if (start === 0) continue;
    df[start] = (series[i] - series[start - 1]) / 2;
    dg[start] = series[i] - mean + (series[start - 1] - means[start - 1]);
  }
  return { series, m, means, df, dg, inverse, constant: anyConstant ? constants : undefined };
}

/** Of subsequences 0 and k, times m. */
function firstCovariance({ series, m, means }: Prepared, k: number): number {
  let covariance = 0;
  for (let t = 0; t < m; t++) covariance += (series[t] - means[0]) * (series[k + t] - means[k]);
  return covariance;
}

/** Rows `from` up to `to` of some diagonals from the k-th on; `covariances` are those of the rows before, and then of the last ones. */
function tile(
  k: number,
  diagonals: number,
  from: number,
  to: number,
  covariances: Float64Array,
  prepared: Prepared,
  after: Float64Array,
  before: Float64Array,
): void {
  const count = after.length;
  for (let d = 0; d < diagonals; ) {
    const together = prepared.constant === undefined && d + 3 < diagonals ? 4 : 1;
    // Later diagonals are shorter: each goes on alone where the last of the four has ended.
    const end = together === 4 ? Math.max(from, Math.min(to, count - k - d - 3)) : from;
    if (end > from) fourDiagonals(k + d, d, from, end, covariances, prepared, after, before);
    for (const next = d + together; d < next; d++) {
      covariances[d] = diagonal(k + d, end, Math.min(to, count - k - d), covariances[d], prepared, after, before);
    }
  }
}

/** Pairs (i, i + k) up to (i, i + k + 3): what is known of i is read once for four. Row 0 has df = dg = 0, and so keeps the first covariances. */
function fourDiagonals(
  k: number,
  at: number,
  from: number,
  to: number,
  covariances: Float64Array,
  { df, dg, inverse }: Prepared,
  after: Float64Array,
  before: Float64Array,
): void {
  let c0 = covariances[at];
  let c1 = covariances[at + 1];
  let c2 = covariances[at + 2];
  let c3 = covariances[at + 3];
  for (let i = from; i < to; i++) {
    const f = df[i];
    const g = dg[i];
    const s = inverse[i];
    const j = i + k;
    c0 += f * dg[j] + df[j] * g;
    c1 += f * dg[j + 1] + df[j + 1] * g;
    c2 += f * dg[j + 2] + df[j + 2] * g;
    c3 += f * dg[j + 3] + df[j + 3] * g;
    const r0 = c0 * s * inverse[j];
    const r1 = c1 * s * inverse[j + 1];
    const r2 = c2 * s * inverse[j + 2];
    const r3 = c3 * s * inverse[j + 3];
    let best = after[i];
    if (r0 > best) best = r0;
    if (r1 > best) best = r1;
    if (r2 > best) best = r2;
    if (r3 > best) best = r3;
    after[i] = best;
    if (r0 > before[j]) before[j] = r0;
    if (r1 > before[j + 1]) before[j + 1] = r1;
    if (r2 > before[j + 2]) before[j + 2] = r2;
    if (r3 > before[j + 3]) before[j + 3] = r3;
  }
  covariances[at] = c0;
  covariances[at + 1] = c1;
  covariances[at + 2] = c2;
  covariances[at + 3] = c3;
}

/** One diagonal, whatever its subsequences are; gives its last covariance. */
function diagonal(
  k: number,
  from: number,
  to: number,
  covariance: number,
  { df, dg, inverse, constant }: Prepared,
  after: Float64Array,
  before: Float64Array,
): number {
  let c = covariance;
  for (let i = from; i < to; i++) {
    const j = i + k;
    c += df[i] * dg[j] + df[j] * dg[i];
    const flat = constant === undefined ? 0 : constant[i] + constant[j];
    // NaN stays NaN: it compares as nothing.
    const r = flat === 0 ? c * inverse[i] * inverse[j] : (flat === 2 ? 1 : 0.5) + 0 * inverse[i] * inverse[j];
    if (r > after[i]) after[i] = r;
    if (r > before[j]) before[j] = r;
  }
  return c;
}
