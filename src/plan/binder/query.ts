import { bindError, unsupported } from "../../core/errors.ts";
import { BIGINT, type DataType, isNumeric, typeName, typesEqual } from "../../core/types.ts";
import type { Expr, OrderBy, Query, QueryBody, SetOperation, Values } from "../../sql/ast.ts";
import { walk } from "../../sql/index.ts";
import type { BoundExpr, SortKey } from "../expression.ts";
import { isFoldable } from "../expression-tree.ts";
import type { LogicalPlan, QueryPlan } from "../logical-plan.ts";
import { castTo } from "../types/cast.ts";
import { settledType } from "../types/literal-types.ts";
import { unifySetColumns } from "../types/unify.ts";
import { CONSTANT, RESULT_ORDER, VALUES } from "./clause.ts";
import { bindCourse } from "./course.ts";
import { dedupeNames } from "./dedupe-names.ts";
import type { BinderContext, BoundQuery, Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { nullLiteral } from "./literals.ts";
import { columnsOf, project } from "./relation.ts";
import { EMPTY_SCOPE, sameName, tableScope } from "./scope.ts";
import { bindSelect, keepColumns, type SelectPlan } from "./select.ts";
import { newSelectState } from "./select-state.ts";
import { rowsBefore } from "./until.ts";

/** Binds a whole statement's query: names, types and casts are settled, and a bare NULL is an INTEGER. */
export function bindQuery(query: Query, context: BinderContext): QueryPlan {
  const environment = rootEnvironment(context);
  const { emit, duration, until, ...rest } = query;
  const { plan } = bindQueryIn(rest, environment);
  const course = bindCourse(query, environment);
  const { until: end } = course;
  const root = settleNulls(end === undefined ? plan : rowsBefore(plan, end, until!));
  return { root, subqueries: environment.subqueries, ...course };
}

/** An expression without columns: a default, an option, the value of SET. */
export function bindExpression(expr: Expr, context: BinderContext): BoundExpr {
  const environment = rootEnvironment(context);
  const bound = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), CONSTANT).bind(expr);
  if (environment.subqueries.length > 0) throw unsupported("a subquery in a constant", expr.span);
  return bound;
}

function rootEnvironment(context: BinderContext): Environment {
  return { context, ctes: undefined, outer: [], views: [], subqueries: [], bindQuery: bindQueryIn };
}

function settleNulls(plan: LogicalPlan): LogicalPlan {
  return castColumns(
    plan,
    plan.schema.map((field) => settledType(field.type)),
  );
}

function bindQueryIn(query: Query, outside: Environment): BoundQuery {
  for (const [feature, node] of [
    ["EMIT", query.emit],
    ["FOR INTERVAL", query.duration],
    ["UNTIL", query.until],
  ] as const)
    if (node !== undefined) throw unsupported(feature, node.span);
  if (query.recursive) refuseRecursion(query);
  const environment = withCtes(query, correlatedBody(query) ? outside : { ...outside, correlation: undefined });
  const { plan, width } = bindBody(environment, query.body, query.orderBy);
  return { plan: keepColumns(bindLimit(environment, query, plan), width) };
}

function refuseRecursion(query: Query): void {
  for (const cte of query.ctes) {
    walk(cte.query, (node) => {
      if (node.kind === "tableName" && node.name.length === 1 && sameName(node.name[0].name, cte.name.name)) {
        throw unsupported("WITH RECURSIVE", cte.name.span);
      }
    });
  }
}

/** Only a plain SELECT can take columns of the query around it: LIMIT and set operations would apply to each of its rows. */
const correlatedBody = (query: Query): boolean => query.body.kind === "select" && query.limit === undefined && query.offset === undefined;

function withCtes(query: Query, outside: Environment): Environment {
  const names = new Set<string>();
  let environment = outside;
  for (const cte of query.ctes) {
    const key = cte.name.name.toLowerCase();
    if (names.has(key)) throw bindError(`CTE "${cte.name.name}" is defined twice`, cte.name.span);
    names.add(key);
    const around = { ...environment, correlation: undefined };
    environment = { ...environment, ctes: { cte, environment: around, next: environment.ctes } };
  }
  return environment;
}

function bindBody(environment: Environment, body: QueryBody, orderBy: readonly OrderBy[]): SelectPlan {
  switch (body.kind) {
    case "select":
      return bindSelect(environment, body, orderBy);
    case "values":
      return ordered(environment, bindValues(environment, body), orderBy);
    case "setOperation":
      return ordered(environment, bindSetOperation(environment, body), orderBy);
    case "query":
      return ordered(environment, bindQueryIn(body, environment).plan, orderBy);
  }
}

/** ORDER BY over columns of a result: ordinals, names, and expressions of them. */
function ordered(environment: Environment, plan: LogicalPlan, orderBy: readonly OrderBy[]): SelectPlan {
  const width = plan.schema.length;
  if (orderBy.length === 0) return { plan, width };
  const binder = new ExpressionBinder(environment, newSelectState(tableScope("", plan.schema)), RESULT_ORDER);
  const exprs = columnsOf(plan);
  const keys = orderBy.flatMap((item): SortKey[] => {
    const rest = { descending: item.direction === "desc", nullsFirst: item.nulls === "first" };
    if (item.kind === "orderAll") return columnsOf(plan).map((expr) => ({ expr, ...rest }));
    if (item.expr.kind === "number" && item.expr.type === "integer") {
      const at = Number(item.expr.text) - 1;
      if (at < 0 || at >= width)
        throw bindError(`ORDER BY position ${item.expr.text} is out of range`, item.expr.span, `the result has ${width} columns`);
      return [{ expr: exprs[at], ...rest }];
    }
    const bound = binder.bind(item.expr);
    if (bound.kind === "literal") return [];
    if (bound.kind === "column") return [{ expr: bound, ...rest }];
    const at = exprs.push(bound) - 1;
    return [{ expr: { kind: "column", type: bound.type, index: at, name: `order ${at}`, span: bound.span }, ...rest }];
  });
  const names = [...plan.schema.map((field) => field.name), ...exprs.slice(width).map((_, i) => `order ${width + i}`)];
  const input = exprs.length > width ? project(plan, exprs, names) : plan;
  return { plan: keys.length === 0 ? plan : { kind: "sort", schema: input.schema, input, keys }, width };
}

