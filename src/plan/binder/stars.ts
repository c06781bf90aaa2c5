import { bindError, nearestName, type Span, unsupported } from "../../core/errors.ts";
import { asLambda, type Columns, type Expr, type Identifier, type SelectItem, type Star } from "../../sql/ast.ts";
import { rewrite, walk } from "../../sql/index.ts";
import type { BoundExpr } from "../expression.ts";
import type { ExpressionBinder } from "./expression-binder.ts";
import { textConstant } from "./literals.ts";
import { columnExpr, findColumn, findTable, missingTable, type ScopeColumn, sameName, shortList, unqualifiedExpr } from "./scope.ts";
import type { ExpandedItem } from "./select-state.ts";

/** The select list with its stars, COLUMNS and `struct.*` written out as one item a column. */
export function expandItems(binder: ExpressionBinder, items: readonly SelectItem[]): ExpandedItem[] {
  return items.flatMap((item) => expandItem(binder, item));
}

function expandItem(binder: ExpressionBinder, item: SelectItem): ExpandedItem[] {
  const { expr } = item;
  const alias = item.alias?.name;
  if (expr.kind === "star") {
    if (item.alias !== undefined) throw bindError("* cannot have an alias", item.alias.span);
    return starColumns(binder, expr).map(({ name, expr: column }) => ({ expr: column, alias: undefined, name, item }));
  }
  const columns = findColumns(expr);
  if (columns === undefined) return [{ expr, alias, item }];
  return selectColumns(binder, columns).map(({ name, expr: column }) => ({
    expr: column.kind === "column" && expr === columns ? column : rewrite(expr, (node) => (node === columns ? column : node)),
    alias,
    name,
    item,
  }));
}

interface StarColumn {
  readonly name: string;
  /** A node that the binder knows to be this column. */
  readonly expr: Expr;
}

/** A name node bound beforehand, so that two columns of one name stay apart. */
function presetColumn(binder: ExpressionBinder, name: string, bound: BoundExpr, span: Span): Expr {
  const node: Expr = { kind: "column", parts: [{ name, quoted: true, span }], span };
  binder.select.preset.set(node, bound);
  return node;
}

function starColumns(binder: ExpressionBinder, star: Star): StarColumn[] {
  const all = starTargets(binder, star);
  if (all.length === 0 && star.qualifier.length === 0) throw bindError("* needs a FROM clause", star.span);
  const excluded = star.exclude.map((name) => name[name.length - 1]);
  const renamed = star.rename.map((rename) => rename.from[rename.from.length - 1]);
  for (const name of [...excluded, ...renamed]) requireColumn(all, name);
  const replaced = star.replace.map((item) => {
    if (item.alias === undefined) throw bindError("REPLACE needs the name of a column: REPLACE (x + 1 AS x)", item.span);
    requireColumn(all, item.alias);
    return item;
  });
  return all
    .filter((column) => !excluded.some((name) => sameName(name.name, column.name)))
    .map((column) => {
      const replacement = replaced.find((item) => sameName((item.alias as Identifier).name, column.name));
      if (replacement !== undefined) return { name: column.name, expr: replacement.expr };
      const rename = star.rename.find((entry) => sameName(entry.from[entry.from.length - 1].name, column.name));
      return rename === undefined ? column : { ...column, name: rename.to.name };
    });
}

function requireColumn(columns: readonly StarColumn[], wanted: Identifier): void {
  if (columns.some((column) => sameName(column.name, wanted.name))) return;
  const names = columns.map((column) => column.name);
  const near = nearestName(wanted.name, names);
  throw bindError(
    `column "${wanted.name}" is not among those of *`,
    wanted.span,
    near === undefined ? `columns here: ${shortList(names)}` : `did you mean "${near}"?`,
  );
}

/** All columns of `*`, `t.*` or `some_struct.*`. */
function starTargets(binder: ExpressionBinder, star: Star): StarColumn[] {
  const { scope } = binder.select;
  const { span } = star;
  const preset = (column: ScopeColumn, bound: BoundExpr) => ({ name: column.name, expr: presetColumn(binder, column.name, bound, span) });
  if (star.qualifier.length === 0) {
    return scope.tables.flatMap((table) =>
      table.columns.filter((column) => !column.hidden).map((column) => preset(column, unqualifiedExpr(column, span))),
    );
  }
  const last = star.qualifier[star.qualifier.length - 1];
  const table = findTable(scope, last.name, last.span);
  if (table !== undefined) return table.columns.map((column) => preset(column, columnExpr(column, span)));
  if (findColumn(scope, star.qualifier[0].name, star.qualifier[0].span) === undefined && star.qualifier.length === 1) {
    throw missingTable(star.qualifier, scope, binder.environment.outer);
  }
  const operand: Expr = { kind: "column", parts: star.qualifier, span };
  const bound = binder.bind(operand);
  if (bound.type.kind !== "struct") throw bindError(`"${last.name}" is neither a table nor a struct, so it has no .*`, span);
  return bound.type.fields.map((field) => ({
    name: field.name,
    expr: presetColumn(binder, field.name, binder.field(bound, field.name, span), span),
  }));
}

/** The COLUMNS of an expression; there may be one, which may be written twice. */
function findColumns(expr: Expr): Columns | undefined {
  let found: Columns | undefined;
  walk(expr, (node) => {
    if (node.kind === "query") return false;
    if (node.kind !== "columns") return;
    if (node.unpack) throw unsupported("*COLUMNS(…)", node.span);
    if (found !== undefined) throw unsupported("two COLUMNS in one expression", node.span);
    found = node;
  });
  return found;
}

function selectColumns(binder: ExpressionBinder, columns: Columns): StarColumn[] {
  const { selector, span } = columns;
  if (selector.kind === "star") return starColumns(binder, selector);
  const all = starTargets(binder, { kind: "star", qualifier: [], exclude: [], replace: [], rename: [], span });
  const chosen = all.filter((column) => matches(binder, selector, column.name));
  if (selector.kind === "list") {
    for (const item of selector.items) {
      if (item.kind === "string") requireColumn(all, { name: item.value, quoted: true, span: item.span });
    }
  }
  if (chosen.length === 0) throw bindError("COLUMNS matches no column", span, shortList(all.map((column) => column.name)));
  return chosen;
}

/** A pattern that some part of the name matches, a list of names, or a lambda over the name. */
function matches(binder: ExpressionBinder, selector: Expr, name: string): boolean {
  const { context } = binder.environment;
  const lambda = asLambda(selector);
  const constant = textConstant(name, selector.span);
  if (lambda !== undefined) {
    const names = lambda.params.map((param) => param.name);
    const scope = { names, types: [constant.type], values: names.map(() => constant), outer: binder.lambdas };
    return context.evaluateConstant(binder.inLambda(scope).condition(lambda.body)) === true;
  }
  switch (selector.kind) {
    case "string":
      return context.evaluateConstant(binder.call("regexp_matches", [constant, binder.bind(selector)], selector.span)) === true;
    case "list":
      return selector.items.some((item) => item.kind === "string" && sameName(item.value, name));
    default:
      throw bindError("COLUMNS takes a pattern, a list of names, a lambda or *", selector.span);
  }
}
