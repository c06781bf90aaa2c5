import { unsupported } from "../core/errors.ts";
import type { CreateFunction } from "../sql/ast.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

export function runCreateFunction(statement: CreateFunction, _context: StatementContext): Promise<StatementOutput> {
  throw unsupported("this statement is not there yet", statement.span);
}
