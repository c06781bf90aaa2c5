import { expect, it } from "vitest";
import { WeirError } from "../../src/core/errors.ts";
import { BIGINT, type DataType, DOUBLE, INTEGER, VARCHAR } from "../../src/core/types.ts";
import type { Vector } from "../../src/core/vector.ts";
import { Choices, randomStream } from "../differential/choices.ts";
import { randomNumbers, rowsOf } from "../exec/operator-harness.ts";
import { Sql, textsOf } from "../exec/sql-harness.ts";
import { StreamEngine } from "../streaming-equivalence/engine.ts";
import { streamQuery } from "../streaming-equivalence/queries.ts";
import { generateTables, shuffled } from "../streaming-equivalence/tables.ts";
import { columnFunction, defineAll, sleep } from "./column-functions.ts";

/**
 * Random queries over streams in which columns go through functions that give them back as they are, some of them late and in any order, in random
 * batches, with a restore or without: they must end in the rows that the query gives over tables.
 */
const QUERIES = 160;
const QUERIES_PER_TABLES = 20;

const COLUMNS: Readonly<Record<string, DataType>> = { x: DOUBLE, n: BIGINT, k: VARCHAR, m: INTEGER };
const random = randomNumbers(5);

/** Functions that keep their argument: `keep_x`, and `any_x` whose rows may overtake one another. Over tables they answer at once. */
function keepers(isAsync: boolean) {
  return Object.entries(COLUMNS).flatMap(([name, type]) =>
    ["keep", "any"].map((prefix) => {
      const types = { args: [type], returns: type };
      if (!isAsync) return columnFunction(`${prefix}_${name}`, { call: (args) => args }, types);
      const call = async (args: readonly Vector[]) => {
        const wait = random();
        if (wait > 0.5) await sleep(wait * 2);
        return args;
      };
      return columnFunction(`${prefix}_${name}`, { batchRows: 4, concurrency: 3, ordered: prefix === "keep", call }, types);
    }),
  );
}

/** A third of a query's columns through such functions; what must be a name stays one. */
function withCalls(sql: string): string {
  return sql.replace(/(DESCRIPTOR\([^)]*\)|TABLE [^,]*|AS \w+)|((?:\b\w+\.)?)\b([xnkm])\b(?!\s*\()/g, (all, name, table, column) => {
    if (name !== undefined || random() > 0.35) return all;
    return `${random() < 0.5 ? "keep" : "any"}_${column}(${table}${column})`;
  });
}

it("random queries with asynchronous functions give over streams what they give over tables", { timeout: 120_000 }, async () => {
  const stream = randomStream(11);
  const counts = { agree: 0, withCalls: 0, withRows: 0, notRun: 0 };
  for (let done = 0; done < QUERIES; ) {
    const choices = new Choices([], stream);
    const { a, b, d } = generateTables(choices);
    const tables = new Sql();
    defineAll(tables.functions, keepers(false));
    tables.addRows("ta", a.schema, a.rows, 1024);
    tables.addRows("tb", b.schema, b.rows, 1024);
    tables.addRows("td", d.schema, d.rows, 1024);
    for (const last = done + QUERIES_PER_TABLES; done < last; done++) {
      const asked = streamQuery(choices);
      const text = withCalls(asked.sql);
      const named = (from: "s" | "t") => text.replaceAll("{a}", `${from}a`).replaceAll("{b}", `${from}b`).replaceAll("{d}", "td");
      const batchRows = choices.pick([1, 7, 1024]);
      const order = (rows: typeof a.rows) => (choices.chance(60) ? shuffled(rows, choices) : rows);
      const restoreAfter = choices.chance(40) ? choices.between(1, 30) : undefined;
      try {
        const rows = textsOf(await tables.rows(named("t"))).sort();
        const streams = new StreamEngine(d);
        defineAll(streams.functions, keepers(true));
        streams.setStream("sa", a.schema, order(a.rows), batchRows);
        streams.setStream("sb", b.schema, order(b.rows), batchRows);
        const { table } = await streams.run(named("s") + asked.emit, { restoreAfter });
        const query = `${named("s")}${asked.emit} in batches of ${batchRows}, restored after ${restoreAfter}`;
        expect({ query, rows: textsOf(rowsOf(table.batches)).sort() }).toEqual({ query, rows });
        counts.agree++;
        if (text !== asked.sql) counts.withCalls++;
        if (rows.length > 0) counts.withRows++;
      } catch (error) {
        // A grouped column that is no column any more.
        if (!(error instanceof WeirError) || error.phase !== "bind") throw error;
        counts.notRun++;
      }
    }
  }
  expect(counts.withCalls).toBeGreaterThan(QUERIES * 0.5);
  expect(counts.withRows).toBeGreaterThan(QUERIES * 0.5);
  expect(counts.notRun).toBeLessThan(QUERIES * 0.35);
});
