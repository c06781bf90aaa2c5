import { MICROS_PER_DAY } from "../../core/time.ts";
import { windowFacts } from "../explain.ts";
import type { BoundExpr } from "../expression.ts";
import type { JoinPlan, WindowShape } from "../logical-plan.ts";
import type { Planned } from "./context.ts";
import { conditionFact, keyTexts, type StreamedJoin } from "./interval-join.ts";
import { appended, givesLeftOnly, joinedTimes, padsLeft, padsRight } from "./joined-properties.ts";
import type { StreamNodeBase } from "./nodes.ts";
import type { StreamProperties } from "./properties.ts";

/** A join of two streams over the windows of one shape: rows meet those of their own window, and go when it closes. */
export interface WindowJoinNode extends StreamNodeBase<"window-join"> {
  readonly join: StreamedJoin;
  /** Columns of the windows' ends, each of its own side. */
  readonly leftEnd: number;
  readonly rightEnd: number;
  /** Microseconds between the ends of two windows that follow each other, about. */
  readonly step: number;
  readonly keys: JoinPlan["keys"];
  readonly condition: BoundExpr | undefined;
}

/** undefined: the sides are not windows of one shape, or their bounds are not compared. */
export function planWindowJoin(node: JoinPlan, left: Planned, right: Planned): Planned | undefined {
  const [a, b] = [left.properties.window, right.properties.window];
  if (node.join === "mark" || a?.end === undefined || b?.end === undefined) return undefined;
  if (left.properties.changelog !== "append" || right.properties.changelog !== "append") return undefined;
  if (!sameShape(a.shape, b.shape)) return undefined;
  const isEquality = (of: "start" | "end") =>
    node.keys.some(({ left: x, right: y }) => x.kind === "column" && y.kind === "column" && x.index === a[of] && y.index === b[of]);
  const byEnd = isEquality("end");
  const byStart = isEquality("start");
  // Windows of these shapes have one length: a start says the end.
  const oneLength = a.shape.type === "tumble" || a.shape.type === "hop";
  if (!byEnd && !(byStart && oneLength)) return undefined;
  const properties = joinedProperties(node, left.properties, right.properties);
  const plan: WindowJoinNode = {
    kind: "stream",
    op: "window-join",
    schema: node.schema,
    inputs: [left.plan, right.plan],
    properties,
    state: "bounded",
    facts: [["join", node.join], ...windowFacts(a.shape), ["keys", keyTexts(node.keys)], ...conditionFact(node.condition)],
    join: node.join === "cross" ? "inner" : node.join,
    leftEnd: a.end,
    rightEnd: b.end,
    step: stepOf(a.shape),
    keys: node.keys,
    condition: node.condition,
  };
  return { plan, properties, state: "bounded" };
}

/** The windows of the output are those of the side whose bounds are never NULL. */
function joinedProperties(node: JoinPlan, left: StreamProperties, right: StreamProperties): StreamProperties {
  const width = node.left.schema.length;
  const moved = (column: number | undefined) => (column === undefined ? undefined : column + width);
  const base = appended(left, right, joinedTimes(node, left.times, right.times));
  if (!padsLeft(node.join) || givesLeftOnly(node.join)) return { ...base, window: left.window };
  if (padsRight(node.join) || right.window === undefined) return base;
  return { ...base, window: { shape: right.window.shape, start: moved(right.window.start), end: moved(right.window.end) } };
}

function stepOf(shape: WindowShape): number {
  switch (shape.type) {
    case "tumble":
      return shape.size;
    case "calendar":
      return (30 * shape.grid.months + shape.grid.days) * MICROS_PER_DAY;
    case "hop":
      return shape.slide;
    case "cumulate":
      return shape.step;
    case "session":
      return shape.gap;
    case "count":
      return 1_000_000;
  }
}

function sameShape(a: WindowShape, b: WindowShape): boolean {
  switch (a.type) {
    case "tumble":
      return b.type === "tumble" && a.size === b.size && a.offset === b.offset;
    case "calendar":
      return b.type === "calendar" && JSON.stringify(a.grid) === JSON.stringify(b.grid);
    case "hop":
      return b.type === "hop" && a.size === b.size && a.slide === b.slide && a.offset === b.offset;
    case "cumulate":
      return b.type === "cumulate" && a.size === b.size && a.step === b.step && a.offset === b.offset;
    // Ends of sessions and of counted rows are those of their own side.
    case "session":
      return b.type === "session" && a.gap === b.gap;
    case "count":
      return false;
  }
}
