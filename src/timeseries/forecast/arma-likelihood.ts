/** Steps after which numbers that no longer matter are set to zero: arithmetic on subnormal ones takes a hundred times as long. */
const FLUSH_STEPS = 32;

function flush(x: Float64Array): void {
  for (let i = 0; i < x.length; i++) if (Math.abs(x[i]) < 1e-100) x[i] = 0;
}

/**
 * Exact Gaussian likelihood of a stationary ARMA process, at a cost of r = max(p, q + 1) for each point where a Kalman filter needs r².
 *
 * The state space is Harvey's: x_t = T x_(t-1) + R e_t, w_t = x_t[0], with the autoregressive coefficients φ in the first column of the companion
 * matrix T. Since the filter starts from the stationary distribution, its covariance changes by a matrix of rank one a step, M L Lᵀ, and gain K
 * and innovation variance F follow from L and M alone (Chandrasekhar recursions: M. Morf, G. S. Sidhu, T. Kailath, Some New Algorithms for
 * Recursive Estimation in Constant, Linear, Discrete-Time Systems, 1974; J. G. Pearlman, An Algorithm for the Exact Likelihood of a High-Order
 * Autoregressive-Moving Average Process, 1980). Once they stand still, innovations come from the difference equation itself.
 */
export class ArmaLikelihood {
  readonly phi: Float64Array;
  readonly theta: Float64Array;
  /** Of the first step: gain times variance, variance. Set by `prepare`. */
  readonly gain: Float64Array;
  variance = 1;
  private readonly size: number;
  private readonly arLags: Int32Array;
  private readonly maLags: Int32Array;
  private readonly K: Float64Array;
  private readonly L: Float64Array;
  private readonly state: Float64Array;
  private readonly paddedPhi: Float64Array;
  private readonly steps: Float64Array;
  private readonly gamma: Float64Array;
  private readonly gammaAr: Float64Array;
  private readonly correlation: Float64Array;
  private readonly psi: Float64Array;

  /** @param arLags lags, ascending, at which `phi` may differ from zero; `maLags` likewise. */
  constructor(arLags: Int32Array, maLags: Int32Array) {
    const p = arLags.length === 0 ? 0 : arLags[arLags.length - 1];
    const q = maLags.length === 0 ? 0 : maLags[maLags.length - 1];
    this.arLags = arLags;
    this.maLags = maLags;
    this.phi = new Float64Array(p);
    this.theta = new Float64Array(q);
    this.size = Math.max(p, q + 1);
    this.gain = new Float64Array(this.size);
    this.K = new Float64Array(this.size);
    // One more element, always zero, so that the companion matrix shifts without a test.
    this.L = new Float64Array(this.size + 1);
    this.state = new Float64Array(this.size + 1);
    this.paddedPhi = new Float64Array(this.size);
    this.steps = new Float64Array((p * (p + 1)) / 2);
    this.gamma = new Float64Array(p + 1);
    this.gammaAr = new Float64Array(Math.max(p, q) + p + q + 1);
    this.correlation = new Float64Array(q + 1);
    this.psi = new Float64Array(q + 1);
  }

  /** Takes over what stands in `phi` and `theta`. False where the process is not stationary. */
  prepare(): boolean {
    if (!this.autocovariances()) return false;
    const { phi, theta, gamma, psi, gain, size, arLags, maLags, paddedPhi } = this;
    const p = phi.length;
    const q = theta.length;
    psi[0] = 1;
    for (let k = 1; k <= q; k++) {
      let sum = theta[k - 1];
      for (let i = 0; i < arLags.length && arLags[i] <= k; i++) sum += phi[arLags[i] - 1] * psi[k - arLags[i]];
      psi[k] = sum;
    }
    paddedPhi.fill(0);
    paddedPhi.set(phi);
    // Covariance of the state with the present value, then one step on: gain[i] = φ_(i+1) γ_0 + cov(x[i + 1], w).
    for (let i = 0; i < size; i++) {
      let covariance = 0;
      if (i + 1 < size) {
        for (let k = 0; k < arLags.length; k++) {
          const lag = arLags[k];
          if (lag >= i + 2) covariance += phi[lag - 1] * gamma[lag - i - 1];
        }
        if (i + 1 <= q)
          for (let k = 0; k < maLags.length; k++) if (maLags[k] >= i + 1) covariance += theta[maLags[k] - 1] * psi[maLags[k] - i - 1];
      }
      gain[i] = covariance + (i < p ? phi[i] * gamma[0] : 0);
    }
    this.variance = gamma[0];
    return true;
  }

