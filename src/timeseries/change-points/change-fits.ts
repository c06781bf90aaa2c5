import { distributionChange, shortestSide } from "./distribution-change.ts";
import { tailGap } from "./tail-gap.ts";
import { tailOfF } from "./tail-of-f.ts";

/** Points on either side of a step or a change of trend at least; fewer in a row are a spike or a dip. */
export const SHORTEST_SIDE = 5;

/** A least-squares fit with a change. */
export interface ChangeFit {
  readonly type: "spike" | "dip" | "step_change" | "trend_change" | "distribution_change";
  /** Index of the first point behind it, or of the most extreme one of a spike or dip. */
  readonly position: number;
  /** Of its F test against the fit without the change, times the number of places tried, or of `tailGap` where that is greater; at most 1. */
  readonly pValue: number;
  /** Schwarz's criterion: n ln(RSS / n) + parameters ln n, the place being one of them. */
  readonly criterion: number;
}

export interface ChangeFits {
  /** Those that are better by Schwarz's criterion than the constant and the line, best first. */
  readonly changes: readonly ChangeFit[];
  /** The line through all points, with the p-value of its slope. */
  readonly line: { readonly pValue: number; readonly residuals: Float64Array };
}

/** A fit without changes: what it leaves, and for sums over some of the points the part of their number that the fit takes (their leverage). */
interface Base {
  readonly parameters: number;
  readonly residuals: Float64Array;
  readonly rss: number;
  readonly leverage: (from: number, to: number) => number;
}

/** @param values without NaN, at ascending positions `at` */
export function fitChanges(values: Float64Array, at: Int32Array): ChangeFits {
  const n = values.length;
  const constant = constantBase(values);
  const line = lineBase(constant, at);
  // Below, what is left is rounding.
  const floor = Math.max(1e-12 * constant.rss, 1e-28 * values.reduce((sum, x) => sum + x * x, 0));
  const criterion = (rss: number, parameters: number): number => n * Math.log(Math.max(rss, floor) / n) + parameters * Math.log(n);

  const tested = (type: ChangeFit["type"], position: number, base: Base, gain: number, added: number, places: number): ChangeFit => {
    const rss = base.rss - gain;
    const freedom = n - base.parameters - added;
    const pValue = rss <= floor ? 0 : tailOfF(gain / added / (rss / freedom), added, freedom);
    return { type, position, pValue: Math.min(1, pValue * places), criterion: criterion(rss, base.parameters + added + 1) };
  };

  const changes: ChangeFit[] = [];
  if (constant.rss > floor) {
    for (const base of [constant, line]) {
      if (!(base.rss > floor)) continue;
      const bump = bestBump(base);
      const spike = tested(bump.level > 0 ? "spike" : "dip", bump.position, base, bump.gain, 1, bump.places);
      changes.push({ ...spike, pValue: Math.max(spike.pValue, bumpGap(base, bump)) });
      const step = bestStep(base);
      changes.push(tested("step_change", step.position, base, step.gain, 1, step.places));
      const spread = twoSpreads(base, floor / n) + (base.parameters + 2) * Math.log(n);
      changes.push({ type: "distribution_change", ...distributionChange(base.residuals), criterion: spread });
    }
    if (line.rss > floor) {
      const turn = bestTurn(line, values, at);
      changes.push(tested("trend_change", turn.position, line, turn.gain, 2, turn.places));
    }
  }
  const plain = Math.min(criterion(constant.rss, 1), criterion(line.rss, 2));
  const better = changes.filter((change) => change.criterion < plain).sort((a, b) => a.criterion - b.criterion);
  const slope = constant.rss - line.rss;
  const pValue = !(slope > floor) ? 1 : line.rss <= floor ? 0 : tailOfF(slope / (line.rss / (n - 2)), 1, n - 2);
  return { changes: better, line: { pValue, residuals: line.residuals } };
}

interface Place {
  readonly position: number;
  readonly gain: number;
  readonly places: number;
}

interface Bump extends Place {
  readonly from: number;
  readonly width: number;
  /** Mean of what is left of its points. */
  readonly level: number;
}

/** One to four points in a row at a level of their own. */
function bestBump(base: Base): Bump {
  const { residuals, leverage } = base;
  let best: Bump = { position: 0, gain: -1, places: 0, from: 0, width: 1, level: 0 };
  let places = 0;
  for (let width = 1; width < SHORTEST_SIDE; width++) {
    for (let from = 0; from + width <= residuals.length; from++) {
      let sum = 0;
      let extreme = from;
      for (let i = from; i < from + width; i++) {
        sum += residuals[i];
        if (Math.abs(residuals[i]) > Math.abs(residuals[extreme])) extreme = i;
      }
      places++;
      const gain = (sum * sum) / (width - leverage(from, from + width));
      if (gain > best.gain) best = { position: extreme, gain, places, from, width, level: sum / width };
    }
  }
  return { ...best, places };
}

