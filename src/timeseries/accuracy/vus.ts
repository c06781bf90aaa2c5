import { rangesOf } from "./ranges.ts";

/**
 * Volume under the surface of precision and recall (VUS-PR): the mean of `rangeAucPr` over buffers of 0 up to `longest` points. Paparrizos, Boniol, Palpanas,
 * Tsay, Elmore and Franklin, "Volume under the surface: a new accuracy evaluation measure for time-series anomaly detection", VLDB 15 (2022). NaN where no
 * point is labelled.
 */
export function vusPr(truth: ArrayLike<number>, scores: Float64Array, longest: number): number {
  const order = descending(scores);
  let sum = 0;
  for (let buffer = 0; buffer <= longest; buffer++) sum += areaFor(truth, scores, order, buffer);
  return sum / (longest + 1);
}

/**
 * Area under the curve of range precision and recall. Labels reach `buffer` / 2 points beyond each labelled range, falling as sqrt(1 - distance / buffer).
 * With thresholds at 250 of the scores, evenly by rank: TP = Σ label over the detected; precision = TP / detected; recall = min(1, TP / P) · (share of the
 * ranges, buffers included, with a detection), P being the mean of the sums of the labels with and without buffers; the area is Σ precision · (rise of
 * recall). A NaN score is the lowest.
 */
export function rangeAucPr(truth: ArrayLike<number>, scores: Float64Array, buffer: number): number {
  return areaFor(truth, scores, descending(scores), buffer);
}

const THRESHOLDS = 250;

const rank = (score: number) => (Number.isNaN(score) ? -Infinity : score);

function descending(scores: Float64Array): Int32Array {
  return Int32Array.from(scores, (_, i) => i).sort((a, b) => {
    const [first, second] = [rank(scores[a]), rank(scores[b])];
    return first === second ? a - b : second > first ? 1 : -1;
  });
}

function areaFor(truth: ArrayLike<number>, scores: Float64Array, order: Int32Array, buffer: number): number {
  const length = scores.length;
  const labels = withBuffers(truth, length, buffer);
  const ranges = rangesOf(labels);
  if (ranges.length === 0) return Number.NaN;
  const highest = ranges.map(([first, last]) => {
    let best = -Infinity;
    for (let i = first; i <= last; i++) best = Math.max(best, rank(scores[i]));
    return best;
  });
  highest.sort((a, b) => b - a);
  let plain = 0;
  for (let i = 0; i < length; i++) if (truth[i] !== 0) plain++;
  const positives = (plain + labels.reduce((sum, label) => sum + label, 0)) / 2;
  let area = 0;
  let recallBefore = 0;
  let detected = 0;
  let found = 0;
  let met = 0;
  for (let step = 0; step < THRESHOLDS; step++) {
    const threshold = rank(scores[order[Math.floor((step * (length - 1)) / (THRESHOLDS - 1))]]);
    while (detected < length && rank(scores[order[detected]]) >= threshold) found += labels[order[detected++]];
    while (met < highest.length && highest[met] >= threshold) met++;
    const recall = Math.min(1, found / positives) * (met / ranges.length);
    area += (recall - recallBefore) * (found / detected);
    recallBefore = recall;
  }
  return area;
}

/** 1 in labelled ranges, less beside them, 0 elsewhere. */
function withBuffers(truth: ArrayLike<number>, length: number, buffer: number): Float64Array {
  const labels = new Float64Array(length);
  const reach = Math.floor(buffer / 2);
  for (const [first, last] of rangesOf(truth)) {
    for (let i = first; i <= last; i++) labels[i] = 1;
    for (let i = Math.max(0, first - reach); i < first; i++) labels[i] += Math.sqrt(1 - (first - i) / buffer);
    for (let i = last + 1; i < Math.min(length, last + reach); i++) labels[i] += Math.sqrt(1 - (i - last) / buffer);
  }
  return labels.map((label) => Math.min(1, label));
}
