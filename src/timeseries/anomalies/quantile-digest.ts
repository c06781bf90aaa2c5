import { normalQuantile } from "../numeric/distributions.ts";

/** Values that are waiting to be merged, and about how many centroids are kept. */
const BUFFER = 256;
const COMPRESSION = 200;
const CAPACITY = 2 * COMPRESSION;

/**
 * A t-digest that speaks in standard deviations: the place of a value among those seen, as the z of a normal distribution with the same share below
 * it. Values are merged 256 at a time; until the next merge the last ones are not known to it.
 *
 * Centroids: Dunning and Ertl, "Computing extremely accurate quantiles using t-digests" (2019), merging variant with the scale function k1. The
 * smallest and the largest value are kept exactly.
 */
export class QuantileDigest {
  private readonly buffer = new Float64Array(BUFFER);
  private buffered = 0;
  private readonly means = new Float64Array(CAPACITY);
  private readonly weights = new Float64Array(CAPACITY);
  /** z of the middle of each centroid. */
  private readonly places = new Float64Array(CAPACITY);
  private centroids = 0;
  /** Values in the centroids. */
  total = 0;
  lowest = Infinity;
  highest = -Infinity;
  /** Places of the two extremes, and how far a standard deviation reaches beyond each. */
  private lowPlace = 0;
  private highPlace = 0;
  private lowReach = 0;
  private highReach = 0;
  private readonly upwards: boolean;

  /** @param upwards whether only high values are unusual: places are then z of a normal distribution without its sign, from 0 at the lowest value */
  constructor(upwards = false) {
    this.upwards = upwards;
  }

  add(value: number): void {
    this.buffer[this.buffered++] = value;
    if (this.buffered === BUFFER) this.merge();
  }

  /** The place of a value; beyond the extremes on at the pace of the last standard deviation before them. Infinite beyond those without a pace. */
  place(value: number): number {
    if (value > this.highest) return this.highReach > 0 ? this.highPlace + (value - this.highest) / this.highReach : Infinity;
    if (value < this.lowest) return this.lowReach > 0 ? this.lowPlace - (this.lowest - value) / this.lowReach : -Infinity;
    const { means, places, centroids } = this;
    const from = firstNotBelow(means, centroids, value);
    const upTo = from < centroids && means[from] === value ? firstAbove(means, centroids, value) : from;
    if (upTo > from) return (places[from] + places[upTo - 1]) / 2;
    const [leftValue, leftPlace] = from === 0 ? [this.lowest, this.lowPlace] : [means[from - 1], places[from - 1]];
    const [rightValue, rightPlace] = from === centroids ? [this.highest, this.highPlace] : [means[from], places[from]];
    if (rightValue === leftValue) return rightPlace;
    return leftPlace + ((rightPlace - leftPlace) * (value - leftValue)) / (rightValue - leftValue);
  }

  /** The value at a place: the inverse of `place`. */
  valueAt(place: number): number {
    if (place >= this.highPlace) return this.highest + (place - this.highPlace) * this.highReach;
    if (place <= this.lowPlace) return this.lowest + (place - this.lowPlace) * this.lowReach;
    const { means, places, centroids } = this;
    const at = firstNotBelow(places, centroids, place);
    const [leftValue, leftPlace] = at === 0 ? [this.lowest, this.lowPlace] : [means[at - 1], places[at - 1]];
    const [rightValue, rightPlace] = at === centroids ? [this.highest, this.highPlace] : [means[at], places[at]];
    if (rightPlace === leftPlace) return rightValue;
    return leftValue + ((rightValue - leftValue) * (place - leftPlace)) / (rightPlace - leftPlace);
  }

  private merge(): void {
    const incoming = this.buffer.slice(0, this.buffered).sort();
    this.lowest = Math.min(this.lowest, incoming[0]);
    this.highest = Math.max(this.highest, incoming[incoming.length - 1]);
    this.total += incoming.length;
    this.buffered = 0;
    this.compress(incoming);
    this.measure();
  }

  /** Merges sorted values into the centroids, which stay sorted. */
  private compress(incoming: Float64Array): void {
    const { means, weights, total } = this;
    const oldMeans = means.slice(0, this.centroids);
    const oldWeights = weights.slice(0, this.centroids);
    let count = -1;
    let before = 0;
    let room = 0;
    for (let i = 0, j = 0; i < oldMeans.length || j < incoming.length; ) {
      const takeOld = j >= incoming.length || (i < oldMeans.length && oldMeans[i] <= incoming[j]);
      const mean = takeOld ? oldMeans[i] : incoming[j];
      const weight = takeOld ? oldWeights[i] : 1;
      if (takeOld) i++;
      else j++;
      if (count >= 0 && weights[count] + weight <= room) {
        weights[count] += weight;
        means[count] += ((mean - means[count]) * weight) / weights[count];
        continue;
      }
      if (count >= 0) before += weights[count];
      count++;
      means[count] = mean;
      weights[count] = weight;
      room = total * reachedShare(before / total) - before;
    }
    this.centroids = count + 1;
  }

  /** Works out the places of centroids and extremes. */
  private measure(): void {
    const { weights, places, total, centroids } = this;
    let before = 0;
    for (let i = 0; i < centroids; i++) {
      places[i] = this.placeOf((before + weights[i] / 2) / total);
      before += weights[i];
    }
    this.highPlace = this.placeOf(1 - 0.25 / total);
    this.lowPlace = this.placeOf(0.25 / total);
    this.highReach = this.highest - this.valueAt(this.highPlace - 1);
    this.lowReach = this.valueAt(this.lowPlace + 1) - this.lowest;
  }

  private placeOf(share: number): number {
    return this.upwards ? -tabulatedQuantile((1 - share) / 2) : tabulatedQuantile(share);
  }
}

/** z of a share, by its logit: `STEPS` a unit, up to `FAR` on either side. */
const STEPS = 8;
const FAR = 36;
const TABLE = Float64Array.from({ length: 2 * FAR * STEPS + 1 }, (_, i) => {
  const logit = i / STEPS - FAR;
  return logit < 0 ? normalQuantile(1 / (1 + Math.exp(-logit))) : -normalQuantile(1 / (1 + Math.exp(logit)));
});

/** `normalQuantile` within 2e-4, at a tenth of its cost: on lines between tabulated logits. For shares from 1e-15 up to 1 - 1e-15. */
function tabulatedQuantile(share: number): number {
  const place = (Math.log(share / (1 - share)) + FAR) * STEPS;
  const below = Math.floor(place);
  return TABLE[below] + (place - below) * (TABLE[below + 1] - TABLE[below]);
}

/** The share up to which a centroid that begins at `share` may reach: one unit of k1(q) = δ / 2π · asin(2q - 1). */
function reachedShare(share: number): number {
  const k = Math.asin(2 * share - 1) + (2 * Math.PI) / COMPRESSION;
  return k >= Math.PI / 2 ? 1 : (Math.sin(k) + 1) / 2;
}

function firstNotBelow(sorted: Float64Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAbove(sorted: Float64Array, length: number, value: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Puts scores of a method that has no standard deviations on the common scale: the deviation that a normal distribution exceeds, to either side, as
 * often as past scores exceeded this one.
 */
export class ScoreScale {
  private readonly digest = new QuantileDigest(true);

  /** False while fewer than 256 scores were seen. */
  get ready(): boolean {
    return this.digest.total > 0;
  }

  deviation(score: number): number {
    return score <= this.digest.lowest ? 0 : this.digest.place(score);
  }

  add(score: number): void {
    this.digest.add(score);
  }
}
