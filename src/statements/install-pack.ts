import { unsupported } from "../core/errors.ts";
import type { InstallPack } from "../sql/ast.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

export function runInstallPack(statement: InstallPack, _context: StatementContext): Promise<StatementOutput> {
  throw unsupported("this statement is not there yet", statement.span);
}
