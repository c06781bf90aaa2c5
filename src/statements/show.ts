import { callSignature, signatures } from "../assist/signature.ts";
import { kindOf, originOf } from "../assist/user-function.ts";
import type { FunctionDefinition } from "../catalog/function-types.ts";
import { isUserFunction } from "../catalog/user-functions.ts";
import { unsupported } from "../core/errors.ts";
import { BIGINT, type Schema, typeName, VARCHAR } from "../core/types.ts";
import type { Show } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { objectName } from "./names.ts";
import { tableFromRows } from "./rows.ts";
import { selectAll } from "./select-query.ts";
import { showJobs } from "./show-jobs.ts";
import { showModels } from "./show-models.ts";
import { showPacks } from "./show-packs.ts";
import { type Shown, showConnectors, showQueries, showState, showStreams } from "./show-streaming.ts";

const text = (...names: string[]): Schema => names.map((name) => ({ name, type: VARCHAR }));

export async function runShow(statement: Show, context: StatementContext): Promise<StatementOutput> {
  const { schema, rows } = await answer(statement, context);
  const matches = likeMatcher(statement.like);
  return {
    table: tableFromRows(
      schema,
      rows.filter((row) => matches(String(row[0]))),
    ),
  };
}

function answer(statement: Show, context: StatementContext): Shown | Promise<Shown> {
  const { catalog } = context;
  switch (statement.subject) {
    case "tables":
      return { schema: text("name"), rows: catalog.entries().map((entry) => [entry.name]) };
    case "views":
      return {
        schema: text("name", "kind", "sql"),
        rows: catalog
          .entries()
          .flatMap((entry) => (entry.kind === "view" || entry.kind === "materialized view" ? [[entry.name, entry.kind, entry.sql]] : [])),
      };
    case "all tables": {
      const schema: Schema = [...text("name", "kind", "columns"), { name: "rows", type: BIGINT }];
      const entries = [...catalog.entries(), ...catalog.results()];
      return {
        schema,
        rows: entries.map((entry) => {
          if (entry.kind === "view") return [entry.name, entry.stream === true ? "stream" : "view", entry.columns.join(", "), null];
          const columns = entry.schema.map((field) => field.name).join(", ");
          if (entry.kind === "stream") return [entry.name, "stream", columns, null];
          if (entry.kind === "materialized view") return [entry.name, entry.kind, columns, BigInt(entry.rows().rowCount)];
          const count = entry.source.rowCount;
          return [entry.name, catalog.results().includes(entry) ? "result" : "table", columns, count === undefined ? null : BigInt(count)];
        }),
      };
    }
    case "functions":
      return {
        schema: text("name", "kind", "family", "signature", "origin", "description", "example"),
        rows: ownFirst(context.functions.definitions()).map((fn) => [
          ...[fn.name, kindOf(fn), fn.family, signature(fn), originOf(fn)],
          ...[fn.doc.summary, fn.doc.example],
        ]),
      };
    case "settings":
      return {
        schema: text("name", "value", "type", "description"),
        rows: context.settings.all().map(({ setting, value }) => [setting.name, String(value), setting.type, setting.doc]),
      };
    case "databases":
      return { schema: text("name"), rows: [["memory"]] };
    case "schemas":
      return { schema: text("name"), rows: [["main"]] };
    case "streams":
      return showStreams(context);
    case "queries":
      return showQueries(context);
    case "connectors":
      return showConnectors();
    case "state":
      return showState(context, statement.name === undefined ? undefined : objectName(statement.name).name);
    case "schema": {
      const { schema } = context.plan(selectAll({ kind: "tableName", name: statement.name!, span: statement.span })).root;
      return { schema: text("name", "type"), rows: schema.map((field) => [field.name, typeName(field.type)]) };
    }
    case "jobs":
      return showJobs(context);
    case "models":
      return showModels(context);
    case "packs":
      return showPacks(context);
    case "topics":
      throw unsupported(`SHOW ${statement.subject.toUpperCase()} is not there yet`, statement.span);
  }
}

/** Of a function of the user's own with its types: there are no pages that tell them. */
const signature = (fn: FunctionDefinition): string => (isUserFunction(fn) ? signatures(fn).join("; ") : callSignature(fn));

/** Those of the user's own are a few among hundreds. */
const ownFirst = (functions: readonly FunctionDefinition[]): FunctionDefinition[] => [
  ...functions.filter(isUserFunction),
  ...functions.filter((fn) => !isUserFunction(fn)),
];

/** LIKE without regard to case, as names compare. `%` any text, `_` one character. */
function likeMatcher(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true;
  const source = [...pattern]
    .map((char) => (char === "%" ? ".*" : char === "_" ? "." : char.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")))
    .join("");
  const expression = new RegExp(`^${source}$`, "isu");
  return (name) => expression.test(name);
}
