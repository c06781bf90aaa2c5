import type { LogicalPlan } from "../logical-plan.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { asChanges, keyedStateNotice } from "./normalize.ts";
import type { StreamProperties } from "./properties.ts";

type SetOperationPlan = Extract<LogicalPlan, { kind: "set-operation" }>;

/** UNION ALL: the rows of both inputs as they come. */
export type UnionNode = StreamNodeBase<"union">;

/** UNION, INTERSECT and EXCEPT: rows are counted on either side. */
export interface SetOperationNode extends StreamNodeBase<"set-operation"> {
  readonly set: "union" | "intersect" | "intersect all" | "except" | "except all";
  readonly ttl: number | undefined;
}

export function planSetOperation(node: SetOperationPlan, plan: PlanInput, context: StreamContext): Planned {
  const left = asChanges(plan(node.left), context);
  const right = asChanges(plan(node.right), context);
  const sides = [left.properties, right.properties];
  const both = {
    streaming: true,
    endless: sides.some(({ endless }) => endless),
    // What comes from a table has no watermark; its rows may be of any time.
    times: left.properties.times.filter((time) => sides.every((side) => side.times.includes(time))),
    key: undefined,
    window: undefined,
  };
  const appends = sides.every(({ changelog }) => changelog === "append");
  const common = { kind: "stream" as const, schema: node.schema, inputs: [left.plan, right.plan], facts: [] };
  if (node.op === "union" && node.all) {
    const properties: StreamProperties = { ...both, changelog: appends ? "append" : "retract" };
    return { plan: { ...common, op: "union", properties, state: "none" }, properties, state: "none" };
  }
  const set = node.op === "union" ? node.op : (`${node.op}${node.all ? " all" : ""}` as const);
  const properties: StreamProperties = {
    ...both,
    // Rows pass at once, so that those of an input keep its times; others pass when their counterpart comes.
    times: node.op === "union" ? both.times : [],
    key: node.all ? undefined : node.schema.map((_, i) => i),
    changelog: appends && node.op !== "except" ? "append" : "retract",
  };
  keyedStateNotice(context, "distinct rows");
  const found: SetOperationNode = {
    ...common,
    op: "set-operation",
    properties,
    state: "keys",
    facts: [["set", set]],
    set,
    ttl: context.stateTtl,
  };
  return { plan: found, properties, state: "keys" };
}
