import { binseg } from "./binseg.ts";
import { type CostName, costOf, usualMinSize } from "./costs.ts";
import { l2Segmentation } from "./l2-segmentation.ts";
import type { ChangeMethod, ChangeOptions } from "./online.ts";
import { pelt } from "./pelt.ts";
import { bicPenalty } from "./penalty.ts";

export interface OfflineOptions {
  /** Default `l2`. */
  readonly cost?: CostName;
  /** What a change must save in cost. Default: `bicPenalty`. */
  readonly penalty?: number;
  /** Points between changes at least. Default: `usualMinSize`. */
  readonly minSize?: number;
  /** Changes are looked for at multiples of this. Default 1. */
  readonly jump?: number;
  /** For `binseg`: that many changes, in place of the penalty. */
  readonly changes?: number;
  readonly checkInterrupt?: () => void;
}

/**
 * Changes of a whole series: the index, from 0, of the first point behind each. Points that are NaN or infinite are left out; indices are those of the
 * series with them. A constant series has none.
 */
export function offlineChanges(series: Float64Array, method: "pelt" | "binseg", options: OfflineOptions = {}): Int32Array {
  const { cost = "l2", minSize = usualMinSize(cost), jump = 1, changes, checkInterrupt } = options;
  const at = Int32Array.from(series, (_, i) => i).filter((i) => Number.isFinite(series[i]));
  const values = series.filter(Number.isFinite);
  if (values.every((value) => value === values[0])) return new Int32Array(0);
  const penalty = options.penalty ?? bicPenalty(cost, values);
  const segmentation = { penalty, minSize, jump, checkInterrupt };
  const segments = (): Int32Array => {
    if (method === "binseg") return binseg(costOf(cost, values, checkInterrupt), segmentation, changes);
    return cost === "l2" ? l2Segmentation(values, segmentation) : pelt(costOf(cost, values, checkInterrupt), segmentation);
  };
  return segments().map((position) => at[position]);
}

/** Changes that a detector finds in a series, by its estimates of where they began: the index, from 0, of the first point behind each. */
export function onlineChanges(
  series: Float64Array,
  method: ChangeMethod,
  options: ChangeOptions,
  checkInterrupt: () => void = () => {},
): Int32Array {
  const detector = method.create(options);
  const at: number[] = [];
  const found: number[] = [];
  let told = -1;
  for (let i = 0; i < series.length; i++) {
    if (i % 1024 === 1023) checkInterrupt();
    if (!Number.isFinite(series[i])) continue;
    at.push(i);
    detector.update(series[i]);
    if (detector.change !== 1) continue;
    const position = at[at.length - detector.since];
    // One that began before the last was told is that one again, and one that began with the series has nothing before it.
    if (position > told && position > at[0]) found.push(position);
    told = i;
  }
  return Int32Array.from(found);
}
