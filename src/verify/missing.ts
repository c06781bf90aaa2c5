import type { Catalog } from "../catalog/catalog.ts";
import { type Expr, print, type Query, type SelectItem, walk } from "../sql/index.ts";

/** Functions whose answer is another at each call. */
const RANDOM = new Set(["random", "uuid", "gen_random_uuid", "uuidv4", "uuidv7", "gen_uuid"]);
/** Aggregates that take rows as they come, unless an ORDER BY stands inside. */
const IN_ORDER_OF_ROWS = new Set([
  "first",
  "last",
  "any_value",
  "arbitrary",
  "list",
  "array_agg",
  "string_agg",
  "group_concat",
  "listagg",
  "mode",
  "arg_min",
  "arg_max",
  "row_number",
]);

/** Names of called functions, lower case. */
export function calledFunctions(node: Query | Expr): Set<string> {
  const names = new Set<string>();
  walk(node, (inner) => {
    if (inner.kind === "call" || inner.kind === "tableFunction") names.add(inner.name[inner.name.length - 1].name.toLowerCase());
  });
  return names;
}

export const randomFunctions = (query: Query): string[] => [...calledFunctions(query)].filter((name) => RANDOM.has(name));

/** Table functions of models in a query and in the views it reads, as they are written: DuckDB cannot read them. */
export function modelTables(query: Query, catalog: Pick<Catalog, "lookup">, views: readonly string[] = []): string[] {
  const names = new Set<string>();
  walk(query, (node) => {
    if (node.kind === "tableFunction" && node.args.some(({ value }) => value.kind === "modelArg")) {
      names.add(node.name.map(({ name }) => name).join("."));
    }
    if (node.kind !== "tableName") return;
    const entry = catalog.lookup(node.name[node.name.length - 1].name);
    if (entry?.kind !== "view" || views.includes(entry.name)) return;
    for (const name of modelTables(entry.query, catalog, [...views, entry.name])) names.add(name);
  });
  return [...names];
}

/** Aggregates in a query whose answer depends on the order of their input, which the query does not give. */
export function orderDependent(query: Query): string[] {
  const names = new Set<string>();
  walk(query, (node) => {
    if (node.kind === "select" && node.distinctOn.length > 0) names.add("DISTINCT ON");
    if (node.kind !== "call" || node.orderBy.length > 0) return;
    const name = node.name[node.name.length - 1].name.toLowerCase();
    if (IN_ORDER_OF_ROWS.has(name)) names.add(name);
  });
  return [...names];
}

/** The function that DuckDB says it does not have; undefined for another error. */
export const missingFunction = (message: string): string | undefined =>
  /Function with name "?([^"\s]+?)"? does not exist/.exec(message)?.[1].toLowerCase();

export interface WithoutFunction {
  readonly query: Query;
  /** Positions of the output columns that call it, which are NULL now. */
  readonly columns: readonly number[];
}

/** The query with NULL for each output column that calls a function; undefined where it is called anywhere else too. */
export function withoutFunction(query: Query, name: string): WithoutFunction | undefined {
  const { body } = query;
  if (body.kind !== "select" || body.distinct || body.groupByAll) return undefined;
  if (body.items.some(({ expr }) => expr.kind === "star" || expr.kind === "columns")) return undefined;
  const columns: number[] = [];
  const items = body.items.map((item, i): SelectItem => {
    if (!calledFunctions(item.expr).has(name)) return item;
    columns.push(i);
    return { ...item, expr: { kind: "null", span: item.expr.span } };
  });
  const rest: Query = { ...query, body: { ...body, items } };
  const sorted = query.orderBy.some((key) => key.kind === "orderAll" || columns.some((c) => isColumn(key.expr, body.items[c], c)));
  // A key of GROUP BY by its position or name is that column.
  const grouped = body.groupBy.some((key) => columns.some((c) => isColumn(key as Expr, body.items[c], c)));
  if (sorted || grouped || calledFunctions(rest).has(name) || columns.length === 0) return undefined;
  return { query: rest, columns };
}

function isColumn(key: Expr, item: SelectItem, position: number): boolean {
  if (key.kind === "number") return key.text === String(position + 1);
  if (key.kind === "column" && key.parts.length === 1) return key.parts[0].name.toLowerCase() === item.alias?.name.toLowerCase();
  return print(key) === print(item.expr);
}
