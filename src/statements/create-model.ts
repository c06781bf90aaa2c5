import { resolve } from "node:path";
import { durationMicros, parseByteSize } from "../catalog/settings.ts";
import { checkProperties, type PropertyRules, type PropertyValue } from "../connectors/properties.ts";
import { bindError, WeirError } from "../core/errors.ts";
import { TIMESTAMPTZ, typeName } from "../core/types.ts";
import { localPath } from "../formats/files.ts";
import { formatValue } from "../functions/cast/index.ts";
import type { DeclaredColumn } from "../ml/model-inputs.ts";
import { modelExists, type NullRule, OnnxModel } from "../ml/onnx-model.ts";
import { resolveType } from "../plan/index.ts";
import type { ColumnDef, CreateModel } from "../sql/ast.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { objectName } from "./names.ts";
import { propertiesOf, spanOfProperty } from "./properties.ts";

/** Properties of CREATE MODEL, as completion and the reference show them. */
export const MODEL_PROPERTIES: PropertyRules = {
  owner: "model",
  options: [
    { name: "provider", type: "text", default: "onnx", choices: ["onnx"], doc: "Kind of the file." },
    { name: "path", type: "text", default: "", required: true, doc: "The file, from the notebook's folder." },
    {
      name: "nulls",
      type: "text",
      default: "null",
      choices: ["null", "nan", "error"],
      doc: "What a NULL input gives: NULL outputs, a NaN for the model (floating inputs), or an error.",
    },
    {
      name: "probabilities",
      type: "text",
      default: "map",
      choices: ["map", "columns"],
      doc: "Class probabilities with labels as one MAP, or as a column a class.",
    },
    { name: "threads", type: "integer", default: "1", min: 1, max: 64, doc: "Threads that one run of the model is spread over." },
    { name: "batch_size", type: "integer", default: "as they come", min: 1, max: 1 << 20, doc: "Most rows that are scored at once." },
    { name: "memory_limit", type: "bytes", default: "model_memory_limit", min: 1, doc: "Memory that the model's process may hold." },
    { name: "timeout", type: "duration", default: "model_timeout", min: 1000, doc: "How long loading, or scoring one batch, may take." },
  ],
};

export async function runCreateModel(statement: CreateModel, context: StatementContext): Promise<StatementOutput> {
  const { models, settings, nowMicros, timeZone } = context;
  const { name, span } = objectName(statement.name);
  const version = models.nextVersion(name);
  const before = models.lookup(name);
  if (before !== undefined && statement.ifNotExists) return { message: `model ${before.name} exists already` };
  if (before !== undefined && !statement.orReplace) throw modelExists(before.name, version, span);
  const properties = checkedProperties(statement, propertiesOf(statement.properties, context));
  const path = properties.text("path") as string;
  const pathSpan = statement.properties.find(({ key }) => key.toLowerCase() === "path")?.value.span;
  const timeout = properties.number("timeout");
  const model = await OnnxModel.load({
    name,
    version,
    sql: context.text.slice(statement.span.start, statement.span.end),
    path: resolve(context.cwd, localPath(path)),
    writtenPath: path,
    created: formatValue(TIMESTAMPTZ, BigInt(nowMicros), timeZone),
    inputs: statement.inputs.map(declaredColumn),
    outputs: statement.outputs.map(declaredColumn),
    nulls: (properties.text("nulls") ?? "null") as NullRule,
    probabilities: (properties.text("probabilities") ?? "map") as "map" | "columns",
    threads: properties.number("threads") ?? 1,
    batchSize: properties.number("batch_size"),
    limits: () => ({
      memoryBytes: properties.number("memory_limit") ?? (parseByteSize(String(settings.get("model_memory_limit"))) as number),
      timeoutMs: (timeout ?? (durationMicros(settings.get("model_timeout")) as number)) / 1000,
    }),
    most: () => Number(settings.get("threads")),
  }).catch((error: unknown) => {
    if (error instanceof WeirError) error.span ??= pathSpan ?? span;
    throw error;
  });
  models.add(model);
  for (const remark of model.remarks) context.warn(remark);
  const columns = (schema: typeof model.inputs) => schema.map((field) => `${field.name} ${typeName(field.type)}`).join(", ");
  const title = version === 1 ? `model ${name}` : `model ${name}, version ${version}`;
  return { message: `${title}: (${columns(model.inputs)}) → (${columns(model.outputs)})` };
}

function checkedProperties(statement: CreateModel, given: Record<string, PropertyValue>) {
  try {
    return checkProperties(MODEL_PROPERTIES, given);
  } catch (error) {
    if (error instanceof WeirError) error.span ??= spanOfProperty(statement.properties, error.message) ?? statement.span;
    throw error;
  }
}

function declaredColumn(column: ColumnDef): DeclaredColumn {
  const { name, type, span } = column;
  if (type === undefined) throw bindError(`column "${name.name}" needs a type`, span, `${name.name} FLOAT`);
  return { name: name.name, type: resolveType(type), span };
}
