/**
 * Discrete Fourier transform of any length, X_k = sum of x_j exp(-2 pi i j k / n), in place.
 * Sources: Cooley and Tukey, An Algorithm for the Machine Calculation of Complex Fourier Series (1965), for powers of 2;
 * Bluestein, A Linear Filtering Approach to the Computation of Discrete Fourier Transform (1970), for other lengths.
 */
export function fft(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  if (im.length !== n) throw new RangeError(`the real part has ${n} points, and the imaginary one ${im.length}`);
  if (n < 2) return;
  if ((n & (n - 1)) === 0) powerOfTwo(re, im);
  else bluestein(re, im);
}

/** The inverse of `fft`: x_j = 1/n times the sum of X_k exp(2 pi i j k / n), in place. */
export function inverseFft(re: Float64Array, im: Float64Array): void {
  // Real and imaginary parts swapped, before and after, turn the transform round.
  fft(im, re);
  const n = re.length;
  for (let i = 0; i < n; i++) {
    re[i] /= n;
    im[i] /= n;
  }
}

/** The smallest power of 2 that is at least `n`. */
export const powerOfTwoAbove = (n: number): number => 2 ** Math.ceil(Math.log2(Math.max(1, n)));

interface Roots {
  readonly cos: Float64Array;
  readonly sin: Float64Array;
}

/** Roots of unity of lengths up to this are kept for the next call: all powers of 2 below it together take 1 MB. */
const MOST_KEPT = 2 ** 16;

const kept = new Map<number, Roots>();

/** exp(-2 pi i k / n) for k below n / 2. */
function rootsOf(n: number): Roots {
  const known = kept.get(n);
  if (known !== undefined) return known;
  const roots = { cos: new Float64Array(n / 2), sin: new Float64Array(n / 2) };
  for (let k = 0; k < n / 2; k++) {
    roots.cos[k] = Math.cos((2 * Math.PI * k) / n);
    roots.sin[k] = -Math.sin((2 * Math.PI * k) / n);
  }
  if (n <= MOST_KEPT) kept.set(n, roots);
  return roots;
}

function powerOfTwo(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  reverseBits(re, im);
  const { cos, sin } = rootsOf(n);
  for (let size = 2; size <= n; size *= 2) {
    const half = size / 2;
    const stride = n / size;
    for (let start = 0; start < n; start += size) {
      for (let j = 0; j < half; j++) {
        const wr = cos[j * stride];
        const wi = sin[j * stride];
        const a = start + j;
        const b = a + half;
        const xr = re[b] * wr - im[b] * wi;
        const xi = re[b] * wi + im[b] * wr;
        re[b] = re[a] - xr;
        im[b] = im[a] - xi;
        re[a] += xr;
        im[a] += xi;
      }
    }
  }
}

function reverseBits(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    const r = re[i];
    re[i] = re[j];
    re[j] = r;
    const m = im[i];
    im[i] = im[j];
    im[j] = m;
  }
}

/** As a convolution with a chirp, whose length can be a power of 2. */
function bluestein(re: Float64Array, im: Float64Array): void {
  const n = re.length;
  const size = powerOfTwoAbove(2 * n - 1);
  const cos = new Float64Array(n);
  const sin = new Float64Array(n);
  for (let k = 0; k < n; k++) {
    // k² modulo 2n keeps the angle small; the product stays below 2^53 for any array that fits.
    const angle = (Math.PI * ((k * k) % (2 * n))) / n;
    cos[k] = Math.cos(angle);
    sin[k] = -Math.sin(angle);
  }
  const ar = new Float64Array(size);
  const ai = new Float64Array(size);
  const br = new Float64Array(size);
  const bi = new Float64Array(size);
  for (let k = 0; k < n; k++) {
    ar[k] = re[k] * cos[k] - im[k] * sin[k];
    ai[k] = re[k] * sin[k] + im[k] * cos[k];
    br[k] = cos[k];
    bi[k] = -sin[k];
    if (k > 0) {
      br[size - k] = br[k];
      bi[size - k] = bi[k];
    }
  }
  powerOfTwo(ar, ai);
  powerOfTwo(br, bi);
  for (let k = 0; k < size; k++) {
    const r = ar[k] * br[k] - ai[k] * bi[k];
    ai[k] = ar[k] * bi[k] + ai[k] * br[k];
    ar[k] = r;
  }
  inverseFft(ar, ai);
  for (let k = 0; k < n; k++) {
    re[k] = ar[k] * cos[k] - ai[k] * sin[k];
    im[k] = ar[k] * sin[k] + ai[k] * cos[k];
  }
}
