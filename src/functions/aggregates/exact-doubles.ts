import { physicalOf } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";

/** Above this the high word of a 64-bit integer takes it beyond 2^53. */
const HIGH_WORD = 1 << 21;
const WORD = 4294967296;

/** Rows 0 up to `length` of a column as doubles that order as its values do; undefined where they would not: NaN, integers beyond 2^53, other types. */
export function exactDoubles(vector: Vector, length: number): Float64Array | undefined {
  if (vector.layout !== "flat") return undefined;
  const { data } = vector;
  switch (physicalOf(vector.type)) {
    case "i128":
    case "u64":
      return undefined;
    case "i64": {
      const words = new Int32Array(data.buffer, data.byteOffset, 2 * length);
      const doubles = new Float64Array(length);
      for (let i = 0; i < length; i++) {
        const high = words[2 * i + 1];
        if (high >= HIGH_WORD || high < -HIGH_WORD) return undefined;
        doubles[i] = high * WORD + (words[2 * i] >>> 0);
      }
      return doubles;
    }
    default: {
      const doubles = new Float64Array(length);
      doubles.set((data as Float64Array).subarray(0, length));
      for (let i = 0; i < length; i++) if (Number.isNaN(doubles[i])) return undefined;
      return doubles;
    }
  }
}
