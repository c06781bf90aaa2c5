import { unsupported } from "../core/errors.ts";
import { explainJson, explainText } from "../plan/index.ts";
import type { Explain } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { explainSeries } from "./explain-series.ts";

/** `createTable` is written CREATE TABLE. */
const firstWords = (kind: string): string => kind.replaceAll(/([A-Z])/g, " $1").toUpperCase();

/** `EXPLAIN`: the plan after all rewrites. `EXPLAIN ANALYZE` runs the query, drops its rows, and adds what each operator did. */
export async function runExplain(statement: Explain, context: StatementContext): Promise<StatementOutput> {
  const query = statement.statement;
  if (query.kind !== "query")
    throw unsupported(`EXPLAIN of ${firstWords(query.kind)} is not there yet`, query.span, "EXPLAIN takes a query");
  if (statement.format !== undefined && statement.format !== "json" && statement.format !== "text") {
    throw unsupported(`EXPLAIN (FORMAT ${statement.format}) is not there`, statement.span, "FORMAT JSON, or none for the tree");
  }
  if (statement.ofCall === true) return explainSeries(query, statement, context);
  const plan = context.plan(query);
  const metrics = statement.analyze ? (await context.run(plan, () => {})).metrics : undefined;
  const text = statement.format === "json" ? JSON.stringify(explainJson(plan, metrics), null, 2) : explainText(plan, metrics);
  return { text };
}
