import type { Catalog } from "../catalog/catalog.ts";
import { bindError } from "../core/errors.ts";
import { type CreateJob, type Node, parse, print, type Query, quoteName, type Statement, walk } from "../sql/index.ts";
import type { Definition, JobEnvironment } from "./job-environment.ts";
import type { StoredJob } from "./job-folder.ts";

/** What a statement refers to, as a job stores it. */
export interface Dependencies {
  /** Statements that make streams and views anew, those that others need first. */
  readonly declarations: readonly { readonly name: string; readonly sql: string }[];
  /** Tables and kept results. */
  readonly tables: readonly string[];
}

/** The streams, views and tables that a job's statement names, and those that they name. */
export function dependenciesOf(statement: CreateJob, environment: JobEnvironment): Dependencies {
  const declarations = new Map<string, { name: string; sql: string }>();
  const tables = new Set<string>();
  const seen = new Set<string>();
  const add = (name: string): void => {
    const key = name.toLowerCase();
    if (seen.has(key)) return;
    seen.add(key);
    const definition = environment.definition(name);
    if (definition === undefined) return;
    if (definition.ddl === undefined) {
      tables.add(definition.name);
      return;
    }
    for (const node of parse(definition.ddl)) namesIn(node).forEach(add);
    declarations.set(key, { name: definition.name, sql: definition.ddl });
  };
  const { table } = statement.insert;
  add(table[table.length - 1].name);
  namesIn(statement).forEach(add);
  return { declarations: [...declarations.values()], tables: [...tables] };
}

/** What a name of the catalog stands for. Views are written out again from their query. */
export function definitionOf(catalog: Catalog, name: string): Definition | undefined {
  const entry = catalog.lookup(name);
  switch (entry?.kind) {
    case undefined:
      return undefined;
    case "table":
      return { kind: "table", name: entry.name, ddl: undefined };
    case "stream":
      return { kind: "stream", name: entry.name, ddl: entry.sql };
    case "view": {
      const columns = entry.columns.length === 0 ? "" : ` (${entry.columns.map(quoteName).join(", ")})`;
      const what = entry.stream === true ? "STREAM" : "VIEW";
      return {
        kind: entry.stream === true ? "stream" : "view",
        name: entry.name,
        ddl: `CREATE ${what} ${quoteName(entry.name)}${columns} AS ${entry.sql}`,
      };
    }
    case "materialized view":
      return { kind: "materialized view", name: entry.name, ddl: `CREATE MATERIALIZED VIEW ${quoteName(entry.name)} AS ${entry.sql}` };
  }
}

/** Names in FROM, but those of WITH. */
function namesIn(node: Node): string[] {
  const names = new Set<string>();
  const local = new Set<string>();
  walk(node, (child) => {
    if (child.kind === "query") for (const { name } of (child as Query).ctes) local.add(name.name.toLowerCase());
    if (child.kind === "tableName") names.add(child.name[child.name.length - 1].name);
  });
  return [...names].filter((name) => !local.has(name.toLowerCase()));
}

/** Declares what is missing of a job's streams and views. One of the same name that was declared otherwise is an error. */
export async function declareMissing(
  { name: job, declarations, tables, parameters }: Dependencies & Pick<StoredJob, "name" | "parameters">,
  environment: JobEnvironment,
): Promise<void> {
  for (const { name, sql } of declarations) {
    const present = environment.definition(name);
    if (present === undefined) await environment.declare(sql, parameters);
    else if (!isSame(present, sql)) throw differs(job, present, sql);
  }
  for (const name of tables) {
    if (environment.definition(name) !== undefined) continue;
    throw bindError(
      `job "${job}" reads the table "${name}", which is not there`,
      undefined,
      "a table lives in its session: create it first",
    );
  }
}

const isSame = ({ ddl }: Definition, sql: string): boolean => ddl !== undefined && canonical(ddl) === canonical(sql);

function withoutConditions(statement: Statement): Statement {
  if (!("orReplace" in statement)) return statement;
  return "ifNotExists" in statement ? { ...statement, orReplace: false, ifNotExists: false } : { ...statement, orReplace: false };
}

/** The statement without what only matters when it is run: OR REPLACE and IF NOT EXISTS. */
const canonical = (sql: string): string =>
  parse(sql)
    .map((statement) => print(withoutConditions(statement)))
    .join("; ");

function differs(job: string, { kind, name }: Definition, sql: string): Error {
  return bindError(
    `job "${job}" was made with another ${kind} "${name}": ${sql}`,
    undefined,
    `DROP ${kind.toUpperCase()} ${name}, and RESUME JOB ${job} makes it as it was`,
  );
}
