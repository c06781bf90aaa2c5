import { resolve } from "node:path";
import type { Catalog, CatalogTable } from "../catalog/catalog.ts";
import { daysOf, timeOfDay } from "../core/time.ts";
import { findZone } from "../core/time-zone.ts";
import { BIGINT, DATE, type DataType, TIME, TIMESTAMP } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import {
  type Expr,
  type FileRef,
  type Identifier,
  type Node,
  parseExpression,
  parseOne,
  print,
  type Query,
  quoteName,
  rewrite,
  type TableAlias,
  type TableFunction,
  type TableNameRef,
  walk,
} from "../sql/index.ts";
import { withMatchInOn, withoutSystemTime } from "./joins.ts";
import { literal } from "./literal.ts";
import { isWindowFunction, windowAsSubquery } from "./windows.ts";

/** A query in DuckDB's words, and what must stand in DuckDB before it runs. */
export interface Translation {
  readonly sql: string;
  /** Stored tables it reads. */
  readonly tables: readonly CatalogTable[];
  /** Views it reads, as statements that create them, innermost first. */
  readonly views: readonly string[];
  /** Files that only we can read: to be read here, and stored in DuckDB under a name. */
  readonly ownFiles: readonly { readonly table: string; readonly query: Query }[];
}

export interface TranslationContext {
  readonly catalog: Pick<Catalog, "lookup">;
  readonly cwd: string;
  readonly timeZone: string;
  /** What now() gives on both sides, microseconds since 1970-01-01 UTC. */
  readonly nowMicros: number;
  readonly parameters: Readonly<Record<string, Value>>;
  readonly typeOfParameter: (value: Value) => DataType;
  /** Rows that do not fit a file's types are left out, as we do; DuckDB's own default is to fail. */
  readonly skipBadRows: boolean;
}

const FILE_FUNCTION = /^(read_(csv|csv_auto|json|json_auto|ndjson|ndjson_auto|parquet|arrow)|parquet_scan)$/;
const OWN_FILE = /\.(arrow|arrows|feather|ipc)(\.gz)?$/i;

/** Weir's dialect is DuckDB's at its core, so little changes: file names become absolute, now() a constant, parameters literals. */
export function toDuckDb(query: Query, context: TranslationContext): Translation {
  const tables = new Map<string, CatalogTable>();
  const views = new Map<string, string>();
  const ownFiles: { table: string; query: Query }[] = [];
  const translate = (node: Query): string => {
    walk(node, (inner) => {
      if (inner.kind !== "tableName") return;
      // A CTE hides a table of its name, which is then loaded for nothing.
      const entry = context.catalog.lookup(lastPart(inner.name));
      if (entry?.kind === "table") tables.set(entry.name.toLowerCase(), entry);
      if (entry?.kind !== "view" || views.has(entry.name)) return;
      const names = entry.columns.length === 0 ? "" : ` (${entry.columns.map((name) => quoteName(name)).join(", ")})`;
      const sql = translate(entry.query);
      views.set(entry.name, `CREATE OR REPLACE VIEW ${quoteName(entry.name)}${names} AS ${sql}`);
    });
    return print(rewrite(node, (inner) => replaceNode(inner, context, ownFiles)));
  };
  const sql = translate(query);
  return { sql, tables: [...tables.values()], views: [...views.values()], ownFiles };
}

const lastPart = (name: readonly Identifier[]): string => name[name.length - 1].name;

