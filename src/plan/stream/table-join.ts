import { type Span, unsupported } from "../../core/errors.ts";
import type { BoundExpr } from "../expression.ts";
import { mapColumns } from "../expression-tree.ts";
import type { JoinPlan, LogicalPlan } from "../logical-plan.ts";
import type { Planned, StreamContext } from "./context.ts";
import { givesLeftOnly } from "./joined-properties.ts";
import { asChanges } from "./normalize.ts";
import type { StreamProperties } from "./properties.ts";

/**
 * A stream and a table: the batch join with the table as the side that is kept. It carries change kinds and watermarks of the stream on, row by row.
 * What only the end of the stream can tell (rows of the table that nobody met) waits for it.
 */
export function planTableJoin(node: JoinPlan, left: Planned, right: Planned, context: StreamContext): Planned {
  const streamIsLeft = left.properties.streaming;
  const stream = asChanges(streamIsLeft ? left : right, context);
  const inputs = { left: streamIsLeft ? stream.plan : left.plan, right: streamIsLeft ? right.plan : stream.plan };
  if (keepsTable(node.join, streamIsLeft)) refuseUntold(node, stream.properties, streamIsLeft);
  const properties = joinedWithTable(node, stream.properties, streamIsLeft);
  const state = stream.state === "rows" || stream.state === "keys" ? stream.state : "bounded";
  const joined: JoinPlan = { ...node, ...inputs, build: streamIsLeft ? "right" : "left" };
  if (node.keys.length > 0 || streamIsLeft) return { plan: joined, properties, state };
  return { plan: swapped(joined), properties, state };
}

/** Whether rows of the table come out that are told by what the whole stream did. */
function keepsTable(join: JoinPlan["join"], streamIsLeft: boolean): boolean {
  if (givesLeftOnly(join)) return !streamIsLeft;
  return join === "full" || join === (streamIsLeft ? "right" : "left");
}

function refuseUntold(node: JoinPlan, stream: StreamProperties, streamIsLeft: boolean): void {
  const what = givesLeftOnly(node.join)
    ? "IN or EXISTS asked of a stream for rows of a table"
    : `a ${node.join.toUpperCase()} JOIN that keeps all rows of a table`;
  if (stream.endless) {
    throw unsupported(
      `${what} needs the end of the stream, and this one never ends`,
      spanOf(node),
      givesLeftOnly(node.join)
        ? "ask it the other way round: FROM the stream, or group the stream by a window first"
        : `keep the rows of the stream: ${streamIsLeft ? "LEFT" : "RIGHT"} JOIN, or an inner one`,
    );
  }
  if (stream.changelog !== "append") {
    throw unsupported(
      `${what}, against a stream whose rows change`,
      spanOf(node),
      "use EMIT FINAL below it, or keep the rows of the stream alone",
    );
  }
}

const spanOf = (node: JoinPlan): Span => node.condition?.span ?? node.keys[0]?.left.span ?? { start: 0, end: 0 };

function joinedWithTable(node: JoinPlan, stream: StreamProperties, streamIsLeft: boolean): StreamProperties {
  const offset = streamIsLeft || givesLeftOnly(node.join) ? 0 : node.left.schema.length;
  const told = keepsTable(node.join, streamIsLeft);
  const at = (column: number | undefined) => (column === undefined ? undefined : column + offset);
  const { window } = stream;
  return {
    ...stream,
    key: givesLeftOnly(node.join) && streamIsLeft ? stream.key : undefined,
    times: told ? [] : stream.times.map((column) => column + offset),
    window: told || window === undefined ? undefined : { shape: window.shape, start: at(window.start), end: at(window.end) },
  };
}

const MIRRORED: Partial<Record<JoinPlan["join"], JoinPlan["join"]>> = {
  inner: "inner",
  cross: "cross",
  left: "right",
  right: "left",
  full: "full",
};

/** A join without keys keeps its right side: table and stream change places, and the columns are put back in order. */
function swapped(node: JoinPlan): LogicalPlan {
  const join = MIRRORED[node.join];
  if (join === undefined) return node;
  const width = node.left.schema.length;
  const others = node.right.schema.length;
  const condition =
    node.condition === undefined ? undefined : mapColumns(node.condition, (index) => (index < width ? index + others : index - width));
  const turned: JoinPlan = {
    ...node,
    join,
    schema: [...node.right.schema, ...node.left.schema],
    left: node.right,
    right: node.left,
    condition,
    build: "right",
  };
  const exprs = node.schema.map(({ name, type }, i): BoundExpr => {
    const index = i < width ? i + others : i - width;
    return { kind: "column", type, index, name, span: { start: 0, end: 0 } };
  });
  return { kind: "project", schema: node.schema, input: turned, exprs };
}
