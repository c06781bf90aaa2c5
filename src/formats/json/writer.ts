import { valueReader } from "../../core/read.ts";
import type { FileWriterFactory } from "../format.ts";
import { COMPRESSION_OPTION, TextFile } from "../text-file.ts";
import { jsonRow, uniqueNames } from "./json-value.ts";

/** `COPY … TO 'x.json'`: a record a line, or with `array true` one array. */
export const jsonWriter: FileWriterFactory = {
  options: [{ name: "array", type: "boolean", default: "false", doc: "Writes one array instead of a record a line." }, COMPRESSION_OPTION],
  create(path, schema, options) {
    const file = new TextFile(path, options.text("compression"));
    const names = uniqueNames(schema.map((field) => field.name));
    const types = schema.map((field) => field.type);
    const isArray = options.boolean("array") ?? false;
    let isFirst = true;
    if (isArray) file.write("[");
    return {
      write(batch) {
        const readers = batch.columns.map((column) => valueReader(column));
        for (let row = 0; row < batch.length; row++) {
          const text = jsonRow(
            names,
            types,
            readers.map((read) => read(row)),
          );
          file.write(isArray ? `${isFirst ? "\n" : ",\n"}${text}` : `${text}\n`);
          isFirst = false;
        }
      },
      finish() {
        if (isArray) file.write("\n]\n");
        file.finish();
      },
      abort: () => file.abort(),
    };
  },
};
