import type { BindContext, RunningWindow } from "../../catalog/function-types.ts";
import { concatVectors } from "../../core/concat.ts";
import { valueAt } from "../../core/read.ts";
import { take } from "../../core/take.ts";
import { BIGINT, INTERVAL } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { vectorFromValues } from "../../core/vector-builder.ts";
import { doc, typeOfArgument } from "../define.ts";
import { lengthGiven, numberGiven, type RunningEntry, runningObjects, timesOf } from "./define.ts";

/** The latest value of a partition, the rows since, and its time. */
interface Latest {
  value: Value;
  rows: number;
  time: number;
  /** Where the value stands among those of this batch. */
  place: number;
  batch: number;
}

const takesTime = (bind: BindContext): boolean => bind.types[bind.names.indexOf("max_gap")]?.kind === "interval";

function locfWindow(bind: BindContext): RunningWindow {
  const [type] = bind.types;
  const byTime = takesTime(bind);
  const most = byTime
    ? lengthGiven(bind, "max_gap")!
    : (numberGiven(bind, "max_gap", { test: (value) => value > 0, words: "above zero" }) ?? Number.POSITIVE_INFINITY);
  let batch = 0;
  return runningObjects<Latest>(
    {
      create: () => ({ value: null, rows: 0, time: Number.NaN, place: 0, batch: 0 }),
      save: ({ value, rows, time }) => ({ value, rows, time }),
      load: (saved) => ({ ...(saved as Latest), place: 0, batch: 0 }),
      bytes: ({ value }) => 64 + (typeof value === "string" ? 2 * value.length : 16),
    },
    (states, partitions, [values, timeColumn], length) => {
      const { validity } = values;
      const times = byTime ? timesOf(timeColumn) : undefined;
      batch++;
      const touched: Latest[] = [];
      // Values by their rows; behind them NULL and those of earlier batches.
      const places = new Int32Array(length);
      const earlier: Value[] = [null];
      for (let i = 0; i < length; i++) {
        const state = states[partitions[i]];
        if (state.batch !== batch) {
          state.batch = batch;
          state.place = length + earlier.push(state.value) - 1;
          touched.push(state);
        }
        if (validity === null || validity[i] !== 0) {
          state.rows = 0;
          if (times !== undefined) state.time = times[i];
          state.place = i;
          places[i] = i;
          continue;
        }
        state.rows++;
        const gap = times === undefined ? state.rows : times[i] - state.time;
        places[i] = gap <= most ? state.place : length;
      }
      for (const state of touched) if (state.place < length) state.value = valueAt(values, state.place);
      return take(concatVectors(type, [values, vectorFromValues(type, earlier)]), places);
    },
  );
}

/** Last observation carried forward. */
export const locf: RunningEntry = {
  name: "locf",
  aliases: ["interpolate_ffill"],
  doc: doc(
    "The value of the row, or of the latest row before it that has one; NULL before the first. `max_gap`: how many rows, or how long (an INTERVAL of the time of ORDER BY), a value is carried at most.",
    ["x", "max_gap"],
    "locf(x) OVER (ORDER BY x) FROM (VALUES (7)) t(x)",
    "7",
  ),
  args: ["any"],
  options: [{ name: "max_gap", types: [BIGINT, INTERVAL] }],
  returns: typeOfArgument(0),
  takesTime,
  running: locfWindow,
};
