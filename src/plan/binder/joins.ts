import { bindError, nearestName, type Span, unsupported } from "../../core/errors.ts";
import type { Identifier, Join, JoinType, TableRef } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { shiftColumns } from "../expression-tree.ts";
import type { JoinPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { unifyTypes } from "../types/unify.ts";
import { JOIN_ON } from "./clause.ts";
import type { Environment } from "./environment.ts";
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
};

/** How a side of a join is bound; given by from.ts, which joins are part of. */
type BindTable = (
  environment: Environment,
  table: TableRef,
  left: Relation | undefined,
  outer?: boolean,
) => { relation: Relation; lateral: boolean };

export function bindJoin(environment: Environment, node: Join, bindTableRef: BindTable): Relation {
  const kind = KINDS[node.type];
  if (kind === undefined) throw unsupported(`${node.type.toUpperCase()} JOIN`, node.span);
  for (const [feature, part] of [
    ["MATCH_CONDITION", node.matchCondition],
    ["TOLERANCE", node.tolerance],
    ["WITHIN", node.within],
  ] as const)
    if (part !== undefined) throw unsupported(feature, part.span);
  const left = bindTableRef(environment, node.left, undefined).relation;
  const right = bindTableRef(environment, node.right, left, kind === "left");
  if (right.lateral) return lateralJoin(node, kind, right.relation);
  if (kind === "cross")
    return {
      plan: joinPlan(left.plan, right.relation.plan, { join: "cross" }),
      scope: joinScopes(left.scope, right.relation.scope, width(left)),
    };
  const using = node.natural ? naturalColumns(left.scope, right.relation.scope, node.span) : node.using;
  if (using.length > 0) return joinUsing(left, right.relation, kind, using);
  return joinOn(environment, left, right.relation, kind, node);
}

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

function joinOn(environment: Environment, left: Relation, right: Relation, kind: PlanJoin, node: Join): Relation {
  if (node.on === undefined) throw bindError(`${node.type.toUpperCase()} JOIN needs ON or USING`, node.span, "or write CROSS JOIN");
  const scope = joinScopes(left.scope, right.scope, width(left));
  const condition = new ExpressionBinder(environment, newSelectState(scope), JOIN_ON).condition(node.on);
  const { keys, rest } = extractKeys(condition, width(left));
  const plan = joinPlan(left.plan, right.plan, { join: kind, keys, condition: rest });
  return { plan, scope: kind === "semi" || kind === "anti" ? left.scope : scope };
}

/** Columns both sides have, for NATURAL JOIN. */
function naturalColumns(left: Scope, right: Scope, span: Span): Identifier[] {
  const visible = (scope: Scope) => allColumns(scope).filter((column) => !column.hidden);
  const shared = visible(left).filter((column) => visible(right).some((other) => sameName(other.name, column.name)));
  if (shared.length === 0) throw bindError("NATURAL JOIN of tables that share no column name", span, "join ON a condition, or CROSS JOIN");
  return [...new Set(shared.map((column) => column.name))].map((name) => ({ name, quoted: true, span }));
}

function joinUsing(left: Relation, right: Relation, kind: PlanJoin, using: readonly Identifier[]): Relation {
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
  const plan = joinPlan(left.plan, right.plan, { join: kind, keys });
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
