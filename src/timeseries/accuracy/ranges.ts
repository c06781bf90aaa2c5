/** How well detections meet labelled anomalies: by points, and by ranges. */

export interface DetectionMeasures {
  /** Share of what was detected that is anomalous. NaN where nothing was detected. */
  readonly precision: number;
  /** Share of what is anomalous that was detected. NaN where nothing is anomalous. */
  readonly recall: number;
  /** Harmonic mean of the two; 0 where both are 0, NaN where either is. */
  readonly f1: number;
}

/** Each point for itself: `truth` and `detected` are non-zero where a point is an anomaly, and was said to be one. */
export function pointMeasures(truth: ArrayLike<number>, detected: ArrayLike<number>): DetectionMeasures {
  let both = 0;
  let real = 0;
  let said = 0;
  for (let i = 0; i < truth.length; i++) {
    if (truth[i] !== 0) real++;
    if (detected[i] !== 0) said++;
    if (truth[i] !== 0 && detected[i] !== 0) both++;
  }
  return measures(both / said, both / real);
}

/** Which part of a range counts most. */
export type PositionBias = "flat" | "front" | "middle" | "back";

export interface RangeOptions {
  /** Weight of a range being met at all, against how much of it is; only for the recall. Default 0. */
  readonly existence?: number;
  /** Which part of a labelled range counts most; for the precision all parts count alike. Default "flat". */
  readonly bias?: PositionBias;
  /** True (the default): a range that is met by k ranges counts a k-th of what is met. */
  readonly fragmentation?: boolean;
}

/**
 * Each range (run of non-zero points) for itself: Tatbul, Lee, Zdonik, Alam and Gottschlich, "Precision and recall for time series", NeurIPS 2018. A labelled
 * range's recall is α · (is it met) + (1 - α) · (is it met by one range only, or 1/k) · Σ over what meets it of its weight by position; a detected range's
 * precision is the same with α = 0; both are means over ranges.
 */
export function rangeMeasures(truth: ArrayLike<number>, detected: ArrayLike<number>, options: RangeOptions = {}): DetectionMeasures {
  const { existence = 0, bias = "flat", fragmentation = true } = options;
  const real = rangesOf(truth);
  const said = rangesOf(detected);
  return measures(meanReward(said, real, 0, "flat", fragmentation), meanReward(real, said, existence, bias, fragmentation));
}

type Range = readonly [first: number, last: number];

/** Runs of non-zero values, as first and last index. */
export function rangesOf(flags: ArrayLike<number>): Range[] {
  const ranges: Range[] = [];
  let first = -1;
  for (let i = 0; i <= flags.length; i++) {
    const inside = i < flags.length && flags[i] !== 0;
    if (inside && first < 0) first = i;
    if (inside || first < 0) continue;
    ranges.push([first, i - 1]);
    first = -1;
  }
  return ranges;
}

function meanReward(
  ranges: readonly Range[],
  others: readonly Range[],
  existence: number,
  bias: PositionBias,
  fragmentation: boolean,
): number {
  let sum = 0;
  let begin = 0;
  for (const [first, last] of ranges) {
    while (begin < others.length && others[begin][1] < first) begin++;
    let met = 0;
    let weight = 0;
    for (let j = begin; j < others.length && others[j][0] <= last; j++) {
      met++;
      for (let i = Math.max(first, others[j][0]); i <= Math.min(last, others[j][1]); i++)
        weight += positionWeight(i - first, last - first + 1, bias);
    }
    if (met === 0) continue;
    let whole = 0;
    for (let i = 0; i <= last - first; i++) whole += positionWeight(i, last - first + 1, bias);
    const overlap = weight / whole / (fragmentation ? met : 1);
    sum += existence + (1 - existence) * overlap;
  }
  return sum / ranges.length;
}

/** @param place from 0 */
function positionWeight(place: number, length: number, bias: PositionBias): number {
  switch (bias) {
    case "flat":
      return 1;
    case "front":
      return length - place;
    case "back":
      return place + 1;
    case "middle":
      return place + 1 <= length / 2 ? place + 1 : length - place;
  }
}

function measures(precision: number, recall: number): DetectionMeasures {
  const sum = precision + recall;
  return { precision, recall, f1: sum === 0 ? 0 : (2 * precision * recall) / sum };
}
