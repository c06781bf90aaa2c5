import type { BindContext, RunningWindow } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { DOUBLE, INTERVAL } from "../../core/types.ts";
import { doc } from "../define.ts";
import {
  booleanOption,
  doubleColumn,
  doublesOf,
  givenOption,
  lengthGiven,
  numberGiven,
  numberOption,
  type RunningEntry,
  runningNumbers,
  timesOf,
} from "./define.ts";

const ABOVE_ZERO = { test: (value: number) => value > 0 && Number.isFinite(value), words: "above zero" };

/** What a weight falls to with each row, or with each half-life of time. */
interface Decay {
  readonly factor: number;
  /** Microseconds in which a weight halves; undefined: it falls with every row. */
  readonly halfLife: number | undefined;
  readonly adjust: boolean;
}

function decayOf(bind: BindContext): Decay {
  const given = ["alpha", "half_life", "n"].filter((name) => givenOption(bind, name) !== undefined);
  if (given.length !== 1) {
    const found = given.length === 0 ? "none is given" : `${given.join(" and ")} are`;
    throw bindError(`ema takes one of alpha, half_life and n, and ${found}`, undefined, "ema(v, alpha => 0.3), ema(v, half_life => 5)");
  }
  const adjust = givenOption(bind, "adjust") !== false;
  if (takesTime(bind)) return { factor: 0.5, halfLife: lengthGiven(bind, "half_life"), adjust };
  const alpha = numberGiven(bind, "alpha", { test: (value) => value > 0 && value <= 1, words: "above 0 and at most 1" });
  if (alpha !== undefined) return { factor: 1 - alpha, halfLife: undefined, adjust };
  const span = numberGiven(bind, "n", { test: (value) => value >= 1 && Number.isFinite(value), words: "at least 1" });
  if (span !== undefined) return { factor: 1 - 2 / (span + 1), halfLife: undefined, adjust };
  return { factor: 2 ** (-1 / numberGiven(bind, "half_life", ABOVE_ZERO)!), halfLife: undefined, adjust };
}

const takesTime = (bind: BindContext): boolean => bind.types[bind.names.indexOf("half_life")]?.kind === "interval";

/**
 * Of each partition: the mean (NaN before the first value), the weight it has had, and the time of the last row.
 * mean = sum w_i x_i / sum w_i with w_i = (1 - alpha)^(t - i), or 0.5^((time_t - time_i) / half_life); a row of NULL lets weights fall.
 */
function emaWindow(bind: BindContext): RunningWindow {
  const { factor, halfLife, adjust } = decayOf(bind);
  return runningNumbers([Number.NaN, 1, Number.NaN], (state, partitions, args, length) => {
    const values = doublesOf(args[0]);
    const times = halfLife === undefined ? undefined : timesOf(args[1]);
    const means = new Float64Array(length);
    for (let i = 0; i < length; i++) {
      const at = partitions[i] * 3;
      const value = values[i];
      let mean = state[at];
      let fall = factor;
      if (times !== undefined) {
        const time = times[i];
        const since = (time - state[at + 2]) / halfLife!;
        // A row without a time is taken to be of the same moment.
        fall = since > 0 ? 2 ** -since : 1;
        if (!Number.isNaN(time)) state[at + 2] = time;
      }
      if (!Number.isNaN(mean)) {
        let weight = state[at + 1] * fall;
        if (!Number.isNaN(value)) {
          const own = adjust ? 1 : 1 - fall;
          // As it is, so that a series of one value keeps it exactly.
          if (mean !== value && weight + own > 0) mean = (weight * mean + own * value) / (weight + own);
          weight = adjust ? weight + own : 1;
        }
        state[at + 1] = weight;
      } else if (!Number.isNaN(value)) {
        mean = value;
      }
      state[at] = mean;
      means[i] = mean;
    }
    return doubleColumn(means);
  });
}

/** Exponentially weighted moving average, as pandas' `ewm(...).mean()` gives it. */
export const ema: RunningEntry = {
  name: "ema",
  aliases: ["ewma"],
  doc: doc(
    "Exponentially weighted mean of the rows so far, with weights (1 - alpha)^age. One of `alpha`, `half_life` (in rows, or an INTERVAL of the time of ORDER BY, for irregular times) and `n` (alpha = 2 / (n + 1)) says how fast they fall. `adjust => false`: the recursion y = (1 - alpha) y + alpha x from the first value on. A row of NULL has the mean before it and lets weights fall; NULL before the first value.",
    ["x", "alpha", "half_life", "n", "adjust"],
    "ema(x, alpha => 0.5) OVER (ORDER BY x) FROM (VALUES (7)) t(x)",
    "7.0",
    "pandas ewm: Exponentially weighted window, adjust = True, ignore_na = False",
  ),
  args: ["double"],
  options: [numberOption("alpha"), { name: "half_life", types: [DOUBLE, INTERVAL] }, numberOption("n"), booleanOption("adjust")],
  returns: DOUBLE,
  takesTime,
  running: emaWindow,
};
