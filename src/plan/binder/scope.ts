import { bindError, nearestName, type Span, unsupported } from "../../core/errors.ts";
import type { DataType, Schema } from "../../core/types.ts";
import type { Identifier } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { shiftColumns } from "../expression-tree.ts";

/** A column of FROM. `index` is its position in the plan below. */
export interface ScopeColumn {
  readonly name: string;
  readonly type: DataType;
  readonly index: number;
  /** The right one of two columns merged by USING: found only with its table's name. */
  readonly hidden: boolean;
  /** What an unqualified name gives after USING, where that is not this column alone. */
  readonly merged?: BoundExpr;
}

export interface ScopeTable {
  /** Empty for a subquery without alias. */
  readonly alias: string;
  readonly columns: readonly ScopeColumn[];
}

/** The tables of a FROM clause, in order; their columns stand in this order in the plan below. */
export interface Scope {
  readonly tables: readonly ScopeTable[];
}

export const EMPTY_SCOPE: Scope = { tables: [] };

export const sameName = (a: string, b: string): boolean => a === b || a.toLowerCase() === b.toLowerCase();

export function tableScope(alias: string, schema: Schema): Scope {
  return { tables: [{ alias, columns: schema.map((field, index) => ({ ...field, index, hidden: false })) }] };
}

/** The scope of a join: `right` stands behind `left`, whose plan has `leftWidth` columns. */
export function joinScopes(left: Scope, right: Scope, leftWidth: number): Scope {
  return { tables: [...left.tables, ...right.tables.map((table) => shiftTable(table, leftWidth))] };
}

const shiftTable = (table: ScopeTable, by: number): ScopeTable => ({
  alias: table.alias,
  columns: table.columns.map((column) => ({
    ...column,
    index: column.index + by,
    ...(column.merged === undefined ? {} : { merged: shiftColumns(column.merged, by) }),
  })),
});

/** All columns in plan order, hidden ones included. */
export const allColumns = (scope: Scope): ScopeColumn[] => scope.tables.flatMap((table) => table.columns);

export function columnExpr(column: ScopeColumn, span: Span): BoundExpr {
  return { kind: "column", type: column.type, index: column.index, name: column.name, span };
}

/** What an unqualified reference to a column gives. */
export const unqualifiedExpr = (column: ScopeColumn, span: Span): BoundExpr => column.merged ?? columnExpr(column, span);

/** The visible column of an unqualified name; undefined if there is none, an error if there are several. */
export function findColumn(scope: Scope, name: string, span: Span): ScopeColumn | undefined {
  let found: { table: ScopeTable; column: ScopeColumn } | undefined;
  for (const table of scope.tables) {
    for (const column of table.columns) {
      if (column.hidden || !sameName(column.name, name)) continue;
      if (found !== undefined) {
        if (found.table === table) continue;
        throw bindError(
          `column "${name}" is ambiguous`,
          span,
          `say which table: ${quoted(found.table.alias, found.column.name)} or ${quoted(table.alias, column.name)}`,
        );
      }
      found = { table, column };
    }
  }
  return found?.column;
}

const quoted = (table: string, column: string) => (table === "" ? column : `${table}.${column}`);

/** The table of an alias. Two of one alias are an error where they are used. */
export function findTable(scope: Scope, alias: string, span: Span): ScopeTable | undefined {
  const found = scope.tables.filter((table) => table.alias !== "" && sameName(table.alias, alias));
  if (found.length > 1) throw bindError(`table name "${alias}" stands for two tables`, span, "give one of them an alias: FROM t AS a");
  return found[0];
}

export const findTableColumn = (table: ScopeTable, name: string): ScopeColumn | undefined =>
  table.columns.find((column) => sameName(column.name, name));

/** The error for a name that is no column: an outer query's column, or a slip of the nearest one. */
export function missingColumn(name: string, span: Span, scope: Scope, outer: readonly Scope[], aliases: readonly string[]): Error {
  for (const around of outer) {
    const correlated = around.tables.some((table) => findTableColumn(table, name) !== undefined);
    if (correlated) return correlatedColumn(name, span);
  }
  const columns = allColumns(scope);
  if (columns.length === 0 && aliases.length === 0) {
    return bindError(`column "${name}" does not exist`, span, scope.tables.length === 0 ? "there is no FROM clause" : undefined);
  }
  const names = [...new Set([...columns.map((column) => column.name), ...aliases])];
  const near = nearestName(name, names);
  const hint = near === undefined ? `columns here: ${shortList(names)}` : `did you mean "${near}"?`;
  return bindError(`column "${name}" does not exist`, span, hint);
}

export const correlatedColumn = (name: string, span: Span): Error =>
  unsupported(
    `a subquery that reads column "${name}" of the query around it (a correlated subquery)`,
    span,
    "a join with the subquery does the same",
  );

/** The error for `x.y` where x is neither a table here nor a column. */
export function missingTable(parts: readonly Identifier[], scope: Scope, outer: readonly Scope[]): Error {
  const [{ name, span }] = parts;
  if (outer.some((around) => findTable(around, name, span) !== undefined)) {
    const last = parts[parts.length - 1];
    return correlatedColumn(parts.map((part) => part.name).join("."), { start: span.start, end: last.span.end });
  }
  const near = nearestName(name, [...scope.tables.map((table) => table.alias), ...allColumns(scope).map((column) => column.name)]);
  const tables = scope.tables.map((table) => table.alias).filter((alias) => alias !== "");
  const hint =
    near !== undefined ? `did you mean "${near}"?` : tables.length > 0 ? `tables here: ${shortList(tables)}` : "there is no FROM clause";
  return bindError(`there is no table "${name}" in this query`, span, hint);
}

/** Up to ten names for a hint. */
export function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 10).map((name) => `"${name}"`);
  return names.length > 10 ? `${shown.join(", ")} and ${names.length - 10} more` : shown.join(", ");
}
