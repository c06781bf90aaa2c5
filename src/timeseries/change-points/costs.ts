import type { SegmentCost } from "./cost.ts";
import { L1Cost } from "./l1-cost.ts";
import { L2Cost } from "./l2-cost.ts";
import { RbfCost } from "./rbf-cost.ts";

export const COSTS = ["l2", "l1", "rbf"] as const;
export type CostName = (typeof COSTS)[number];

/** The cost of that name for a series without NaN. */
export function costOf(name: CostName, series: Float64Array): SegmentCost {
  switch (name) {
    case "l2":
      return new L2Cost(series);
    case "l1":
      return new L1Cost(series);
    case "rbf":
      return new RbfCost(series);
  }
}
