import type { CreateView } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { objectName } from "./names.ts";

export async function runCreateView(statement: CreateView, context: StatementContext): Promise<StatementOutput> {
  const name = objectName(statement.name);
  if (statement.ifNotExists && context.catalog.lookup(name.name)?.kind === "view") return { message: `view ${name.name} exists already` };
  // Bound once here, so that a view that cannot work is refused where it is written.
  context.plan(statement.query);
  const { start, end } = statement.query.span;
  context.catalog.create(
    {
      kind: "view",
      name: name.name,
      sql: context.text.slice(start, end),
      query: statement.query,
      columns: statement.columns.map((column) => column.name),
    },
    { replace: statement.orReplace, span: name.span },
  );
  return { message: `view ${name.name}` };
}
