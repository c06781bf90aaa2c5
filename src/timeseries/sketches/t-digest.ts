/**
 * Merging t-digest (Dunning and Ertl 2019) with the scale function whose centroids hold at most 4 n q (1 - q) / compression values: small at both ends, so that
 * extreme quantiles are sharp. A digest has at most about `compression` times 2 centroids, and the first and last are single values or near it.
 * NaN must not be added.
 */

const BUFFER_PER_CENTROID = 5;

/** What a digest holds, in plain data. */
export interface DigestParts {
  readonly compression: number;
  readonly means: Float64Array;
  readonly weights: Float64Array;
  readonly min: number;
  readonly max: number;
  readonly sum: number;
}

export class TDigest {
  readonly compression: number;
  #means = new Float64Array(0);
  #weights = new Float64Array(0);
  #weight = 0;
  #buffer: Float64Array<ArrayBufferLike> = new Float64Array(16);
  #buffered = 0;
  readonly #room: number;
  min = Infinity;
  max = -Infinity;
  sum = 0;

  constructor(compression: number) {
    this.compression = compression;
    this.#room = Math.ceil(compression * BUFFER_PER_CENTROID);
  }

  static of({ compression, means, weights, min, max, sum }: DigestParts): TDigest {
    const digest = new TDigest(compression);
    digest.#means = Float64Array.from(means);
    digest.#weights = Float64Array.from(weights);
    digest.#weight = weights.reduce((total, weight) => total + weight, 0);
    digest.min = min;
    digest.max = max;
    digest.sum = sum;
    return digest;
  }

  /** How many values were added. */
  get count(): number {
    return this.#weight + this.#buffered;
  }

  add(value: number): void {
    if (this.#buffered === this.#buffer.length) this.#makeRoom();
    this.#buffer[this.#buffered++] = value;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
  }

  merge(other: TDigest): void {
    this.#flush();
    const { means, weights, min, max, sum } = other.parts();
    const { means: own, weights: ownWeights } = { means: this.#means, weights: this.#weights };
    this.#weight += other.#weight;
    const allMeans = new Float64Array(own.length + means.length);
    const allWeights = new Float64Array(allMeans.length);
    for (let i = 0, j = 0, k = 0; k < allMeans.length; k++) {
      const mine = j === means.length || (i < own.length && own[i] <= means[j]);
      allMeans[k] = mine ? own[i] : means[j];
      allWeights[k] = mine ? ownWeights[i++] : weights[j++];
    }
    this.#compress(allMeans, allWeights);
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
    this.sum += sum;
  }

  parts(): DigestParts {
    this.#flush();
    return { compression: this.compression, means: this.#means, weights: this.#weights, min: this.min, max: this.max, sum: this.sum };
  }

  /** Value below which the fraction of values lies, along straight lines between the middles of centroids. NaN of an empty digest. */
  quantile(fraction: number): number {
    this.#flush();
    const means = this.#means;
    const weights = this.#weights;
    const last = means.length - 1;
    if (last < 0) return Number.NaN;
    const place = fraction * this.#weight;
    const first = weights[0] / 2;
    if (place <= first) return weights[0] === 1 ? this.min : this.min + (means[0] - this.min) * (place / first);
    let before = first;
    for (let i = 0; i < last; i++) {
      const step = (weights[i] + weights[i + 1]) / 2;
      if (place <= before + step) return line(means[i], means[i + 1], (place - before) / step);
      before += step;
    }
    const rest = weights[last] / 2;
    return weights[last] === 1 ? this.max : line(means[last], this.max, Math.min(1, (place - before) / rest));
  }

  /** Fraction of the values that lie below `value`, half of those that equal it. */
  rank(value: number): number {
    this.#flush();
    const means = this.#means;
    const weights = this.#weights;
    const last = means.length - 1;
    if (last < 0) return Number.NaN;
    if (value < this.min) return 0;
    if (value > this.max) return 1;
    let [below, same] = [0, 0];
    for (let i = 0; i <= last && means[i] <= value; i++) {
      if (means[i] < value) below += weights[i];
      else same += weights[i];
    }
    if (same > 0) return (below + same / 2) / this.#weight;
    let i = 0;
    let sum = 0;
    while (i <= last && means[i] < value) sum += weights[i++];
    // `value` lies between the middle of centroid i - 1 (or the least value) and that of i (or the greatest value).
    const left = i === 0 ? this.min : means[i - 1];
    const right = i > last ? this.max : means[i];
    const from = i === 0 ? 0 : sum - weights[i - 1] / 2;
    const to = i > last ? this.#weight : sum + weights[i] / 2;
    return (right === left ? (from + to) / 2 : from + ((to - from) * (value - left)) / (right - left)) / this.#weight;
  }

  bytes(): number {
    return 16 * this.#means.length + this.#buffer.byteLength + 128;
  }

  #makeRoom(): void {
    if (this.#buffer.length >= this.#room) {
      this.#flush();
      return;
    }
    const larger = new Float64Array(Math.min(this.#room, this.#buffer.length * 4));
    larger.set(this.#buffer);
    this.#buffer = larger;
  }

  /** Buffered values, sorted, become centroids among the others. */
  #flush(): void {
    const count = this.#buffered;
    if (count === 0) return;
    const added = this.#buffer.subarray(0, count).sort();
    const own = this.#means;
    const ownWeights = this.#weights;
    const means = new Float64Array(own.length + count);
    const weights = new Float64Array(means.length);
    for (let i = 0, j = 0, k = 0; k < means.length; k++) {
      if (j === count || (i < own.length && own[i] <= added[j])) {
        means[k] = own[i];
        weights[k] = ownWeights[i++];
      } else {
        means[k] = added[j++];
        weights[k] = 1;
      }
    }
    this.#weight += count;
    this.#buffered = 0;
    this.#compress(means, weights);
  }

  /** Joins neighbours of sorted centroids, in place, as far as the scale function lets them; keeps the result. */
  #compress(means: Float64Array, weights: Float64Array): void {
    const total = this.#weight;
    const scale = 4 / (this.compression * total);
    let at = 0;
    let before = 0;
    for (let i = 1; i < means.length; i++) {
      const joined = weights[at] + weights[i];
      const middle = before + joined / 2;
      // Infinities have no mean with others.
      if (joined <= scale * middle * (total - middle) && Number.isFinite(means[i] - means[at])) {
        means[at] += ((means[i] - means[at]) * weights[i]) / joined;
        weights[at] = joined;
        continue;
      }
      before += weights[at];
      at++;
      means[at] = means[i];
      weights[at] = weights[i];
    }
    const count = means.length === 0 ? 0 : at + 1;
    this.#means = means.slice(0, count);
    this.#weights = weights.slice(0, count);
  }
}

/** Where both are infinite there is nothing between. */
const line = (from: number, to: number, share: number): number => (from === to ? from : from + (to - from) * share);
