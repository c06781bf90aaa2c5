/**
 * Largest triangle three buckets (Steinarsson 2013): `count` of a line's points that keep its looks. First and last point stay; the points between
 * are divided into count - 2 buckets of as equal a number as can be, and of each the point stays that spans the largest triangle with the one kept before and
 * the mean of the next bucket. Ties go to the earlier point.
 *
 * Returns positions, rising; all of them where there are no more than `count` points. `count` is at least 2. Values are finite.
 */
export function lttb(times: Float64Array, values: Float64Array, length: number, count: number): Int32Array {
  if (length <= count) return Int32Array.from({ length }, (_, i) => i);
  if (count === 2) return Int32Array.of(0, length - 1);
  const kept = new Int32Array(count);
  const width = (length - 2) / (count - 2);
  let at = 0;
  for (let bucket = 0; bucket < count - 2; bucket++) {
    const from = Math.floor(bucket * width) + 1;
    const to = Math.floor((bucket + 1) * width) + 1;
    const end = Math.min(Math.floor((bucket + 2) * width) + 1, length);
    let [meanTime, meanValue] = [0, 0];
    // Times are taken relative to the first, so that their mean keeps its digits.
    for (let i = to; i < end; i++) {
      meanTime += times[i] - times[0];
      meanValue += values[i];
    }
    meanTime = meanTime / (end - to) + times[0];
    meanValue /= end - to;
    let [best, chosen] = [-1, from];
    for (let i = from; i < to; i++) {
      const area = Math.abs((times[at] - meanTime) * (values[i] - values[at]) - (times[at] - times[i]) * (meanValue - values[at]));
      if (area > best) [best, chosen] = [area, i];
    }
    kept[bucket + 1] = chosen;
    at = chosen;
  }
  kept[count - 1] = length - 1;
  return kept;
}
