import { typeName, VARCHAR } from "../core/types.ts";
import { type Describe, print, type Query, type Summarize } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { describeFunction } from "./describe-function.ts";
import { describeConnector, describeStream } from "./describe-streaming.ts";
import { tableFromRows } from "./rows.ts";
import { selectAll } from "./select-query.ts";
import { describeJob } from "./show-jobs.ts";
import { describeModel } from "./show-models.ts";
import { describePack } from "./show-packs.ts";

export async function runDescribe(statement: Describe, context: StatementContext): Promise<StatementOutput> {
  const { object } = statement;
  if (object === "job") return describeJob(statement, context);
  if (object === "stream") return describeStream(statement, context);
  if (object === "connector") return describeConnector(statement);
  if (object === "model") return describeModel(statement, context);
  if (object === "function") return describeFunction(statement, context);
  if (object === "pack") return describePack(statement, context);
  const { schema } = context.plan(targetQuery(statement.target)).root;
  const entry =
    statement.target.kind === "tableName"
      ? context.catalog.lookup(statement.target.name[statement.target.name.length - 1].name)
      : undefined;
  const columns = ["column_name", "column_type", "null", "key", "default", "extra"].map((name) => ({ name, type: VARCHAR }));
  return {
    table: tableFromRows(
      columns,
      schema.map((field, i) => {
        const stored = entry?.kind === "table" ? entry : undefined;
        const value = stored?.defaults[i];
        const text = value === undefined ? null : print(value);
        return [field.name, typeName(field.type), stored?.notNull[i] ? "NO" : "YES", null, text, null];
      }),
    ),
  };
}

/** The target as a query: `SELECT * FROM t`. */
export function targetQuery(target: Describe["target"] | Summarize["target"]): Query {
  if (target.kind === "query") return target;
  return selectAll(target);
}
