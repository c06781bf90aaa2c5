import { type Span, unsupported } from "../../core/errors.ts";
import type { BoundExpr } from "../expression.ts";
import type { JoinPlan } from "../logical-plan.ts";
import { printExpression } from "../print-expression.ts";
import type { Planned, StreamContext } from "./context.ts";
import { conditionFact, keyTexts, planAppendJoin, type StreamedJoin } from "./interval-join.ts";
import { joinBounds } from "./join-bounds.ts";
import { givesLeftOnly, padsLeft, padsRight } from "./joined-properties.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { asChanges } from "./normalize.ts";
import { type StateBound, type StreamProperties, TABLE_PROPERTIES } from "./properties.ts";

/** A join of two streams that keeps the rows of both: what comes, goes or changes on either side changes the result. */
export interface ChangelogJoinNode extends StreamNodeBase<"changelog-join"> {
  readonly join: StreamedJoin;
  readonly keys: JoinPlan["keys"];
  readonly condition: BoundExpr | undefined;
  /** Rows untouched for so long (microseconds of processing time) go. */
  readonly ttl: number | undefined;
}

export function planChangelogJoin(node: JoinPlan, before: Planned, after: Planned, context: StreamContext): Planned {
  const left = asChanges(before, context);
  const right = asChanges(after, context);
  if (node.join === "mark") {
    throw unsupported(
      "NOT IN with a stream, or IN whose answer may be NULL",
      spanOf(node),
      "use NOT EXISTS, or IN as a condition of WHERE",
    );
  }
  const keyed = holdsKey(node, left.properties, "left") && holdsKey(node, right.properties, "right");
  const state: StateBound = keyed ? "keys" : "rows";
  if (context.stateTtl === undefined) {
    if (keyed)
      context.notice(
        `state of the join grows with the number of distinct keys (${keyTexts(node.keys).join(", ")}): SET state_ttl lets go of old ones`,
      );
    else if (!context.allowUnboundedState && (left.properties.endless || right.properties.endless)) throw unbounded(node, left, right);
  }
  const appending = context.stateTtl === undefined ? planAppendJoin(node, left, right) : undefined;
  if (appending !== undefined) return appending;
  const properties = changelogProperties(node, left.properties, right.properties);
  const plan: ChangelogJoinNode = {
    kind: "stream",
    op: "changelog-join",
    schema: node.schema,
    inputs: [left.plan, right.plan],
    properties,
    state,
    facts: [["join", node.join], ["keys", keyTexts(node.keys)], ...conditionFact(node.condition)],
    join: node.join === "cross" ? "inner" : node.join,
    keys: node.keys,
    condition: node.condition,
    ttl: context.stateTtl,
  };
  return { plan, properties, state };
}

/** Whether a side has one row at most for each value of the join's keys. */
function holdsKey(node: JoinPlan, { key, changelog }: StreamProperties, side: "left" | "right"): boolean {
  if (key === undefined || changelog === "append") return false;
  return key.every((column) => node.keys.some((equality) => equality[side].kind === "column" && equality[side].index === column));
}

function changelogProperties(node: JoinPlan, left: StreamProperties, right: StreamProperties): StreamProperties {
  const width = node.left.schema.length;
  const retracts =
    left.changelog !== "append" || right.changelog !== "append" || node.join === "anti" || padsLeft(node.join) || padsRight(node.join);
  const key = givesLeftOnly(node.join)
    ? left.key
    : left.key !== undefined && right.key !== undefined && !padsLeft(node.join) && !padsRight(node.join)
      ? [...left.key, ...right.key.map((column) => column + width)]
      : undefined;
  return {
    ...TABLE_PROPERTIES,
    streaming: true,
    endless: left.endless || right.endless,
    changelog: retracts ? "retract" : "append",
    key,
  };
}

const spanOf = (node: JoinPlan): Span => node.condition?.span ?? node.keys[0]?.left.span ?? { start: 0, end: 0 };

function unbounded(node: JoinPlan, left: Planned, right: Planned): Error {
  const bounds = joinBounds(node, left.properties.times, right.properties.times);
  const isBounded = bounds !== undefined && Number.isFinite(bounds.low) && Number.isFinite(bounds.high);
  const changing = [left, right].find((side) => side.properties.changelog !== "append");
  if (isBounded && changing !== undefined) {
    return unsupported(
      "the condition bounds the times, but rows of one side change, at any time",
      spanOf(node),
      "use EMIT FINAL or FOR SYSTEM_TIME AS OF for that side, SET state_ttl = '1 hour', or SET allow_unbounded_state = true",
    );
  }
  const half = bounds !== undefined && Number.isFinite(bounds.low) !== Number.isFinite(bounds.high);
  const time = (side: Planned, plan: JoinPlan["left"], name: string) => {
    const [column] = side.properties.times;
    return column === undefined ? `${name}.ts` : `${name}.${plan.schema[column].name}`;
  };
  const [a, b] = [time(left, node.left, "l"), time(right, node.right, "r")];
  const what = half
    ? `the condition bounds the times one way only (${printExpression(node.condition ?? node.keys[0].left)}): every row would have to be kept`
    : "a join of two streams without bounds would keep every row";
  const versions =
    changing === undefined || left.properties.changelog !== "append"
      ? ""
      : "ask for the version of the row's time (JOIN … FOR SYSTEM_TIME AS OF), ";
  return unsupported(
    what,
    spanOf(node),
    `${versions}bound the times (ON … AND ${a} BETWEEN ${b} - INTERVAL '5' MINUTE AND ${b} + INTERVAL '5' MINUTE, or JOIN … WITHIN INTERVAL '5' MINUTE), join windows of both (TUMBLE), SET state_ttl = '1 hour', or SET allow_unbounded_state = true`,
  );
}
