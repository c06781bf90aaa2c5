import { advance, isDynamic, predicted, type ThetaKind, type ThetaParameters, type ThetaState } from "./theta-recursion.ts";

/** What errors move: the level and, of the dynamic kinds, mean and slope of the points so far. */
const STATES = 3;

/**
 * Variances of the forecasts 1 … horizon, in units of the variance of one error: 1 + c P c', with c what the forecast takes from each state, and P the
 * states' covariance, from P = 0 on by P ← M P M' + k k', where M moves the states over a point that is as forecast, and k is what one unit of error adds.
 * The models are linear in the points, so this is exact.
 * @param count points before the first forecast
 */
export function thetaVariance(kind: ThetaKind, parameters: ThetaParameters, count: number, horizon: number): Float64Array {
  const variance = new Float64Array(horizon);
  let covariance = new Float64Array(STATES * STATES);
  let next = new Float64Array(STATES * STATES);
  const c = new Float64Array(STATES);
  const half = new Float64Array(STATES * STATES);
  for (let h = 0; h < horizon; h++) {
    const at = count + h;
    const moved: ThetaState[] = [];
    for (let s = 0; s < STATES; s++) {
      const unit = unitState(kind, s, at);
      c[s] = predicted(unit, parameters);
      advance(unit, kind, parameters, c[s]);
      moved.push(unit);
    }
    const shock = unitState(kind, -1, at);
    advance(shock, kind, parameters, 1);
    const added = [shock.level, shock.mean, shock.b];
    const m = [moved.map(({ level }) => level), moved.map(({ mean }) => mean), moved.map(({ b }) => b)];
    let sum = 1;
    for (let i = 0; i < STATES; i++) {
      for (let j = 0; j < STATES; j++) {
        sum += c[i] * covariance[i * STATES + j] * c[j];
        half[i * STATES + j] = product(m[i], covariance, j);
      }
    }
    variance[h] = sum;
    for (let i = 0; i < STATES; i++) {
      for (let j = 0; j < STATES; j++) {
        let value = added[i] * added[j];
        for (let k = 0; k < STATES; k++) value += half[i * STATES + k] * m[j][k];
        next[i * STATES + j] = value;
      }
    }
    [covariance, next] = [next, covariance];
  }
  return variance;
}

/** 1 for one of the states and 0 for the others; -1: 0 for all. */
function unitState(kind: ThetaKind, which: number, count: number): ThetaState {
  const mean = which === 1 ? 1 : 0;
  const b = which === 2 ? 1 : 0;
  return { level: which === 0 ? 1 : 0, mean, a: isDynamic(kind) ? mean - (b * (count + 1)) / 2 : 0, b, count };
}

function product(row: readonly number[], matrix: Float64Array, column: number): number {
  let sum = 0;
  for (let k = 0; k < STATES; k++) sum += row[k] * matrix[k * STATES + column];
  return sum;
}
