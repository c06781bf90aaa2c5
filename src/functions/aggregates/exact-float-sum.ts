import type { SlotPart } from "./slot-part.ts";

/**
 * Sums of doubles without any rounding, which rows can be taken out of again: a fixed-point number of 32-bit limbs, a slot each, that reaches over the whole
 * range of doubles. Limb k stands for 2^(32 k - 1074). NaN and the infinities are counted apart.
 */

const LIMBS = 68;
const NAN = 0;
const INFINITE = 1;
const NEGATIVE_INFINITE = 2;
const FIRST_LIMB = 3;
const WORD = 4294967296;

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** A double of exponent bits e is a whole number of 53 bits times 2^(max(e, 1) - 1075): it goes into three limbs. */
function change(state: Float64Array, at: number, value: number, sign: number): void {
  double[0] = value;
  const high = words[1];
  const exponent = (high >>> 20) & 0x7ff;
  if (exponent === 0x7ff) {
    state[at + (Number.isNaN(value) ? NAN : value > 0 ? INFINITE : NEGATIVE_INFINITE)] += sign;
    return;
  }
  const low = words[0] >>> 0;
  const top = exponent === 0 ? high & 0xfffff : (high & 0xfffff) | 0x100000;
  const place = exponent === 0 ? 0 : exponent - 1;
  const limb = at + FIRST_LIMB + (place >>> 5);
  const shift = place & 31;
  const signed = high < 0 ? -sign : sign;
  if (shift === 0) {
    state[limb] += signed * low;
    state[limb + 1] += signed * top;
    return;
  }
  state[limb] += signed * ((low << shift) >>> 0);
  state[limb + 1] += signed * (((low >>> (32 - shift)) | (top << shift)) >>> 0);
  state[limb + 2] += signed * (top >>> (32 - shift));
}

function carry(state: Float64Array, at: number): void {
  for (let k = at + FIRST_LIMB; k < at + FIRST_LIMB + LIMBS - 1; k++) {
    const carried = Math.floor(state[k] / WORD);
    if (carried === 0) continue;
    state[k] -= carried * WORD;
    state[k + 1] += carried;
  }
}

/** One argument: a double (or a float, which is one). */
export const EXACT_FLOAT_SUM: SlotPart = {
  key: "exact-float-sum",
  init: new Array(FIRST_LIMB + LIMBS).fill(0),
  reads: true,
  step: () => "",
  undo: () => "",
  change,
  merge: (to, at, from, fromAt) => {
    for (let k = 0; k < FIRST_LIMB + LIMBS; k++) to[at + k] += from[fromAt + k];
  },
  carry,
};

/** The nearest double to the sum whose carried slots begin at `at`. */
export function exactFloatSum(state: Float64Array, at: number): number {
  const [nans, infinite, negative] = [state[at + NAN], state[at + INFINITE], state[at + NEGATIVE_INFINITE]];
  if (nans > 0 || (infinite > 0 && negative > 0)) return Number.NaN;
  if (infinite > 0) return Infinity;
  if (negative > 0) return -Infinity;
  const limbs = state.slice(at + FIRST_LIMB, at + FIRST_LIMB + LIMBS);
  // Carried limbs are positive but the topmost, which has the sign of the sum.
  let top = LIMBS - 1;
  while (top > 0 && limbs[top] === 0) top--;
  const sign = limbs[top] < 0 ? -1 : 1;
  if (sign < 0) {
    for (let k = 0; k <= top; k++) limbs[k] = -limbs[k];
    for (let k = 0; k < LIMBS - 1; k++) {
      const carried = Math.floor(limbs[k] / WORD);
      limbs[k] -= carried * WORD;
      limbs[k + 1] += carried;
    }
    while (top > 0 && limbs[top] === 0) top--;
  }
  // Three limbs hold more than the 53 bits of a double; one bit more says whether anything lies below them.
  const base = Math.max(0, top - 2);
  let bits = 0n;
  for (let k = top; k >= base; k--) bits = (bits << 32n) | BigInt(limbs[k]);
  const below = limbs.subarray(0, base).some((limb) => limb !== 0);
  const rounded = Number((bits << 1n) | (below ? 1n : 0n)) / 2;
  return sign * rounded * 2 ** (32 * base - 1074);
}
