import type { Expr, OrderBy, Query, QueryBody, Select, TableAlias, TableRef } from "../../sql/ast.ts";
import { print } from "../../sql/index.ts";

/** How a column's name spells names and expressions; see column-names.ts. */
export interface Spelling {
  expr(expr: Expr): string;
  name(name: string): string;
  order(items: readonly OrderBy[]): string;
}

/** A subquery's text in DuckDB's spelling, for the name of a column; parts with no spelling of their own there are as Weir prints them. */
export function queryName(query: Query, spelling: Spelling): string {
  const ctes = query.ctes.map((cte) => {
    const columns = cte.columns.length > 0 ? `(${cte.columns.map((column) => spelling.name(column.name)).join(", ")})` : "";
    return `${spelling.name(cte.name.name)}${columns} AS (${queryName(cte.query, spelling)})`;
  });
  const body = bodyName(query.body, spelling);
  if (body === undefined) return print(query);
  const parts = [body];
  if (query.orderBy.length > 0) parts.push(`ORDER BY ${spelling.order(query.orderBy)}`);
  if (query.limit !== undefined) parts.push(`LIMIT ${spelling.expr(query.limit)}${query.limitPercent ? " %" : ""}`);
  if (query.offset !== undefined) parts.push(`OFFSET ${spelling.expr(query.offset)}`);
  return (ctes.length > 0 ? `WITH ${ctes.join(", ")}` : "") + parts.join(" ");
}

function bodyName(body: QueryBody, spelling: Spelling): string | undefined {
  switch (body.kind) {
    case "select":
      return selectName(body, spelling);
    case "query":
      return queryName(body, spelling);
    case "values":
      return `SELECT * FROM (VALUES ${body.rows.map((row) => `(${row.map(spelling.expr).join(", ")})`).join(", ")}) AS valueslist`;
    case "setOperation": {
      const [left, right] = [bodyName(body.left, spelling), bodyName(body.right, spelling)];
      return left === undefined || right === undefined
        ? undefined
        : `(${left}) ${body.op.toUpperCase()}${body.all ? " ALL" : ""}${body.byName ? " BY NAME" : ""} (${right})`;
    }
  }
}

function selectName(select: Select, spelling: Spelling): string | undefined {
  const groups = select.groupBy.map((item) => {
    const simple = item.kind !== "groupingSets" && item.kind !== "groupSet" && item.kind !== "rollup" && item.kind !== "cube";
    return simple ? spelling.expr(item) : undefined;
  });
  const tables = select.from.map((table) => tableName(table, spelling));
  if (select.windows.length > 0 || select.qualify !== undefined || select.groupByAll || select.distinctOn.length > 0) return undefined;
  if (groups.includes(undefined) || tables.includes(undefined)) return undefined;
  const items = select.items.map(
    ({ expr, alias }) => spelling.expr(expr) + (alias === undefined ? "" : ` AS ${spelling.name(alias.name)}`),
  );
  const parts = [`SELECT ${select.distinct ? "DISTINCT " : ""}${items.join(", ")}`];
  if (tables.length > 0) parts.push(`FROM ${tables.join(" , ")}`);
  if (select.where !== undefined) parts.push(`WHERE ${spelling.expr(select.where)}`);
  if (groups.length > 0) parts.push(`GROUP BY ${groups.join(", ")}`);
  if (select.having !== undefined) parts.push(`HAVING ${spelling.expr(select.having)}`);
  return parts.join(" ");
}

function tableName(table: TableRef, spelling: Spelling): string | undefined {
  switch (table.kind) {
    case "tableName":
      return table.name.map((part) => spelling.name(part.name)).join(".") + aliasName(table.alias, spelling);
    case "subqueryRef":
      return `(${queryName(table.query, spelling)})${aliasName(table.alias, spelling)}`;
    case "join": {
      if (table.natural) return undefined;
      const [left, right] = [tableName(table.left, spelling), tableName(table.right, spelling)];
      if (left === undefined || right === undefined) return undefined;
      const on = table.on === undefined ? "" : ` ON (${spelling.expr(table.on)})`;
      const using = table.using.length > 0 ? ` USING (${table.using.map((column) => spelling.name(column.name)).join(", ")})` : "";
      return `${left} ${table.type.toUpperCase()} JOIN ${right}${on}${using}`;
    }
    default:
      return undefined;
  }
}

function aliasName(alias: TableAlias | undefined, spelling: Spelling): string {
  if (alias === undefined) return "";
  const columns = alias.columns.length > 0 ? `(${alias.columns.map((column) => spelling.name(column.name)).join(", ")})` : "";
  return ` AS ${spelling.name(alias.name.name)}${columns}`;
}
