import { compareNumbers } from "../../core/compare.ts";
import { runtimeError } from "../../core/errors.ts";
import { addInterval, negateInterval } from "../../core/interval.ts";
import { valueReader } from "../../core/read.ts";
import type { IntervalValue } from "../../core/value.ts";
import type { Vector } from "../../core/vector.ts";
import type { Stretches } from "./partitions.ts";

/** The ORDER BY key of a RANGE frame: sorted rows. `shift` moves a timestamp with time zone by an interval on the session's clock. */
export interface RangeKey {
  readonly vector: Vector;
  readonly descending: boolean;
  readonly shift: (micros: bigint, by: IntervalValue) => bigint;
}

type Key = number | bigint;

/**
 * Bound of a RANGE frame with an offset: the first row at or beyond key ± offset (a start), or after it (an end), found by halves among the
 * partition's rows that are not NULL. The frame of a NULL key is the NULLs, its peers.
 */
export function rangeSearch(
  key: RangeKey,
  offset: Vector,
  forward: boolean,
  side: "start" | "end",
  partitions: Stretches,
  peers: Stretches,
  length: number,
): Int32Array {
  const { vector, descending } = key;
  const read = valueReader(vector) as (row: number) => Key;
  const readOffset = valueReader(offset);
  const move = mover(key, forward !== descending);
  const bound = new Int32Array(length);
  const isNull = (row: number) => vector.validity !== null && vector.validity[row] === 0;
  let partition = -1;
  let low = 0;
  let high = 0;
  for (let i = 0; i < length; i++) {
    if (partitions.start[i] !== partition) {
      partition = partitions.start[i];
      low = partition;
      high = partitions.end[i];
      while (low < high && isNull(low)) low++;
      while (high > low && isNull(high - 1)) high--;
    }
    if (isNull(i)) {
      bound[i] = side === "start" ? peers.start[i] : peers.end[i];
      continue;
    }
    const by = readOffset(i);
    if (by === null) throw runtimeError("a RANGE offset cannot be NULL");
    const target = move(read(i), by as Key | IntervalValue);
    let [from, to] = [low, high];
    while (from < to) {
      const middle = (from + to) >> 1;
      const order = descending ? compareKeys(target, read(middle)) : compareKeys(read(middle), target);
      if (order < 0 || (side === "end" && order === 0)) from = middle + 1;
      else to = middle;
    }
    bound[i] = from;
  }
  return bound;
}

function compareKeys(a: Key, b: Key): number {
  if (typeof a === "number" && typeof b === "number") return compareNumbers(a, b);
  return a < b ? -1 : a > b ? 1 : 0;
}

/** key + offset, or key - offset. */
function mover(key: RangeKey, add: boolean): (value: Key, by: Key | IntervalValue) => Key {
  const { type } = key.vector;
  return (value, by) => {
    if (typeof by === "object") {
      if (by.months < 0 || by.days < 0 || by.micros < 0) throw runtimeError("a RANGE offset cannot be negative");
      const moved = add ? by : negateInterval(by);
      if (type.kind === "timestamptz") return key.shift(value as bigint, moved);
      // Past the range of timestamps every row is within the bound.
      return BigInt(addInterval(value as bigint, moved) ?? (add ? 2n ** 63n : -(2n ** 63n)));
    }
    if (by < 0 || Number.isNaN(by)) throw runtimeError(`a RANGE offset cannot be negative, as ${by} is`);
    if (typeof value === "bigint") return add ? value + BigInt(by) : value - BigInt(by);
    return add ? value + Number(by) : value - Number(by);
  };
}
