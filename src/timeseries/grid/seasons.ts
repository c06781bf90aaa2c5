import { classicalSeason, removeSeason } from "../forecast/seasonality.ts";
import { withoutMovingAverage } from "../smoothing/moving-average.ts";
import { autocorrelationAt } from "../spectral/autocorrelation.ts";
import { detectSeasons } from "../spectral/seasons.ts";
import type { Step } from "./step.ts";

const MINUTE = 60e6;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Lengths that repeat by nature, and up to which step each is looked for. */
const CYCLES: readonly { readonly micros: number; readonly finest: number }[] = [
  { micros: MINUTE, finest: 0 },
  { micros: HOUR, finest: 30e6 },
  { micros: DAY, finest: MINUTE },
  { micros: 7 * DAY, finest: 30 * MINUTE },
];
/** Points of a season there may be at most. */
const LONGEST = 2000;
/** Seasons that a series must have to tell them. */
const LEAST_CYCLES = 2;

/** Points of the seasons that a step suggests, ascending: of months 12, of quarters 4, of weeks 52, of business days 5, of days 7, of hours 24 and 168. */
export function naturalSeasons(step: Step): readonly number[] {
  switch (step.kind) {
    case "months":
      return step.months < 12 && 12 % step.months === 0 ? [12 / step.months] : [];
    case "business":
      return [5];
    case "fixed": {
      const { micros } = step;
      if (micros === 7 * DAY) return [52];
      return CYCLES.filter((cycle) => micros >= cycle.finest && cycle.micros % micros === 0)
        .map((cycle) => cycle.micros / micros)
        .filter((points) => points >= 2 && points <= LONGEST);
    }
  }
}

/**
 * The seasons of a regular series: those that its step suggests, where the autocorrelation bears them out, each once the shorter ones are taken out. Where the
 * step suggests none, those that are found in the series.
 */
export function seasonsOf(values: Float64Array, step: Step): readonly number[] {
  const natural = naturalSeasons(step);
  if (natural.length === 0) return step.kind === "fixed" ? detectSeasons(values, 2) : [];
  const seasons: number[] = [];
  let rest = values;
  for (const season of natural) {
    if (!repeats(rest, season)) continue;
    seasons.push(season);
    rest = removeSeason(rest, { figures: classicalSeason(rest, season, false), multiplicative: false }, 0);
  }
  return seasons;
}

/**
 * Whether a series repeats after `season` points: less its trend, the centred moving average of that length, it is correlated with itself one season
 * apart, and two where it is long enough, by more than 2 / sqrt(n), where chance ends.
 */
function repeats(values: Float64Array, season: number): boolean {
  const n = values.length;
  if (n < LEAST_CYCLES * season + 1) return false;
  const rest = withoutMovingAverage(values, season);
  const chance = 2 / Math.sqrt(rest.length);
  return autocorrelationAt(rest, season) > chance && (rest.length < 3 * season || autocorrelationAt(rest, 2 * season) > chance);
}
