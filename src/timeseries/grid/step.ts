import { civilFromDays, daysFromCivil, daysInMonth } from "../../core/time.ts";

/**
 * How far apart the points of a series are: a fixed length of time, business days (Monday to Friday), or months, always on the same day or on the last one.
 * Times are microseconds on some clock since 1970-01-01; where that clock has daylight saving time, days and months are meant on it.
 */
export type Step =
  | { readonly kind: "fixed"; readonly micros: number }
  /** At a time of the day, in microseconds. */
  | { readonly kind: "business"; readonly timeOfDay: number }
  /** On a day of the month, cut to the month's last; 31 for the last of every month. */
  | { readonly kind: "months"; readonly months: number; readonly day: number; readonly timeOfDay: number };

const DAY = 86_400_000_000;
/** Business days are told from days only where the series goes over so many weekends. */
const LEAST_WEEKENDS = 2;
/** Share of the distances between points that must be the same to be taken for the step; below it is the median. */
const MODE_SHARE = 0.5;

/**
 * The step of a series by its times, which ascend and differ. Months, quarters and years where every point lies on the same day of its month, or on the last
 * one; business days where no point lies on a weekend and weekends are the gaps; else the most frequent distance where it is that of half the points, or the median.
 * A day for fewer than two points.
 */
export function inferStep(times: Float64Array): Step {
  const n = times.length;
  if (n < 2) return { kind: "fixed", micros: DAY };
  return monthStep(times) ?? businessStep(times) ?? { kind: "fixed", micros: usualDistance(times) };
}

function usualDistance(times: Float64Array): number {
  const distances = new Float64Array(times.length - 1);
  for (let i = 0; i < distances.length; i++) distances[i] = times[i + 1] - times[i];
  distances.sort();
  let mode = distances[0];
  let most = 0;
  for (let i = 0, from = 0; i < distances.length; i++) {
    if (distances[i] !== distances[from]) from = i;
    if (i - from + 1 > most) {
      most = i - from + 1;
      mode = distances[i];
    }
  }
  if (most >= MODE_SHARE * distances.length) return mode;
  const middle = distances.length >> 1;
  return distances.length % 2 === 1 ? distances[middle] : (distances[middle - 1] + distances[middle]) / 2;
}

/** Months since year 0, the day of the month, and whether it is the month's last. */
function monthOf(time: number): { month: number; day: number; isLast: boolean } {
  const { year, month, day } = civilFromDays(Math.floor(time / DAY));
  return { month: year * 12 + month - 1, day, isLast: day === daysInMonth(year, month) };
}

function monthStep(times: Float64Array): Step | undefined {
  const timeOfDay = times[0] - Math.floor(times[0] / DAY) * DAY;
  let months = 0;
  let before = monthOf(times[0]);
  let day = before.day;
  let allLast = before.isLast;
  let onDay = true;
  for (let i = 1; i < times.length; i++) {
    if (times[i] - times[i - 1] < 28 * DAY || times[i] - Math.floor(times[i] / DAY) * DAY !== timeOfDay) return undefined;
    const at = monthOf(times[i]);
    months = commonDivisor(months, at.month - before.month);
    // A series on the 30th lies on the 28th of February.
    if (at.day !== day) {
      if (at.day > day && before.isLast && onDay) day = at.day;
      else if (!(at.isLast && at.day < day)) onDay = false;
    }
    allLast &&= at.isLast;
    before = at;
  }
  if (allLast) return { kind: "months", months, day: 31, timeOfDay };
  if (!onDay || !times.every((time) => isOnDay(time, day))) return undefined;
  return { kind: "months", months, day, timeOfDay };
}

function isOnDay(time: number, day: number): boolean {
  const at = monthOf(time);
  return at.day === day || (at.isLast && at.day < day);
}

const commonDivisor = (a: number, b: number): number => (b === 0 ? a : commonDivisor(b, a % b));

/** 0 for Monday up to 6 for Sunday. */
const weekday = (days: number): number => (((days + 3) % 7) + 7) % 7;

function businessStep(times: Float64Array): Step | undefined {
  const timeOfDay = times[0] - Math.floor(times[0] / DAY) * DAY;
  let weekends = 0;
  let neighbours = 0;
  for (let i = 0; i < times.length; i++) {
    const days = Math.floor(times[i] / DAY);
    if (times[i] - days * DAY !== timeOfDay || weekday(days) > 4) return undefined;
    if (i === 0) continue;
    const distance = (times[i] - times[i - 1]) / DAY;
    if (distance === 1) neighbours++;
    if (distance === 3 && weekday(days) === 0) weekends++;
  }
  return weekends >= LEAST_WEEKENDS && neighbours > weekends ? { kind: "business", timeOfDay } : undefined;
}

/** The time that lies `steps` after one on the grid; negative: before. */
export function addSteps(time: number, step: Step, steps: number): number {
  switch (step.kind) {
    case "fixed":
      return time + steps * step.micros;
    case "business":
      return businessTime(businessIndex(time) + steps, step.timeOfDay);
    case "months":
      return monthTime(monthOf(time).month + steps * step.months, step);
  }
}

/** How many steps a time lies after `from`, which is on the grid; a fraction for one that is not. */
export function stepsBetween(from: number, time: number, step: Step): number {
  switch (step.kind) {
    case "fixed":
      return (time - from) / step.micros;
    case "business":
      return businessIndex(time) - businessIndex(from);
    case "months": {
      const first = monthOf(from).month;
      const whole = Math.floor((monthOf(time).month - first) / step.months);
      const below = monthTime(first + whole * step.months, step);
      if (time === below) return whole;
      const above = monthTime(first + (whole + 1) * step.months, step);
      return whole + (time - below) / (above - below);
    }
  }
}

/** Number of a business day since Monday, 1969-12-29; a day of a weekend has that of the Friday before it. */
function businessIndex(time: number): number {
  const since = Math.floor(time / DAY) + 3;
  const week = Math.floor(since / 7);
  return week * 5 + Math.min(4, since - week * 7);
}

function businessTime(index: number, timeOfDay: number): number {
  const week = Math.floor(index / 5);
  return (week * 7 + (index - week * 5) - 3) * DAY + timeOfDay;
}

function monthTime(month: number, { day, timeOfDay }: Extract<Step, { kind: "months" }>): number {
  const year = Math.floor(month / 12);
  const inYear = month - year * 12 + 1;
  return daysFromCivil(year, inYear, Math.min(day, daysInMonth(year, inYear))) * DAY + timeOfDay;
}

/** The step in words: "1 hour", "3 months", "business day". */
export function describeStep(step: Step): string {
  const counted = (count: number, unit: string) => `${count} ${unit}${count === 1 ? "" : "s"}`;
  switch (step.kind) {
    case "business":
      return "1 business day";
    case "months":
      return step.months % 12 === 0 ? counted(step.months / 12, "year") : counted(step.months, "month");
    case "fixed": {
      const units: readonly (readonly [string, number])[] = [
        ["week", 7 * DAY],
        ["day", DAY],
        ["hour", DAY / 24],
        ["minute", 60e6],
        ["second", 1e6],
        ["millisecond", 1e3],
      ];
      const [unit, micros] = units.find(([, length]) => step.micros % length === 0) ?? (["microsecond", 1] as const);
      return counted(step.micros / micros, unit);
    }
  }
}
