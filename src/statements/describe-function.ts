import type { FunctionDefinition } from "../catalog/function-types.ts";
import { getFunction } from "../catalog/functions.ts";
import { VARCHAR } from "../core/types.ts";
import type { Describe } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { functionName } from "./names.ts";
import { tableFromRows } from "./rows.ts";

/** Where a function comes from: `built in`, `session`, or the name of its pack. */
export const originOf = ({ origin }: FunctionDefinition): string => (origin === undefined ? "built in" : (origin.pack ?? "session"));

/** `DESCRIBE FUNCTION f`: property and value, each example a row; what defines it, for functions of the user's own. */
export function describeFunction({ target }: Describe, { functions }: StatementContext): StatementOutput {
  if (target.kind !== "tableName") throw new Error("DESCRIBE FUNCTION without a name");
  const { name, span } = functionName(target.name);
  const definition = getFunction(functions, name, span);
  const { doc, origin } = definition;
  const rows: [string, string][] = [
    ["name", definition.name],
    ["kind", definition.kind],
    ["signature", `${definition.name}(${doc.params.join(", ")})`],
    ["origin", originOf(definition)],
    ["family", definition.family],
    ["description", doc.summary],
    ["example", doc.example],
  ];
  if (origin?.sql !== undefined) rows.push(["definition", origin.sql]);
  const schema = ["property", "value"].map((column) => ({ name: column, type: VARCHAR }));
  return { table: tableFromRows(schema, rows) };
}
