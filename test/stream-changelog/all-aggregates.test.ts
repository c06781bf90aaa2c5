import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { aggregates } from "../../src/functions/aggregates/index.ts";
import { Session, type Table, type Value, valueAt } from "../../src/index.ts";

/**
 * Every aggregate over rows that are taken back again: each row of the functions' own examples has several versions, of which the latest stays. The answer
 * must be that over the latest versions alone.
 */

let session: Session;
beforeAll(() => {
  session = new Session({ timeZone: "UTC", threads: 1 });
});
afterAll(() => session.close());

const EXAMPLE = /^(?<call>.*) FROM (?<values>\(VALUES .*\)) t\((?<columns>[^)]*)\)$/s;

/** Equal but for the last digits of doubles. */
function near(a: Value | undefined, b: Value | undefined): boolean {
  if (typeof a === "number" && typeof b === "number")
    return Object.is(a, b) || Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((value, i) => near(value, b[i]));
  return a === b || JSON.stringify(a, texts) === JSON.stringify(b, texts);
}
const texts = (_key: string, value: unknown) => (typeof value === "bigint" ? `${value}` : value);

const valuesOf = ({ batches }: Table): Value[][] =>
  batches.flatMap(({ columns, length }) => Array.from({ length }, (_, row) => columns.map((column) => valueAt(column, row))));

/** With an order where the answer depends on one. */
function ordered(call: string, name: string): string {
  if (call.includes("ORDER BY") || call.includes("WITHIN")) return call;
  const end = call.lastIndexOf(")");
  return call.startsWith(`${name}(`) ? `${call.slice(0, end)} ORDER BY i${call.slice(end)}` : call;
}

describe("aggregates over rows that are taken back", () => {
  it.each(aggregates.map((entry) => [entry.name, entry] as const))("%s", async (name, entry) => {
    const match = EXAMPLE.exec(entry.doc.example);
    expect(match, entry.doc.example).not.toBeNull();
    const { call, values, columns } = match!.groups!;
    await session.run(`CREATE OR REPLACE TABLE vals AS SELECT row_number() OVER () - 1 AS place, * FROM ${values} t(${columns})`);
    await session.run(`CREATE OR REPLACE TABLE e AS SELECT TIMESTAMP '2024-01-01' + INTERVAL (v * 40 + i) SECOND AS ts, i, v, i % 2 AS g, vals.*
      FROM range(11) a(i), range(4) b(v), vals WHERE place = (i * 7 + v * 5 + (i * v) % 3) % (SELECT count(*) FROM vals)`);
    const query = (from: string, what: string) => `SELECT ${what} FROM
      (SELECT * FROM ${from} QUALIFY row_number() OVER (PARTITION BY i ORDER BY v DESC) = 1) t`;
    // A batch a version: within one batch only the latest would be told.
    const versions = [0, 1, 2, 3].map((v) => `SELECT * FROM REPLAY(TABLE e, DESCRIPTOR(ts), speed => 'max') WHERE v = ${v}`);
    const stream = `(${versions.join(" UNION ALL ")})`;
    const aggregate = entry.ordered ? ordered(call, name) : call;
    for (const [what, group] of [
      [aggregate, ""],
      [`g, ${aggregate}`, " GROUP BY g ORDER BY g"],
    ]) {
      const expected = valuesOf(await session.query(query("e", what) + group));
      const actual = valuesOf(await session.query(query(stream, what) + group));
      expect(actual.length).toBe(expected.length);
      if (!actual.every((row, i) => near(row, expected[i]))) expect(actual).toEqual(expected);
    }
  });
});
