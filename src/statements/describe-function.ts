import { signatures } from "../assist/signature.ts";
import { kindOf, originOf } from "../assist/user-function.ts";
import { getFunction } from "../catalog/functions.ts";
import { VARCHAR } from "../core/types.ts";
import type { Describe } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { functionName } from "./names.ts";
import { tableFromRows } from "./rows.ts";

/** `DESCRIBE FUNCTION f`: property and value, each example a row; what defines it, for functions of the user's own. */
export function describeFunction({ target }: Describe, { functions }: StatementContext): StatementOutput {
  if (target.kind !== "tableName") throw new Error("DESCRIBE FUNCTION without a name");
  const { name, span } = functionName(target.name);
  const definition = getFunction(functions, name, span);
  const { doc, origin } = definition;
  const rows: [string, string][] = [
    ["name", definition.name],
    ["kind", kindOf(definition)],
    ...signatures(definition).map((signature): [string, string] => ["signature", signature]),
    ["origin", originOf(definition)],
    ["family", definition.family],
  ];
  if (doc.summary !== "") rows.push(["description", doc.summary]);
  if (doc.example !== "") rows.push(["example", doc.example]);
  if (origin?.sql !== undefined) rows.push(["definition", origin.sql]);
  const schema = ["property", "value"].map((column) => ({ name: column, type: VARCHAR }));
  return { table: tableFromRows(schema, rows) };
}
