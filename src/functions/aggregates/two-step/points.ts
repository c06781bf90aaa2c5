import { runtimeError } from "../../../core/errors.ts";
import { formatTimestamp } from "../../../core/time-text.ts";
import type { DataType } from "../../../core/types.ts";
import type { FlatVector, Vector } from "../../../core/vector.ts";
import { HolisticAccumulator } from "../holistic-accumulator.ts";
import type { GroupedRows } from "../row-buffer.ts";

/** Points of one group: times rise, no two are equal, and no value is NaN. Arrays are used again for the next group. */
export interface Points {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly length: number;
}

/**
 * An aggregate of (time, value) rows that needs them in the order of time, in whatever order they come. All rows are kept until then. Rows where either is NULL (or
 * the value NaN) are left out; of rows with the same time the one with the greatest value counts. The time stands at
 * `place` among the arguments, which are of `types`, and the value behind it.
 */
export const pointsAccumulator = (
  types: readonly DataType[],
  place: number,
  finish: (groups: number, pointsOf: (group: number) => Points, rows: GroupedRows) => Vector,
): HolisticAccumulator =>
  new HolisticAccumulator(types, [place, place + 1], (rows, groups) => finish(groups, pointReader(rows, place), rows));

const WORD = 4294967296;
/** From here the high word takes microseconds beyond what a double has exactly. */
const MOST_HIGH = 1 << 21;

const beyond = (time: bigint): Error =>
  runtimeError(
    `a point in time, ${formatTimestamp(time)}, is too far off`,
    undefined,
    "points of series are from 1684-07-28 to 2255-06-05",
  );

function pointReader({ starts, rows, columns }: GroupedRows, place: number): (group: number) => Points {
  const micros = (columns[place] as FlatVector).data as BigInt64Array;
  const words = new Int32Array(micros.buffer, micros.byteOffset, 2 * micros.length);
  const all = (columns[place + 1] as FlatVector).data as Float64Array;
  let most = 0;
  for (let g = 0; g + 1 < starts.length; g++) most = Math.max(most, starts[g + 1] - starts[g]);
  const times = new Float64Array(most);
  const values = new Float64Array(most);
  return (group) => {
    let length = 0;
    let rising = true;
    for (let k = starts[group]; k < starts[group + 1]; k++) {
      const row = rows[k];
      const value = all[row];
      if (Number.isNaN(value)) continue;
      const high = words[2 * row + 1];
      if (high >= MOST_HIGH || high < -MOST_HIGH) throw beyond(micros[row]);
      const time = high * WORD + (words[2 * row] >>> 0);
      if (length > 0 && time <= times[length - 1]) rising = false;
      times[length] = time;
      values[length++] = value;
    }
    if (!rising) length = sortPoints(times, values, length);
    return { times, values, length };
  };
}

/** Puts points in order and leaves one a time; returns how many there are. */
function sortPoints(times: Float64Array, values: Float64Array, length: number): number {
  const order = Uint32Array.from({ length }, (_, i) => i);
  const [ownTimes, ownValues] = [times.slice(0, length), values.slice(0, length)];
  order.sort((a, b) => ownTimes[a] - ownTimes[b] || ownValues[a] - ownValues[b]);
  let count = 0;
  for (const i of order) {
    if (count > 0 && times[count - 1] === ownTimes[i]) count--;
    times[count] = ownTimes[i];
    values[count++] = ownValues[i];
  }
  return count;
}
