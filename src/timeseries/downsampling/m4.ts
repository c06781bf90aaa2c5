/**
 * M4 (Jugel et al. 2014): of each of `columns` equally wide stretches of time the first, the last, the least and the greatest point, which draw the same
 * line chart of that many pixel columns as all points do. A stretch is [first + k w, first + (k + 1) w), w = (last - first) / columns, the last point belonging to
 * the last stretch. Of equal values the earliest stays.
 *
 * Returns positions, rising, each once: at most 4 a stretch.
 */
export function m4(times: Float64Array, values: Float64Array, length: number, columns: number): Int32Array {
  if (length === 0) return new Int32Array(0);
  const start = times[0];
  const width = (times[length - 1] - start) / columns;
  const kept: number[] = [];
  for (let from = 0; from < length; ) {
    const column = columnOf(times[from] - start, width, columns);
    let [least, greatest] = [from, from];
    let to = from + 1;
    while (to < length && columnOf(times[to] - start, width, columns) === column) {
      if (values[to] < values[least]) least = to;
      if (values[to] > values[greatest]) greatest = to;
      to++;
    }
    kept.push(from);
    for (const inner of least < greatest ? [least, greatest] : [greatest, least]) {
      if (inner > kept[kept.length - 1]) kept.push(inner);
    }
    if (to - 1 > kept[kept.length - 1]) kept.push(to - 1);
    from = to;
  }
  return Int32Array.from(kept);
}

const columnOf = (elapsed: number, width: number, columns: number): number =>
  width === 0 ? 0 : Math.min(columns - 1, Math.floor(elapsed / width));
