import { formatInterval } from "../../core/interval.ts";
import type { BoundExpr } from "../expression.ts";
import type { JoinPlan } from "../logical-plan.ts";
import { printExpression } from "../print-expression.ts";
import type { Planned } from "./context.ts";
import { type JoinBounds, joinBounds } from "./join-bounds.ts";
import { appended, joinedTimes } from "./joined-properties.ts";
import type { StreamNodeBase } from "./nodes.ts";

export type StreamedJoin = Exclude<JoinPlan["join"], "cross" | "mark">;

/**
 * A join of two streams whose event times the condition bounds against each other; as an append-join one way only or not at all, so that rows of one side
 * or of both stay.
 */
export interface IntervalJoinNode extends StreamNodeBase<"interval-join" | "append-join"> {
  readonly join: StreamedJoin;
  /** Event-time columns, each of its own side; undefined: times are not compared. */
  readonly leftTime: number | undefined;
  readonly rightTime: number | undefined;
  /** `low <= left - right <= high`, microseconds, or infinite. */
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

/**
 * A join of rows that only come, and whose output is of such rows: what the times do not bound stays. undefined: rows beside NULLs would have to be taken
 * back, which the changelog join does.
 */
export function planAppendJoin(node: JoinPlan, left: Planned, right: Planned): Planned | undefined {
  if (left.properties.changelog !== "append" || right.properties.changelog !== "append") return undefined;
  const bounds = joinBounds(node, left.properties.times, right.properties.times);
  const { low, high } = bounds ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
  const leftStays = !Number.isFinite(low);
  const rightStays = !Number.isFinite(high);
  const { join } = node;
  if (join === "mark" || (leftStays && (join === "left" || join === "full" || join === "anti"))) return undefined;
  if (rightStays && (join === "right" || join === "full")) return undefined;
  const times = joinedTimes(
    node,
    bounds === undefined || leftStays ? [] : [bounds.left],
    bounds === undefined || rightStays ? [] : [bounds.right],
  );
  const properties = appended(left.properties, right.properties, times);
  const keys = bounds?.keys ?? node.keys;
  const condition = bounds === undefined ? node.condition : bounds.condition;
  const plan: IntervalJoinNode = {
    kind: "stream",
    op: "append-join",
    schema: node.schema,
    inputs: [left.plan, right.plan],
    properties,
    state: "rows",
    facts: [
      ["join", join],
      ["keys", keyTexts(keys)],
      ...(leftStays && rightStays ? [] : [["between", [leftStays ? "any" : micros(low), rightStays ? "any" : micros(high)]] as const]),
      ...conditionFact(condition),
    ],
    join: join === "cross" ? "inner" : join,
    leftTime: bounds?.left,
    rightTime: bounds?.right,
    low,
    high,
    keys,
    condition,
  };
  return { plan, properties, state: "rows" };
}

const isBounded = ({ low, high }: JoinBounds): boolean => Number.isFinite(low) && Number.isFinite(high);

const micros = (length: number): string => formatInterval({ months: 0, days: 0, micros: length });

export const keyTexts = (keys: JoinPlan["keys"]): string[] =>
  keys.map(({ left, right, nullSafe }) => `${printExpression(left)} ${nullSafe ? "IS NOT DISTINCT FROM" : "="} ${printExpression(right)}`);

export const conditionFact = (condition: BoundExpr | undefined): (readonly [string, string])[] =>
  condition === undefined ? [] : [["condition", printExpression(condition)]];
