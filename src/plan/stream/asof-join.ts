import { unsupported } from "../../core/errors.ts";
import { formatInterval } from "../../core/interval.ts";
import { asofText } from "../explain.ts";
import type { BoundExpr } from "../expression.ts";
import type { AsofMatch, JoinPlan } from "../logical-plan.ts";
import { printExpression } from "../print-expression.ts";
import type { Planned, StreamContext } from "./context.ts";
import { conditionFact, keyTexts } from "./interval-join.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { type StreamProperties, TABLE_PROPERTIES } from "./properties.ts";

/**
 * Rows of a stream beside the nearest row in event time of another: ASOF joins, and joins with the version of a changing stream that was valid at the
 * left row's time. Left rows wait for the watermark.
 */
export interface AsofJoinNode extends StreamNodeBase<"asof-join" | "temporal-join"> {
  readonly join: "inner" | "left";
  /** Event-time columns, each of its own side. */
  readonly leftTime: number;
  readonly rightTime: number;
  readonly match: AsofMatch["op"];
  readonly tolerance: number | undefined;
  readonly keys: JoinPlan["keys"];
  readonly condition: BoundExpr | undefined;
}

export function planAsofJoin(node: JoinPlan, asof: AsofMatch, left: Planned, right: Planned, context: StreamContext): Planned {
  if (!right.properties.streaming) return overTable(node, left, right);
  const { span } = asof.left;
  if (!left.properties.streaming) {
    throw unsupported("ASOF JOIN of a table with a stream", span, "the left side says which rows come out, and when: put the stream there");
  }
  const leftTime = timeColumn(asof.left, left.properties, "left");
  const rightTime = timeColumn(asof.right, right.properties, "right");
  for (const [name, side] of [
    ["left", left],
    ["right", right],
  ] as const) {
    if (side.properties.changelog !== "append") {
      throw unsupported(
        `ASOF JOIN with a ${name} side whose rows change`,
        span,
        "FOR SYSTEM_TIME AS OF joins with the version of its time",
      );
    }
  }
  const forward = asof.op === "<" || asof.op === "<=" || asof.op === "nearest";
  if (forward && asof.tolerance === undefined && right.properties.endless && !context.allowUnboundedState) {
    throw unsupported(
      `ASOF JOIN on ${asof.op.toUpperCase()} without TOLERANCE: a row of the left side would wait for its partner without end`,
      span,
      "add TOLERANCE INTERVAL '…', or SET allow_unbounded_state = true",
    );
  }
  const bounded = asof.tolerance !== undefined;
  if (!bounded && !forward && node.keys.length > 0) {
    context.notice("the ASOF join keeps the latest row of each key: state grows with the number of distinct keys, TOLERANCE bounds it");
  }
  const properties = asofProperties(left.properties, right.properties, leftTime, forward && !bounded);
  const state = bounded || node.keys.length === 0 ? "bounded" : forward ? "rows" : "keys";
  const plan: AsofJoinNode = {
    kind: "stream",
    op: "asof-join",
    schema: node.schema,
    inputs: [left.plan, right.plan],
    properties,
    state,
    facts: [
      ["join", node.join],
      ["keys", keyTexts(node.keys)],
      ["nearest", asofText(asof)],
      ...(asof.tolerance === undefined ? [] : [["tolerance", formatInterval({ months: 0, days: 0, micros: asof.tolerance })] as const]),
      ...conditionFact(node.condition),
    ],
    join: node.join === "left" ? "left" : "inner",
    leftTime,
    rightTime,
    match: asof.op,
    tolerance: asof.tolerance,
    keys: node.keys,
    condition: node.condition,
  };
  return { plan, properties, state };
}

/** Against a table nothing has to wait. */
function overTable(node: JoinPlan, left: Planned, right: Planned): Planned {
  const properties = { ...left.properties, key: undefined };
  return { plan: { ...node, left: left.plan, right: right.plan }, properties, state: "bounded" };
}

/** The left rows as they came, later: without a bound on how much later, their times follow no watermark. */
export const asofProperties = (
  left: StreamProperties,
  right: StreamProperties,
  leftTime: number,
  unbounded: boolean,
): StreamProperties => ({
  ...TABLE_PROPERTIES,
  streaming: true,
  endless: left.endless,
  times: unbounded ? [] : left.times.filter((time) => time === leftTime),
  ...(right.endless && !left.endless && { endless: true }),
});

export function timeColumn(expr: BoundExpr, { times }: StreamProperties, side: string): number {
  if (expr.kind === "column" && times.includes(expr.index)) return expr.index;
  throw unsupported(
    `${printExpression(expr)} is no event time of the ${side} side, whose watermark could say that no nearer row comes`,
    expr.span,
    "compare the columns that WATERMARK FOR names",
  );
}
