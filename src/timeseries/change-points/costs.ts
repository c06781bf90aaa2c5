import type { SegmentCost } from "./cost.ts";
import { L1Cost } from "./l1-cost.ts";
import { L2Cost } from "./l2-cost.ts";
import { NormalCost } from "./normal-cost.ts";
import { RbfCost } from "./rbf-cost.ts";

export const COSTS = ["l2", "l1", "normal", "rbf"] as const;
export type CostName = (typeof COSTS)[number];

/** Points between changes at least, where nothing else is said: two values are too few for a variance of their own. */
export const usualMinSize = (name: CostName): number => (name === "normal" ? 10 : 2);

/** The cost of that name for a series without NaN. @param checkInterrupt called every few milliseconds by those that take longer */
export function costOf(name: CostName, series: Float64Array, checkInterrupt?: () => void): SegmentCost {
  switch (name) {
    case "l2":
      return new L2Cost(series);
    case "l1":
      return new L1Cost(series);
    case "normal":
      return new NormalCost(series);
    case "rbf":
      return new RbfCost(series, checkInterrupt);
  }
}
