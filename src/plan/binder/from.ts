import { bindError, type Span, unsupported } from "../../core/errors.ts";
import type { SubqueryRef, TableAlias, TableNameRef, TableRef } from "../../sql/ast.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { aliased, fileAlias, renameFields, scanPlan } from "./aliases.ts";
import { isSchemaName } from "./columns.ts";
import { bindStart } from "./course.ts";
import type { BoundQuery, CteEnvironment, Environment } from "./environment.ts";
import { bindJoin } from "./joins.ts";
import { crossJoin, ONE_ROW, type Relation } from "./relation.ts";
import { EMPTY_SCOPE, sameName } from "./scope.ts";
import { bindTableFunction } from "./table-functions.ts";

/** Binds a FROM clause: its tables, joined one after the other. */
export function bindFrom(environment: Environment, tables: readonly TableRef[]): Relation {
  let relation: Relation | undefined;
  for (const table of tables) {
    const next = bindTableRef(environment, table, relation);
    relation = next.lateral || relation === undefined ? next.relation : crossJoin(relation, next.relation);
  }
  return relation ?? { plan: ONE_ROW, scope: EMPTY_SCOPE };
}

/** A table of FROM. `lateral`: it reads the tables to its left, and its relation contains them. */
export interface BoundTable {
  readonly relation: Relation;
  readonly lateral: boolean;
}

/** @param left what stands to the left, which a lateral table may read. `outer` keeps rows of the left that get nothing. */
export function bindTableRef(environment: Environment, table: TableRef, left: Relation | undefined, outer = false): BoundTable {
  switch (table.kind) {
    case "tableName":
      return alone(bindTableName(environment, table));
    case "file":
      return alone(openFile(environment, table.path, table.alias, table.span));
    case "subqueryRef":
      return alone(bindSubqueryRef(environment, table, left));
    case "tableFunction":
      return bindTableFunction(environment, table, left, outer);
    case "join":
      return alone(bindJoin(environment, table, bindTableRef));
    case "unsupported":
      throw unsupported(table.feature, table.span);
  }
}

const alone = (relation: Relation): BoundTable => ({ relation, lateral: false });

/** Order of search: CTEs, tables, results, views; then a file, where the name looks like one. */
function bindTableName(environment: Environment, ref: TableNameRef): Relation {
  if (ref.systemTime !== undefined) {
    throw bindError(
      "FOR SYSTEM_TIME AS OF belongs to the right side of a join",
      ref.systemTime.span,
      "JOIN rates FOR SYSTEM_TIME AS OF o.ts AS r ON …",
    );
  }
  const parts = ref.name;
  const last = parts[parts.length - 1];
  if (parts.length === 1) {
    const cte = findCte(environment.ctes, last.name);
    if (cte !== undefined) return aliased(bindCte(cte, ref.span).plan, cte.cte.name.name, ref.alias);
  }
  const { catalog } = environment.context;
  const unknownSchema = parts.slice(0, -1).find((part) => !isSchemaName(part.name));
  const entry = unknownSchema === undefined ? catalog.lookup(last.name) : undefined;
  if (entry === undefined) {
    const path = parts.map((part) => part.name).join(".");
    if (parts.length === 1 && looksLikeFile(path)) return openFile(environment, path, ref.alias, ref.span);
    if (looksLikeFile(path)) throw bindError(`table "${path}" does not exist`, ref.span, `for the file, quote its name: FROM '${path}'`);
    if (unknownSchema !== undefined)
      throw bindError(`schema "${unknownSchema.name}" does not exist`, unknownSchema.span, "all tables are in schema main");
    throw catalog.missing(last.name, last.span, cteNames(environment.ctes));
  }
  if (ref.startingAt !== undefined && entry.kind !== "stream")
    throw bindError(`STARTING AT is for streams, and "${entry.name}" is a ${entry.kind}`, ref.startingAt.span);
  if (entry.kind === "stream") {
    const held = environment.context.heldStreams?.get(entry.name.toLowerCase());
    if (held !== undefined) return aliased(scanPlan(entry.name, held), entry.name, ref.alias);
    const source = ref.startingAt === undefined ? entry.source : { ...entry.source, start: bindStart(environment, ref.startingAt) };
    return aliased(scanPlan(entry.name, source), entry.name, ref.alias);
  }
  if (entry.kind === "materialized view") {
    return aliased(scanPlan(entry.name, environment.context.readsChanges === true ? entry.changes : entry.rows()), entry.name, ref.alias);
  }
  if (entry.kind === "table") return aliased(scanPlan(entry.name, entry.source), entry.name, ref.alias);
  return bindView(environment, entry, ref);
}

function bindView(
  environment: Environment,
  view: { name: string; query: SubqueryRef["query"]; columns: readonly string[] },
  ref: TableNameRef,
): Relation {
  const { views } = environment;
  if (views.some((name) => sameName(name, view.name))) throw bindError(`view "${view.name}" reads itself`, ref.span);
  let bound: BoundQuery;
  try {
    bound = environment.bindQuery(view.query, { ...environment, ctes: undefined, outer: [], views: [...views, view.name] });
  } catch (error) {
    // Positions inside the view's text mean nothing in this statement.
    if (error instanceof Error && "span" in error) {
      error.span = ref.span;
      error.message = `in view "${view.name}": ${error.message}`;
    }
    throw error;
  }
  return aliased(renamed(bound.plan, view.columns, view.name, ref.span), view.name, ref.alias);
}

function findCte(ctes: CteEnvironment | undefined, name: string): CteEnvironment | undefined {
  for (let entry = ctes; entry !== undefined; entry = entry.next) {
    if (sameName(entry.cte.name.name, name)) return entry;
  }
  return undefined;
}

function cteNames(ctes: CteEnvironment | undefined): string[] {
  const names: string[] = [];
  for (let entry = ctes; entry !== undefined; entry = entry.next) names.push(entry.cte.name.name);
  return names;
}

/** Each CTE is bound once; its plan is shared by those who read it. */
function bindCte(entry: CteEnvironment, span: Span): BoundQuery {
  if (entry.bound === undefined) {
    const { cte, environment } = entry;
    if (cte.unsupported !== undefined) throw unsupported(cte.unsupported.feature, cte.unsupported.span);
    const { plan } = environment.bindQuery(cte.query, environment);
    const names = cte.columns.map((column) => column.name);
    entry.bound = { plan: renamed(plan, names, cte.name.name, span) };
  }
  return entry.bound;
}

function bindSubqueryRef(environment: Environment, ref: SubqueryRef, left: Relation | undefined): Relation {
  const outer = left === undefined ? environment.outer : [left.scope, ...environment.outer];
  const { plan } = environment.bindQuery(ref.query, { ...environment, outer });
  return aliased(plan, "", ref.alias);
}

function openFile(environment: Environment, path: string, alias: TableAlias | undefined, span: Span): Relation {
  const { source, name } = environment.context.openFile([path], undefined, {}, span);
  return aliased(scanPlan(name, source), fileAlias(path), alias);
}

const FILE_NAME = /\.(csv|tsv|txt|json|ndjson|jsonl|geojson|parquet|pq|arrow|arrows|feather|ipc)(\.(gz|zst|zstd))?$/i;

const looksLikeFile = (name: string): boolean => FILE_NAME.test(name);

function renamed(plan: LogicalPlan, names: readonly string[], table: string, span: Span): LogicalPlan {
  return names.length === 0 ? plan : { ...plan, schema: renameFields(plan.schema, names, table, span) };
}
