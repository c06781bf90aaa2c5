import { formatInterval } from "../../core/interval.ts";
import type { BoundExpr } from "../expression.ts";
import type { JoinPlan } from "../logical-plan.ts";
import { printExpression } from "../print-expression.ts";
import type { Planned } from "./context.ts";
import { type JoinBounds, joinBounds } from "./join-bounds.ts";
import { appended, joinedTimes } from "./joined-properties.ts";
import type { StreamNodeBase } from "./nodes.ts";

export type StreamedJoin = Exclude<JoinPlan["join"], "cross" | "mark">;

/** A join of two streams whose event times the condition bounds against each other. */
export interface IntervalJoinNode extends StreamNodeBase<"interval-join"> {
  readonly join: StreamedJoin;
  /** Event-time columns, each of its own side. */
  readonly leftTime: number;
  readonly rightTime: number;
  /** `low <= left - right <= high`, microseconds. */
  readonly low: number;
  readonly high: number;
  readonly keys: JoinPlan["keys"];
  readonly condition: BoundExpr | undefined;
}

/** undefined: the condition does not bound the times both ways. */
export function planIntervalJoin(node: JoinPlan, left: Planned, right: Planned): Planned | undefined {
  if (node.join === "mark" || left.properties.changelog !== "append" || right.properties.changelog !== "append") return undefined;
  const bounds = joinBounds(node, left.properties.times, right.properties.times);
  if (bounds === undefined || !isBounded(bounds)) return undefined;
  const times = joinedTimes(node, left.properties.times, right.properties.times).filter((time) => {
    // Only the times that are compared bound one another.
    const width = node.left.schema.length;
    return time === bounds.left || time === bounds.right + width;
  });
  const properties = appended(left.properties, right.properties, times);
  const plan: IntervalJoinNode = {
    kind: "stream",
    op: "interval-join",
    schema: node.schema,
    inputs: [left.plan, right.plan],
    properties,
    state: "bounded",
    facts: [
      ["join", node.join],
      ["keys", keyTexts(bounds.keys)],
      ["between", [micros(bounds.low), micros(bounds.high)]],
      ...conditionFact(bounds.condition),
    ],
    join: node.join === "cross" ? "inner" : node.join,
    leftTime: bounds.left,
    rightTime: bounds.right,
    low: bounds.low,
    high: bounds.high,
    keys: bounds.keys,
    condition: bounds.condition,
  };
  return { plan, properties, state: "bounded" };
}

export const isBounded = ({ low, high }: JoinBounds): boolean => Number.isFinite(low) && Number.isFinite(high);

const micros = (length: number): string => formatInterval({ months: 0, days: 0, micros: length });

export const keyTexts = (keys: JoinPlan["keys"]): string[] =>
  keys.map(({ left, right, nullSafe }) => `${printExpression(left)} ${nullSafe ? "IS NOT DISTINCT FROM" : "="} ${printExpression(right)}`);

export const conditionFact = (condition: BoundExpr | undefined): (readonly [string, string])[] =>
  condition === undefined ? [] : [["condition", printExpression(condition)]];
