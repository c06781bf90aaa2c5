import { autocorrelationPeriod, lineThrough } from "./period.ts";

/** What `auto` has seen in the first points of a series, and which views of it follow. Plain data. */
export interface Choice {
  /** Look at the changes from point to point in place of the values. */
  readonly changes: boolean;
  /** Look at the changes beside the values: the points are too far apart for a time of the day, and have no period. */
  readonly steps: boolean;
  /** Compare with the same time of the day, and of the week. */
  readonly calendar: boolean;
  /** Compare with the point so many points before; 0: do not. */
  readonly period: number;
  /** Microseconds between points as a rule. */
  readonly interval: number;
  /** Points after which what was seen is forgotten. */
  readonly memory: number;
  /** In words. */
  readonly text: string;
}

const MINUTE = 60e6;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;

/** A line that explains this much of the variance is a trend. */
const TREND = 0.9;
/** A series with this share of equal values is sparse: it has no usual value for a time of the day but that one. */
const SPARSE = 0.9;

/** Chooses views from the first points of a series, none of them NaN. */
export function choose(values: Float64Array, times: Float64Array): Choice {
  const interval = medianInterval(times);
  const regular = regularShare(times, interval) >= 0.5;
  const sparse = commonestShare(values) >= SPARSE;
  const changes = lineThrough(values).share >= TREND;
  const calendar = !sparse && regular && interval > 0 && interval <= 6 * HOUR;
  const found = !sparse && regular ? autocorrelationPeriod(values) : 0;
  const period = calendar && DAY % (found * interval) === 0 && found * interval >= DAY ? 0 : found;
  const steps = !changes && !sparse && regular && period === 0 && interval > 6 * HOUR;
  const memory = Math.max(10 * values.length, calendar ? Math.round((4 * WEEK) / interval) : 0);
  const views = [changes ? "changes (the series has a trend)" : "values"];
  if (steps) views.push("changes from point to point");
  if (calendar) views.push("same time of day", "same time of week");
  if (period > 0) views.push(`same place in a period of ${period} points`);
  const why = sparse ? "; sparse, so nothing seasonal" : !regular ? "; times are irregular, so nothing seasonal" : "";
  return { changes, steps, calendar, period, interval, memory, text: `records in ${views.join(", ")}${why}` };
}

function medianInterval(times: Float64Array): number {
  const intervals = times.subarray(1).map((time, i) => time - times[i]);
  intervals.sort();
  return intervals[intervals.length >> 1];
}

/** Share of the intervals that are within a tenth of the usual one. */
function regularShare(times: Float64Array, interval: number): number {
  let close = 0;
  for (let i = 1; i < times.length; i++) if (Math.abs(times[i] - times[i - 1] - interval) <= interval / 10) close++;
  return close / (times.length - 1);
}

function commonestShare(values: Float64Array): number {
  const sorted = values.slice().sort();
  let run = 0;
  let longest = 0;
  for (let i = 0; i < sorted.length; i++) {
    run = i > 0 && sorted[i] === sorted[i - 1] ? run + 1 : 1;
    if (run > longest) longest = run;
  }
  return longest / sorted.length;
}
