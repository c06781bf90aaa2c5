import { bindError, type Span } from "../../core/errors.ts";
import { isTime } from "../../core/types.ts";
import type { ColumnRef, GroupWindow } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { collectColumns } from "../expression-tree.ts";
import type { LogicalPlan, WindowShape } from "../logical-plan.ts";
import { GROUP_BY } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { columnsOf, project, type Relation } from "./relation.ts";
import { findColumn, joinScopes, type Scope, tableScope } from "./scope.ts";
import { newSelectState } from "./select-state.ts";
import { countOf, hopShape, lengthOf, windowPlan } from "./window-functions.ts";

/** A window over the rows that pass WHERE, whose bounds are group keys. */
export interface PlacedWindow {
  /** Of FROM, and the window's bounds behind it. */
  readonly scope: Scope;
  /** References to the bounds. */
  readonly bounds: readonly BoundExpr[];
  /** WHERE comes before the window: an error where it asks for its bounds. */
  checkWhere(where: BoundExpr): void;
  /** Puts the window above a plan whose first columns are those of FROM. `keys`: the keys of GROUP BY, which part sessions and counts. */
  place(plan: LogicalPlan, keys: readonly BoundExpr[]): LogicalPlan;
}

/** `WINDOW TUMBLING(1m)`, `SLIDING(10m, 1m)`, `SESSION(30s)`, `COUNT(100)`: the window function of the same name over FROM, and its bounds as group keys. */
export function bindGroupWindow(environment: Environment, node: GroupWindow, from: Relation): PlacedWindow {
  const time = node.type === "count" ? -1 : timeOf(from, node.column, node.span, "WINDOW", "TUMBLING(ts, 1m)");
  const binder = new ExpressionBinder(environment, newSelectState(from.scope), GROUP_BY);
  const further = node.keys.map((key) => binder.bind(key));
  const shape = (keys: readonly BoundExpr[]): WindowShape => {
    switch (node.type) {
      case "tumble": {
        const size = lengthOf(environment, node.size!, "size");
        return { type: "tumble", size, offset: 0 };
      }
      case "hop":
        return hopShape(lengthOf(environment, node.size!, "size"), lengthOf(environment, node.slide!, "slide"), 0);
      case "session":
        return { type: "session", gap: lengthOf(environment, node.gap!, "gap"), partitionBy: [...keys, ...further] };
      case "count": {
        const rows = countOf(environment, node.size!, "number of rows");
        return {
          type: "count",
          rows,
          slide: node.slide === undefined ? rows : countOf(environment, node.slide, "slide"),
          partitionBy: [...keys],
        };
      }
    }
  };
  return placed(from, time, shape, further);
}

/** @param further keys that part sessions beside those of GROUP BY; they are group keys too. */
export function placed(
  from: Relation,
  time: number,
  shape: (keys: readonly BoundExpr[]) => WindowShape,
  further: readonly BoundExpr[] = [],
): PlacedWindow {
  const width = from.plan.schema.length;
  const { schema } = windowPlan(from.plan, shape([]), time);
  const own = schema.slice(width);
  const bounds = own.map(
    (field, i): BoundExpr => ({ kind: "column", type: field.type, index: width + i, name: field.name, span: { start: 0, end: 0 } }),
  );
  return {
    scope: joinScopes(from.scope, tableScope("", own), width),
    bounds: [...bounds, ...further],
    checkWhere(where) {
      if ([...collectColumns(where)].some((index) => index >= width && index < width + own.length))
        throw bindError("the bounds of a WINDOW are not known in WHERE, which comes before it", where.span, "ask for them in HAVING");
    },
    place(plan, keys) {
      // WHERE may have left columns of its subqueries behind those of FROM.
      const rows =
        plan.schema.length === width
          ? plan
          : project(
              plan,
              columnsOf(plan, width),
              plan.schema.slice(0, width).map((field) => field.name),
            );
      const partition = keys.filter((key) => [...collectColumns(key)].every((index) => index < width));
      return windowPlan(rows, shape(partition), time);
    },
  };
}

/** The column that places rows: the one named, else the event time of the stream. @param example for the error where there is none. */
export function timeOf(from: Relation, column: ColumnRef | undefined, span: Span, clause: string, example: string): number {
  if (column !== undefined) {
    const { name, span: at } = column.parts[column.parts.length - 1];
    const found = findColumn(from.scope, name, at);
    if (found === undefined) throw bindError(`column "${name}" does not exist`, at);
    if (!isTime(found.type)) throw bindError(`the time of ${clause} must be a TIMESTAMP, TIMESTAMPTZ or DATE, and "${name}" is none`, at);
    return found.index;
  }
  const time = eventTimeOf(from.plan);
  if (time !== undefined) return time;
  throw bindError(`${clause} needs a time column, and these rows have no event time`, span, `name it: ${clause} ${example}`);
}

/** The event time of a stream, seen through what keeps it; undefined for tables. */
export function eventTimeOf(plan: LogicalPlan): number | undefined {
  switch (plan.kind) {
    case "scan": {
      if (plan.source.kind !== "stream" || plan.source.eventTime === undefined) return undefined;
      const at = plan.columns.indexOf(plan.source.eventTime.column);
      return at < 0 ? undefined : at;
    }
    case "replay":
      return plan.time;
    case "filter":
    case "apply":
    case "limit":
    case "sort":
      return eventTimeOf(plan.input);
    case "project": {
      const below = eventTimeOf(plan.input);
      const at = plan.exprs.findIndex((expr) => expr.kind === "column" && expr.index === below);
      return at < 0 ? undefined : at;
    }
    case "window-tvf":
      return plan.time < 0 ? eventTimeOf(plan.input) : plan.input.schema.length + 2;
    case "join":
      return eventTimeOf(plan.left);
    default:
      return undefined;
  }
}
