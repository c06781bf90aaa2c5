import { Baseline } from "./baseline.ts";
import { changeMethod, Detector } from "./detector.ts";
import type { ChangeOptions } from "./online.ts";

/** What a run, the points since a change, is known by: how many points it has, mean, beta and ln(beta) of its posterior, and the logarithm of its weight. */
const FIELDS = 5;
const MEAN = 1;
const BETA = 2;
const LOG_BETA = 3;
const WEIGHT = 4;

/**
 * Bayesian online change-point detection: the posterior of the length of the current run, with changes at every point with probability 1 / `hazard`, normal
 * values of unknown mean and variance in each run, and a normal-inverse-gamma prior (mean, kappa, alpha, beta) of those, so that a run predicts its next
 * value by Student's t with 2 α degrees of freedom around its mean with the squared scale β (κ + 1) / (α κ). Prior mean and beta (alpha times the noise's
 * variance) that are not given are learnt from the first `warmup` points. Of more than `max_runs` runs the least probable is dropped.
 *
 * A change is where the probability that the run began among the last `window` points, and not with the series, comes to reach `threshold`.
 *
 * Source: R. Adams, D. MacKay, Bayesian Online Changepoint Detection (2007).
 */
class Bocpd extends Detector {
  private readonly options: ChangeOptions;
  private readonly baseline = new Baseline();
  /** Values of the warm-up; no length once it is through. */
  private first: Float64Array;
  private mean: number;
  private beta: number;
  /** Runs, longest first, of FIELDS numbers each. */
  private readonly runs: Float64Array;
  private count = 1;
  private seen = 0;
  private above = false;
  /** Not part of the state. */
  readonly #constants: DensityConstants;

  constructor(options: ChangeOptions) {
    super(2);
    this.options = options;
    this.#constants = densityConstants(options.kappa, options.alpha);
    this.mean = options.mean;
    this.beta = options.beta;
    const isGiven = !(Number.isNaN(options.mean) || Number.isNaN(options.beta));
    this.first = new Float64Array(isGiven ? 0 : options.warmup);
    this.runs = new Float64Array((options.max_runs + 1) * FIELDS);
    if (isGiven) this.begin();
  }

  protected take(value: number): void {
    if (this.first.length > 0) {
      this.learn(value);
      return;
    }
    this.observe(value);
    this.judge();
  }

  private learn(value: number): void {
    this.first[this.baseline.count] = value;
    this.baseline.learn(value);
    this.change = Number.NaN;
    this.figures.fill(Number.NaN);
    if (this.baseline.count < this.first.length) return;
    if (Number.isNaN(this.mean)) this.mean = this.baseline.mean;
    if (Number.isNaN(this.beta)) this.beta = this.options.alpha * this.baseline.deviation() ** 2;
    this.begin();
    for (const one of this.first) this.observe(one);
    this.above = this.recent() >= this.options.threshold;
    this.first = new Float64Array(0);
  }

  /** One run without points. */
  private begin(): void {
    this.putFresh(0, 0);
  }

  /** The recursion: weights become those of the runs that the value belongs to; a new run without points comes behind them. */
  private observe(value: number): void {
    const { runs, count, options } = this;
    const { kappa: kappa0, alpha: alpha0, hazard } = options;
    const constants = this.#constants;
    let most = -Infinity;
    for (let at = 0; at < count * FIELDS; at += FIELDS) {
      const points = runs[at];
      const kappa = kappa0 + points;
      const alpha = alpha0 + points / 2;
      const apart = value - runs[at + MEAN];
      const beta = runs[at + BETA] + (kappa * apart * apart) / (2 * (kappa + 1));
      const logBeta = Math.log(beta);
      const density = constants.of(points) + alpha * runs[at + LOG_BETA] - (alpha + 0.5) * logBeta;
      const weight = runs[at + WEIGHT] + density;
      if (weight > most) most = weight;
      runs[at] = points + 1;
      runs[at + MEAN] += apart / (kappa + 1);
      runs[at + BETA] = beta;
      runs[at + LOG_BETA] = logBeta;
      runs[at + WEIGHT] = weight;
    }
    let sum = 0;
    for (let at = WEIGHT; at < count * FIELDS; at += FIELDS) sum += Math.exp(runs[at] - most);
    const change = Math.log1p(-1 / hazard) - most - Math.log(sum);
    for (let at = WEIGHT; at < count * FIELDS; at += FIELDS) runs[at] += change;
    this.putFresh(count, -Math.log(hazard));
    this.seen++;
    this.count++;
    if (this.count > options.max_runs) this.dropLeast();
  }

  /** A run without points. */
  private putFresh(place: number, weight: number): void {
    const { runs } = this;
    const at = place * FIELDS;
    runs[at] = 0;
    runs[at + MEAN] = this.mean;
    runs[at + BETA] = this.beta;
    runs[at + LOG_BETA] = Math.log(this.beta);
    runs[at + WEIGHT] = weight;
  }

