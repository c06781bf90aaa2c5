/**
 * Merging t-digest after Dunning and Ertl (2019): centroids of values, small at both ends and larger in the middle, so that extreme quantiles
 * stay sharp. NaN must not be added.
 */

/** Bounds the number of centroids to about twice this. */
const COMPRESSION = 200;
const BUFFER = 500;

export interface DigestState {
  readonly means: Float64Array;
  readonly weights: Float64Array;
  readonly min: number;
  readonly max: number;
}

export class TDigest {
  #means: Float64Array = new Float64Array(0);
  #weights: Float64Array = new Float64Array(0);
  #total = 0;
  #pending: { mean: number; weight: number }[] = [];
  #min = Infinity;
  #max = -Infinity;

  add(value: number): void {
    this.#put(value, 1);
    this.#min = Math.min(this.#min, value);
    this.#max = Math.max(this.#max, value);
  }

  merge(other: DigestState): void {
    for (let i = 0; i < other.means.length; i++) this.#put(other.means[i], other.weights[i]);
    this.#min = Math.min(this.#min, other.min);
    this.#max = Math.max(this.#max, other.max);
  }

  state(): DigestState {
    this.#compress();
    return { means: this.#means, weights: this.#weights, min: this.#min, max: this.#max };
  }

  /** Value below which the fraction lies, between neighbouring centroids by straight line. NaN of an empty digest. */
  quantile(fraction: number): number {
    this.#compress();
    const means = this.#means;
    const weights = this.#weights;
    const last = means.length - 1;
    if (last < 0) return Number.NaN;
    if (last === 0) return means[0];
    const place = fraction * this.#total;
    if (place < weights[0] / 2) return this.#min + (means[0] - this.#min) * (weights[0] === 1 ? 1 : place / (weights[0] / 2));
    let before = weights[0] / 2;
    for (let i = 0; i < last; i++) {
      const step = (weights[i] + weights[i + 1]) / 2;
      // Where both are infinite there is nothing between.
      if (place < before + step)
        return means[i] === means[i + 1] ? means[i] : means[i] + ((means[i + 1] - means[i]) * (place - before)) / step;
      before += step;
    }
    return weights[last] === 1 ? means[last] : means[last] + ((this.#max - means[last]) * (place - before)) / (weights[last] / 2);
  }

  bytes(): number {
    return 16 * (this.#means.length + this.#pending.length) + 128;
  }

  #put(mean: number, weight: number): void {
    this.#pending.push({ mean, weight });
    this.#total += weight;
    if (this.#pending.length >= BUFFER) this.#compress();
  }

  #compress(): void {
    if (this.#pending.length === 0) return;
    const all = this.#pending;
    for (let i = 0; i < this.#means.length; i++) all.push({ mean: this.#means[i], weight: this.#weights[i] });
    all.sort((a, b) => a.mean - b.mean);
    const means: number[] = [];
    const weights: number[] = [];
    let mean = all[0].mean;
    let weight = all[0].weight;
    let before = 0;
    for (let i = 1; i < all.length; i++) {
      const joined = weight + all[i].weight;
      const middle = (before + joined / 2) / this.#total;
      if (joined <= (4 * this.#total * middle * (1 - middle)) / COMPRESSION && Number.isFinite(all[i].mean) && Number.isFinite(mean)) {
        mean += ((all[i].mean - mean) * all[i].weight) / joined;
        weight = joined;
        continue;
      }
      means.push(mean);
      weights.push(weight);
      before += weight;
      mean = all[i].mean;
      weight = all[i].weight;
    }
    means.push(mean);
    weights.push(weight);
    this.#means = Float64Array.from(means);
    this.#weights = Float64Array.from(weights);
    this.#pending = [];
  }
}
