import { unsupported } from "../core/errors.ts";
import type { CreateFunctions } from "../sql/ast.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

export function runCreateFunctions(statement: CreateFunctions, _context: StatementContext): Promise<StatementOutput> {
  throw unsupported("this statement is not there yet", statement.span);
}