  private dropLeast(): void {
    const { runs, count } = this;
    let least = 0;
    for (let i = 1; i < count - 1; i++) if (runs[i * FIELDS + WEIGHT] < runs[least * FIELDS + WEIGHT]) least = i;
    runs.copyWithin(least * FIELDS, (least + 1) * FIELDS, count * FIELDS);
    this.count--;
  }

  /** Probability that the run that the last value belongs to has no more points than the window, and did not begin with the series. */
  private recent(): number {
    const { runs, count, options } = this;
    let sum = 0;
    for (let i = count - 2; i >= 0 && runs[i * FIELDS] <= options.window; i--)
      if (runs[i * FIELDS] < this.seen) sum += Math.exp(runs[i * FIELDS + WEIGHT]);
    return sum / (1 - 1 / options.hazard);
  }

  private judge(): void {
    const { runs, count, options } = this;
    let longest = 0;
    for (let i = 1; i < count - 1; i++) if (runs[i * FIELDS + WEIGHT] > runs[longest * FIELDS + WEIGHT]) longest = i;
    const probability = this.recent();
    const isAbove = probability >= options.threshold;
    this.figures[0] = Math.min(1, probability);
    this.figures[1] = runs[longest * FIELDS];
    this.change = Number(isAbove && !this.above);
    if (this.change === 1) this.since = this.mostLikelyStart();
    this.above = isAbove;
  }

  /** Points of the most probable run among those of the window. */
  private mostLikelyStart(): number {
    const { runs, count, options } = this;
    let best = count - 2;
    for (let i = count - 3; i >= 0 && runs[i * FIELDS] <= options.window; i--)
      if (runs[i * FIELDS + WEIGHT] > runs[best * FIELDS + WEIGHT] && runs[i * FIELDS] < this.seen) best = i;
    return runs[best * FIELDS];
  }
}

/** The part of the logarithm of a run's predictive density that only the number of its points says: ln(Γ(α + 1/2) / Γ(α)) - ln(2 π (κ + 1) / κ) / 2. */
class DensityConstants {
  private readonly kappa: number;
  private readonly alpha: number;
  /** By the number of points; NaN where it has not been needed yet. */
  private readonly known = new Float64Array(4096).fill(Number.NaN);

  constructor(kappa: number, alpha: number) {
    this.kappa = kappa;
    this.alpha = alpha;
  }

  of(points: number): number {
    if (points >= this.known.length) return this.compute(points);
    const known = this.known[points];
    if (!Number.isNaN(known)) return known;
    this.known[points] = this.compute(points);
    return this.known[points];
  }

  private compute(points: number): number {
    const kappa = this.kappa + points;
    return gammaRatio(this.alpha + points / 2) - 0.5 * Math.log((2 * Math.PI * (kappa + 1)) / kappa);
  }
}

/** Detectors with the same prior share theirs, as there may be one for each of many keys. */
const CONSTANTS = new Map<string, DensityConstants>();

function densityConstants(kappa: number, alpha: number): DensityConstants {
  const key = `${kappa} ${alpha}`;
  let found = CONSTANTS.get(key);
  if (found === undefined) {
    found = new DensityConstants(kappa, alpha);
    CONSTANTS.set(key, found);
  }
  return found;
}

/** ln Γ(a + 1/2) - ln Γ(a), by its asymptotic series, after steps up to 16. */
function gammaRatio(a: number): number {
  let product = 1;
  let x = a;
  for (; x < 16; x++) product *= x / (x + 0.5);
  const inverse = 1 / x;
  const square = inverse * inverse;
  const correction = inverse * (-1 / 8 + square * (1 / 192 + square * (-1 / 640 + square * (17 / 14336))));
  return Math.log(product * Math.sqrt(x)) + correction;
}

export const bocpd = changeMethod(
  "bocpd",
  {
    hazard: { default: 250, from: 1.000001, to: 1e300, doc: "points between changes that are expected" },
    window: { default: 10, from: 1, to: 1e9, integer: true, doc: "points back in which a change is looked for" },
    threshold: { default: 0.5, from: 0, to: 1, doc: "the probability that makes a change" },
    mean: { default: Number.NaN, from: -1e300, to: 1e300, doc: "prior mean of a run's values; left out: learnt" },
    kappa: { default: 0.01, from: 1e-12, to: 1e12, doc: "points that the prior mean counts for" },
    alpha: { default: 1, from: 1e-6, to: 1e9, doc: "half the points that the prior variance counts for" },
    beta: { default: Number.NaN, from: 1e-300, to: 1e300, doc: "alpha times the prior variance; left out: learnt" },
    warmup: { default: 30, from: 2, to: 1e6, integer: true, doc: "points that mean and beta are learnt from" },
    max_runs: { default: 200, from: 2, to: 1e6, integer: true, doc: "lengths of the run that are told apart" },
  },
  [{ name: "probability" }, { name: "run_length", integer: true }],
  (options) => new Bocpd(options),
);
