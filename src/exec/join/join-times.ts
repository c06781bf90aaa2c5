import { hugeAt } from "../../core/read.ts";
import { physicalOf } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";

/** Times (or numbers) of rows, which JavaScript compares exactly with `<`; bigints only where doubles could not hold them. NULL slots hold 0. */
export type Times = Float64Array | BigInt64Array | BigUint64Array | readonly bigint[];

/** High words below which an int64 is exact as a double. */
const SAFE_HIGH = 2 ** 21;

/** int64 values as doubles; undefined where one of them is not exact so. */
function micros(vector: Vector, out = new Float64Array(vector.length)): Float64Array | undefined {
  const { data } = vector as FlatVector;
  const words = new Int32Array(data.buffer, data.byteOffset, vector.length * 2);
  let exact = 1;
  for (let i = 0; i < vector.length; i++) {
    const high = words[2 * i + 1];
    out[i] = high * 4294967296 + (words[2 * i] >>> 0);
    exact &= Number(high < SAFE_HIGH) & Number(high >= -SAFE_HIGH);
  }
  return exact === 1 ? out : undefined;
}

/** int64 values as doubles, the nearest where one is not exact: timestamps beyond the year 2255, and the infinite ones. */
export function nearMicros(vector: Vector): Float64Array {
  const out = new Float64Array(vector.length);
  micros(vector, out);
  return out;
}

/** Values of a temporal or numeric column in their order; NaN counts as infinity. */
export function timesOf(vector: Vector): Times {
  const { data, length } = vector as FlatVector;
  switch (physicalOf(vector.type)) {
    case "i64":
      return micros(vector) ?? (data as BigInt64Array);
    case "u64":
      return data as BigUint64Array;
    case "i128":
      return Array.from({ length }, (_, i) => hugeAt(data as BigInt64Array, i));
    case "f32":
    case "f64": {
      const out = Float64Array.from(data as Float64Array);
      for (let i = 0; i < length; i++) if (Number.isNaN(out[i])) out[i] = Number.POSITIVE_INFINITY;
      return out;
    }
    default:
      return Float64Array.from(data as Int32Array);
  }
}

/** The first position in times[from..to) (ascending) whose time is > `time` (`after`) or >= `time`; looks near `hint` first. */
export function boundNear(times: Times, from: number, to: number, time: number | bigint, after: boolean, hint: number): number {
  let low = from;
  let high = to;
  // Gallop from the hint: rows that come in order of time end near where the last one did.
  if (hint > from && isBefore(times[hint - 1], time, after)) {
    low = hint;
    let step = 1;
    while (low + step <= to && isBefore(times[low + step - 1], time, after)) {
      low += step;
      step *= 2;
    }
    high = Math.min(to, low + step - 1);
  } else if (hint > from) high = hint - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(times[middle], time, after)) low = middle + 1;
    else high = middle;
  }
  return low;
}

const isBefore = (at: number | bigint, time: number | bigint, after: boolean): boolean => (after ? at <= time : at < time);