  /**
   * Standardised innovations v/√F of `w` into `out`, and the sum of log F. NaN where rounding spoilt the variances, which happens only beside
   * the border of stationarity.
   */
  run(w: Float64Array, out: Float64Array): number {
    const { size, K, L, state, paddedPhi: phi } = this;
    const n = w.length;
    K.set(this.gain);
    L.set(this.gain);
    state.fill(0);
    let F = this.variance;
    let M = -1 / F;
    let logs = 0;
    let product = 1;
    let still = 0;
    let t = 0;
    for (; t < n && still < size; t++) {
      if (!(F > 0.999999)) return Number.NaN;
      const a0 = state[0];
      const v = w[t] - a0;
      out[t] = v / Math.sqrt(F);
      product *= F;
      if (product > 1e200) {
        logs += Math.log(product);
        product = 1;
      }
      const l0 = L[0];
      const change = M * l0;
      const next = F + change * l0;
      const g = v / F;
      const back = l0 / F;
      for (let i = 0; i < size; i++) {
        const k = K[i];
        const shifted = phi[i] * l0 + L[i + 1];
        state[i] = phi[i] * a0 + state[i + 1] + k * g;
        L[i] = shifted - k * back;
        K[i] = k + shifted * change;
      }
      still = change * l0 > -1e-14 ? still + 1 : 0;
      M *= F / next;
      F = next;
      if (t % FLUSH_STEPS === 0) flush(L);
    }
    if (t < n) this.steady(w, out, t);
    return logs + Math.log(product);
  }

  /** Innovations from `start` on, where gains no longer change and the variance is one. */
  private steady(w: Float64Array, out: Float64Array, start: number): void {
    const { phi, theta, arLags, maLags } = this;
    const n = w.length;
    for (let t = start; t < n; t++) {
      let v = w[t];
      for (let k = 0; k < arLags.length; k++) v -= phi[arLags[k] - 1] * w[t - arLags[k]];
      for (let k = 0; k < maLags.length; k++) v -= theta[maLags[k] - 1] * out[t - maLags[k]];
      out[t] = v;
    }
  }

  /** γ_0 … γ_p for innovations of variance one, through the partial autocorrelations of the autoregressive part. */
  private autocovariances(): boolean {
    const { phi, theta, steps, gamma, gammaAr, correlation, maLags, arLags } = this;
    const p = phi.length;
    const q = theta.length;
    // Coefficients of the best linear predictors of every order: order k stands at k (k - 1) / 2.
    let above = (p * (p - 1)) / 2;
    steps.set(phi, Math.max(above, 0));
    let variance = 1;
    for (let k = p; k >= 1; k--) {
      const r = steps[above + k - 1];
      if (!(Math.abs(r) < 1)) return false;
      const scale = 1 / (1 - r * r);
      variance *= scale;
      const below = above - (k - 1);
      for (let i = 0; i < k - 1; i++) steps[below + i] = (steps[above + i] + r * steps[above + k - 2 - i]) * scale;
      above = below;
    }
    gammaAr[0] = variance;
    for (let k = 1, at = 0; k <= p; at += k, k++) {
      let sum = 0;
      for (let i = 0; i < k; i++) sum += steps[at + i] * gammaAr[k - 1 - i];
      gammaAr[k] = sum;
    }
    for (let k = p + 1; k <= p + q; k++) {
      let sum = 0;
      for (let i = 0; i < arLags.length; i++) sum += phi[arLags[i] - 1] * gammaAr[k - arLags[i]];
      gammaAr[k] = sum;
    }
    correlation.fill(0);
    correlation[0] = 1;
    for (let a = 0; a < maLags.length; a++) {
      const ta = theta[maLags[a] - 1];
      correlation[maLags[a]] += ta;
      for (let b = 0; b <= a; b++) correlation[maLags[a] - maLags[b]] += ta * theta[maLags[b] - 1];
    }
    for (let k = 0; k <= p; k++) {
      let sum = correlation[0] * gammaAr[k];
      for (let h = 1; h <= q; h++) {
        const c = correlation[h];
        if (c !== 0) sum += c * (gammaAr[k + h] + gammaAr[Math.abs(k - h)]);
      }
      gamma[k] = sum;
    }
    return gamma[0] > 0 && gamma[0] < Infinity;
  }
}
