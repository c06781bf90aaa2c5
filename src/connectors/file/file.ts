import { statSync } from "node:fs";
import { expandFiles } from "../../formats/files.ts";
import type { Connector } from "../connector.ts";
import { FileSet } from "./file-set.ts";
import { fileSinkConnector } from "./file-sink.ts";
import { FileSource } from "./file-source.ts";

/** Files: read once, or followed as they grow. */
export const fileConnector: Connector = {
  name: "file",
  doc: "Files of JSON lines, CSV or plain lines: read to their end, or followed as they grow, rotate and are joined by new ones. As a sink it writes JSON lines, CSV or Parquet.",
  source: {
    options: [
      { name: "path", type: "texts", required: true, default: "", doc: "Path or glob, or several, relative to the notebook's folder." },
      {
        name: "follow",
        type: "boolean",
        default: "false",
        doc: "Whether to wait for new lines and new files; the stream is endless then.",
      },
      {
        name: "poll_interval",
        type: "duration",
        min: 1_000,
        default: "100 ms",
        doc: "How often followed files are looked at where the file system does not tell of changes.",
      },
    ],
    formats: ["json", "csv", "raw"],
    guessFormat: ({ path }) => (typeof path === "string" ? formatOfName(path) : undefined),
    delivery: "exactly-once",
    live: false,
    replayable: true,
    isEndless: (properties) => properties.flag("follow") ?? false,
    defaultStart: () => "earliest",
    sample(properties, { cwd }) {
      const patterns = properties.texts("path") as readonly string[];
      const follow = properties.flag("follow") ?? false;
      // Without follow a file that is missing is an error that names the nearest one
      const paths = follow ? new FileSet(patterns, cwd).paths() : patterns.flatMap((pattern) => expandFiles(pattern, cwd));
      const path = paths.find((candidate) => statSync(candidate).size > 0);
      return path === undefined ? undefined : { path };
    },
    open: (properties, context) => new FileSource(properties, context),
  },
  sink: fileSinkConnector,
};

/** The format of a path's ending; undefined where it says nothing. */
export function formatOfName(path: string): string | undefined {
  if (/\.(csv|tsv|psv)$/i.test(path)) return "csv";
  if (/\.(log|txt)$/i.test(path)) return "raw";
  return /\.(json|ndjson|jsonl)$/i.test(path) ? "json" : undefined;
}
