import type { LiveFunction, LiveSeries, SeriesBind, SeriesInput } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import type { Vector } from "../../core/vector.ts";
import { regularSeries } from "../../timeseries/grid/regular.ts";
import { asked, type FittedSeries, fitSeries, onGridClock } from "./fit-series.ts";

/** Rows of a series that are kept where context_window does not say. */
const WINDOW = 1000;
/** The model is fitted again once the series has grown by this share since. */
const GROWTH = 0.5;

type RowsOf = (fit: FittedSeries, bind: SeriesBind) => readonly Vector[];

/** As plain data: the latest rows, and how many of them there were whenever the model was fitted (first) or updated (then). */
interface SavedSeries {
  readonly times: Float64Array;
  readonly values: Float64Array;
  readonly steps: readonly number[];
}

/**
 * A forecast that goes on with its series: the model is updated with what has come, its parameters as they are, and fitted again once the series has grown by
 * half, to its latest 1000 rows or those of context_window. A series whose times change their step is fitted again at once.
 */
class LiveForecast implements LiveSeries {
  readonly #bind: SeriesBind;
  readonly #window: number;
  readonly #rowsOf: RowsOf;
  #times: number[];
  #values: number[];
  /** Rows there were at the fit and at each update since. */
  #steps: number[] = [];
  /** Steps of a saved series that are still to be taken. */
  #ahead: readonly number[];
  #fit: FittedSeries | undefined;
  /** Points of the grid at the last fit. */
  #points = 0;

  constructor(bind: SeriesBind, rowsOf: RowsOf, saved?: SavedSeries) {
    this.#bind = bind;
    this.#rowsOf = rowsOf;
    this.#window = Math.min(asked(bind).window, WINDOW);
    this.#times = [...(saved?.times ?? [])];
    this.#values = [...(saved?.values ?? [])];
    this.#ahead = saved?.steps ?? [];
  }

  add({ times, values }: SeriesInput): void {
    this.#times.push(...times);
    this.#values.push(...values[0]);
  }

  rows(checkInterrupt: () => void): readonly Vector[] {
    const ahead = this.#ahead;
    this.#ahead = [];
    for (const rows of ahead) this.#step(rows, checkInterrupt);
    this.#step(this.#times.length, checkInterrupt);
    return this.#rowsOf(this.#fit!, this.#bind);
  }

  /** Takes the first `rows` rows into the model. */
  #step(rows: number, checkInterrupt: () => void): void {
    const input = (): SeriesInput => ({
      times: Float64Array.from(this.#times.slice(0, rows)),
      values: [Float64Array.from(this.#values.slice(0, rows))],
    });
    const updated = this.#fit && this.#updated(this.#fit, input());
    if (updated !== undefined) {
      this.#fit = updated;
      this.#steps.push(rows);
      return;
    }
    const gone = Math.max(0, rows - this.#window);
    this.#times.splice(0, gone);
    this.#values.splice(0, gone);
    rows -= gone;
    this.#fit = undefined;
    this.#steps = [];
    this.#fit = fitSeries(input(), this.#bind, checkInterrupt);
    this.#points = this.#fit.regular.values.length;
    this.#steps = [rows];
  }

  /** The model after the points that are new on its grid; undefined where it is to be fitted again. */
  #updated(fit: FittedSeries, input: SeriesInput): FittedSeries | undefined {
    const { regular, fitted } = fit;
    const now = regularSeries(onGridClock(input.times, this.#bind), input.values[0]);
    const [before, after] = [regular.values.length, now.values.length];
    const isSameGrid = now.start === regular.start && JSON.stringify(now.step) === JSON.stringify(regular.step) && after >= before;
    if (!isSameGrid || after >= this.#points * (1 + GROWTH)) return undefined;
    if (after === before) return { ...fit, regular: now };
    if (fitted.update === undefined) return undefined;
    return { ...fit, regular: now, fitted: fitted.update(now.values.subarray(before)) };
  }

  state(): SavedSeries {
    return {
      times: Float64Array.from(this.#times),
      values: Float64Array.from(this.#values),
      // Of a series that was restored and not asked yet, the steps are those it was saved with.
      steps: this.#ahead.length > 0 ? this.#ahead : [...this.#steps],
    };
  }

  bytes(): number {
    return 16 * this.#times.length + 8 * this.#points + 512;
  }
}

/** FORECAST over a stream without an end. */
export function liveForecast(bind: SeriesBind, rowsOf: RowsOf): LiveFunction {
  const { horizon } = asked(bind);
  if (bind.columns.regressors !== undefined)
    throw bindError("regressors of the steps ahead are not known on a stream without an end", undefined, "leave them out");
  if (!("steps" in horizon)) throw bindError("horizon must be a number of steps on a stream without an end, not a time");
  return {
    create: () => new LiveForecast(bind, rowsOf),
    restore: (state) => new LiveForecast(bind, rowsOf, state as SavedSeries),
  };
}
