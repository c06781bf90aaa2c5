import type { BindContext, RunningWindow } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { DOUBLE, struct } from "../../core/types.ts";
import { DoubleExponential, TripleExponential, type TripleState } from "../../timeseries/smoothing/holt-winters.ts";
import { doc } from "../define.ts";
import {
  doubleColumn,
  doublesOf,
  givenOption,
  intervalOption,
  lengthGiven,
  numberGiven,
  numberOption,
  type RunningEntry,
  runningNumbers,
  runningObjects,
  structColumn,
  textOption,
  timesOf,
  wholeOption,
} from "./define.ts";

const SMOOTHED = struct([
  { name: "level", type: DOUBLE },
  { name: "trend", type: DOUBLE },
  { name: "fitted", type: DOUBLE },
]);

const SEASONALLY_SMOOTHED = struct([
  { name: "level", type: DOUBLE },
  { name: "trend", type: DOUBLE },
  { name: "seasonal", type: DOUBLE },
  { name: "fitted", type: DOUBLE },
]);

const SHARE = { test: (value: number) => value >= 0 && value <= 1, words: "from 0 to 1" };

/** Points of a season there may be. */
const LONGEST_SEASON = 1_000_000;
const SEASON = {
  test: (value: number) => Number.isInteger(value) && value >= 2 && value <= LONGEST_SEASON,
  words: `a whole number from 2 to ${LONGEST_SEASON}`,
};

function needed(bind: BindContext, name: string, valid: typeof SHARE, call: string): number {
  const given = numberGiven(bind, name, valid);
  if (given === undefined) throw bindError(`${name} is needed`, undefined, call);
  return given;
}

function doubleExponentialWindow(bind: BindContext): RunningWindow {
  const [alpha, beta] = ["alpha", "beta"].map((name) => needed(bind, name, SHARE, "double_exponential(x, alpha => 0.5, beta => 0.1)"));
  const smoother = new DoubleExponential(alpha, beta);
  const width = DoubleExponential.EMPTY.length;
  return runningNumbers(DoubleExponential.EMPTY, (state, partitions, args, length) => {
    const values = doublesOf(args[0]);
    const level = new Float64Array(length);
    const trend = new Float64Array(length);
    const fitted = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const at = partitions[i] * width;
      fitted[i] = smoother.step(state, at, values[i]);
      level[i] = state[at];
      trend[i] = state[at + 1];
    }
    return structColumn(SMOOTHED, [level, trend, fitted].map(doubleColumn), length);
  });
}

/** Level and trend of the rows so far. */
export const doubleExponential: RunningEntry = {
  name: "double_exponential",
  doc: doc(
    "Double exponential smoothing of the rows so far: level and trend after each row, and what was expected of it (`fitted`). The level starts from the first value, the trend from the change to the second. A row of NULL is taken to be what was expected.",
    ["x", "alpha", "beta"],
    "double_exponential(x, alpha => 0.5, beta => 0.1) OVER (ORDER BY x)",
    "{'level': 1.0, 'trend': NULL, 'fitted': NULL}",
    "C. C. Holt, Forecasting Seasonals and Trends by Exponentially Weighted Moving Averages (1957)",
  ),
  args: ["double"],
  options: [numberOption("alpha"), numberOption("beta")],
  returns: SMOOTHED,
  running: doubleExponentialWindow,
};

