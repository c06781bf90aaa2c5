import { DuckDBDateValue, DuckDBDecimalValue, DuckDBInstance, DuckDBTimestampValue } from "@duckdb/node-api";
import { Session, valueAt } from "../src/index.ts";
import type { Contender } from "./measure.ts";

/** Weir with some threads: `setup` statements once, then `sql` each run. */
export async function weir(threads: number, setup: readonly string[], sql: string): Promise<Contender> {
  const session = new Session({ threads, timeZone: "UTC" });
  for (const statement of setup) await session.run(statement);
  return {
    run: async () => {
      const table = await session.query(sql);
      return table.batches.flatMap((batch) =>
        Array.from({ length: batch.length }, (_, row) => batch.columns.map((column) => valueAt(column, row))),
      );
    },
    close: () => session.close(),
  };
}

export async function duckdb(threads: number, setup: readonly string[], sql: string): Promise<Contender> {
  const instance = await DuckDBInstance.create(":memory:", { threads: String(threads) });
  const connection = await instance.connect();
  for (const statement of setup) await connection.run(statement);
  return {
    run: async () => {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRows().map((row) => row.map(plain));
    },
    close: async () => {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function plain(value: unknown): unknown {
  if (value instanceof DuckDBTimestampValue) return value.micros;
  if (value instanceof DuckDBDateValue) return value.days;
  if (value instanceof DuckDBDecimalValue) return value.value;
  return value;
}
