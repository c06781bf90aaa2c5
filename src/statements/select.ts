import type { Query } from "../sql/ast.ts";
import { type StatementContext, type StatementOutput, tableOf } from "./context.ts";

export async function runSelect(query: Query, context: StatementContext): Promise<StatementOutput> {
  const plan = context.plan(query);
  const { stream } = plan;
  if (stream !== undefined) return context.follow({ ...plan, stream }, query);
  const result = await context.run(plan);
  return { table: tableOf(plan.root.schema, result) };
}
