import { bindError, type Span, unsupported } from "../../core/errors.ts";
import type { ColumnRef, Identifier } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { expressionKey, isVolatile } from "../expression-tree.ts";
import { WHERE } from "./clause.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { makeReference } from "./references.ts";
import {
  columnExpr,
  findColumn,
  findTable,
  findTableColumn,
  missingColumn,
  missingTable,
  type ScopeTable,
  sameName,
  unqualifiedExpr,
} from "./scope.ts";

/**
 * Binds `a`, `t.a`, `main.t.a` and `a.field.field`. A name is looked for among lambda parameters, then columns, then aliases of the select
 * list (the other way round where the clause says so), then tables as whole rows.
 */
export function bindColumn(binder: ExpressionBinder, ref: ColumnRef): BoundExpr {
  const { parts, span } = ref;
  const fromLambda = lambdaParameter(binder, parts[0]);
  if (fromLambda !== undefined) return fields(binder, fromLambda, parts.slice(1));

  const alias = () => aliasOf(binder, parts[0]);
  if (binder.clause.aliases === "first" && parts.length === 1) {
    const found = alias();
    if (found !== undefined) return found;
  }
  const qualified = parts.length > 1 ? qualifiedColumn(binder, parts) : undefined;
  if (qualified !== undefined) return qualified;

  const first = partSpan(parts, 1);
  const column = findColumn(binder.select.scope, parts[0].name, parts.length === 1 ? span : first);
  if (column !== undefined) return fields(binder, unqualifiedExpr(column, first), parts.slice(1));
  const found = alias();
  if (found !== undefined) return fields(binder, found, parts.slice(1));

  const table = findTable(binder.select.scope, parts[0].name, first);
  if (table !== undefined && parts.length === 1) return wholeRow(binder, table, span);
  return outerColumn(binder, ref) ?? fail(notFound(binder, parts, table));
}

function fail(error: Error): never {
  throw error;
}

/** A column of the query around a subquery, where the subquery's WHERE names it. */
function outerColumn(binder: ExpressionBinder, ref: ColumnRef): BoundExpr | undefined {
  const { correlation } = binder.select;
  if (correlation === undefined || binder.clause.name !== WHERE.name || binder.lambdas !== undefined) return undefined;
  const around = binder.outside(correlation.scope);
  let bound: BoundExpr;
  try {
    bound = bindColumn(around, ref);
  } catch {
    // Not there either: the error about the subquery's own columns is the one to show.
    return undefined;
  }
  const key = expressionKey(bound);
  let index = correlation.columns.findIndex((known) => expressionKey(known) === key);
  if (index === -1) index = correlation.columns.push(bound) - 1;
  return makeReference("outer", index, bound.type, ref.parts.map((part) => part.name).join("."), ref.span);
}

function notFound(binder: ExpressionBinder, parts: readonly Identifier[], table: ScopeTable | undefined): Error {
  const { scope, aliases } = binder.select;
  const { outer } = binder.environment;
  if (table !== undefined) {
    const [, wanted] = parts;
    const error = missingColumn(wanted.name, wanted.span, { tables: [table] }, [], []);
    error.message = `table "${table.alias}" has no column "${wanted.name}"`;
    return error;
  }
  if (parts.length > 1) return missingTable(parts, scope, outer);
  return missingColumn(parts[0].name, parts[0].span, scope, outer, binder.clause.aliases === "none" ? [] : [...aliases.keys()]);
}

const partSpan = (parts: readonly Identifier[], count: number): Span => ({ start: parts[0].span.start, end: parts[count - 1].span.end });

function lambdaParameter(binder: ExpressionBinder, part: Identifier): BoundExpr | undefined {
  let depth = 0;
  for (let scope = binder.lambdas; scope !== undefined; scope = scope.outer) {
    const index = scope.names.findIndex((name) => sameName(name, part.name));
    if (index !== -1) {
      if (scope.values !== undefined) return scope.values[index];
      return { kind: "lambda-param", type: scope.types[index], depth, index, name: part.name, span: part.span };
    }
    depth++;
  }
  return undefined;
}

/** `t.a…` and `schema.t.a…`; undefined where the first parts are no table here. */
function qualifiedColumn(binder: ExpressionBinder, parts: readonly Identifier[]): BoundExpr | undefined {
  const { scope } = binder.select;
  for (const tableAt of [0, 1, 2]) {
    if (tableAt + 1 >= parts.length) break;
    if (tableAt > 0 && !parts.slice(0, tableAt).every((part) => isSchemaName(part.name))) break;
    const table = findTable(scope, parts[tableAt].name, parts[tableAt].span);
    if (table === undefined) continue;
    const column = findTableColumn(table, parts[tableAt + 1].name);
    if (column !== undefined) return fields(binder, columnExpr(column, partSpan(parts, tableAt + 2)), parts.slice(tableAt + 2));
  }
  return undefined;
}

/** Names that may stand before a table; Weir has one schema. */
export const isSchemaName = (name: string): boolean => ["main", "memory", "temp"].includes(name.toLowerCase());

function aliasOf(binder: ExpressionBinder, part: Identifier): BoundExpr | undefined {
  const key = part.name.toLowerCase();
  if (binder.clause.aliases === "none" || binder.openAliases.includes(key)) return undefined;
  const item = binder.select.aliases.get(key);
  if (item === undefined) return undefined;
  const bound = binder.inAlias(key).bind(item.expr);
  if (isVolatile(bound, binder.environment.context.functions)) {
    throw unsupported(`alias "${part.name}" of an expression whose value changes with each call`, part.span, "compute it in a subquery");
  }
  return bound;
}

function fields(binder: ExpressionBinder, expr: BoundExpr, parts: readonly Identifier[]): BoundExpr {
  return parts.reduce((operand, part) => binder.field(operand, part.name, part.span), expr);
}

/** `SELECT t FROM t`: the row as a struct. */
function wholeRow(binder: ExpressionBinder, table: ScopeTable, span: Span): BoundExpr {
  const columns = table.columns.filter((column) => !column.hidden);
  if (columns.length === 0) throw bindError(`table "${table.alias}" has no columns`, span);
  return binder.call(
    "struct_pack",
    columns.map((column) => columnExpr(column, span)),
    span,
    columns.map((column) => column.name),
  );
}
