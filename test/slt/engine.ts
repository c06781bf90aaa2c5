import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatValue } from "../../src/functions/cast/index.ts";
import { Session, type Table, valueAt } from "../../src/index.ts";
import { parse, type Statement } from "../../src/sql/index.ts";
import { DuckDbReference } from "../../src/verify/reference.ts";

/** Rows as text: NULL is "NULL", an empty text is "(empty)". */
export type TextRows = readonly (readonly string[])[];

/** What can run the statements of a file. */
export interface SltEngine {
  /** Names under which skipif and onlyif mean this engine. */
  readonly names: ReadonlySet<string>;
  /** Folder for `__TEST_DIR__`; also the one that relative file names are meant from. */
  readonly folder: string;
  query(sql: string): Promise<TextRows>;
  close(): Promise<void>;
}

const cell = (text: string): string => (text === "" ? "(empty)" : text);

export function weirEngine(): SltEngine {
  const folder = mkdtempSync(join(tmpdir(), "weir-slt-"));
  const session = new Session({ timeZone: "UTC", threads: 2, cwd: folder, now: () => 1_700_000_000_123_456 });
  return {
    // We speak DuckDB's dialect.
    names: new Set(["weir", "duckdb"]),
    folder,
    query: async (sql) => rowsOf(await session.query(sql), String(session.settings.get("TimeZone"))),
    close: async () => {
      await session.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function rowsOf(table: Table, timeZone: string): string[][] {
  return table.batches.flatMap((batch) =>
    Array.from({ length: batch.length }, (_, row) =>
      batch.columns.map((column, c) => {
        const value = valueAt(column, row);
        return value === null ? "NULL" : cell(formatValue(table.schema[c].type, value, timeZone));
      }),
    ),
  );
}

/** DuckDB, whose answers the files hold: values as its own casts to VARCHAR write them. */
export async function duckDbEngine(): Promise<SltEngine> {
  const folder = mkdtempSync(join(tmpdir(), "weir-slt-"));
  const reference = new DuckDbReference();
  await reference.run("SET TimeZone = 'UTC'; SET threads = 1");
  return {
    names: new Set(["duckdb"]),
    folder,
    query: async (sql) => {
      const statements = statementsOf(sql);
      const last = statements.pop();
      if (last === undefined) return [];
      for (const before of statements) await reference.run(before.sql);
      if (!last.givesRows) {
        await reference.run(last.sql);
        return [];
      }
      const { columns, rowCount } = await reference.query(`SELECT CAST(COLUMNS(*) AS VARCHAR) FROM (${last.sql})`);
      return Array.from({ length: rowCount }, (_, row) =>
        columns.map((column) => (column[row] === null ? "NULL" : cell(String(column[row])))),
      );
    },
    close: async () => {
      await reference.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Our parser splits them; what it does not know is one statement without rows. */
function statementsOf(sql: string): { sql: string; givesRows: boolean }[] {
  let statements: Statement[];
  try {
    statements = parse(sql);
  } catch {
    return [{ sql, givesRows: false }];
  }
  return statements.map(({ kind, span }) => ({
    sql: sql.slice(span.start, span.end),
    givesRows: kind === "query" || kind === "describe" || kind === "summarize",
  }));
}
