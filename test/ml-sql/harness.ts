import { afterAll } from "vitest";
import type { CatalogModel } from "../../src/catalog/models.ts";
import { WeirError } from "../../src/core/errors.ts";
import { valueAt } from "../../src/core/read.ts";
import type { Value } from "../../src/core/value.ts";
import { Session, type SessionOptions } from "../../src/session.ts";

/** A failed statement: its message, what mends it, and the text that the caret stands under. */
export interface Refused {
  readonly message: string;
  readonly hint: string | undefined;
  readonly at: string;
}

/** A session with models at hand, which ends with the file's tests. */
export function sessionWith(models: readonly CatalogModel[], options: SessionOptions = {}) {
  const session = new Session({ timeZone: "UTC", threads: 1, ...options });
  for (const model of models) session.models.add(model);
  afterAll(() => session.close());
  /** Rows of the last statement, its column names, the warnings of all, and its text or message. */
  const run = async (sql: string) => {
    let rows: Value[][] = [];
    let columns: string[] = [];
    let text = "";
    const warnings: string[] = [];
    await session.run(sql, {
      onOutput: ({ output, warnings: told }) => {
        warnings.push(...told);
        if ("text" in output) text = output.text;
        if ("message" in output) text = output.message;
        if (!("table" in output)) return;
        columns = output.table.schema.map(({ name }) => name);
        rows = output.table.batches.flatMap((batch) =>
          Array.from({ length: batch.length }, (_, row) => batch.columns.map((column) => valueAt(column, row))),
        );
      },
    });
    return { rows, columns, warnings, text };
  };
  const refused = async (sql: string): Promise<Refused> => {
    try {
      await run(sql);
    } catch (error) {
      if (!(error instanceof WeirError)) throw error;
      const { message, hint, span } = error;
      return { message, hint, at: span === undefined ? "" : sql.slice(span.start, span.end) };
    }
    throw new Error(`this was not refused: ${sql}`);
  };
  return { session, run, refused };
}
