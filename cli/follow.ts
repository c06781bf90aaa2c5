import { KIND_NAMES, type LiveQuery, type RecordBatch, type Schema, type Table } from "../src/index.ts";
import { jsonRows } from "./output-format.ts";

/** Prints the changes of a query as lines of JSON while they come: its rows, or `op` (+I, -U, +U, -D) and the row where rows change. */
export class LinePrinter {
  printed = false;
  readonly #write: (text: string) => void;
  readonly #timeZone: () => string;

  constructor(write: (text: string) => void, timeZone: () => string) {
    this.#write = write;
    this.#timeZone = timeZone;
  }

  print({ kinds, ...rows }: RecordBatch, schema: Schema): void {
    this.printed = true;
    const lines = [...jsonRows({ schema, batches: [rows], rowCount: rows.length }, this.#timeZone())];
    const written = kinds === undefined ? lines : lines.map((line, row) => line.replace("{", `{"op":"${KIND_NAMES[kinds[row] as 0]}",`));
    this.#write(`${written.join("\n")}\n`);
  }
}

/** Waits for the end of a query that runs on (Ctrl-C ends it) and gives its rows; throws what it failed with. */
export async function untilItEnds(query: LiveQuery): Promise<Table> {
  await new Promise<void>((resolve) => {
    const look = () => {
      if (query.status !== "running") resolve();
    };
    query.onChange(look);
    look();
  });
  if (query.status === "failed" && query.error !== undefined) throw query.error;
  return query.frame(Number.POSITIVE_INFINITY).table;
}
