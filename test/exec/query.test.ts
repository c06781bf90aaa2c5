import { beforeAll, describe, expect, it } from "vitest";
import { BIGINT, DOUBLE, INTEGER, type Schema, VARCHAR } from "../../src/core/types.ts";
import { type Row, randomNumbers } from "./operator-harness.ts";
import { Reference, Sql, textsOf } from "./sql-harness.ts";

const ORDERS: Schema = [
  { name: "id", type: INTEGER },
  { name: "customer", type: INTEGER },
  { name: "note", type: VARCHAR },
  { name: "amount", type: DOUBLE },
];
const CUSTOMERS: Schema = [
  { name: "key", type: INTEGER },
  { name: "name", type: VARCHAR },
  { name: "since", type: BIGINT },
];

function orders(length: number): Row[] {
  const next = randomNumbers(length);
  return Array.from({ length }, (_, i) => [
    i,
    next() < 0.1 ? null : Math.floor(next() * 40),
    next() < 0.1 ? null : ["a", "bb", "é", "", "zz top"][Math.floor(next() * 5)],
    next() < 0.05 ? null : Math.floor(next() * 1000) / 4,
  ]);
}

function customers(length: number): Row[] {
  const next = randomNumbers(length + 1);
  return Array.from({ length }, () => [
    next() < 0.1 ? null : Math.floor(next() * 60),
    next() < 0.1 ? null : ["a", "bb", "cc", "é"][Math.floor(next() * 4)],
    BigInt(Math.floor(next() * 1000)),
  ]);
}

const QUERIES = [
  "SELECT 1, 'x', NULL",
  "SELECT id, amount * 2 FROM o WHERE amount > 100 AND customer < 20",
  "SELECT * FROM (VALUES (1, 'a'), (2, NULL)) v(x, y)",
  "SELECT id FROM o ORDER BY amount DESC NULLS LAST, id LIMIT 17 OFFSET 3",
  "SELECT note, id FROM o ORDER BY note NULLS FIRST, id DESC",
  "SELECT * FROM o UNION ALL SELECT key, key, name, since FROM c",
  "SELECT o.id, c.name FROM o JOIN c ON o.customer = c.key",
  "SELECT o.id, c.name FROM o JOIN c ON o.customer = c.key AND o.amount > c.since",
  "SELECT o.id, c.name FROM o LEFT JOIN c ON o.customer = c.key",
  "SELECT o.id, c.name FROM o LEFT JOIN c ON o.customer = c.key AND o.note = c.name",
  "SELECT o.id, c.name FROM o LEFT JOIN c ON o.customer = c.key AND o.amount > c.since",
  "SELECT o.id, c.since FROM o RIGHT JOIN c ON o.customer = c.key",
  "SELECT o.id, c.since FROM o RIGHT JOIN c ON o.customer = c.key AND o.amount < c.since",
  "SELECT o.id, c.since FROM o FULL JOIN c ON o.customer = c.key",
  "SELECT o.id, c.since FROM o FULL JOIN c ON o.customer = c.key AND o.note > c.name",
  "SELECT o.id, c.since FROM o FULL JOIN c ON o.note IS NOT DISTINCT FROM c.name AND o.id % 7 = 0",
  "SELECT o.id, c.since FROM o JOIN c ON o.customer < c.key AND o.amount > 200",
  "SELECT o.id, c.since FROM o LEFT JOIN c ON o.customer > c.key + 30",
  "SELECT o.id, c.since FROM o FULL JOIN c ON o.customer > c.key + 30",
  "SELECT o.id, c.since FROM o, c WHERE o.id < 5",
  "SELECT id FROM o WHERE customer IN (SELECT key FROM c)",
  "SELECT id FROM o WHERE customer NOT IN (SELECT key FROM c)",
  "SELECT id FROM o WHERE customer NOT IN (SELECT key FROM c WHERE key IS NOT NULL)",
  "SELECT id, customer IN (SELECT key FROM c) FROM o",
  "SELECT id, customer IN (SELECT key FROM c WHERE key IS NOT NULL) FROM o",
  "SELECT id, customer IN (SELECT key FROM c WHERE key > 1000) FROM o",
  "SELECT id, (customer, note) IN (SELECT key, name FROM c) FROM o",
  "SELECT id, (customer, note) IN (SELECT key, name FROM c WHERE key IS NOT NULL AND name IS NOT NULL) FROM o",
  "SELECT id FROM o WHERE (customer, note) NOT IN (SELECT key, name FROM c WHERE key < 9 AND name <> 'a')",
  "SELECT id FROM o WHERE EXISTS (SELECT 1 FROM c WHERE c.key = o.customer AND c.name = o.note) OR id < 5",
  "SELECT id, EXISTS (SELECT 1 FROM c WHERE c.key = o.customer AND c.since < o.amount) FROM o",
  "SELECT id FROM o SEMI JOIN c ON o.customer = c.key",
  "SELECT id FROM o ANTI JOIN c ON o.customer = c.key",
  "SELECT id FROM o SEMI JOIN c ON o.customer = c.key AND o.amount < c.since",
  "SELECT id FROM o ANTI JOIN c ON o.customer = c.key AND o.amount < c.since",
  "SELECT id + (SELECT max(since) FROM c) FROM o",
  "SELECT id, (SELECT key FROM c WHERE key > 1000) FROM o",
  "SELECT customer, count(*), sum(amount), min(note), max(id) FROM o GROUP BY customer",
  "SELECT count(*), avg(amount), count(DISTINCT note) FROM o WHERE customer > 1000",
  "SELECT note, sum(amount) FILTER (WHERE id % 2 = 0) FROM o GROUP BY note HAVING count(*) > 3",
  "SELECT c.name, sum(o.amount) FROM o JOIN c ON o.customer = c.key GROUP BY c.name",
  "SELECT customer, note, count(*) FROM o GROUP BY ROLLUP (customer, note)",
  "SELECT DISTINCT customer, note FROM o",
  "SELECT customer FROM o EXCEPT SELECT key FROM c",
  "SELECT customer FROM o INTERSECT SELECT key FROM c",
  "SELECT customer FROM o UNION SELECT key FROM c",
  "SELECT id, row_number() OVER (PARTITION BY customer ORDER BY amount, id) FROM o",
  "SELECT id, sum(amount) OVER (ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM o",
  "SELECT i, u FROM (SELECT id AS i, [id, id + 1, NULL] AS l FROM o WHERE id < 50), unnest(l) AS t(u)",
  "SELECT * FROM generate_series(1, 10, 3)",
  "SELECT * FROM range(5)",
];

describe.each([1, 7, 1024])("queries over batches of %i rows agree with DuckDB", (size) => {
  const sql = new Sql();
  const reference = new Reference();

  beforeAll(async () => {
    const tables: [string, Schema, Row[]][] = [
      ["o", ORDERS, orders(size === 1024 ? 3000 : 400)],
      ["c", CUSTOMERS, customers(80)],
    ];
    for (const [name, schema, rows] of tables) {
      sql.addRows(name, schema, rows, size);
      await reference.addRows(name, schema, rows);
    }
  });

  it.each(QUERIES)("%s", async (query) => {
    const actual = textsOf(await sql.rows(query));
    const expected = await reference.texts(query);
    const ordered = /ORDER BY(?!.*\))/.test(query);
    expect(ordered ? actual : actual.sort()).toEqual(ordered ? expected : expected.sort());
    expect(sql.memory.used).toBe(0);
  });
});
