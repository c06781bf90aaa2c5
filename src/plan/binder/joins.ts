import { bindError, nearestName, type Span, unsupported } from "../../core/errors.ts";
import { typeName } from "../../core/types.ts";
import type { Identifier, Join, JoinType, TableRef } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { conjunction, shiftColumns } from "../expression-tree.ts";
import type { JoinPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { unifyTypes } from "../types/unify.ts";
import { type AsofParts, asofKind, asofParts, asofUsing, constantMicros, filteredRight, nearestTimes, takeNearest } from "./asof.ts";
import { FROM, JOIN_ON } from "./clause.ts";
import type { Environment } from "./environment.ts";
import { eventTimes, withinCondition } from "./event-times.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { extractKeys } from "./join-keys.ts";
import { compare } from "./operators.ts";
import { joinPlan, type Relation } from "./relation.ts";
import {
  allColumns,
  columnExpr,
  findColumn,
  joinScopes,
  type Scope,
  type ScopeColumn,
  sameName,
  shortList,
  unqualifiedExpr,
} from "./scope.ts";
import { newSelectState } from "./select-state.ts";

type PlanJoin = JoinPlan["join"];

const KINDS: Partial<Record<JoinType, PlanJoin>> = {
  inner: "inner",
  left: "left",
  right: "right",
  full: "full",
  cross: "cross",
  semi: "semi",
  anti: "anti",
  asof: "inner",
  "asof left": "left",
};

/** How a side of a join is bound; given by from.ts, which joins are part of. */
type BindTable = (
  environment: Environment,
  table: TableRef,
  left: Relation | undefined,
  outer?: boolean,
) => { relation: Relation; lateral: boolean };

export function bindJoin(environment: Environment, node: Join, bindTableRef: BindTable): Relation {
  if (node.type === "window") {
    const hint = "it stands behind all other joins of FROM, and the select list has aggregates over its right side";
    throw bindError("WINDOW JOIN is the last join of a SELECT", node.right.span, hint);
  }
  const kind = KINDS[node.type];
  if (kind === undefined) throw unsupported(`${node.type.toUpperCase()} JOIN`, node.span);
  const left = bindTableRef(environment, node.left, undefined).relation;
  const { right, systemTime } = bindRight(environment, node, left, kind, bindTableRef);
  if (right.lateral) return lateralJoin(node, kind, right.relation);
  if (kind === "cross")
    return {
      plan: joinPlan(left.plan, right.relation.plan, { join: "cross" }),
      scope: joinScopes(left.scope, right.relation.scope, width(left)),
    };
  const using = node.natural ? naturalColumns(left.scope, right.relation.scope, node.span) : node.using;
  if (using.length > 0) return joinUsing(environment, left, right.relation, kind, using, node, systemTime);
  return joinOn(environment, left, right.relation, kind, node, systemTime);
}

/** The right side, and the time of the left one whose version of it is asked for (FOR SYSTEM_TIME AS OF). */
function bindRight(environment: Environment, node: Join, left: Relation, kind: PlanJoin, bindTableRef: BindTable) {
  const outer = kind === "left";
  if (node.right.kind !== "tableName" || node.right.systemTime === undefined) {
    return { right: bindTableRef(environment, node.right, left, outer), systemTime: undefined };
  }
  const { systemTime: written, ...table } = node.right;
  if (node.type !== "inner" && node.type !== "left") {
    throw unsupported(
      `FOR SYSTEM_TIME AS OF in ${joinName(node)}`,
      written.span,
      "it asks for the version that each row of the left side meets: JOIN or LEFT JOIN",
    );
  }
  const systemTime = new ExpressionBinder(environment, newSelectState(left.scope), FROM).bind(written);
  if (systemTime.type.kind !== "timestamp" && systemTime.type.kind !== "timestamptz") {
    throw bindError(
      `FOR SYSTEM_TIME AS OF a value of type ${typeName(systemTime.type)}`,
      written.span,
      "name a TIMESTAMP column of the left side",
    );
  }
  // A materialized view is asked for the rows it has, not for its changes.
  const rows = { ...environment, context: { ...environment.context, readsChanges: false } };
  return { right: bindTableRef(rows, table, left, outer), systemTime };
}

const joinName = (node: Join): string => (node.type === "inner" ? "JOIN" : `${node.type.toUpperCase()} JOIN`);
const isAsof = (node: Join): boolean => node.type === "asof" || node.type === "asof left";

const width = (relation: Relation): number => relation.plan.schema.length;

/** `FROM t LEFT JOIN unnest(t.l) ON true`: the unnest already holds the left side. */
function lateralJoin(node: Join, kind: PlanJoin, relation: Relation): Relation {
  if (kind !== "inner" && kind !== "left" && kind !== "cross") {
    throw unsupported(`${node.type.toUpperCase()} JOIN with a table that reads its left side`, node.span);
  }
  if (node.using.length > 0 || node.natural) throw unsupported("USING with a table that reads its left side", node.span);
  if (node.on !== undefined && !(node.on.kind === "boolean" && node.on.value)) {
    throw unsupported("a condition on a table that reads its left side", node.on.span, "ON true, and the condition in WHERE");
  }
  return relation;
}

function joinOn(
  environment: Environment,
  left: Relation,
  right: Relation,
  kind: PlanJoin,
  node: Join,
  systemTime: BoundExpr | undefined,
): Relation {
  if (node.on === undefined && node.matchCondition === undefined) {
    throw bindError(`${joinName(node)} needs ON or USING`, node.span, "or write CROSS JOIN");
  }
  const scope = joinScopes(left.scope, right.scope, width(left));
  const binder = new ExpressionBinder(environment, newSelectState(scope), JOIN_ON);
  if (isAsof(node)) {
    const { rightFilter, ...parts } = bindAsof(binder, node, toleranceOf(environment, node), width(left));
    return { plan: joinPlan(left.plan, filteredRight(right.plan, rightFilter), { join: asofKind(node), ...parts }), scope };
  }
  const condition = node.on === undefined ? undefined : binder.condition(node.on);
  const { keys, rest } = extractKeys(conjunction([condition!, ...withinOf(environment, node, left, right)])!, width(left));
  const plan = joinPlan(left.plan, right.plan, { join: kind, keys, condition: rest, systemTime });
  return { plan, scope: kind === "semi" || kind === "anti" ? left.scope : scope };
}

/** The conditions of an ASOF join, of which NEAREST(a.ts, b.ts) may be one, in ON or in MATCH_CONDITION. */
function bindAsof(binder: ExpressionBinder, node: Join, tolerance: number | undefined, leftWidth: number): AsofParts {
  const on = takeNearest(node.on);
  const inMatch = takeNearest(node.matchCondition);
  const call = inMatch.nearest ?? on.nearest;
  if (call !== undefined && inMatch.rest !== undefined)
    throw bindError("NEAREST stands for the whole MATCH_CONDITION", inMatch.rest.span, "write the other conditions in ON");
  const again = inMatch.nearest === undefined ? takeNearest(on.rest).nearest : on.nearest;
  if (call !== undefined && again !== undefined) throw bindError("NEAREST is written twice", again.span);
  const condition = on.rest === undefined ? undefined : binder.condition(on.rest);
  const match = call === undefined ? inMatch.rest && binder.condition(inMatch.rest) : nearestTimes(binder, call);
  return asofParts(condition, match, call !== undefined, tolerance, leftWidth, node.span);
}

const toleranceOf = (environment: Environment, node: Join): number | undefined =>
  node.tolerance === undefined ? undefined : constantMicros(environment, node.tolerance, "TOLERANCE");

/** WITHIN as the conditions it stands for. */
function withinOf(environment: Environment, node: Join, left: Relation, right: Relation): BoundExpr[] {
  if (node.within === undefined) return [];
  const micros = constantMicros(environment, node.within, "WITHIN");
  const time = (side: Relation, name: string): ScopeColumn => {
    const times = eventTimes(side.plan);
    const column = times.length === 1 ? allColumns(side.scope).find((candidate) => candidate.index === times[0]) : undefined;
    if (column !== undefined) return column;
    const why = times.length === 0 ? "no event time" : "several event times";
    throw bindError(
      `WITHIN: the ${name} side has ${why}`,
      node.within!.span,
      "say it in ON: a.ts BETWEEN b.ts - INTERVAL … AND b.ts + INTERVAL …",
    );
  };
  const leftTime = time(left, "left");
  const rightTime = time(right, "right");
  const span = node.within.span;
  return withinCondition(
    new ExpressionBinder(environment, newSelectState(joinScopes(left.scope, right.scope, width(left))), JOIN_ON),
    columnExpr(leftTime, span),
    columnExpr({ ...rightTime, index: rightTime.index + width(left) }, span),
    micros,
    span,
  );
}

/** Columns both sides have, for NATURAL JOIN. */
function naturalColumns(left: Scope, right: Scope, span: Span): Identifier[] {
  const visible = (scope: Scope) => allColumns(scope).filter((column) => !column.hidden);
  const shared = visible(left).filter((column) => visible(right).some((other) => sameName(other.name, column.name)));
  if (shared.length === 0) throw bindError("NATURAL JOIN of tables that share no column name", span, "join ON a condition, or CROSS JOIN");
  return [...new Set(shared.map((column) => column.name))].map((name) => ({ name, quoted: true, span }));
}

function joinUsing(
  environment: Environment,
  left: Relation,
  right: Relation,
  kind: PlanJoin,
  using: readonly Identifier[],
  node: Join,
  systemTime: BoundExpr | undefined,
): Relation {
  const keys: JoinPlan["keys"][number][] = [];
  let scope = joinScopes(left.scope, right.scope, width(left));
  for (const name of using) {
    const leftColumn = usingColumn(left.scope, name, "left");
    const rightColumn = usingColumn(right.scope, name, "right");
    const both = compare("=", unqualifiedExpr(leftColumn, name.span), unqualifiedExpr(rightColumn, name.span), name.span);
    if (both.kind !== "compare") continue;
    keys.push({ left: both.left, right: both.right, nullSafe: false });
    scope = merge(scope, kind, leftColumn, rightColumn, width(left), name.span);
  }
  if (isAsof(node)) {
    if (node.matchCondition !== undefined) {
      throw unsupported(
        "MATCH_CONDITION beside USING",
        node.matchCondition.span,
        "write the keys in ON, or the time as the last column of USING",
      );
    }
    return { plan: joinPlan(left.plan, right.plan, { join: kind, ...asofUsing(keys, toleranceOf(environment, node), node.span) }), scope };
  }
  const condition = conjunction(withinOf(environment, node, left, right));
  const plan = joinPlan(left.plan, right.plan, { join: kind, keys, condition, systemTime });
  return { plan, scope: kind === "semi" || kind === "anti" ? left.scope : scope };
}

function usingColumn(scope: Scope, name: Identifier, side: string): ScopeColumn {
  const found = findColumn(scope, name.name, name.span);
  if (found !== undefined) return found;
  const names = allColumns(scope).map((column) => column.name);
  const near = nearestName(name.name, names);
  throw bindError(
    `column "${name.name}" does not exist on the ${side} side of the join`,
    name.span,
    near === undefined ? `columns here: ${shortList(names)}` : `did you mean "${near}"?`,
  );
}

/** Hides the right column, and lets the unqualified name give the side that always has a value. */
function merge(scope: Scope, kind: PlanJoin, left: ScopeColumn, right: ScopeColumn, leftWidth: number, span: Span): Scope {
  const rightIndex = right.index + leftWidth;
  const leftExpr = unqualifiedExpr(left, span);
  const rightExpr = right.merged === undefined ? columnExpr({ ...right, index: rightIndex }, span) : shiftColumns(right.merged, leftWidth);
  // Types that compare have a common type.
  const type = unifyTypes(leftExpr.type, rightExpr.type) ?? leftExpr.type;
  const merged: BoundExpr =
    kind === "right"
      ? rightExpr
      : kind === "full"
        ? { kind: "coalesce", type, args: [castTo(leftExpr, type), castTo(rightExpr, type)], span }
        : leftExpr;
  return {
    tables: scope.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column) => {
        if (column.index === left.index) return { ...column, type: merged.type, merged };
        return column.index === rightIndex ? { ...column, hidden: true } : column;
      }),
    })),
  };
}
