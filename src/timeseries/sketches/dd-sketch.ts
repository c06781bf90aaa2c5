/**
 * DDSketch (Masson, Rim and Lee 2019), bounded as UDDSketch (Epicoco et al. 2020): values are counted in buckets (g^(k-1), g^k] with g = (1 + a) / (1 - a), so that any
 * quantile is off by at most the share a of itself. When there are more buckets than allowed, each pair of neighbours becomes one: g is squared, a becomes
 * 2 a / (1 + a^2). Which buckets there are depends on the values alone, not on their order, and merging is exact: the merged sketch is that of all values.
 *
 * Negative values have buckets of their own, by their size. Values nearer to 0 than 1e-300 count as 0. NaN and the infinities must not be added.
 */

const LEAST = 1e-300;

/** What a sketch holds, in plain data: bucket numbers rising, and their counts. */
export interface SketchParts {
  /** The accuracy that was asked for, and how often it was given up. */
  readonly accuracy: number;
  readonly collapses: number;
  readonly mostBuckets: number;
  readonly zeros: number;
  readonly positive: readonly (readonly [number, number])[];
  readonly negative: readonly (readonly [number, number])[];
  readonly sum: number;
  readonly min: number;
  readonly max: number;
}

/** Counts of buckets over a range of bucket numbers that grows as needed. */
class Buckets {
  #counts = new Float64Array(64);
  #first = 0;
  /** Buckets with a count. */
  used = 0;

