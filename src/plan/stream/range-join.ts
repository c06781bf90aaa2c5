import { unsupported } from "../../core/errors.ts";
import { rangeFacts } from "../explain.ts";
import type { RangeJoinPlan } from "../logical-plan.ts";
import { asofProperties } from "./asof-join.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";

/** WINDOW JOIN of two streams: left rows wait until the watermark has passed the ends of their ranges. */
export interface RangeJoinNode
  extends StreamNodeBase<"range-join">,
    Pick<RangeJoinPlan, "leftTime" | "keys" | "nullSafe" | "low" | "high" | "prevailing" | "aggregates"> {}

export function planRangeJoin(node: RangeJoinPlan, plan: PlanInput, context: StreamContext): Planned {
  const left = plan(node.left);
  const right = plan(node.right);
  const { schema, leftTime, keys, nullSafe, low, high, prevailing, aggregates } = node;
  const span = keys[0]?.span ?? { start: 0, end: 0 };
  for (const [name, side] of [
    ["left", left],
    ["right", right],
  ] as const) {
    if (side.properties.streaming && side.properties.changelog !== "append")
      throw unsupported(`WINDOW JOIN with a ${name} side whose rows change`, span, "compute it before the aggregation");
  }
  if (!right.properties.streaming) {
    const properties = { ...left.properties, key: undefined };
    return { plan: { ...node, left: left.plan, right: right.plan }, properties, state: "bounded" };
  }
  if (!left.properties.streaming)
    throw unsupported(
      "WINDOW JOIN of a table with a stream",
      span,
      "the left side says which rows come out, and when: put the stream there",
    );
  const times = [
    [left, leftTime, "left"],
    [right, 0, "right"],
  ] as const;
  for (const [side, time, name] of times) {
    if (side.properties.times.includes(time)) continue;
    throw unsupported(
      `${side.plan.schema[time].name} is no event time of the ${name} side, whose watermark could say that no more rows come`,
      span,
      "WATERMARK FOR names the event time of a stream",
    );
  }
  if (prevailing && keys.length > 0)
    context.notice(
      "the WINDOW JOIN keeps the latest row of each key: state grows with the number of distinct keys, EXCLUDE PREVAILING bounds it",
    );
  const properties = asofProperties(left.properties, right.properties, leftTime, false);
  const state = prevailing && keys.length > 0 ? "keys" : "bounded";
  const made: RangeJoinNode = {
    kind: "stream",
    op: "range-join",
    schema,
    inputs: [left.plan, right.plan],
    properties,
    state,
    facts: rangeFacts(node),
    leftTime,
    keys,
    nullSafe,
    low,
    high,
    prevailing,
    aggregates,
  };
  return { plan: made, properties, state };
}
