import { type Expr, type OrderItem, print, type Query, type Select } from "../sql/index.ts";

/** What a query's ORDER BY says of the rows it gives. */
export interface ResultOrder {
  /** Output columns that sort the rows, most significant first; keys behind one that is no output column cannot be seen. */
  readonly keys: readonly number[];
  /** No key was left out. */
  readonly complete: boolean;
}

/** Sort keys of a query as positions among its output columns `names`. */
export function resultOrder(query: Query, names: readonly string[]): ResultOrder {
  const keys: number[] = [];
  for (const item of query.orderBy) {
    if (item.kind === "orderAll") return { keys: names.map((_, i) => i), complete: true };
    const position = outputPosition(item, query, names);
    if (position === -1) return { keys, complete: false };
    if (!keys.includes(position)) keys.push(position);
  }
  return { keys, complete: true };
}

function outputPosition({ expr }: OrderItem, query: Query, names: readonly string[]): number {
  if (expr.kind === "number" && expr.type === "integer") {
    const position = Number(expr.text) - 1;
    return position < names.length ? position : -1;
  }
  const items = selectItems(query);
  if (expr.kind === "column") {
    const name = expr.parts[expr.parts.length - 1].name.toLowerCase();
    // `ORDER BY t.x` is the column of t, which need not be the output column of that name.
    if (expr.parts.length === 1 || items === undefined) return names.findIndex((other) => other.toLowerCase() === name);
  }
  const text = print(expr);
  return items === undefined ? -1 : items.findIndex((item) => print(item) === text);
}

/** Expressions of the output columns, where each item of the SELECT list is one column. */
function selectItems(query: Query): readonly Expr[] | undefined {
  if (query.body.kind !== "select") return undefined;
  const { items } = query.body satisfies Select;
  return items.some(({ expr }) => expr.kind === "star" || expr.kind === "columns") ? undefined : items.map(({ expr }) => expr);
}