function tripleExponentialWindow(bind: BindContext): RunningWindow {
  const call = "triple_exponential(x, period => 24, alpha => 0.5, beta => 0.1, gamma => 0.1)";
  const [alpha, beta, gamma] = ["alpha", "beta", "gamma"].map((name) => needed(bind, name, SHARE, call));
  const period = needed(bind, "period", SEASON, call);
  const kind = String(givenOption(bind, "seasonal") ?? "additive").toLowerCase();
  if (kind !== "additive" && kind !== "multiplicative") throw bindError(`seasonal must be additive or multiplicative, not ${kind}`);
  const smoother = new TripleExponential(period, alpha, beta, gamma, kind === "multiplicative");
  return runningObjects<TripleState>(
    {
      create: () => smoother.newState(),
      save: (state) => ({ ...state, figures: state.figures.slice() }),
      load: (saved) => ({ ...(saved as TripleState), figures: (saved as TripleState).figures.slice() }),
      bytes: ({ figures }) => 64 + figures.byteLength,
    },
    (states, partitions, args, length) => {
      const values = doublesOf(args[0]);
      const columns = Array.from({ length: 4 }, () => new Float64Array(length));
      const [level, trend, seasonal, fitted] = columns;
      for (let i = 0; i < length; i++) {
        const state = states[partitions[i]];
        fitted[i] = smoother.step(state, values[i]);
        level[i] = state.level;
        trend[i] = state.trend;
        seasonal[i] = state.seasonal;
      }
      return structColumn(SEASONALLY_SMOOTHED, columns.map(doubleColumn), length);
    },
  );
}

/** Level, trend and season of the rows so far. */
export const tripleExponential: RunningEntry = {
  name: "triple_exponential",
  doc: doc(
    "Triple exponential smoothing (Holt-Winters) of the rows so far, with a season of `period` rows, `seasonal` being 'additive' (default) or 'multiplicative': level, trend and seasonal figure after each row, and what was expected of it (`fitted`). It starts from the first two seasons, and all is NULL before their end. A row of NULL is taken to be what was expected.",
    ["x", "period", "alpha", "beta", "gamma", "seasonal"],
    "triple_exponential(x, 2, 0.5, 0.5, 0.5) OVER (ORDER BY x)",
    "{'level': NULL, 'trend': NULL, 'seasonal': NULL, 'fitted': NULL}",
    "P. R. Winters, Forecasting Sales by Exponentially Weighted Moving Averages (1960)",
  ),
  args: ["double"],
  options: [wholeOption("period"), numberOption("alpha"), numberOption("beta"), numberOption("gamma"), textOption("seasonal")],
  returns: SEASONALLY_SMOOTHED,
  running: tripleExponentialWindow,
};

/** Where `unit` is not given. */
const SECOND = 1e6;

function derivativeWindow(bind: BindContext): RunningWindow {
  const unit = lengthGiven(bind, "unit") ?? SECOND;
  return runningNumbers([Number.NaN, Number.NaN], (state, partitions, args, length) => {
    const values = doublesOf(args[0]);
    const times = timesOf(args[1]);
    const rates = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const at = partitions[i] * 2;
      const since = (times[i] - state[at + 1]) / unit;
      rates[i] = since === 0 ? Number.NaN : (values[i] - state[at]) / since;
      state[at] = values[i];
      state[at + 1] = times[i];
    }
    return doubleColumn(rates);
  });
}

/** Rate of change from row to row. */
export const derivative: RunningEntry = {
  name: "derivative",
  doc: doc(
    "Rate of change from the row before, in a second of the time of ORDER BY, or in a `unit` (an INTERVAL). NULL for the first row, behind a NULL, and between rows of one time.",
    ["x", "unit"],
    "derivative(x) OVER (ORDER BY ts)",
    "NULL",
  ),
  args: ["double"],
  options: [intervalOption("unit")],
  returns: DOUBLE,
  takesTime: () => true,
  running: derivativeWindow,
};

function percentChangeWindow(): RunningWindow {
  return runningNumbers([Number.NaN], (state, partitions, args, length) => {
    const values = doublesOf(args[0]);
    const changes = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const before = state[partitions[i]];
      changes[i] = (100 * (values[i] - before)) / before;
      state[partitions[i]] = values[i];
    }
    return doubleColumn(changes);
  });
}

/** Change from row to row in percent. */
export const percentChange: RunningEntry = {
  name: "percent_change",
  doc: doc(
    "Change from the row before in percent of that. NULL for the first row, behind a NULL, and from 0 to 0.",
    ["x"],
    "percent_change(x) OVER (ORDER BY x)",
    "NULL",
  ),
  args: ["double"],
  returns: DOUBLE,
  running: percentChangeWindow,
};
