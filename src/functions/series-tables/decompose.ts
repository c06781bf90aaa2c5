import type { SeriesBind, SeriesInput } from "../../catalog/function-types.ts";
import { DOUBLE, type Schema, VARCHAR } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { componentsOf } from "../../timeseries/decomposition/components.ts";
import { type RegularSeries, regularSeries } from "../../timeseries/grid/regular.ts";
import { seasonsOf } from "../../timeseries/grid/seasons.ts";
import { doubleColumn } from "../running/define.ts";
import type { SeriesEntry } from "./define.ts";
import { sameText } from "./define.ts";
import { clockOf, SAME, seasonsGiven } from "./fit-series.ts";

const column = (name: string): Schema[number] => ({ name, type: DOUBLE });

/** The seasons that are named, of which each has a column of its own where there are several. */
function namedSeasons(bind: SeriesBind): readonly number[] {
  const seasons = seasonsGiven(bind.arguments.season_length) ?? [];
  return seasons.length > 1 ? seasons : [];
}

const outputs = (bind: SeriesBind): Schema => [
  column("trend"),
  column("seasonal"),
  ...namedSeasons(bind).map((season) => column(`seasonal_${season}`)),
  column("remainder"),
  { name: "status", type: VARCHAR },
];

/** Values of the grid at the rows; NaN for rows outside it. */
const atRows = ({ places }: RegularSeries, grid: Float64Array): Float64Array =>
  Float64Array.from(places, (place) => (place < 0 ? Number.NaN : grid[place]));

function run({ times, values }: SeriesInput, bind: SeriesBind, checkInterrupt: () => void): readonly Vector[] {
  const clock = clockOf(bind);
  const data = values[bind.columns.data_col[0]];
  const regular = regularSeries(clock === SAME ? times : times.map(clock.toLocal), data);
  const { values: grid, step } = regular;
  const seasons = seasonsGiven(bind.arguments.season_length) ?? seasonsOf(grid, step);
  const parts = componentsOf(grid, seasons, bind.arguments.robust === true, checkInterrupt);
  const own = namedSeasons(bind).map((season) => {
    const at = parts.periods.indexOf(season);
    return at === -1 ? new Float64Array(times.length).fill(Number.NaN) : atRows(regular, parts.seasonal[at]);
  });
  const trend = atRows(regular, parts.trend);
  const seasonal = atRows(
    regular,
    grid.map((_, i) => parts.seasonal.reduce((sum, season) => sum + season[i], 0)),
  );
  const remainder = data.map((value, i) => value - trend[i] - seasonal[i]);
  const left = seasons.filter((season) => !parts.periods.includes(season));
  const found = parts.periods.length === 0 ? "no season" : `season ${parts.periods.join(", ")}`;
  const status = left.length === 0 ? `ok: ${found}` : `ok: ${found}; too short for ${left.join(", ")}`;
  return [...[trend, seasonal, ...own, remainder].map(doubleColumn), sameText(status, times.length)];
}

/** Trend, season and remainder of every series. */
export const tsDecompose: SeriesEntry = {
  name: "ts_decompose",
  doc: {
    summary:
      "The table's rows in the order they come, each with trend, seasonal and remainder, which add up to its value: STL for one season, MSTL for several, LOESS for none. With several in season_length, each has a column too (seasonal_24, seasonal_168). Gaps in time and NULLs lie on the line between their neighbours; a row whose value is NULL has no remainder. status names the seasons.",
    example:
      "SELECT round(max(abs(remainder)), 9) FROM ts_decompose(TABLE (SELECT DATE '2024-01-01' + x::INTEGER AS ts, x + x % 7 AS v FROM range(70) t(x)), season_length => 7)",
    result: "0.0",
    source: "R. B. Cleveland et al., STL (1990); K. Bandara, R. J. Hyndman, C. Bergmeir, MSTL (2021)",
  },
  params: [
    {
      name: "season_length",
      aliases: ["period", "periods", "seasonality"],
      type: "any",
      default: null,
      doc: "points of a season, or a list of several; 1 for none; default: as the series has them",
    },
    { name: "robust", type: "boolean", default: false, doc: "whether outliers lose their weight" },
  ],
  gives: "points",
  outputs,
  run,
};
