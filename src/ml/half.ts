/** Half floats (IEEE 754 binary16) as bits. */

const scratch = new Float32Array(1);
const bits = new Uint32Array(scratch.buffer);

/** Bits of the nearest half float, ties to even; beyond 65504 infinity. */
export function toHalf(value: number): number {
  scratch[0] = value;
  const single = bits[0];
  const sign = (single >>> 16) & 0x8000;
  const magnitude = single & 0x7fffffff;
  if (magnitude >= 0x47800000) {
    // Too large, infinite, or no number.
    return sign | (magnitude > 0x7f800000 ? 0x7e00 : 0x7c00);
  }
  if (magnitude < 0x38800000) {
    // Below the least normal half: units of 2^-24.
    return sign | roundEven(Math.abs(scratch[0]) * 2 ** 24);
  }
  const rounded = magnitude - 0x38000000;
  return sign | ((rounded + 0xfff + ((rounded >>> 13) & 1)) >>> 13);
}

function roundEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
