import { unsupported } from "../core/errors.ts";
import type { LoadPack } from "../sql/ast.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

export function runLoadPack(statement: LoadPack, _context: StatementContext): Promise<StatementOutput> {
  throw unsupported("this statement is not there yet", statement.span);
}
