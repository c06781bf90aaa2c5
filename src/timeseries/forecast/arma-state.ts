import type { ArmaLikelihood } from "./arma-likelihood.ts";

/**
 * The state of an ARMA process after some points, by the recursions of `ArmaLikelihood`, a point at a time: what one-step forecasts, forecasts
 * of further points, and their variances need. Its size does not grow with the points.
 */
export class ArmaState {
  /** Variance of the next innovation, in units of σ². */
  variance: number;
  private readonly phi: Float64Array;
  private readonly state: Float64Array;
  private readonly K: Float64Array;
  private readonly L: Float64Array;
  private M: number;
  /** Steps in a row that changed nothing; when there are as many as elements, gains are those of the steady state. */
  private still = 0;

  /** @param start coefficients, after `prepare`. */
  constructor(start: Pick<ArmaLikelihood, "phi" | "gain" | "variance">) {
    const size = start.gain.length;
    this.phi = new Float64Array(size);
    this.phi.set(start.phi);
    this.state = new Float64Array(size + 1);
    this.K = start.gain.slice();
    this.L = new Float64Array(size + 1);
    this.L.set(start.gain);
    this.variance = start.variance;
    this.M = -1 / start.variance;
  }

  clone(): ArmaState {
    const copy = new ArmaState({ phi: this.phi, gain: this.K, variance: this.variance });
    copy.state.set(this.state);
    copy.L.set(this.L);
    copy.M = this.M;
    copy.still = this.still;
    return copy;
  }

  /** What the next point is expected to be. */
  get next(): number {
    return this.state[0];
  }

  get steady(): boolean {
    return this.still >= this.K.length;
  }

  /** Takes in the next point. */
  add(w: number): void {
    const { state, phi, K } = this;
    const known = state[0];
    const g = (w - known) / this.variance;
    for (let i = 0; i < K.length; i++) state[i] = phi[i] * known + state[i + 1] + K[i] * g;
    this.advance();
  }

  /** Moves the gain and the variance a step on, whatever the point is. */
  advance(): void {
    if (this.steady) return;
    const { phi, K, L } = this;
    const F = this.variance;
    const l0 = L[0];
    const change = this.M * l0;
    const next = F + change * l0;
    const back = l0 / F;
    for (let i = 0; i < K.length; i++) {
      const shifted = phi[i] * l0 + L[i + 1];
      L[i] = shifted - K[i] * back;
      K[i] += shifted * change;
    }
    this.still = change * l0 > -1e-14 ? this.still + 1 : 0;
    this.M *= F / next;
    this.variance = next;
  }

  /** Expected values of the next points. */
  predict(horizon: number): Float64Array {
    const x = this.state.slice();
    const out = new Float64Array(horizon);
    for (let h = 0; h < horizon; h++) {
      out[h] = x[0];
      this.step(x);
    }
    return out;
  }

  /** What an innovation of one, at the next point, adds to that and later points. */
  response(horizon: number): Float64Array {
    const out = new Float64Array(horizon);
    const x = new Float64Array(this.state.length);
    for (let i = 0; i < this.K.length; i++) x[i] = this.K[i] / this.variance;
    if (horizon > 0) out[0] = 1;
    for (let h = 1; h < horizon; h++) {
      out[h] = x[0];
      this.step(x);
    }
    return out;
  }

  private step(x: Float64Array): void {
    const first = x[0];
    for (let i = 0; i < this.phi.length; i++) x[i] = this.phi[i] * first + x[i + 1];
  }
}
