import type { FitOptions, FittedModel, Forecast, ForecastModel } from "./model.ts";

/**
 * Several models together: the median of their forecasts at each step, its bounds as far from it as the median of theirs are from their own forecasts. Members that the
 * series does not allow (they throw a RangeError) are left out; where none is left, the first one's error is thrown.
 *
 * Source: Petropoulos, Svetunkov, A simple combination of univariate models (2020), sixth in the M4 competition.
 * @param members of a series, as its length and seasons allow
 */
export function medianEnsemble(
  name: string,
  members: (series: Float64Array, options: FitOptions) => readonly ForecastModel[],
  minimum: ForecastModel["minimum"],
): ForecastModel {
  return {
    name,
    minimum,
    fit: (series, options) => {
      const fitted: FittedModel[] = [];
      let refused: RangeError | undefined;
      for (const member of members(series, options)) {
        options.checkInterrupt?.();
        try {
          fitted.push(member.fit(series, options));
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          refused ??= error;
        }
      }
      if (fitted.length === 0) throw refused ?? new RangeError(`${series.length} points are too few for any model of ${name}`);
      return together(fitted);
    },
  };
}

function together(members: readonly FittedModel[]): FittedModel {
  if (members.length === 1) return members[0];
  const update = members.every((member) => member.update !== undefined);
  return {
    name: `median of ${members.length} models`,
    parameters: { members: members.length },
    members,
    fitted: medians(members.map((member) => member.fitted)),
    forecast: (horizon, levels, future) => {
      const all = members.map((member) => member.forecast(horizon, levels, future));
      const mean = medians(all.map((one) => one.mean));
      const bound = (side: (one: Forecast) => readonly Float64Array[]) =>
        levels.map((_, level) => {
          const distances = medians(all.map((one) => side(one)[level].map((value, h) => value - one.mean[h])));
          return distances.map((distance, h) => mean[h] + distance);
        });
      return { mean, lower: bound((one) => one.lower), upper: bound((one) => one.upper) };
    },
    ...(update ? { update: (values: Float64Array) => together(members.map((member) => member.update!(values))) } : {}),
  };
}

/** The median of each place, NaN left out. */
function medians(arrays: readonly Float64Array[]): Float64Array {
  const values = new Float64Array(arrays.length);
  return arrays[0].map((_, place) => {
    let count = 0;
    for (const array of arrays) if (!Number.isNaN(array[place])) values[count++] = array[place];
    const sorted = values.subarray(0, count).sort();
    return count === 0 ? Number.NaN : (sorted[(count - 1) >> 1] + sorted[count >> 1]) / 2;
  });
}
