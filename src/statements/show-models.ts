import { BIGINT, INTEGER, type Schema, typeName, VARCHAR } from "../core/types.ts";
import type { Describe } from "../sql/index.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { tableFromRows } from "./rows.ts";
import type { Shown } from "./show-streaming.ts";

/** Facts of a model that are columns of SHOW MODELS too. */
const SHOWN_FACTS = ["provider", "path", "size", "created"];

/** Every version of every model; NULL for what its provider does not tell. */
export function showModels({ models }: StatementContext): Shown {
  const schema: Schema = [
    ...[
      { name: "name", type: VARCHAR },
      { name: "version", type: INTEGER },
    ],
    ...["provider", "inputs", "outputs", "path"].map((name) => ({ name, type: VARCHAR })),
    ...[
      { name: "size", type: BIGINT },
      { name: "created", type: VARCHAR },
    ],
  ];
  const rows = models.all().map((model) => {
    const facts = new Map(model.facts);
    const [provider, path, size, created] = SHOWN_FACTS.map((name) => facts.get(name) ?? null);
    const bytes = size === null ? null : BigInt(/^\d+/.exec(size)?.[0] ?? 0);
    return [model.name, model.version, provider, columns(model.inputs), columns(model.outputs), path, bytes, created];
  });
  return { schema, rows };
}

/** `DESCRIBE MODEL m@2`: property and value, as the model's provider tells them. */
export function describeModel({ target }: Describe, { models }: StatementContext): StatementOutput {
  if (target.kind !== "tableName") throw new Error("DESCRIBE MODEL without a name");
  const [written] = target.name;
  const model = models.get(written.name, written.span);
  const schema = ["property", "value"].map((name) => ({ name, type: VARCHAR }));
  const rows = [["name", model.name], ["version", String(model.version)], ...model.facts];
  return { table: tableFromRows(schema, rows) };
}

const columns = (schema: Schema): string => schema.map(({ name, type }) => `${name} ${typeName(type)}`).join(", ");
