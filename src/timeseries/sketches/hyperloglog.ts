/**
 * HyperLogLog (Flajolet et al. 2007) with the estimator of Ertl 2017 ("New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6), which
 * needs no tables and no switch between small and large counts. A register holds the greatest rank of the hashes that fall to it. Merging keeps the greater
 * of both, so that the merged sketch is that of all values.
 */

export const LEAST_PRECISION = 4;
export const MOST_PRECISION = 16;
/** Bits of a hash that ranks are counted in. */
const RANK_BITS = 32;
export const MOST_RANK = RANK_BITS + 1;

/** A value's two hashes of 32 bits: the first says which register, the second its rank, 1 to 33. */
export function addHash(registers: Uint8Array, precision: number, index: number, rest: number): void {
  const at = index >>> (32 - precision);
  const rank = Math.clz32(rest) + 1;
  if (rank > registers[at]) registers[at] = rank;
}

/** Brings `from` into `to`; both have the same precision. */
export function mergeRegisters(to: Uint8Array, from: Uint8Array): void {
  for (let i = 0; i < to.length; i++) if (from[i] > to[i]) to[i] = from[i];
}

/** About how many distinct values there were. */
export function distinctEstimate(registers: Uint8Array): number {
  const size = registers.length;
  const ranks = new Float64Array(RANK_BITS + 2);
  for (let i = 0; i < size; i++) ranks[registers[i]]++;
  let z = size * tau(1 - ranks[RANK_BITS + 1] / size);
  for (let k = RANK_BITS; k >= 1; k--) z = (z + ranks[k]) / 2;
  z += size * sigma(ranks[0] / size);
  return ((0.5 / Math.log(2)) * size * size) / z;
}

/** Relative standard error of the estimate. */
export const standardError = (registers: number): number => 1.04 / Math.sqrt(registers);

/** x + the sum of x^(2^k) 2^(k-1) over k from 1: what empty registers say. */
function sigma(x: number): number {
  if (x === 1) return Infinity;
  let [power, weight, sum] = [x, 1, x];
  for (let before = Number.NaN; sum !== before; ) {
    power *= power;
    before = sum;
    sum += power * weight;
    weight += weight;
  }
  return sum;
}

/** (1 - x - the sum of (1 - x^(2^-k))^2 2^-k over k from 1) / 3: what full registers say. */
function tau(x: number): number {
  if (x === 0 || x === 1) return 0;
  let [root, weight, sum] = [x, 1, 1 - x];
  for (let before = Number.NaN; sum !== before; ) {
    root = Math.sqrt(root);
    before = sum;
    weight /= 2;
    sum -= (1 - root) ** 2 * weight;
  }
  return sum / 3;
}
