import type { JoinPlan } from "../logical-plan.ts";
import { type StreamProperties, TABLE_PROPERTIES } from "./properties.ts";

/** Semi, anti and mark joins give the left columns alone. */
export const givesLeftOnly = (join: JoinPlan["join"]): boolean => join === "semi" || join === "anti" || join === "mark";

/** Whether rows of a side may stand beside NULLs in the place of the other. */
export const padsLeft = (join: JoinPlan["join"]): boolean => join === "right" || join === "full";
export const padsRight = (join: JoinPlan["join"]): boolean => join === "left" || join === "full";

/** Event times of a join's output: of both sides, but for those that may be NULL. */
export function joinedTimes(node: JoinPlan, left: readonly number[], right: readonly number[]): number[] {
  if (givesLeftOnly(node.join)) return [...left];
  const width = node.left.schema.length;
  return [...(padsLeft(node.join) ? [] : left), ...(padsRight(node.join) ? [] : right.map((column) => column + width))];
}

/** What an output of appended rows has, but for its times. */
export const appended = (left: StreamProperties, right: StreamProperties, times: readonly number[]): StreamProperties => ({
  ...TABLE_PROPERTIES,
  streaming: true,
  endless: left.endless || right.endless,
  times,
});
