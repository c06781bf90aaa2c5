import { fitChanges } from "./change-fits.ts";
import { distributionChange } from "./distribution-change.ts";

/** As ES|QL's CHANGE_POINT and the change point aggregation name them. */
export type ChangeType =
  | "spike"
  | "dip"
  | "step_change"
  | "trend_change"
  | "distribution_change"
  | "non_stationary"
  | "stationary"
  | "indeterminable";

export interface ChangePoint {
  readonly type: ChangeType;
  /** Of no change (or no trend, for `non_stationary`). NaN for `stationary` and `indeterminable`. */
  readonly pValue: number;
  /** Index, from 0, of the first point behind the change, or of the spike or dip. NaN where there is none. */
  readonly position: number;
}

/** Fewer values than this are not judged. */
const FEWEST = 22;

/** Level at which a change is told. */
const SIGNIFICANT = 0.01;

/**
 * The one change that tells most of a series. Names and the least number of values are those of ES|QL's CHANGE_POINT; how they are found is our own, as
 * its documentation does not say it. Least-squares fits compete by Schwarz's criterion: a constant or a line; either with up to four points in a row at
 * another level (`spike`, `dip`), with a step, or with another variance behind a point (`distribution_change`); two lines (`trend_change`). A change
 * counts as one parameter more, for its place. The best one with a change, if it is better than those without, is told where its F test, times the
 * number of places tried (Bonferroni), has p < 0.01; a spike or dip must stand out from an exponential tail too (`tailGap`); for `distribution_change`
 * the tests are those of `distributionChange`, which are tried last too, without the line where there is one. Else the series is `non_stationary` where
 * it has a slope (p of its t test below 0.01), and `stationary`. Points that are NaN or infinite are left out. Values are taken to be independent but
 * for what the fits describe: a random walk has changes.
 */
export function changePoint(series: Float64Array): ChangePoint {
  const at = Int32Array.from(series, (_, i) => i).filter((i) => Number.isFinite(series[i]));
  const values = series.filter(Number.isFinite);
  if (values.length < FEWEST) return { type: "indeterminable", pValue: Number.NaN, position: Number.NaN };
  const { changes, line } = fitChanges(values, at);
  for (const { type, pValue, position } of changes) if (pValue < SIGNIFICANT) return { type, pValue, position: at[position] };
  const hasSlope = line.pValue < SIGNIFICANT;
  const change = distributionChange(hasSlope ? line.residuals : values);
  if (change.pValue < SIGNIFICANT) return { type: "distribution_change", pValue: change.pValue, position: at[change.position] };
  if (hasSlope) return { type: "non_stationary", pValue: line.pValue, position: Number.NaN };
  return { type: "stationary", pValue: Number.NaN, position: Number.NaN };
}
