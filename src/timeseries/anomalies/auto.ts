import { type Choice, choose } from "./auto-choice.ts";
import { abstain, type DetectorOptions, type OnlineDetector, type Verdict } from "./online.ts";
import { perColumn } from "./per-column.ts";
import { PhaseBaseline } from "./phase-baseline.ts";
import { Records } from "./records.ts";
import { scoreOf, thresholdDeviation } from "./score.ts";
import { putState, takeState } from "./state.ts";

const DAY = 86400e6;
const WEEK = 7 * DAY;
/** A week's phases are at least this long. */
const SHORTEST_PHASE = 300e6;

/** What differs from the usual by less than this share of the series' own standard deviation is not worth telling. */
const LEAST_SPREAD = 0.01;

/** During a rest a point is told that is this many times as far out as the one before. */
const LOUDER = 1.5;

/** One view of the series: what is subtracted from a value, and the records of what is left. */
class View {
  readonly baseline: PhaseBaseline | undefined;
  /** Whether the baseline goes by the points' places in the series, not by their times. */
  readonly byPlace: boolean;
  readonly records: Records;
  /** Whether the usual is the point before. */
  readonly bySteps: boolean;
  /** What is usual for the point at hand; NaN where that is not known. */
  usual = 0;

  constructor(
    memory: number,
    { baseline, byPlace = false, bySteps = false }: Partial<Pick<View, "baseline" | "byPlace" | "bySteps">> = {},
  ) {
    this.baseline = baseline;
    this.byPlace = byPlace;
    this.bySteps = bySteps;
    this.records = new Records(memory);
  }
}

/**
 * Looks at a series in several views (its values, or their changes where it has a trend, or both where points are more than six hours apart and have no period; what is left of them after the usual value at that time of
 * the day, of the week, of its own period) and speaks of points that set a record in a view: see `Records`. Views are taken to add evidence, so the
 * deviation is the root of the sum of the squares of those in the views where a record was set. After a record comes a rest, during which only a
 * deviation half as large again is told: an anomaly is told where it begins, and where it becomes much worse. Any other point has a deviation below 1.
 *
 * The views are chosen once, from the points of the warm-up. Each then says nothing before it has seen half as many points as the warm-up has, which
 * for the time of the day is a day later, and for that of the week a week. State is about 84 kB where points are five minutes apart, and 9 kB for hourly ones.
 */
class Auto implements OnlineDetector {
  private readonly threshold: number;
  private readonly warmup: number;
  private firstValues: Float64Array;
  private firstTimes: Float64Array;
  private count = 0;
  private chosen: Choice | null = null;
  private views: View[] = [];
  /** The point before: its value, time, and place in a series without gaps. */
  private previous = Number.NaN;
  private previousTime = Number.NaN;
  private place = 0;
  /** The rest: points left of it, and the deviation that was told last. */
  private resting = 0;
  private loudest = 0;

  constructor(options: DetectorOptions, length: number) {
    this.threshold = thresholdDeviation(options.sensitivity);
    this.warmup = options.warmup > 0 ? Math.max(FEWEST, options.warmup) : warmupOf(length);
    this.firstValues = new Float64Array(this.warmup);
    this.firstTimes = new Float64Array(this.warmup);
  }

  update(values: ArrayLike<number>, time: number, into: Verdict): void {
    const value = values[0];
    abstain(into);
    if (!Number.isFinite(value)) return;
    if (this.chosen === null) {
      this.firstValues[this.count] = value;
      this.firstTimes[this.count] = time;
      if (++this.count === this.warmup) this.begin();
      return;
    }
    this.arrive(time);
    this.judge(value, into);
    this.learn(value, time);
  }

  choice(): string | undefined {
    return this.chosen?.text;
  }

  state(): unknown {
    return takeState(this);
  }

  restore(state: unknown): this {
    const { chosen } = state as { chosen: Choice | null };
    if (chosen !== null) this.open(chosen);
    return putState(this, state);
  }

