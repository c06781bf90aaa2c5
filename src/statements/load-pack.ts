import type { CatalogModel, ModelRegistry } from "../catalog/models.ts";
import { bindError, type Span } from "../core/errors.ts";
import type { ColumnDef, Expr, Identifier, LoadPack, Property } from "../sql/ast.ts";
import { parseExpression } from "../sql/index.ts";
import { findPack } from "../udf/packs/folders.ts";
import type { PackModel } from "../udf/packs/manifest.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { runCreateModel } from "./create-model.ts";
import { dropModelsOf } from "./drop-pack.ts";

/** `LOAD finance`, `LOAD './mine'`: the pack's functions become `finance.vwap`, and its models `finance.churn`. */
export async function runLoadPack({ name: { name, span } }: LoadPack, context: StatementContext): Promise<StatementOutput> {
  const { packs, functions, models, cwd } = context;
  const found = findPack(name, cwd, span);
  const { manifest } = found;
  const other = packs.lookup(manifest.name);
  if (other !== undefined && other.folder !== found.folder) {
    throw bindError(`another pack ${manifest.name} is loaded, from "${other.folder}"`, span, `DROP PACK ${manifest.name} takes it out`);
  }
  const made: CatalogModel[] = [];
  try {
    for (const model of manifest.models) made.push(await createModel(model, manifest.name, found.folder, span, context));
    await packs.load(found, functions, span);
  } catch (error) {
    for (const model of made) removeModel(model, models);
    throw error;
  }
  for (const model of made) keepOne(model, models);
  const gone = other?.manifest.models.filter((model) => !manifest.models.some(({ name }) => name === model.name)) ?? [];
  dropModelsOf(manifest.name, gone, models);
  const what = [
    count(manifest.functions.length, "function"),
    ...(manifest.models.length > 0 ? [count(manifest.models.length, "model")] : []),
  ];
  return { message: `loaded pack ${manifest.name} ${manifest.version}: ${what.join(", ")}` };
}

function removeModel({ name, version }: CatalogModel, models: ModelRegistry): void {
  for (const model of models.remove(name, version)) model.close();
}

/** Of a model that is loaded again the version before stays where nothing has changed: queries may be using it. */
function keepOne(model: CatalogModel, models: ModelRegistry): void {
  const before = models.lookup(model.name, model.version - 1);
  if (before !== undefined && sameModel(before, model)) removeModel(model, models);
}

const sameModel = (a: CatalogModel, b: CatalogModel): boolean => a.hash === b.hash && factsOf(a) === factsOf(b);

const factsOf = ({ facts, inputs, outputs }: CatalogModel): string =>
  JSON.stringify([facts.filter(([fact]) => fact !== "created"), inputs, outputs]);

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

/** As CREATE MODEL with the properties of the manifest, its file meant from the pack's folder. */
async function createModel(model: PackModel, pack: string, folder: string, span: Span, context: StatementContext): Promise<CatalogModel> {
  const text = (value: string): Expr => ({ kind: "string", value, span });
  const property = (key: string, value: Expr): Property => ({ kind: "property", key, keySpan: span, value, span });
  const name: Identifier = { name: `${pack}.${model.name}`, quoted: true, span };
  const properties = Object.entries(model.properties).map(([key, value]) => property(key, literal(value, span)));
  await runCreateModel(
    {
      kind: "createModel",
      name: [name],
      orReplace: true,
      ifNotExists: false,
      inputs: columnDefs(model.input, `model ${name.name}`, span),
      outputs: columnDefs(model.output, `model ${name.name}`, span),
      properties: [
        ...(Object.hasOwn(model.properties, "provider") ? [] : [property("provider", text("onnx"))]),
        property("path", text(`${folder}/${model.path}`)),
        ...properties,
      ],
      span,
    },
    context,
  );
  return context.models.get(name.name, span);
}

function literal(value: string | number | boolean, span: Span): Expr {
  if (typeof value === "string") return { kind: "string", value, span };
  if (typeof value === "boolean") return { kind: "boolean", value, span };
  const number: Expr = { kind: "number", type: Number.isInteger(value) ? "integer" : "double", text: String(Math.abs(value)), span };
  return value < 0 ? { kind: "unary", op: "-", operand: number, span } : number;
}

/** The manifest's types are SQL; each is read as the type of a cast. */
function columnDefs(columns: Readonly<Record<string, string>> | undefined, of: string, span: Span): ColumnDef[] {
  return Object.entries(columns ?? {}).map(([name, type]) => {
    const cast = parseExpression(`CAST(NULL AS ${type})`);
    if (cast.kind !== "cast") throw bindError(`${of}: "${type}" of ${name} is no SQL type`, span);
    return {
      kind: "columnDef",
      name: { name, quoted: true, span },
      type: cast.type,
      notNull: false,
      primaryKey: false,
      unique: false,
      checks: [],
      span,
    };
  });
}
