import { nelderMead } from "../numeric/nelder-mead.ts";
import { paced } from "../numeric/paced.ts";

/** The recursion of the theta models (theta.ts has its formulas), and the search for its parameters. */

export type ThetaKind = "STM" | "OTM" | "DSTM" | "DOTM";

export interface ThetaParameters {
  readonly level: number;
  readonly alpha: number;
  readonly theta: number;
}

/** What the next point needs: the state after `count` points. */
export interface ThetaState {
  level: number;
  mean: number;
  a: number;
  b: number;
  count: number;
}

/** Points before the errors count. */
export const BURN_IN = 3;

/** Whether the line is fitted again at every point. */
export function isDynamic(kind: ThetaKind): boolean {
  return kind === "DSTM" || kind === "DOTM";
}

/** The least-squares line A + B t over t = 1 … n. */
export function line(y: Float64Array): { a: number; b: number } {
  const n = y.length;
  let sum = 0;
  let weighted = 0;
  for (let i = 0; i < n; i++) {
    sum += y[i];
    weighted += (i + 1) * y[i];
  }
  const mean = sum / n;
  const b = (6 * ((2 * weighted) / n - (n + 1) * mean)) / (n * n - 1);
  return { a: mean - ((n + 1) * b) / 2, b };
}

/** Squared errors from the fourth point on: the search runs this and nothing else. */
function squaredErrors(y: Float64Array, dynamic: boolean, a: number, b: number, level: number, alpha: number, theta: number): number {
  const n = y.length;
  const w = 1 - alpha;
  const share = 1 - 1 / theta;
  level = alpha * y[0] + w * level;
  let power = w;
  let sum = 0;
  if (dynamic) {
    let mean = y[0];
    a = y[0];
    b = 0;
    for (let i = 1; i < n; i++) {
      const next = power * w;
      const value = y[i];
      const error = value - level - share * (a * power + (b * (1 - next)) / alpha);
      if (i >= BURN_IN) sum += error * error;
      level = alpha * value + w * level;
      power = next;
      b = ((i - 1) * b + (6 * (value - mean)) / (i + 1)) / (i + 2);
      mean = (i * mean + value) / (i + 1);
      a = mean - (b * (i + 2)) / 2;
    }
    return sum;
  }
  const constant = (share * b) / alpha;
  const slope = share * a - constant * w;
  for (let i = 1; i < n; i++) {
    const error = y[i] - level - constant - slope * power;
    if (i >= BURN_IN) sum += error * error;
    level = alpha * y[i] + w * level;
    power *= w;
  }
  return sum;
}

/** The forecast of the next point. */
export function predicted(state: ThetaState, parameters: ThetaParameters): number {
  const { alpha, theta } = parameters;
  const power = (1 - alpha) ** state.count;
  return state.level + (1 - 1 / theta) * (state.a * power + (state.b * (1 - power * (1 - alpha))) / alpha);
}

/** Moves the state over one point. */
export function advance(state: ThetaState, kind: ThetaKind, parameters: ThetaParameters, value: number): void {
  const i = state.count;
  state.level = parameters.alpha * value + (1 - parameters.alpha) * state.level;
  if (isDynamic(kind)) state.b = ((i - 1) * state.b + (6 * (value - state.mean)) / (i + 1)) / (i + 2);
  state.mean = (i * state.mean + value) / (i + 1);
  if (isDynamic(kind)) state.a = state.mean - (state.b * (i + 2)) / 2;
  state.count = i + 1;
}

/** Parameters that minimise the squared errors, found from alpha = 0.5, theta = 2, level = y_0 / 2. */
export function estimateTheta(y: Float64Array, kind: ThetaKind, checkInterrupt?: () => void): ThetaParameters {
  const dynamic = isDynamic(kind);
  const optimised = kind === "OTM" || kind === "DOTM";
  const { a, b } = line(y);
  let scale = 0;
  for (let i = 0; i < y.length; i++) scale += Math.abs(y[i]) / y.length;
  if (scale < 1e-10) scale = 1e-10;
  const start = optimised ? [y[0] / 2, 0.5, 2] : [y[0] / 2, 0.5];
  const check = paced(checkInterrupt, y.length);
  const objective = (x: Float64Array) => {
    check();
    return squaredErrors(y, dynamic, a, b, x[0], x[1], optimised ? x[2] : 2) / scale;
  };
  const found = nelderMead(objective, start, { lower: [-1e10, 0.1, 1], upper: [1e10, 0.99, 1e10] }).x;
  return { level: found[0], alpha: found[1], theta: optimised ? found[2] : 2 };
}
