import { bindError, unsupported } from "../../core/errors.ts";
import type { Expr, OrderBy, Select } from "../../sql/ast.ts";
import { rewrite } from "../../sql/index.ts";
import type { BoundExpr, SortKey } from "../expression.ts";
import { expressionKey, isVolatile } from "../expression-tree.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { DISTINCT_ON, HAVING, ORDER_BY, QUALIFY, SELECT_LIST, WHERE } from "./clause.ts";
import { columnName } from "./column-names.ts";
import { finishCorrelated, takeConditions } from "./correlated.ts";
import type { Environment } from "./environment.ts";
import { ExpressionBinder } from "./expression-binder.ts";
import { bindFrom } from "./from.ts";
import { bindGroupWindow, eventTimeOf } from "./group-window.ts";
import { bindGroups } from "./groups.ts";
import { latestOn } from "./latest-on.ts";
import { Pipeline } from "./pipeline.ts";
import { bindRangeJoin } from "./range-join.ts";
import { columnsOf, project, type Relation } from "./relation.ts";
import { bindSampleBy, type Sample } from "./sample-by.ts";
import { sameName } from "./scope.ts";
import { type ExpandedItem, newSelectState, type SelectState } from "./select-state.ts";
import { expandItems } from "./stars.ts";
import { collectWindows } from "./windows.ts";

export interface SelectPlan {
  readonly plan: LogicalPlan;
  /** Columns that belong to the result; those behind them only serve ORDER BY. */
  readonly width: number;
}

/**
 * Binds one SELECT with its ORDER BY. The plan below the select list is built in the order in which SQL computes it:
 * FROM, WHERE, GROUP BY, HAVING, window functions, QUALIFY, unnest, the select list, DISTINCT, ORDER BY.
 */
export function bindSelect(environment: Environment, select: Select, orderBy: readonly OrderBy[]): SelectPlan {
  if (select.unsupported !== undefined) throw unsupported(select.unsupported.feature, select.unsupported.span);
  const { correlation, ...inner } = environment;
  const range = bindRangeJoin(inner, select);
  const from = range?.from ?? bindFrom(inner, select.from);
  const sample = select.sampleBy === undefined ? undefined : bindSampleBy(inner, select.sampleBy, from);
  const window = select.groupWindow === undefined ? sample : bindGroupWindow(inner, select.groupWindow, from);
  const state = newSelectState(window?.scope ?? from.scope, collectWindows(select.windows), correlation);
  const binder = new ExpressionBinder(inner, state, SELECT_LIST);
  const items = expandItems(binder, select.items);

  const pipeline = new Pipeline(from.plan, state);
  const where = select.where === undefined ? undefined : withAliases(binder, items).in(WHERE).condition(select.where);
  if (where !== undefined) {
    window?.checkWhere(where);
    range?.checkWhere(where);
    pipeline.filter(where, takeConditions(where, correlation));
  }
  if (sample?.condition !== undefined) pipeline.filter(sample.condition);
  if (select.latestOn !== undefined) {
    const { column, partitionBy, span } = select.latestOn;
    if (correlation !== undefined && correlation.conditions.length > 0) throw unsupported("LATEST ON in a correlated subquery", span);
    const over = (expr: Expr) => pipeline.resolve(binder.in(WHERE).bind(expr));
    pipeline.plan = latestOn(pipeline.plan, over(column), partitionBy.map(over));
  }

  const byAll = sample !== undefined && select.groupBy.length === 0;
  const groups = bindGroups(withAliases(binder, items), byAll ? { ...select, groupByAll: true } : select, items);
  state.groupKeys = groups.keyTexts === undefined ? undefined : [...groups.keyTexts, ...(window?.bounds ?? []).map(expressionKey)];
  const outputs = rebased(bindItems(binder, items), sample);
  const having = select.having === undefined ? undefined : binder.in(HAVING).condition(select.having);
  const qualify = select.qualify === undefined ? undefined : binder.in(QUALIFY).condition(select.qualify);
  const distinctOn = select.distinctOn.map((expr) => bindOrdinalOr(binder.in(DISTINCT_ON), expr, outputs, "DISTINCT ON"));
  const keys = rebased(bindOrderBy(binder, orderBy, outputs), sample);
  // Samples come in the order of time; those of a stream do so by themselves.
  if (sample !== undefined && keys.length === 0 && eventTimeOf(from.plan) === undefined)
    keys.push({ expr: sample.bounds[0], descending: false, nullsFirst: false });

  if (correlation !== undefined && correlation.conditions.length > 0) {
    if (range !== undefined) throw unsupported("WINDOW JOIN in a correlated subquery", select.span);
    const plain = !groups.explicit && having === undefined && qualify === undefined && !select.distinct;
    return finishCorrelated(pipeline, state, correlation, outputs, plain);
  }
  const { keys: ownKeys, sets } = groups.resolve(outputs.map((output) => output.expr));
  if (window !== undefined) pipeline.plan = window.place(pipeline.plan, ownKeys);
  if (range !== undefined) pipeline.joinRange(range.join, range.leftWidth);
  const groupKeys = window === undefined ? ownKeys : withBounds(ownKeys, window.bounds);
  const isGrouping = groups.explicit || window !== undefined || state.aggregates.length > 0 || having !== undefined;
  pipeline.grouping = range === undefined && isGrouping;
  if (pipeline.grouping) pipeline.aggregate(groupKeys, sets);
  if (sample !== undefined) pipeline.plan = filled(pipeline.plan, groupKeys, sample, state, from, outputs);
  if (having !== undefined) pipeline.filter(having);
  if (state.windows.length > 0) pipeline.window();
  if (qualify !== undefined) pipeline.filter(qualify);
  if (state.unnests.length > 0) pipeline.unnest();
  return selectList(pipeline, select, outputs, distinctOn, keys, environment);
}

