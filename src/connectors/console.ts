import { KIND_NAMES } from "../core/changes.ts";
import { csvHeader, csvLines, DEFAULT_STYLE } from "../formats/csv/csv-text.ts";
import type { Connector, Sink } from "./connector.ts";
import { rowTexts } from "./formats/row-text.ts";

/** Rows as lines of text to the person who runs the query. */
export const consoleConnector: Connector = {
  name: "console",
  doc: "Prints rows as lines of JSON or CSV; updates and deletions with their kind in front.",
  sink: {
    options: [],
    formats: ["json", "csv"],
    delivery: "at-most-once",
    acceptsChangelog: true,
    open(_properties, { schema, print, format }): Sink {
      if (format === "csv") print(csvHeader(schema, DEFAULT_STYLE).trimEnd());
      return {
        write(batch) {
          const lines = format === "csv" ? csvLines(schema, batch, "UTC", DEFAULT_STYLE).trimEnd().split("\n") : rowTexts(schema, batch);
          const { kinds } = batch;
          lines.forEach((line, row) => {
            print(kinds === undefined ? line : `${KIND_NAMES[kinds[row] as 0]} ${line}`);
          });
        },
        flush() {},
        snapshot: () => null,
        committed() {},
        restore() {},
        finish() {},
        close() {},
      };
    },
  },
};
