/**
 * Level and noise of a series from its first points: the mean, and the standard deviation of normal noise that makes neighbours differ as much as they
 * do, which a trend disturbs little.
 */
export class Baseline {
  count = 0;
  mean = 0;
  private previous = 0;
  private squares = 0;

  learn(value: number): void {
    if (this.count > 0) this.squares += (value - this.previous) ** 2;
    this.previous = value;
    this.mean += (value - this.mean) / ++this.count;
  }

  /** Above zero: of points that are all equal, a millionth of the level, or 1 where that is zero. */
  deviation(): number {
    const deviation = Math.sqrt(this.squares / (2 * (this.count - 1)));
    return deviation > 0 ? deviation : Math.abs(this.mean) * 1e-6 || 1;
  }

  forget(): void {
    this.count = 0;
    this.mean = 0;
    this.squares = 0;
  }
}