/** Where SAMPLE BY is given, its time column means the start of the bucket. */
function rebased<T extends { readonly expr: BoundExpr }>(items: readonly T[], sample: Sample | undefined): T[] {
  return items.map((item) => (sample === undefined ? item : { ...item, expr: sample.rebased(item.expr) }));
}

/** The gaps between samples filled. Rows must come in the order of time, which those of a table need to be brought into. */
function filled(
  plan: LogicalPlan,
  keys: readonly BoundExpr[],
  sample: Sample,
  state: SelectState,
  from: Relation,
  outputs: readonly Output[],
): LogicalPlan {
  const texts = keys.map(expressionKey);
  const start = texts.indexOf(expressionKey(sample.bounds[0]));
  const fill = sample.filled(plan, plan.schema.length - state.aggregates.length, start, state.aggregates, outputs);
  if (fill.kind !== "fill" || eventTimeOf(from.plan) !== undefined) return fill;
  const sort = [{ expr: columnsOf(plan)[start], descending: false, nullsFirst: false }];
  return { ...fill, input: { kind: "sort", schema: plan.schema, input: plan, keys: sort } };
}

/** The keys of GROUP BY, and the bounds of its window behind them. */
function withBounds(keys: readonly BoundExpr[], bounds: readonly BoundExpr[]): BoundExpr[] {
  const own = new Set(bounds.map(expressionKey));
  return [...keys.filter((key) => !own.has(expressionKey(key))), ...bounds];
}

/** Makes the aliases of the select list known. Later ones do not hide earlier ones. */
function withAliases(binder: ExpressionBinder, items: readonly ExpandedItem[]): ExpressionBinder {
  for (const item of items) addAlias(binder, item);
  return binder;
}

function addAlias(binder: ExpressionBinder, item: ExpandedItem): void {
  const key = item.alias?.toLowerCase();
  if (key !== undefined && !binder.select.aliases.has(key)) binder.select.aliases.set(key, item);
}

export interface Output {
  readonly name: string;
  readonly expr: BoundExpr;
  readonly item: ExpandedItem;
}

/** The select list: its columns in order; `unnest(struct)` is one a field. */
function bindItems(binder: ExpressionBinder, items: readonly ExpandedItem[]): Output[] {
  return items.flatMap((item): Output[] => {
    const fields = unnestedStruct(binder, item);
    if (fields !== undefined) return fields;
    const expr = binder.bind(item.expr);
    return [{ name: item.alias ?? item.name ?? outputName(item.expr, expr, binder.select), expr, item }];
  });
}

function unnestedStruct(binder: ExpressionBinder, item: ExpandedItem): Output[] | undefined {
  const call = item.expr;
  if (call.kind !== "call" || call.name[call.name.length - 1].name.toLowerCase() !== "unnest" || call.args.length !== 1) return undefined;
  const [{ value }] = call.args;
  if (value.kind === "tableArg" || value.kind === "modelArg" || value.kind === "descriptor") return undefined;
  if (value.kind === "lambda" || value.kind === "star") return undefined;
  const operand = binder.bind(value);
  if (operand.type.kind !== "struct") return undefined;
  return operand.type.fields.map((field) => ({ name: field.name, expr: binder.field(operand, field.name, call.span), item }));
}

