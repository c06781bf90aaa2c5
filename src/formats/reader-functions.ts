import type { TableFunctionDoc } from "../catalog/function-types.ts";
import type { FileFormat } from "./format.ts";
import { FORMATS } from "./registry.ts";

/** Other names of the readers, as DuckDB has them. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  csv: ["read_csv_auto"],
  json: ["read_json_auto", "read_ndjson", "read_ndjson_auto"],
  parquet: ["parquet_scan"],
};

/** `read_csv`, `read_json` and their kin, one a file format, with the format's options as their documentation. */
export const readerFunctions: readonly TableFunctionDoc[] = FORMATS.map(readerOf);

function readerOf(format: FileFormat): TableFunctionDoc {
  const options = format.options.map((option) => `${option.name} = …`);
  const described = format.options.map((option) => `${option.name} (${option.default}): ${option.doc}`);
  return {
    kind: "table",
    name: `read_${format.name}`,
    aliases: ALIASES[format.name],
    family: "files",
    doc: {
      summary: [`Rows of ${format.name} files: a path, a glob, or a list of them.`, ...described].join("\n"),
      params: ["path", ...options],
      example: `SELECT * FROM read_${format.name}('data/*${format.extensions[0]}')`,
      result: "",
    },
  };
}
