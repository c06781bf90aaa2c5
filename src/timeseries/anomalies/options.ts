import { nearestName } from "../../core/errors.ts";
import type { DetectorOptions } from "./online.ts";

/** What each option may be, and what it means. Options of the same name mean the same in every method. */
interface OptionRule {
  readonly from: number;
  readonly to: number;
  readonly integer: boolean;
  readonly doc: string;
}

const integer = (from: number, to: number, doc: string): OptionRule => ({ from, to, integer: true, doc });
const real = (from: number, to: number, doc: string): OptionRule => ({ from, to, integer: false, doc });

export const OPTION_RULES: Readonly<Record<string, OptionRule>> = {
  sensitivity: real(0, 1, "how readily a point counts as an anomaly: 6 standard deviations off at 0, 3 at 0.5, 1.5 at 1"),
  warmup: integer(0, 1e9, "points that are learnt before any is judged"),
  alpha: real(1e-6, 1, "weight of the newest point in an exponential average; in s_h_esd, level of the test"),
  beta: real(0, 1, "weight of the newest slope"),
  gamma: real(0, 1, "weight of the newest season"),
  season_length: integer(0, 100000, "points of a season; 0: none"),
  memory: integer(2, 1e9, "points after which what was learnt fades"),
  cycle: real(1, 1e10, "length of the cycle in seconds"),
  phases: integer(1, 100000, "parts that a cycle is cut into"),
  n_trees: integer(1, 1000, "trees"),
  trees: integer(1, 1000, "trees"),
  height: integer(1, 15, "depth of each tree"),
  sample: integer(16, 65536, "points that each tree knows"),
  shingle: integer(1, 1000, "points that are looked at together"),
  decay: real(0, 1, "share by which a point's chance to be remembered falls with each later one"),
  seed: integer(0, 2147483647, "of the random numbers"),
  most: real(0, 0.49, "share of the points that may be outliers"),
  window: integer(3, 65536, "points that are remembered"),
};

/**
 * Options of a method: its defaults, with those that are given in their place. A RangeError for an option that the method lacks or a value
 * outside its range.
 */
export function checkOptions(method: { name: string; options: DetectorOptions }, given: DetectorOptions): DetectorOptions {
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(method.options, name)) {
      const nearest = nearestName(name, Object.keys(method.options));
      const mend = nearest === undefined ? `it has ${Object.keys(method.options).join(", ")}` : `did you mean ${nearest}?`;
      throw new RangeError(`method ${method.name} has no option ${name}: ${mend}`);
    }
    const { from, to, integer } = OPTION_RULES[name];
    if (!(value >= from && value <= to) || (integer && !Number.isInteger(value))) {
      throw new RangeError(`${name} must be ${integer ? "an integer" : "a number"} from ${from} to ${to}, but is ${value}`);
    }
  }
  return { ...method.options, ...given };
}