/** How far its level, of which the mean of several points is the surer, is beyond all other points on its side. */
function bumpGap({ residuals }: Base, { from, width, level }: Bump): number {
  const sign = Math.sign(level);
  const others = residuals.filter((_, i) => i < from || i >= from + width).map((e) => sign * e);
  return tailGap(sign * level * Math.sqrt(width), others);
}

/** All points from one on at a level of their own. */
function bestStep(base: Base): Place {
  const { residuals, leverage } = base;
  const n = residuals.length;
  let position = SHORTEST_SIDE;
  let most = -1;
  let sum = 0;
  for (let from = n - 1; from >= SHORTEST_SIDE; from--) {
    sum += residuals[from];
    if (n - from < SHORTEST_SIDE) continue;
    const gain = (sum * sum) / (n - from - leverage(from, n));
    if (gain < most) continue;
    most = gain;
    position = from;
  }
  return { position, gain: most, places: n - 2 * SHORTEST_SIDE + 1 };
}

/** A line of their own through all points from one on, and another through those before. */
function bestTurn(line: Base, values: Float64Array, at: Int32Array): Place {
  const n = values.length;
  const left = leftRss(line.residuals, at);
  const right = leftRss(line.residuals.slice().reverse(), at.map((x) => -x).reverse());
  let position = SHORTEST_SIDE;
  let most = -1;
  for (let from = SHORTEST_SIDE; from <= n - SHORTEST_SIDE; from++) {
    const gain = line.rss - left[from] - right[n - from];
    if (gain <= most) continue;
    most = gain;
    position = from;
  }
  return { position, gain: Math.min(most, line.rss), places: n - 2 * SHORTEST_SIDE + 1 };
}

/** The least of n1 ln(v1) + n2 ln(v2), v1 and v2 being the mean squares of what is left before a point and from it on. */
function twoSpreads({ residuals }: Base, floor: number): number {
  const n = residuals.length;
  const side = shortestSide(n);
  const squares = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) squares[i + 1] = squares[i] + residuals[i] ** 2;
  let least = Infinity;
  for (let at = side; at <= n - side; at++) {
    const left = at * Math.log(Math.max(squares[at] / at, floor));
    const right = (n - at) * Math.log(Math.max((squares[n] - squares[at]) / (n - at), floor));
    least = Math.min(least, left + right);
  }
  return least;
}

/** What a line leaves of the first i points, for every i. */
function leftRss(y: Float64Array, x: Int32Array): Float64Array {
  const rss = new Float64Array(y.length + 1);
  let meanX = 0;
  let meanY = 0;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let i = 0; i < y.length; i++) {
    const dx = x[i] - meanX;
    const dy = y[i] - meanY;
    meanX += dx / (i + 1);
    meanY += dy / (i + 1);
    xx += dx * (x[i] - meanX);
    xy += dx * (y[i] - meanY);
    yy += dy * (y[i] - meanY);
    rss[i + 1] = i === 0 ? 0 : Math.max(0, yy - (xy * xy) / xx);
  }
  return rss;
}

function constantBase(values: Float64Array): Base {
  const n = values.length;
  const mean = values.reduce((sum, x) => sum + x, 0) / n;
  const residuals = values.map((x) => x - mean);
  const rss = residuals.reduce((sum, e) => sum + e * e, 0);
  return { parameters: 1, residuals, rss, leverage: (from, to) => (to - from) ** 2 / n };
}

function lineBase(constant: Base, at: Int32Array): Base {
  const n = at.length;
  const mean = at.reduce((sum, t) => sum + t, 0) / n;
  let xx = 0;
  let xy = 0;
  const sums = new Float64Array(n + 1);
  for (let i = 0; i < n; i++) {
    const x = at[i] - mean;
    xx += x * x;
    xy += x * constant.residuals[i];
    sums[i + 1] = sums[i] + x;
  }
  const slope = xy / xx;
  const residuals = constant.residuals.map((e, i) => e - slope * (at[i] - mean));
  const rss = residuals.reduce((sum, e) => sum + e * e, 0);
  return {
    parameters: 2,
    residuals,
    rss,
    leverage: (from, to) => constant.leverage(from, to) + (sums[to] - sums[from]) ** 2 / xx,
  };
}
