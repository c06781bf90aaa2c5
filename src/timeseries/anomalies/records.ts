/**
 * Keeps the range of one view of a series, and says how far outside it a new value lies. What lies inside the range was seen before and is no news;
 * what sets a record is judged by its distance from the mean, in standard deviations. (Range as a criterion: the "spatial anomaly" of the Numenta
 * detector, in the repository of the Numenta Anomaly Benchmark.)
 *
 * Both forget: the range is that of the last one to two times `memory` values, kept as two generations; mean and variance weigh a value 1 / `memory`
 * once that many were seen, and all alike before.
 */
export class Records {
  private readonly memory: number;
  private count = 0;
  private mean = 0;
  private variance = 0;
  private low = Infinity;
  private high = -Infinity;
  private olderLow = Infinity;
  private olderHigh = -Infinity;
  private inGeneration = 0;

  constructor(memory: number) {
    this.memory = memory;
  }

  get seen(): number {
    return this.count;
  }

  get center(): number {
    return this.mean;
  }

  get spread(): number {
    return Math.sqrt(this.variance);
  }

  get lowest(): number {
    return Math.min(this.low, this.olderLow);
  }

  get highest(): number {
    return Math.max(this.high, this.olderHigh);
  }

  /** Standard deviations from the mean, these being at least `least`; Infinity where all values so far are equal and this one is not. */
  deviation(value: number, least: number): number {
    const distance = Math.abs(value - this.mean);
    const spread = Math.max(least, Math.sqrt(this.variance));
    if (spread > 0) return distance / spread;
    return distance > 0 ? Infinity : 0;
  }

  isRecord(value: number): boolean {
    return (value < this.low && value < this.olderLow) || (value > this.high && value > this.olderHigh);
  }

  learn(value: number): void {
    if (value < this.low) this.low = value;
    if (value > this.high) this.high = value;
    this.count++;
    const weight = this.count < this.memory ? 1 / this.count : 1 / this.memory;
    const distance = value - this.mean;
    this.mean += weight * distance;
    this.variance = (1 - weight) * (this.variance + weight * distance * distance);
    this.inGeneration++;
    if (this.inGeneration < this.memory) return;
    this.inGeneration = 0;
    this.olderLow = this.low;
    this.olderHigh = this.high;
    this.low = Infinity;
    this.high = -Infinity;
  }
}
