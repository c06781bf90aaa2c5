import type { StopQuery } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

/** STOP q7, STOP ALL: ends running queries; their results and late rows stay for a while. */
export async function runStopQuery(statement: StopQuery, context: StatementContext): Promise<StatementOutput> {
  const stopped = context.streaming.queries.stop(statement.name?.name, statement.name?.span);
  return { message: stopped.length === 0 ? "nothing was running" : `stopped ${stopped.join(", ")}` };
}
