import { Session, type Table } from "../../src/index.ts";
import { parseOne, type Query } from "../../src/sql/index.ts";
import { compareTables, DEFAULT_COMPARE } from "../../src/verify/compare.ts";
import { DuckDbReference } from "../../src/verify/reference.ts";
import { toDuckDb } from "../../src/verify/translate.ts";
import { columnsOf } from "../../src/verify/verify.ts";
import type { NexmarkData } from "./generator.ts";
import { AUCTION, BID, PERSON, SIDE_INPUT } from "./schema.ts";
import { addSideInput, addTable, sideInput } from "./side-input.ts";

/** The same rows as tables: what a query over the streams must end in. */
export class BatchAnswers {
  readonly #session = new Session({ timeZone: "UTC", threads: 1, now: () => 0 });
  readonly #reference = new DuckDbReference();
  readonly #loaded: Promise<void>;

  constructor({ person, auction, bid }: NexmarkData) {
    const { catalog } = this.#session;
    addTable(catalog, "person", PERSON, person);
    addTable(catalog, "auction", AUCTION, auction);
    addTable(catalog, "bid", BID, bid);
    addSideInput(catalog);
    this.#loaded = (async () => {
      await this.#reference.load("person", PERSON, person);
      await this.#reference.load("auction", AUCTION, auction);
      await this.#reference.load("bid", BID, bid);
      await this.#reference.load("side_input", SIDE_INPUT, [sideInput()]);
    })();
  }

  batch(sql: string): Promise<Table> {
    return this.#session.query(sql);
  }

  /** How DuckDB's rows differ from these; undefined: not at all. */
  async differsFromDuckDb(sql: string, table: Table): Promise<string | undefined> {
    await this.#loaded;
    const { sql: theirs } = toDuckDb(parseOne(sql) as Query, {
      catalog: this.#session.catalog,
      cwd: ".",
      timeZone: "UTC",
      nowMicros: 0,
      parameters: {},
      typeOfParameter: () => {
        throw new Error("the queries have no parameters");
      },
      skipBadRows: false,
    });
    // DuckDB has no clock of the rows; here it shows 0 all the time.
    return difference(table, await this.#reference.query(theirs.replaceAll(/proctime\(\)/gi, "make_timestamp(0)")));
  }

  async close(): Promise<void> {
    await this.#session.close();
    await this.#reference.close();
  }
}

/** In words; undefined where both have the same rows, in whatever order. */
export const differenceOfTables = (expected: Table, got: Table): string | undefined =>
  difference(expected, { rowCount: got.rowCount, columns: columnsOf(got) });

function difference(expected: Table, got: Parameters<typeof compareTables>[2]): string | undefined {
  const types = expected.schema.map((field) => field.type);
  const mine = { columns: columnsOf(expected), rowCount: expected.rowCount };
  const comparison = compareTables(types, mine, got, DEFAULT_COMPARE);
  if (comparison.agrees) return undefined;
  const show = (columns: readonly (readonly unknown[])[], row: number) =>
    row < 0 ? "no such row" : columns.map((column) => String(column[row])).join(" | ");
  const rows = comparison.differing
    .slice(0, 4)
    .map(({ ours, theirs }) => `\n  expected ${show(mine.columns, ours)}\n  got      ${show(got.columns, theirs)}`);
  return `${mine.rowCount} rows and ${got.rowCount}, ${comparison.differingCount} differ${rows.join("")}`;
}