  add(bucket: number, count: number): void {
    let at = bucket - this.#first;
    if (at < 0 || at >= this.#counts.length) {
      this.#reach(bucket);
      at = bucket - this.#first;
    }
    if (this.#counts[at] === 0) this.used++;
    this.#counts[at] += count;
  }

  /** The buckets that have a count, rising. */
  entries(): [number, number][] {
    const entries: [number, number][] = [];
    for (let i = 0; i < this.#counts.length; i++) if (this.#counts[i] > 0) entries.push([i + this.#first, this.#counts[i]]);
    return entries;
  }

  collapsed(): Buckets {
    const half = new Buckets();
    for (const [bucket, count] of this.entries()) half.add(Math.ceil(bucket / 2), count);
    return half;
  }

  bytes(): number {
    return this.#counts.byteLength;
  }

  #reach(bucket: number): void {
    const size = this.#counts.length;
    if (this.used === 0) {
      this.#first = bucket - (size >> 1);
      return;
    }
    const from = Math.min(this.#first, bucket - (size >> 1));
    const to = Math.max(this.#first + size, bucket + (size >> 1));
    const counts = new Float64Array(to - from);
    counts.set(this.#counts, this.#first - from);
    this.#counts = counts;
    this.#first = from;
  }
}

export class DDSketch {
  readonly accuracy: number;
  readonly mostBuckets: number;
  #collapses = 0;
  /** 1 / ln g. */
  #multiplier: number;
  #zeros = 0;
  #positive = new Buckets();
  #negative = new Buckets();
  #count = 0;
  sum = 0;
  min = Infinity;
  max = -Infinity;

  constructor(accuracy: number, mostBuckets: number) {
    this.accuracy = accuracy;
    this.mostBuckets = mostBuckets;
    this.#multiplier = 1 / (Math.log1p(accuracy) - Math.log1p(-accuracy));
  }

  static of(parts: SketchParts): DDSketch {
    const sketch = new DDSketch(parts.accuracy, parts.mostBuckets);
    while (sketch.#collapses < parts.collapses) sketch.#collapse();
    for (const [bucket, count] of parts.positive) sketch.#positive.add(bucket, count);
    for (const [bucket, count] of parts.negative) sketch.#negative.add(bucket, count);
    sketch.#zeros = parts.zeros;
    sketch.#count = [...parts.positive, ...parts.negative].reduce((total, [, count]) => total + count, parts.zeros);
    sketch.sum = parts.sum;
    sketch.min = parts.min;
    sketch.max = parts.max;
    return sketch;
  }

  get count(): number {
    return this.#count;
  }

  /** How far off quantiles may be, as a share of themselves. */
  get error(): number {
    // g = e^(1 / multiplier), and (g - 1) / (g + 1) is the hyperbolic tangent of half of that.
    return Math.tanh(0.5 / this.#multiplier);
  }

  add(value: number): void {
    this.#count++;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (value > LEAST) this.#positive.add(Math.ceil(Math.log(value) * this.#multiplier), 1);
    else if (value < -LEAST) this.#negative.add(Math.ceil(Math.log(-value) * this.#multiplier), 1);
    else this.#zeros++;
    if (this.#positive.used + this.#negative.used > this.mostBuckets) this.#collapse();
  }

  /** Both were made with the same accuracy and bound. */
  merge(other: DDSketch): void {
    const from = other.parts();
    while (this.#collapses < from.collapses) this.#collapse();
    const shift = this.#collapses - from.collapses;
    const number = (bucket: number): number => {
      let number = bucket;
      for (let k = 0; k < shift; k++) number = Math.ceil(number / 2);
      return number;
    };
    for (const [bucket, count] of from.positive) this.#positive.add(number(bucket), count);
    for (const [bucket, count] of from.negative) this.#negative.add(number(bucket), count);
    while (this.#positive.used + this.#negative.used > this.mostBuckets) this.#collapse();
    this.#zeros += from.zeros;
    this.#count += other.count;
    this.sum += from.sum;
    this.min = Math.min(this.min, from.min);
    this.max = Math.max(this.max, from.max);
  }

  parts(): SketchParts {
    return {
      accuracy: this.accuracy,
      collapses: this.#collapses,
      mostBuckets: this.mostBuckets,
      zeros: this.#zeros,
      positive: this.#positive.entries(),
      negative: this.#negative.entries(),
      sum: this.sum,
      min: this.min,
      max: this.max,
    };
  }

  /** The value of rank floor(fraction (n - 1)), within the error. NaN of an empty sketch. */
  quantile(fraction: number): number {
    if (this.#count === 0) return Number.NaN;
    const rank = Math.floor(fraction * (this.#count - 1));
    let seen = 0;
    for (const [value, count] of this.#rising()) {
      seen += count;
      if (seen > rank) return Math.min(this.max, Math.max(this.min, value));
    }
    return this.max;
  }

  /** Fraction of the values below `value`, half of those of its own bucket among them. */
  rank(value: number): number {
    if (this.#count === 0) return Number.NaN;
    const own = this.#representative(value);
    let below = 0;
    for (const [at, count] of this.#rising()) {
      if (at < own) below += count;
      else if (at === own) below += count / 2;
    }
    return below / this.#count;
  }

  bytes(): number {
    return this.#positive.bytes() + this.#negative.bytes() + 128;
  }

  /** The middle values of the buckets, rising, with their counts. */
  *#rising(): Generator<readonly [number, number]> {
    for (const [bucket, count] of this.#negative.entries().reverse()) yield [-this.#middle(bucket), count];
    if (this.#zeros > 0) yield [0, this.#zeros];
    for (const [bucket, count] of this.#positive.entries()) yield [this.#middle(bucket), count];
  }

  #representative(value: number): number {
    if (value > LEAST) return this.#middle(Math.ceil(Math.log(value) * this.#multiplier));
    if (value < -LEAST) return -this.#middle(Math.ceil(Math.log(-value) * this.#multiplier));
    return 0;
  }

  /** The value that is off by the same share from both ends of a bucket: 2 g^k / (g + 1). */
  #middle(bucket: number): number {
    return Math.exp(bucket / this.#multiplier) * (1 - this.error);
  }

  #collapse(): void {
    this.#positive = this.#positive.collapsed();
    this.#negative = this.#negative.collapsed();
    this.#multiplier /= 2;
    this.#collapses++;
  }
}
