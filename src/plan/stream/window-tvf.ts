import { unsupported } from "../../core/errors.ts";
import type { DataType } from "../../core/types.ts";
import { windowFacts } from "../explain.ts";
import type { BoundExpr } from "../expression.ts";
import type { WindowShape, WindowTvfPlan } from "../logical-plan.ts";
import type { PlanInput, Planned, StreamContext } from "./context.ts";
import type { StreamNodeBase } from "./nodes.ts";
import { asChanges } from "./normalize.ts";
import type { StreamProperties } from "./properties.ts";
import { isWatermarked } from "./window-aggregate.ts";

/** The rows of sessions: each waits until its session closes, and has its bounds behind its columns. */
export interface SessionRowsNode extends StreamNodeBase<"session-rows"> {
  readonly gap: number;
  readonly partitionBy: readonly BoundExpr[];
  /** Input column. */
  readonly time: number;
  /** Whether `time` follows the watermark; else sessions close at the end of the stream. */
  readonly watermarked: boolean;
  readonly boundType: DataType;
}

/** Windows on their own: rows pass with their bounds, whose end is the event time from here on. */
export function planWindowTvf(node: WindowTvfPlan, plan: PlanInput, context: StreamContext): Planned {
  const { window } = node;
  if (window.type === "session") return planSessionRows(node, window, asChanges(plan(node.input), context));
  const input = plan(node.input);
  const width = node.input.schema.length;
  if (window.type === "count" && input.properties.changelog !== "append")
    throw unsupported("COUNT_WINDOW over rows that change", { start: 0, end: 0 });
  isWatermarked(node, input);
  const ofTime = window.type !== "count";
  const properties = {
    ...input.properties,
    key: undefined,
    times: ofTime ? [width + 2] : input.properties.times,
    window: ofTime ? { shape: window, start: width, end: width + 1 } : undefined,
  };
  return { plan: { ...node, input: input.plan }, properties, state: ofTime ? "none" : "keys" };
}

function planSessionRows(node: WindowTvfPlan, window: Extract<WindowShape, { type: "session" }>, input: Planned): Planned {
  if (input.properties.changelog !== "append") throw unsupported("a SESSION over rows that change", { start: 0, end: 0 });
  const width = node.input.schema.length;
  const properties: StreamProperties = {
    ...input.properties,
    key: undefined,
    times: [width + 2],
    window: { shape: window, start: width, end: width + 1 },
  };
  const rows: SessionRowsNode = {
    kind: "stream",
    op: "session-rows",
    schema: node.schema,
    inputs: [input.plan],
    properties,
    state: "bounded",
    facts: [["time", input.plan.schema[node.time].name], ...windowFacts(window)],
    gap: window.gap,
    partitionBy: window.partitionBy,
    time: node.time,
    watermarked: isWatermarked(node, input),
    boundType: node.schema[width].type,
  };
  return { plan: rows, properties, state: "bounded" };
}
