import { resolve } from "node:path";
import type { Catalog, CatalogTable } from "../catalog/catalog.ts";
import type { Value } from "../core/value.ts";
import { type Expr, type Node, print, type Query, rewrite, type Statement, walk } from "../sql/index.ts";

/** A query in DuckDB's words, and the stored tables it reads. */
export interface Translation {
  readonly sql: string;
  readonly tables: readonly CatalogTable[];
  /** Views it reads, as statements that create them, innermost first. */
  readonly views: readonly string[];
}

export interface TranslationContext {
  readonly catalog: Catalog;
  readonly cwd: string;
  /** What now() gives on both sides, microseconds since 1970-01-01 UTC. */
  readonly nowMicros: number;
  readonly parameters: Readonly<Record<string, Value>>;
}

/** Weir's dialect is DuckDB's at its core, so little changes: file names become absolute, now() a constant, parameters literals. */
export function toDuckDb(query: Query, context: TranslationContext): Translation {
  const tables = new Map<string, CatalogTable>();
  const views = new Map<string, string>();
  const translate = (node: Query): string => {
    collect(node, context.catalog, tables, (name, viewQuery, columns) => {
      if (views.has(name)) return;
      const sql = translate(viewQuery);
      const names = columns.length === 0 ? "" : ` (${columns.map(quote).join(", ")})`;
      views.set(name, `CREATE OR REPLACE VIEW ${quote(name)}${names} AS ${sql}`);
    });
    return print(rewrite(node, (inner) => replaceNode(inner, context)) as Statement);
  };
  const sql = translate(query);
  return { sql, tables: [...tables.values()], views: [...views.values()] };
}

const quote = (name: string) => `"${name.replaceAll('"', '""')}"`;

/** Finds the stored tables and views under a node. A CTE hides a table of its name, which is then loaded for nothing. */
function collect(
  query: Query,
  catalog: Catalog,
  tables: Map<string, CatalogTable>,
  onView: (name: string, query: Query, columns: readonly string[]) => void,
): void {
  walk(query, (node: Node) => {
    if (node.kind !== "tableName") return;
    const entry = catalog.lookup(node.name[node.name.length - 1].name);
    if (entry === undefined) return;
    if (entry.kind === "table") tables.set(entry.name.toLowerCase(), entry);
    else onView(entry.name, entry.query, entry.columns);
  });
}

const NOW_NAMES = new Set(["now", "current_timestamp", "get_current_timestamp", "transaction_timestamp"]);
const FILE_FUNCTIONS = /^(read_(csv|csv_auto|json|json_auto|ndjson|parquet)|parquet_scan)$/;

function replaceNode(node: Node, context: TranslationContext): Node {
  switch (node.kind) {
    case "file":
      return { ...node, path: resolve(context.cwd, node.path) };
    case "tableFunction": {
      if (!FILE_FUNCTIONS.test(node.name[node.name.length - 1].name.toLowerCase())) return node;
      const [first, ...rest] = node.args;
      return first === undefined ? node : { ...node, args: [{ ...first, value: absolute(first.value as Expr, context.cwd) }, ...rest] };
    }
    case "parameter":
      return literalOf(context.parameters[node.name] ?? null, node.span);
    case "call": {
      const name = node.name[node.name.length - 1].name.toLowerCase();
      const type = NOW_NAMES.has(name) ? "timestamptz" : name === "today" || name === "current_date" ? "date" : undefined;
      if (type === undefined || node.args.length > 0) return node;
      const iso = new Date(context.nowMicros / 1000).toISOString();
      const micros = String(Math.floor(context.nowMicros) % 1_000_000).padStart(6, "0");
      const instant: Expr = { kind: "string", value: `${iso.slice(0, 19).replace("T", " ")}.${micros}+00`, span: node.span };
      const named = (text: string) => ({
        kind: "namedType" as const,
        name: [{ name: text, quoted: false, span: node.span }],
        args: [],
        span: node.span,
      });
      const stamp: Expr = { kind: "cast", operand: instant, type: named("timestamptz"), try: false, span: node.span };
      return type === "timestamptz" ? stamp : { kind: "cast", operand: stamp, type: named("date"), try: false, span: node.span };
    }
    default:
      return node;
  }
}

function absolute(path: Expr, cwd: string): Expr {
  if (path.kind === "string") return { ...path, value: resolve(cwd, path.value) };
  if (path.kind === "list") return { ...path, items: path.items.map((item) => absolute(item, cwd)) };
  return path;
}

function literalOf(value: Value, span: Expr["span"]): Expr {
  if (value === null) return { kind: "null", span };
  if (typeof value === "boolean") return { kind: "boolean", value, span };
  if (typeof value === "bigint")
    return signed(value < 0n, { kind: "number", type: "integer", text: String(value < 0n ? -value : value), span });
  if (typeof value === "number") {
    const text = String(Math.abs(value));
    return signed(value < 0, { kind: "number", type: /e/.test(text) ? "double" : /\./.test(text) ? "decimal" : "integer", text, span });
  }
  return { kind: "string", value: String(value), span };
}

const signed = (negative: boolean, literal: Expr): Expr =>
  negative ? { kind: "unary", op: "-", operand: literal, span: literal.span } : literal;