/** A column is called as it was declared, whatever the case it is written in here. */
function outputName(node: Expr, bound: BoundExpr, { namedWindows }: SelectState): string {
  if (bound.kind === "column" && (node.kind === "column" || node.kind === "positional")) return bound.name;
  if (node.kind === "column" && bound.kind === "call" && bound.name === "struct_extract") {
    const [, field] = bound.args;
    if (field.kind === "literal" && typeof field.value === "string") return field.value;
  }
  if (namedWindows.size === 0) return columnName(node);
  // A named window is written out in the name.
  const written = rewrite(node, (part) => {
    if (part.kind !== "call" || part.over?.kind !== "windowName") return part;
    return { ...part, over: namedWindows.get(part.over.name.name.toLowerCase()) ?? part.over };
  });
  return columnName(written);
}

/** A sort key over the outputs, or over what is below the select list. */
interface OrderKey extends Omit<SortKey, "expr"> {
  readonly expr: BoundExpr;
}

function bindOrderBy(binder: ExpressionBinder, orderBy: readonly OrderBy[], outputs: readonly Output[]): OrderKey[] {
  return orderBy.flatMap((item): OrderKey[] => {
    const rest = { descending: item.direction === "desc", nullsFirst: item.nulls === "first" };
    if (item.kind === "orderAll") return outputs.map((output) => ({ expr: output.expr, ...rest }));
    return [{ expr: bindOrdinalOr(binder.in(ORDER_BY), item.expr, outputs, "ORDER BY"), ...rest }];
  });
}

/** An ordinal of the select list, an alias or a column of it, or any expression. Constants order nothing, but are bound for their errors. */
function bindOrdinalOr(binder: ExpressionBinder, expr: Expr, outputs: readonly Output[], clause: string): BoundExpr {
  if (expr.kind === "number" && expr.type === "integer") return ordinal(expr.text, outputs, clause, expr.span).expr;
  if (expr.kind === "column" && expr.parts.length === 1) {
    const named = outputs.find((output) => output.item.alias !== undefined && sameName(output.name, expr.parts[0].name));
    if (named !== undefined) return named.expr;
  }
  return binder.bind(expr);
}

export function ordinal(text: string, outputs: readonly Output[], clause: string, span: Expr["span"]): Output {
  const found = outputs[Number(text) - 1];
  if (found === undefined)
    throw bindError(`${clause} position ${text} is out of range`, span, `the select list has ${outputs.length} columns`);
  return found;
}

function selectList(
  pipeline: Pipeline,
  select: Select,
  outputs: readonly Output[],
  distinctOn: readonly BoundExpr[],
  keys: readonly OrderKey[],
  environment: Environment,
): SelectPlan {
  const exprs = outputs.map((output) => pipeline.resolve(output.expr));
  const names = outputs.map((output) => output.name);
  /** Position of an expression among the projected ones; those not in the select list are added behind it. */
  const position = (wanted: BoundExpr, of: BoundExpr): number => {
    const key = expressionKey(wanted);
    const volatile = isVolatile(wanted, environment.context.functions);
    const known = exprs.findIndex((expr, i) => (volatile ? i < outputs.length && outputs[i].expr === of : expressionKey(expr) === key));
    if (known !== -1) return known;
    names.push(wanted.kind === "column" ? wanted.name : `order ${exprs.length}`);
    return exprs.push(wanted) - 1;
  };
  const reference = (at: number): BoundExpr => ({ kind: "column", type: exprs[at].type, index: at, name: names[at], span: exprs[at].span });
  const sortKeys: SortKey[] = keys
    .filter((key) => key.expr.kind !== "literal")
    .map((key) => {
      const at = position(pipeline.resolve(key.expr), key.expr);
      return { expr: reference(at), descending: key.descending, nullsFirst: key.nullsFirst };
    });
  const onKeys = distinctOn.map((expr) => reference(position(pipeline.resolve(expr), expr)));

  const plainDistinct = select.distinct && distinctOn.length === 0;
  if (plainDistinct && exprs.length > outputs.length) {
    const hidden = keys.find((key) => position(pipeline.resolve(key.expr), key.expr) >= outputs.length);
    throw bindError(
      "with SELECT DISTINCT, ORDER BY can only use what is in the select list",
      hidden?.expr.span,
      "add the expression to the select list",
    );
  }
  let plan = project(pipeline.plan, exprs, names);
  if (plainDistinct) plan = { kind: "distinct", schema: plan.schema, input: plan, on: undefined };
  if (sortKeys.length > 0) plan = { kind: "sort", schema: plan.schema, input: plan, keys: sortKeys };
  if (onKeys.length > 0) plan = { kind: "distinct", schema: plan.schema, input: plan, on: onKeys };
  return { plan, width: outputs.length };
}

/** Drops the columns that only ORDER BY needed. */
export function keepColumns(plan: LogicalPlan, count: number): LogicalPlan {
  if (plan.schema.length === count) return plan;
  return project(
    plan,
    columnsOf(plan, count),
    plan.schema.map((field) => field.name),
  );
}
