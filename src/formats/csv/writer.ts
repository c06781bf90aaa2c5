import type { FileWriterFactory } from "../format.ts";
import { COMPRESSION_OPTION, TextFile } from "../text-file.ts";
import { type CsvStyle, csvHeader, csvLines } from "./csv-text.ts";

/** `COPY … TO 'x.csv'`. */
export const csvWriter: FileWriterFactory = {
  options: [
    { name: "header", type: "boolean", default: "true", doc: "Whether the first line holds the column names." },
    { name: "delim", aliases: ["sep", "delimiter"], type: "char", default: "',' (a tab for .tsv)", doc: "Character between fields." },
    { name: "quote", type: "char", default: "'\"'", doc: "Character around fields that need it; empty for none." },
    { name: "escape", type: "char", default: "the quote", doc: "Character before a quote inside of quotes." },
    { name: "nullstr", aliases: ["null"], type: "text", default: "''", doc: "What NULL is written as." },
    { name: "force_quote", type: "boolean", default: "false", doc: "Quotes every field." },
    COMPRESSION_OPTION,
  ],
  create(path, schema, options) {
    const file = new TextFile(path, options.text("compression"));
    const quote = options.text("quote") ?? '"';
    const style: CsvStyle = {
      delimiter: options.text("delim") ?? (/\.tsv(\.gz)?$/i.test(path) ? "\t" : ","),
      quote,
      escape: options.text("escape") ?? quote,
      nullText: options.text("nullstr") ?? "",
      forceQuote: options.boolean("force_quote") ?? false,
    };
    if (options.boolean("header") ?? true) file.write(csvHeader(schema, style));
    return {
      write: (batch) => file.write(csvLines(schema, batch, "UTC", style)),
      finish: () => file.finish(),
      abort: () => file.abort(),
    };
  },
};
