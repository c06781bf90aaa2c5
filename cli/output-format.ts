import { textTable } from "../kernel/text-table.ts";
import { csvText, type FinishedStatement, jsonRow, showStatement, type Table, toIpc, uniqueNames, valueAt } from "../src/index.ts";

export type OutputFormat = "table" | "json" | "ndjson" | "csv" | "arrow";

/** Rows of a table for people; other formats give all. */
const TABLE_ROWS = 1000;

/** The output of a statement in a format, piece by piece. Statements without rows give their message as a table, and nothing else. */
export function* outputChunks(finished: FinishedStatement, format: OutputFormat, timeZone: string): Generator<string | Uint8Array> {
  const { output } = finished;
  // What runs on is printed as it comes, by whoever follows it.
  if ("live" in output) return;
  if (!("table" in output)) {
    if (format === "table" || "text" in output) yield `${"text" in output ? output.text : output.message}\n`;
    else if (format === "json") yield "[]\n";
    return;
  }
  const { table } = output;
  switch (format) {
    case "table": {
      const shown = showStatement(finished, TABLE_ROWS, { timeZone }).table;
      if (shown !== undefined) yield `${textTable(shown)}\n`;
      return;
    }
    case "json":
      yield "[";
      yield* separated(jsonRows(table, timeZone), ",\n ");
      yield "]\n";
      return;
    case "ndjson":
      for (const row of jsonRows(table, timeZone)) yield `${row}\n`;
      return;
    case "csv":
      yield* csvText(table, timeZone);
      return;
    case "arrow":
      yield toIpc(table, "stream");
  }
}

/** Rows as JSON objects, one a text. */
export function* jsonRows(table: Table, timeZone: string): Generator<string> {
  const names = uniqueNames(table.schema.map((field) => field.name));
  const types = table.schema.map((field) => field.type);
  for (const batch of table.batches) {
    for (let row = 0; row < batch.length; row++) {
      yield jsonRow(
        names,
        types,
        batch.columns.map((column) => valueAt(column, row)),
        timeZone,
      );
    }
  }
}

function* separated(items: Iterable<string>, separator: string): Generator<string> {
  let first = true;
  for (const item of items) {
    yield first ? item : separator + item;
    first = false;
  }
}