  private begin(): void {
    this.open(choose(this.firstValues, this.firstTimes));
    for (let i = 0; i < this.warmup; i++) {
      this.arrive(this.firstTimes[i]);
      this.learn(this.firstValues[i], this.firstTimes[i]);
    }
    this.firstValues = new Float64Array(0);
    this.firstTimes = new Float64Array(0);
  }

  private open(choice: Choice): void {
    this.chosen = choice;
    const { memory, interval, changes, steps, calendar, period } = choice;
    this.views = [new View(memory, { bySteps: changes })];
    if (steps) this.views.push(new View(memory, { bySteps: true }));
    if (calendar) {
      const step = Math.max(interval, SHORTEST_PHASE);
      this.views.push(new View(memory, { baseline: new PhaseBaseline(DAY, Math.round(DAY / step)) }));
      this.views.push(new View(memory, { baseline: new PhaseBaseline(WEEK, Math.round(WEEK / step)) }));
    }
    if (period > 0) this.views.push(new View(memory, { baseline: new PhaseBaseline(period, period), byPlace: true }));
  }

  /** Works out the point's place, and what is usual for it in each view. */
  private arrive(time: number): void {
    const steps = this.chosen === null ? 0 : Math.round((time - this.previousTime) / this.chosen.interval);
    // Months differ in length, and points may lack: what counts is how many usual intervals went by.
    this.place += steps >= 0 && steps < Infinity ? steps : 1;
    for (let i = 0; i < this.views.length; i++) {
      const view = this.views[i];
      if (view.baseline !== undefined) view.usual = view.baseline.expected(view.byPlace ? this.place : time);
      else if (view.bySteps) view.usual = this.previous;
    }
  }

  private judge(value: number, into: Verdict): void {
    const ready = this.warmup / 2;
    const least = LEAST_SPREAD * this.views[0].records.spread;
    let squares = 0;
    let quiet = 0;
    let narrowest = Infinity;
    for (let i = 0; i < this.views.length; i++) {
      const { records, usual } = this.views[i];
      if (Number.isNaN(usual) || records.seen < ready) continue;
      const left = value - usual;
      const deviation = records.deviation(left, least);
      if (records.isRecord(left)) squares += deviation * deviation;
      else if (deviation > quiet) quiet = deviation;
      if (records.spread >= narrowest) continue;
      narrowest = records.spread;
      const reach = this.threshold * records.spread;
      into.expected = usual + records.center;
      into.lower = usual + Math.min(records.center - reach, records.lowest);
      into.upper = usual + Math.max(records.center + reach, records.highest);
    }
    const loud = Math.sqrt(squares);
    if (this.resting > 0) this.resting--;
    else this.loudest = 0;
    if (loud > LOUDER * this.loudest) {
      this.loudest = loud;
      this.resting = this.warmup >> 2;
      into.score = scoreOf(loud);
    } else {
      const muted = Math.max(loud, quiet);
      into.score = scoreOf(muted === Infinity ? 1 : muted / (1 + muted));
    }
  }

  private learn(value: number, time: number): void {
    for (let i = 0; i < this.views.length; i++) {
      const { records, baseline, usual, byPlace } = this.views[i];
      if (!Number.isNaN(usual)) records.learn(value - usual);
      baseline?.learn(value, byPlace ? this.place : time);
    }
    this.previous = value;
    this.previousTime = time;
  }
}

/** Points from which views can be chosen at all. */
const FEWEST = 10;

/** Points of the warm-up: 15 % of a series whose length is known, at least 10 and at most 750; 750 otherwise. */
function warmupOf(length: number): number {
  return Math.min(750, Math.max(FEWEST, Math.floor(0.15 * length)));
}

export const auto = perColumn(
  "auto",
  { sensitivity: 0.5, warmup: 0 },
  (options, length = Infinity) => new Auto(options, length),
  (state, options) => new Auto(options, Infinity).restore(state),
);
