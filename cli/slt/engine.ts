import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatValue } from "../../src/functions/cast/index.ts";
import { Session, type Table, valueAt } from "../../src/index.ts";

/** Rows as text: NULL is "NULL", an empty text is "(empty)". */
export type TextRows = readonly (readonly string[])[];

/** What can run the statements of a file. */
export interface SltEngine {
  /** Names under which skipif and onlyif mean this engine. */
  readonly names: ReadonlySet<string>;
  /** Folder for `__TEST_DIR__`. */
  readonly folder: string;
  query(sql: string): Promise<TextRows>;
  close(): Promise<void>;
}

export interface WeirEngineOptions {
  /** Folder that relative file names are meant from; default: the one for `__TEST_DIR__`. */
  readonly cwd?: string;
  /** Runs before the first statement of a file. */
  readonly prepare?: (session: Session) => Promise<void>;
}

export const sltCell = (text: string): string => (text === "" ? "(empty)" : text);

/** A session with a fixed clock and time zone, and an empty folder of its own. */
export async function weirEngine({ cwd, prepare }: WeirEngineOptions = {}): Promise<SltEngine> {
  const folder = mkdtempSync(join(tmpdir(), "weir-slt-"));
  const session = new Session({ timeZone: "UTC", threads: 2, cwd: cwd ?? folder, now: () => 1_700_000_000_123_456 });
  const close = async () => {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await prepare?.(session);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    // We speak DuckDB's dialect.
    names: new Set(["weir", "duckdb"]),
    folder,
    query: async (sql) => rowsOf(await session.query(sql), String(session.settings.get("TimeZone"))),
    close,
  };
}

function rowsOf(table: Table, timeZone: string): string[][] {
  return table.batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, row) =>
      batch.columns.map((column, c) => {
        const value = valueAt(column, row);
        return value === null ? "NULL" : sltCell(formatValue(table.schema[c].type, value, timeZone));
      }),
    ),
  );
}
