import { unsupported } from "../core/errors.ts";
import type { CreateModel } from "../sql/ast.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

export function runCreateModel(statement: CreateModel, _context: StatementContext): Promise<StatementOutput> {
  throw unsupported("this statement is not there yet", statement.span);
}
