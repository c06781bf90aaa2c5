import { addSteps, inferStep, type Step, stepsBetween } from "./step.ts";

/** A series on a regular grid, without gaps. */
export interface RegularSeries {
  readonly step: Step;
  /** Time of the first point. */
  readonly start: number;
  /** Points; none is NaN. */
  readonly values: Float64Array;
  /** Points that there was no value for, and that lie on the line between their neighbours. */
  readonly filled: number;
  /** Where each row of the series stands on the grid, -1 for those outside it. */
  readonly places: Int32Array;
}

/** How far off the grid times may lie, in steps, to be taken for their nearest points. */
const MOST_OFF = 0.25;
/** Points of the grid there may be for each row, beside a hundred. */
const MOST_POINTS = 20;

/**
 * Puts a series on a grid of its usual step. Rows without a value at either end are left out, others are filled in on the line between their
 * neighbours, as are points of the grid that have no row. Where times lie off the grid by more than a quarter of a step, the points of a grid that ends
 * with the last row lie on the lines between the rows.
 *
 * Throws a RangeError where two rows have the same time, there is no value at all, or the times are so far from regular that most points would be made up.
 * @param times microseconds on the clock whose days and months count, ascending @param values NaN for NULL
 */
export function regularSeries(times: Float64Array, values: Float64Array, given?: Step): RegularSeries {
  for (let i = 1; i < times.length; i++)
    if (times[i] === times[i - 1]) throw new RangeError(`two rows have the time ${timeText(times[i])}`);
  let first = 0;
  let end = values.length;
  while (first < end && Number.isNaN(values[first])) first++;
  while (end > first && Number.isNaN(values[end - 1])) end--;
  if (first === end) throw new RangeError("there is no value in the series");
  const step = given ?? inferStep(times);
  const start = times[first];
  const length = Math.round(stepsBetween(start, times[end - 1], step)) + 1;
  if (length > 100 + MOST_POINTS * (end - first))
    throw new RangeError(`times are not regular: ${end - first} rows would be ${length} points of a grid`);
  const places = new Int32Array(times.length).fill(-1);
  return (
    placed(times, values, { first, end, start, step, length, places }) ?? interpolated(times, values, { first, end, step, length, places })
  );
}

interface Extent {
  /** Rows from the first value to the one after the last. */
  readonly first: number;
  readonly end: number;
  readonly step: Step;
  readonly length: number;
  readonly places: Int32Array;
}

/** Rows at their points of the grid; undefined where they lie off it. */
function placed(times: Float64Array, values: Float64Array, extent: Extent & { start: number }): RegularSeries | undefined {
  const { first, end, start, step, length, places } = extent;
  const grid = new Float64Array(length).fill(Number.NaN);
  for (let i = first; i < end; i++) {
    const at = stepsBetween(start, times[i], step);
    const place = Math.round(at);
    if (Math.abs(at - place) > MOST_OFF || (i > first && places[i - 1] === place)) {
      places.fill(-1);
      return undefined;
    }
    places[i] = place;
    grid[place] = values[i];
  }
  let filled = 0;
  for (let i = 1, before = 0; i < length; i++) {
    if (Number.isNaN(grid[i])) continue;
    for (let k = before + 1; k < i; k++) {
      grid[k] = grid[before] + ((grid[i] - grid[before]) * (k - before)) / (i - before);
      filled++;
    }
    before = i;
  }
  return { step, start, values: grid, filled, places };
}

/** Points of a grid that ends with the last row, on the lines between rows. */
function interpolated(times: Float64Array, values: Float64Array, { first, end, step, length, places }: Extent): RegularSeries {
  const last = times[end - 1];
  const grid = new Float64Array(length);
  let above = first;
  let below = first;
  for (let k = 0; k < length; k++) {
    const time = addSteps(last, step, k - length + 1);
    while (above < end - 1 && (times[above] < time || Number.isNaN(values[above]))) {
      if (!Number.isNaN(values[above])) below = above;
      above++;
    }
    const share = times[above] === times[below] ? 0 : (time - times[below]) / (times[above] - times[below]);
    grid[k] = values[below] + (values[above] - values[below]) * Math.min(1, Math.max(0, share));
  }
  for (let i = first; i < end; i++)
    places[i] = Math.max(0, Math.min(length - 1, length - 1 + Math.round(stepsBetween(last, times[i], step))));
  return { step, start: addSteps(last, step, 1 - length), values: grid, filled: length, places };
}

/** A time in words, in UTC. */
const timeText = (micros: number): string => new Date(micros / 1000).toISOString().replace("T", " ").replace(".000Z", "").replace("Z", "");
