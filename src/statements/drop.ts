import type { Drop } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { runDropJob } from "./job-action.ts";
import { objectName } from "./names.ts";

export async function runDrop(statement: Drop, context: StatementContext): Promise<StatementOutput> {
  const { object } = statement;
  if (object === "job") return runDropJob(statement, context);
  const { catalog, streaming } = context;
  const dropped: string[] = [];
  for (const qualified of statement.names) {
    const { name, span } = objectName(qualified);
    const entry = catalog.lookup(name);
    // A stream that is computed from others is kept as the view it is.
    const kind = object === "stream" && entry?.kind === "view" && entry.stream === true ? "view" : object;
    if (catalog.drop(name, kind, span)) {
      dropped.push(name);
      if (kind === "stream" || kind === "materialized view") streaming.drop(name);
    } else if (!statement.ifExists) throw catalog.missing(name, span);
  }
  return { message: dropped.length === 0 ? "nothing to drop" : `dropped ${object} ${dropped.join(", ")}` };
}
