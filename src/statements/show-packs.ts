import { BIGINT, BOOLEAN, type Schema, VARCHAR } from "../core/types.ts";
import type { Describe } from "../sql/index.ts";
import { type FoundPack, findPack, knownPacks } from "../udf/packs/folders.ts";
import type { PackFunction } from "../udf/packs/manifest.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { tableFromRows } from "./rows.ts";
import type { Shown } from "./show-streaming.ts";

/** `SHOW PACKS`: those that ship with Weir, those installed, and those loaded from a folder. No code of theirs runs. */
export function showPacks({ packs, warn }: StatementContext): Shown {
  const schema: Schema = [
    ...["name", "version"].map((name) => ({ name, type: VARCHAR })),
    { name: "loaded", type: BOOLEAN },
    ...["functions", "models"].map((name) => ({ name, type: BIGINT })),
    ...["where", "description"].map((name) => ({ name, type: VARCHAR })),
  ];
  const loaded = packs.loaded();
  const known = knownPacks(warn).filter(({ folder }) => !loaded.some((pack) => pack.folder === folder));
  const rows = [...loaded, ...known]
    .sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1))
    .map((pack) => {
      const { name, version, description, functions, models } = pack.manifest;
      return [name, version, loaded.includes(pack), BigInt(functions.length), BigInt(models.length), placeOf(pack), description];
    });
  return { schema, rows };
}

const placeOf = ({ where, folder }: FoundPack): string => (where === "folder" ? folder : where);

/** `DESCRIBE PACK finance`: a row for each function and model, from the manifest alone. */
export function describePack({ target }: Describe, { packs, cwd }: StatementContext): StatementOutput {
  if (target.kind !== "tableName") throw new Error("DESCRIBE PACK without a name");
  const [{ name, span }] = target.name;
  const { manifest } = packs.lookup(name) ?? findPack(name, cwd, span);
  const schema = ["name", "kind", "signature", "returns", "description", "example", "result"].map((column) => ({
    name: column,
    type: VARCHAR,
  }));
  const functions = manifest.functions.map((fn) => [
    `${manifest.name}.${fn.name}`,
    fn.kind,
    packSignature(manifest.name, fn),
    fn.returns,
    describedIn(fn),
    fn.example ?? null,
    fn.result ?? null,
  ]);
  const models = manifest.models.map((model) => [`${manifest.name}.${model.name}`, "model", null, null, model.path, null, null]);
  return { table: tableFromRows(schema, [...functions, ...models]) };
}

/** The function's sentences, and a line for each parameter of which something is said. */
const describedIn = ({ doc, params }: PackFunction): string =>
  [doc, ...params.flatMap((param) => (param.doc === undefined ? [] : [`${param.name}: ${param.doc}`]))].join("\n");

/** `finance.rsi(price DOUBLE, period INTEGER?)`: a question mark behind what may be left out. */
const packSignature = (pack: string, { name, params, variadic }: PackFunction): string => {
  const list = params.map((param) => `${param.name} ${param.type}${param.optional === true ? "?" : ""}`).join(", ");
  return `${pack}.${name}(${list}${variadic === true ? " …" : ""})`;
};
