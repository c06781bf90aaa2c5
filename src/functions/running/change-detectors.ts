import type { BindContext, RunningWindow } from "../../catalog/function-types.ts";
import { bindError, runtimeError } from "../../core/errors.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, struct } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { stateBytes } from "../../timeseries/anomalies/state.ts";
import { changeMethods } from "../../timeseries/change-points/detectors.ts";
import { type ChangeDetector, type ChangeMethod, type ChangeOptions, changeOptions } from "../../timeseries/change-points/online.ts";
import { doc } from "../define.ts";
import {
  booleanColumn,
  doubleColumn,
  doublesOf,
  givenOption,
  numberOption,
  type RunningEntry,
  runningObjects,
  structColumn,
} from "./define.ts";

/** Detectors of changes OVER (PARTITION BY k ORDER BY ts): one a partition, which judges each row by it and those before it. */

/** What each function says beside what all do. */
const SUMMARIES: Readonly<Record<string, { text: string; source: string }>> = {
  adwin: {
    text: "Adaptive windowing: a change where the older part of a window differs from the newer one by more than chance allows; the window goes on without it. `mean` and `width` (rows) are those of the window.",
    source: "A. Bifet, R. Gavaldà, Learning from Time-Changing Data with Adaptive Windowing (2007)",
  },
  bocpd: {
    text: "Bayesian online change-point detection, for normal values of unknown mean and variance: a change where it becomes probable that the current run began in the last rows. `probability` is that, `run_length` the most probable length of the run.",
    source: "R. Adams, D. MacKay, Bayesian Online Changepoint Detection (2007)",
  },
  cusum: {
    text: "Tabular CUSUM of both sides: a change where the sum of deviations above the level (`high`), or below it (`low`), in sigmas less k each, exceeds h. Level and sigma are learnt from the first rows, and anew after a change, unless they are given.",
    source: "E. Page, Continuous Inspection Schemes (1954); D. Montgomery, Introduction to Statistical Quality Control, section 9.1",
  },
  ddm: {
    text: "Drift detection method, for errors (1) and successes (0): a change where the error rate exceeds its least value by three standard errors; `warning` is 1 where it does by two. `error_rate` is that since the last change.",
    source: "J. Gama, P. Medas, G. Castillo, P. Rodrigues, Learning with Drift Detection (2004)",
  },
  page_hinkley: {
    text: "Page-Hinkley test of both sides: a change where the sum of deviations from the mean so far is further above its minimum (`increase`), or below its maximum (`decrease`), than the threshold, in units of the values. Everything starts again then.",
    source: "E. Page, Continuous Inspection Schemes (1954); D. Hinkley, Inference about the Change-Point from Cumulative Sum Tests (1971)",
  },
};

const optionsGiven = (bind: BindContext, method: ChangeMethod): ChangeOptions => {
  const given: Record<string, number> = {};
  for (const name of Object.keys(method.options)) {
    const value = givenOption(bind, name);
    if (value !== undefined) given[name] = Number(value);
  }
  try {
    return changeOptions(method, given);
  } catch (error) {
    throw error instanceof RangeError ? bindError(error.message) : error;
  }
};

const typeOf = ({ fields }: ChangeMethod): DataType =>
  struct([
    { name: "is_change", type: BOOLEAN },
    { name: "points_since", type: BIGINT },
    ...fields.map(({ name, integer }) => ({ name, type: integer ? BIGINT : DOUBLE })),
  ]);

function running(bind: BindContext, method: ChangeMethod): RunningWindow {
  const options = optionsGiven(bind, method);
  const type = typeOf(method);
  return runningObjects<ChangeDetector>(
    {
      create: () => method.create(options),
      save: (detector) => detector.state(),
      load: (saved) => method.restore(saved, options),
      bytes: stateBytes,
    },
    (detectors, partitions, args, length) => {
      const values = doublesOf(args[0]);
      const changes = new Uint8Array(length);
      const since = new Float64Array(length);
      const figures = method.fields.map(() => new Float64Array(length));
      for (let i = 0; i < length; i++) {
        const detector = detectors[partitions[i]];
        update(detector, values[i], method);
        const { change } = detector;
        changes[i] = Number.isNaN(change) ? 2 : change;
        since[i] = change === 1 ? detector.since : Number.NaN;
        for (let f = 0; f < figures.length; f++) figures[f][i] = detector.figures[f];
      }
      const columns = figures.map((column, f) => (method.fields[f].integer ? bigintColumn(column) : doubleColumn(column)));
      return structColumn(type, [booleanColumn(changes), bigintColumn(since), ...columns], length);
    },
  );
}

function update(detector: ChangeDetector, value: number, { name }: ChangeMethod): void {
  try {
    detector.update(value);
  } catch (error) {
    throw error instanceof RangeError ? runtimeError(`${name}: ${error.message}`) : error;
  }
}

/** A BIGINT column of whole numbers, NULL for NaN. */
function bigintColumn(numbers: Float64Array): Vector {
  const length = numbers.length;
  const data = new BigInt64Array(length);
  const words = new Int32Array(data.buffer);
  let validity: Uint8Array | null = null;
  for (let i = 0; i < length; i++) {
    const number = numbers[i];
    if (Number.isNaN(number)) {
      validity ??= new Uint8Array(length).fill(1);
      validity[i] = 0;
    } else {
      words[2 * i] = number;
      words[2 * i + 1] = Math.floor(number / 4294967296);
    }
  }
  return { layout: "flat", type: BIGINT, length, validity, data };
}

function entry(method: ChangeMethod): RunningEntry {
  const { text, source } = SUMMARIES[method.name];
  const options = Object.entries(method.options);
  const described = options
    .map(([name, rule]) => ` \`${name}\` (${Number.isNaN(rule.default) ? "optional" : `default ${rule.default}`}): ${rule.doc}.`)
    .join("");
  return {
    name: method.name,
    doc: doc(
      `${text} is_change says whether a change was found with the row, points_since how many rows it has been since by estimate, that one among them (NULL where there is none). A row of NULL, or of a value whose square is infinite, is passed over, and has NULLs; so have rows of which nothing can be said yet.${described}`,
      ["x", ...options.map(([name]) => name)],
      `(${method.name}(x) OVER (ORDER BY x)).points_since`,
      "NULL",
      source,
    ),
    args: ["double"],
    options: options.map(([name]) => numberOption(name)),
    returns: typeOf(method),
    running: (bind) => running(bind, method),
  };
}

export const changeDetectors: readonly RunningEntry[] = changeMethods.map(entry);