/** Rows of expressions; each column takes one type. */
function bindValues(environment: Environment, values: Values): LogicalPlan {
  const binder = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), VALUES);
  const rows = values.rows.map((row) => row.map((expr) => binder.bind(expr)));
  const width = rows[0].length;
  const uneven = values.rows.find((row) => row.length !== width);
  if (uneven !== undefined) {
    throw bindError(`all rows of VALUES must have ${width} columns, and this one has ${uneven.length}`, spanOfAll(uneven, values.span));
  }
  const columns = Array.from({ length: width }, (_, c) =>
    binder.unifyAll(
      rows.map((row) => row[c]),
      `column ${c + 1} of VALUES`,
    ),
  );
  const schema = columns.map((column, c) => ({ name: `col${c}`, type: column[0].type }));
  return { kind: "values", schema, rows: rows.map((_, r) => columns.map((column) => column[r])) };
}

const spanOfAll = (exprs: readonly Expr[], otherwise: Expr["span"]): Expr["span"] =>
  exprs.length === 0 ? otherwise : { start: exprs[0].span.start, end: exprs[exprs.length - 1].span.end };

function bindSetOperation(environment: Environment, node: SetOperation): LogicalPlan {
  const side = (body: QueryBody): LogicalPlan => {
    const { plan, width } = bindBody(environment, body, []);
    return keepColumns(plan, width);
  };
  let left = side(node.left);
  let right = side(node.right);
  if (node.byName) [left, right] = alignNames(left, right);
  if (left.schema.length !== right.schema.length) {
    const sides = `the left side has ${left.schema.length} columns and the right side ${right.schema.length}`;
    throw bindError(`both sides of ${node.op.toUpperCase()} must have the same number of columns`, node.right.span, sides);
  }
  const types = left.schema.map((field, i) => {
    const other = right.schema[i];
    const type = unifySetColumns(field.type, other.type);
    if (type === undefined) {
      throw bindError(
        `column "${field.name}" of ${node.op.toUpperCase()} is ${typeName(field.type)} on the left and ${typeName(other.type)} on the right`,
        node.right.span,
        "cast one of them",
      );
    }
    return type;
  });
  const schema = left.schema.map((field, i) => ({ name: field.name, type: types[i] }));
  return { kind: "set-operation", schema, op: node.op, all: node.all, left: castColumns(left, types), right: castColumns(right, types) };
}

/** UNION BY NAME: columns of both sides, NULL where a side lacks one. */
function alignNames(left: LogicalPlan, right: LogicalPlan): [LogicalPlan, LogicalPlan] {
  const names = dedupeNames(left.schema).map((field) => field.name);
  for (const field of right.schema) if (!names.some((name) => sameName(name, field.name))) names.push(field.name);
  const align = (plan: LogicalPlan): LogicalPlan => {
    const columns = columnsOf(plan);
    const exprs = names.map((name) => columns.find((_, i) => sameName(plan.schema[i].name, name)) ?? nullLiteral({ start: 0, end: 0 }));
    return project(plan, exprs, names);
  };
  return [align(left), align(right)];
}

function castColumns(plan: LogicalPlan, types: readonly DataType[]): LogicalPlan {
  if (plan.schema.every((field, i) => typesEqual(field.type, types[i]))) return plan;
  return project(
    plan,
    columnsOf(plan).map((column, i) => castTo(column, types[i])),
    plan.schema.map((field) => field.name),
  );
}

function bindLimit(environment: Environment, query: Query, plan: LogicalPlan): LogicalPlan {
  if (query.limit === undefined && query.offset === undefined) return plan;
  if (query.limitPercent) throw unsupported("LIMIT in percent", query.limit?.span ?? query.span);
  const limit = query.limit === undefined ? undefined : rowCount(environment, query.limit, "LIMIT");
  const offset = query.offset === undefined ? 0 : (rowCount(environment, query.offset, "OFFSET") ?? 0);
  if (limit === undefined && offset === 0) return plan;
  return { kind: "limit", schema: plan.schema, input: plan, limit, offset };
}

/** A number of rows; NULL is none given. */
function rowCount(environment: Environment, expr: Expr, clause: string): number | undefined {
  const { context } = environment;
  const bound = new ExpressionBinder(environment, newSelectState(EMPTY_SCOPE), { ...CONSTANT, name: clause }).bind(expr);
  if (!isNumeric(bound.type) && bound.type.kind !== "null" && bound.type.kind !== "varchar") {
    throw bindError(`${clause} must be a number, not ${typeName(bound.type)}`, expr.span);
  }
  if (!isFoldable(bound, context.functions)) throw unsupported(`${clause} that is not a constant`, expr.span);
  const value = context.evaluateConstant(castTo(bound, BIGINT));
  if (value === null) return undefined;
  if ((value as bigint) < 0n) throw bindError(`${clause} cannot be negative, as ${value} is`, expr.span);
  return Number(value);
}
