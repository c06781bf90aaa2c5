import { unsupported } from "../../core/errors.ts";
import type { BoundAggregate, BoundExpr } from "../expression.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { printAggregate, printExpression } from "../print-expression.ts";
import type { Planned, StreamContext } from "./context.ts";
import { heldBy, keptRowsNotice } from "./kept-rows.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { asChanges, EVERY_SECOND, keyedStateNotice } from "./normalize.ts";
import type { StreamProperties } from "./properties.ts";

type AggregatePlan = Extract<LogicalPlan, { kind: "aggregate" }>;

/** GROUP BY that changes as rows come: groups are kept by key, and each change of a group is told. */
export interface ChangelogAggregateNode extends StreamNodeBase<"changelog-aggregate"> {
  readonly groups: readonly BoundExpr[];
  readonly aggregates: readonly BoundAggregate[];
  readonly sets: readonly (readonly number[])[] | undefined;
  /** `update` gives upsert images (+U, -D), `every` collects changes for so long, `final` keeps them to the end. */
  readonly mode: "changes" | "update" | "every" | "final";
  /** For `every`: microseconds of processing time. */
  readonly every: number | undefined;
  /** Groups untouched for so long (microseconds of processing time) go. */
  readonly ttl: number | undefined;
  /** The input takes rows back. */
  readonly retracting: boolean;
}

/** An aggregate that has no window: a changelog of its groups, or with EMIT FINAL on a stream that ends the batch operator. */
export function planChangelogAggregate(node: AggregatePlan, planned: Planned, context: StreamContext): Planned {
  const input = asChanges(planned, context);
  const { properties } = input;
  const mode = context.emit?.mode ?? "changes";
  const retracting = properties.changelog !== "append";
  const keys = node.groups.map((_, i) => i);
  const ended: StreamProperties = {
    ...properties,
    changelog: "append",
    key: node.sets === undefined ? keys : undefined,
    times: [],
    window: undefined,
  };
  if (mode === "final") {
    if (properties.endless) {
      const span = node.aggregates[0]?.span ?? node.groups[0]?.span ?? { start: 0, end: 0 };
      throw unsupported(
        "EMIT FINAL without a window gives its result when the stream ends, and this stream never does",
        span,
        "group by a window (TUMBLE, HOP, SESSION), or use EMIT CHANGES",
      );
    }
    if (!retracting) return { plan: { ...node, input: input.plan }, properties: ended, state: "keys" };
  }
  const global = node.groups.length === 0;
  if (!global) keyedStateNotice(context, `distinct keys (${node.groups.map(printExpression).join(", ")})`);
  const changelog = mode === "final" ? "append" : mode === "update" ? "upsert" : "retract";
  const out: StreamProperties = { ...ended, changelog };
  const held = heldBy(node.aggregates, context);
  if (properties.endless) keptRowsNotice(context, held, "and windows (TUMBLE, HOP, SESSION) bound it");
  const state = global || held.state === "rows" ? held.state : "keys";
  const plan: ChangelogAggregateNode = {
    kind: "stream",
    op: "changelog-aggregate",
    schema: node.schema,
    inputs: [input.plan],
    properties: out,
    state,
    facts: [
      ["groups", node.groups.map(printExpression)],
      ["aggregates", node.aggregates.map(printAggregate)],
      ["emit", mode],
    ],
    groups: node.groups,
    aggregates: node.aggregates,
    sets: node.sets,
    mode,
    every: mode === "every" ? (context.emit?.every ?? EVERY_SECOND) : undefined,
    ttl: context.stateTtl,
    retracting,
  };
  return { plan, properties: out, state };
}
