import { resolve } from "node:path";
import { localPath } from "../../formats/files.ts";
import type { Sink, SinkConnector, SinkContext } from "../connector.ts";
import type { CheckedProperties, PropertySpec } from "../properties.ts";
import { ParquetSink } from "./parquet-sink.ts";
import { TextFileSink } from "./text-file-sink.ts";

/** How a file sink makes its files. */
export interface FileSinkRules {
  readonly overwrite: boolean;
  readonly rollBytes: number | undefined;
  readonly rollMicros: number | undefined;
  readonly compression: string | undefined;
}

const OPTIONS: readonly PropertySpec[] = [
  {
    name: "path",
    type: "text",
    required: true,
    default: "",
    doc: "The file, relative to the notebook's folder. With rolling, files beside it are numbered: out-00001.json.",
  },
  {
    name: "mode",
    type: "text",
    choices: ["append", "overwrite"],
    default: "append",
    doc: "Whether rows are added to what is there, or take its place.",
  },
  { name: "roll_size", type: "bytes", min: 1, default: "never", doc: "Begins another file when one has this size." },
  {
    name: "roll_interval",
    type: "duration",
    min: 1_000,
    default: "never",
    doc: "Begins another file when one has been written for this long.",
  },
  {
    name: "compression",
    type: "text",
    choices: ["snappy", "gzip", "brotli", "none"],
    default: "snappy",
    doc: "How pages of Parquet files are compressed.",
  },
];

/** Files of JSON lines, CSV or Parquet, each row exactly once. */
export const fileSinkConnector: SinkConnector = {
  options: OPTIONS,
  formats: ["json", "csv", "parquet"],
  guessFormat: ({ path }) => (typeof path === "string" ? /\.(csv|parquet)$/i.exec(path)?.[1].toLowerCase() : undefined),
  delivery: "exactly-once",
  acceptsChangelog: false,
  open: openFileSink,
};

function openFileSink(properties: CheckedProperties, context: SinkContext): Sink {
  const path = resolve(context.cwd, localPath(properties.text("path") as string));
  const rules: FileSinkRules = {
    overwrite: properties.text("mode") === "overwrite",
    rollBytes: properties.number("roll_size"),
    rollMicros: properties.number("roll_interval"),
    compression: properties.text("compression"),
  };
  return context.format === "parquet" ? new ParquetSink(path, rules, context) : new TextFileSink(path, rules, context);
}