function replaceNode(node: Node, context: TranslationContext, ownFiles: { table: string; query: Query }[]): Node {
  switch (node.kind) {
    case "file": {
      if (OWN_FILE.test(node.path)) return storedFile(node, node.alias, ownFiles);
      const path = resolve(context.cwd, node.path);
      return context.skipBadRows ? lenientReader(node, path) : { ...node, path };
    }
    case "tableFunction": {
      const name = lastPart(node.name).toLowerCase();
      if (isWindowFunction(name)) return windowAsSubquery(node, name);
      if (!FILE_FUNCTION.test(name)) return node;
      if (name === "read_arrow") return storedFile(node, node.alias, ownFiles);
      const [first, ...rest] = node.args;
      return first === undefined ? node : { ...node, args: [{ ...first, value: absolute(first.value as Expr, context.cwd) }, ...rest] };
    }
    case "join":
      return withMatchInOn(node);
    case "tableName":
      return node.systemTime === undefined ? node : withoutSystemTime(node);
    case "parameter": {
      const value = context.parameters[node.name] ?? null;
      return parseExpression(literal(context.typeOfParameter(value), value));
    }
    case "call":
      return node.args.length === 0 && node.over === undefined ? (clock(lastPart(node.name).toLowerCase(), context) ?? node) : node;
    default:
      return node;
  }
}

/** The constant that a function of the clock gives in this statement. */
function clock(name: string, { nowMicros, timeZone }: TranslationContext): Expr | undefined {
  const now = BigInt(Math.floor(nowMicros));
  const local = () => findZone(timeZone).toLocal(nowMicros);
  switch (name) {
    case "now":
    case "current_timestamp":
    case "get_current_timestamp":
    case "transaction_timestamp":
      return parseExpression(`make_timestamptz(${literal(BIGINT, now)})`);
    case "today":
    case "current_date":
      return parseExpression(literal(DATE, daysOf(local())));
    case "current_time":
    case "get_current_time":
    case "current_localtime":
    case "localtime":
      return parseExpression(literal(TIME, BigInt(timeOfDay(local()))));
    case "current_localtimestamp":
    case "localtimestamp":
      return parseExpression(literal(TIMESTAMP, BigInt(local())));
    default:
      return undefined;
  }
}

/** The file's rows under the name of a table, which are those that we read. */
function storedFile(
  from: FileRef | TableFunction,
  alias: TableAlias | undefined,
  ownFiles: { table: string; query: Query }[],
): TableNameRef {
  const { span } = from;
  const table = `weir file ${ownFiles.length + 1}`;
  ownFiles.push({ table, query: selectAll({ ...from, alias: undefined }) });
  const name = alias?.name ?? (from.kind === "file" ? { name: from.path, quoted: true, span } : undefined);
  return {
    kind: "tableName",
    name: [{ name: table, quoted: true, span }],
    alias: name === undefined ? undefined : { name, columns: alias?.columns ?? [], span },
    span,
  };
}

function selectAll(from: FileRef | TableFunction): Query {
  const query = parseOne("SELECT * FROM t");
  if (query.kind !== "query" || query.body.kind !== "select") throw new Error("SELECT * FROM t is no query");
  return { ...query, body: { ...query.body, from: [from] } };
}

/** A bare file name as a reader that leaves out rows that do not fit. */
function lenientReader(node: FileRef, path: string): Node {
  const reader = /\.(csv|tsv|txt)(\.gz)?$/i.test(path)
    ? "read_csv"
    : /\.(json|ndjson|jsonl|geojson)(\.gz)?$/i.test(path)
      ? "read_json"
      : undefined;
  if (reader === undefined) return { ...node, path };
  const { span } = node;
  const identifier = (name: string): Identifier => ({ name, quoted: false, span });
  return {
    kind: "tableFunction",
    name: [identifier(reader)],
    args: [
      { kind: "arg", value: { kind: "string", value: path, span }, span },
      { kind: "arg", name: identifier("ignore_errors"), value: { kind: "boolean", value: true, span }, span },
    ],
    lateral: false,
    withOrdinality: false,
    alias: node.alias,
    span,
  };
}

function absolute(path: Expr, cwd: string): Expr {
  if (path.kind === "string") return { ...path, value: resolve(cwd, path.value) };
  if (path.kind === "list") return { ...path, items: path.items.map((item) => absolute(item, cwd)) };
  return path;
}
