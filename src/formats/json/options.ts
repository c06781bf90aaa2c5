import type { OptionSpec } from "../format.ts";

/** Options of `read_json`, named as DuckDB's. */
export const JSON_READ_OPTIONS: readonly OptionSpec[] = [
  {
    name: "format",
    type: "text",
    choices: ["auto", "newline_delimited", "nd", "array", "unstructured"],
    default: "auto",
    doc: "Records line by line, as the elements of one array, or one after another.",
  },
  {
    name: "columns",
    type: "columns",
    default: "detected",
    doc: "Columns to read, as a struct of keys and types: {'a': 'INTEGER', 'b': 'DATE'}.",
  },
  {
    name: "records",
    type: "text or flag",
    default: "auto",
    doc: "Whether the values are objects whose keys are columns; false reads each value into one column.",
  },
  {
    name: "maximum_depth",
    type: "integer",
    default: "-1",
    doc: "Levels of nesting that types are detected for; deeper values stay JSON. -1 for all.",
  },
  { name: "sample_size", type: "integer", default: "20480", doc: "Records that types are detected from; -1 for all." },
  {
    name: "ignore_errors",
    type: "boolean",
    default: "true",
    doc: "Skips records that cannot be read, and reports them with line, reason and text; false makes the first one an error.",
  },
  { name: "dateformat", aliases: ["date_format"], type: "text", default: "detected", doc: "strptime pattern of dates." },
  { name: "timestampformat", aliases: ["timestamp_format"], type: "text", default: "detected", doc: "strptime pattern of timestamps." },
  { name: "compression", type: "text", choices: ["auto", "none", "gzip"], default: "auto", doc: "How the file is compressed." },
  { name: "filename", type: "text or flag", default: "false", doc: 'true adds a column "filename"; a text names it.' },
  { name: "union_by_name", type: "boolean", default: "true", doc: "Matches the columns of several files by name instead of position." },
];
