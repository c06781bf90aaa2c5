import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type SltEngine, sltCell } from "../../cli/slt/engine.ts";
import { parse, type Statement } from "../../src/sql/index.ts";
import { DuckDbReference } from "../../src/verify/reference.ts";

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
        columns.map((column) => (column[row] === null ? "NULL" : sltCell(String(column[row])))),
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
