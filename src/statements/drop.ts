import { unsupported } from "../core/errors.ts";
import type { Drop } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { objectName } from "./names.ts";

export async function runDrop(statement: Drop, context: StatementContext): Promise<StatementOutput> {
  const { object } = statement;
  if (object !== "table" && object !== "view") throw unsupported(`DROP ${object.toUpperCase()} is not there yet`, statement.span);
  const dropped: string[] = [];
  for (const qualified of statement.names) {
    const { name, span } = objectName(qualified);
    if (context.catalog.drop(name, object, span)) dropped.push(name);
    else if (!statement.ifExists) throw context.catalog.missing(name, span);
  }
  return { message: dropped.length === 0 ? "nothing to drop" : `dropped ${object} ${dropped.join(", ")}` };
}
