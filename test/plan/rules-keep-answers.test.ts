import { beforeAll, describe, expect, test } from "vitest";
import { DOUBLE, INTEGER, type Schema, VARCHAR } from "../../src/core/types.ts";
import { bindQuery, optimize, type QueryPlan } from "../../src/plan/index.ts";
import { RULES } from "../../src/plan/optimizer/index.ts";
import { defineAll } from "../apply/column-functions.ts";
import { type Row, randomNumbers } from "../exec/operator-harness.ts";
import { Reference, Sql, textsOf } from "../exec/sql-harness.ts";
import { COLUMN_FUNCTIONS, constantEvaluator, functions, parseQuery, testContext } from "./support.ts";

/** Every plan on the way from the bound one to the optimized one gives the rows that DuckDB gives. */

const P: Schema = [
  { name: "a", type: INTEGER },
  { name: "g", type: INTEGER },
  { name: "k", type: VARCHAR },
  { name: "v", type: DOUBLE },
];
const R: Schema = [
  { name: "a", type: INTEGER },
  { name: "k", type: VARCHAR },
  { name: "w", type: DOUBLE },
];

function rowsOf(count: number, seed: number, make: (next: () => number) => Row): Row[] {
  const next = randomNumbers(seed);
  return Array.from({ length: count }, () => make(next));
}
const maybe = <T>(next: () => number, value: T): T | null => (next() < 0.15 ? null : value);
const whole = (next: () => number, below: number) => maybe(next, Math.floor(next() * below));
const letter = (next: () => number) => maybe(next, "wxyz"[Math.floor(next() * 4)]);
const quarter = (next: () => number) => maybe(next, Math.floor(next() * 40) / 4);

const QUERIES = `
SELECT a FROM p WHERE (a = 1 OR a = 2 OR g = 3) AND NOT (v > 6 OR k = 'y')
SELECT a FROM p WHERE (a = 1 AND v > 2) OR (a = 1 AND g > 1) OR (a = 1 AND k IS NULL)
SELECT a FROM p WHERE NOT (a IN (1, 2) AND k IS DISTINCT FROM 'x')
SELECT a FROM p WHERE a > 3 AND NULL = 1
SELECT a FROM p WHERE a::BIGINT < 5 AND 2::BIGINT <= g
SELECT x FROM (SELECT a + g AS x, v FROM p) WHERE x > 3 AND v IS NOT NULL
SELECT x.a, y.a FROM p x JOIN p y ON x.a = y.a + 2 WHERE x.v > 3 AND y.g < 3
SELECT x.a, y.w FROM p x, r y WHERE x.a = y.a AND x.k = y.k AND x.v + y.w > 5
SELECT x.a, y.w FROM p x LEFT JOIN r y ON x.a = y.a AND y.w > 3 WHERE x.v > 2
SELECT x.a, y.w FROM p x LEFT JOIN r y ON x.a = y.a AND x.v > 2
SELECT x.a, y.w FROM p x LEFT JOIN r y ON x.a = y.a WHERE y.w > 2
SELECT x.a FROM p x LEFT JOIN r y ON x.a = y.a AND y.w > 3 WHERE y.a IS NULL
SELECT x.a FROM p x LEFT JOIN r y ON x.a = y.a WHERE coalesce(y.w, 0) = 0
SELECT x.a, y.a FROM p x RIGHT JOIN r y ON x.a = y.a AND x.v > 1 WHERE y.w > 2
SELECT x.a, y.a FROM p x FULL JOIN r y ON x.a = y.a WHERE y.w > 1
SELECT x.a, y.a FROM p x FULL JOIN r y ON x.a = y.a WHERE x.v > 2
SELECT x.a, y.a FROM p x FULL JOIN r y ON x.a = y.a WHERE x.v > 2 AND y.w > 2
SELECT a, k, v, w FROM p FULL JOIN r USING (a, k) WHERE a > 2
SELECT p.a FROM p SEMI JOIN r ON p.a = r.a AND r.w > 3 WHERE p.v > 1
SELECT p.a FROM p ANTI JOIN r ON p.a = r.a AND r.w > 3 AND p.v > 2
SELECT a FROM p WHERE a IN (SELECT a FROM r WHERE w > 2) AND v > 1
SELECT a FROM p WHERE a NOT IN (SELECT a FROM r WHERE a IS NOT NULL)
SELECT a FROM p WHERE a NOT IN (SELECT a FROM r)
SELECT a FROM p WHERE a IN (SELECT a FROM r) OR v > 5
SELECT a, a IN (SELECT a FROM r), k IN (SELECT k FROM r WHERE k IS NOT NULL) FROM p
SELECT a FROM p WHERE (a, k) IN (SELECT a, k FROM r)
SELECT a FROM p WHERE EXISTS (SELECT 1 FROM r WHERE r.a = p.a AND r.w > p.v)
SELECT a FROM p WHERE NOT EXISTS (SELECT 1 FROM r WHERE r.a = p.a AND r.w > 3)
SELECT a, EXISTS (SELECT 1 FROM r WHERE r.a = p.a AND r.w > p.v) FROM p
SELECT a, (SELECT count(*) FROM r WHERE r.a = p.a), (SELECT max(w) - min(w) FROM r WHERE r.k = p.k) FROM p
SELECT a FROM p x WHERE v > (SELECT avg(v) FROM p y WHERE y.g = x.g)
SELECT a FROM p WHERE v > ALL (SELECT w / 2 FROM r WHERE w < 5)
SELECT a, v > ANY (SELECT w FROM r WHERE k = 'x') FROM p
SELECT a > (SELECT avg(a) FROM p) AS z, count(*) FROM p GROUP BY ALL
SELECT * FROM (SELECT g, k, sum(v) AS s FROM p GROUP BY g, k) WHERE k = 'x' AND s > 2
SELECT * FROM (SELECT g, k, count(*) AS c FROM p GROUP BY GROUPING SETS ((g), (g, k))) WHERE g = 1 AND k = 'x'
SELECT g, k, grouping(g), grouping(k, g), count(*) FROM p GROUP BY CUBE (g, k) HAVING grouping(g) = 0 OR count(*) > 3
SELECT * FROM (SELECT sum(v) AS s FROM p WHERE a > 1000) WHERE s IS NULL
SELECT g, count(DISTINCT k), sum(v) FILTER (WHERE a > 2) FROM p GROUP BY g HAVING count(*) > 2
SELECT * FROM (SELECT a, g, sum(v) OVER (PARTITION BY g ORDER BY a, v) AS s FROM p) WHERE g = 1 AND s > 3
SELECT a FROM (SELECT a, k FROM p UNION ALL SELECT a, k FROM r) WHERE k = 'x'
SELECT * FROM (SELECT a, k FROM p UNION SELECT a, k FROM r) WHERE a > 3
SELECT * FROM (SELECT a FROM p EXCEPT SELECT a FROM r) WHERE a > 3
SELECT * FROM (SELECT a FROM p INTERSECT SELECT a FROM r) WHERE a > 3
SELECT count(*) FROM (SELECT a FROM p LIMIT 3)
SELECT v FROM p ORDER BY v DESC NULLS LAST LIMIT 5 OFFSET 2
SELECT count(*) FROM (SELECT a FROM p UNION ALL SELECT a FROM r LIMIT 7)
SELECT count(*) FROM p, r
SELECT count(*) FROM p x JOIN r ON x.a = r.a JOIN r r2 ON r.k = r2.k WHERE r2.w > 3
SELECT CASE WHEN a > 3 THEN a WHEN 1 = 2 THEN 5 ELSE g END, coalesce(NULL, k, 'none') FROM p
SELECT x + 1, x * y FROM (SELECT a * 2 AS x, g AS y FROM p)
WITH m AS (SELECT g, max(v) AS mv FROM p GROUP BY g) SELECT p.a, m.mv FROM p JOIN m ON p.g = m.g AND p.v = m.mv
SELECT p.a, i FROM p, range(p.a) t(i) WHERE a < 4 AND i > 0
SELECT p.a, u FROM p, unnest([p.a, p.g]) t(u) WHERE p.a < 3 AND u > 0
`
  .trim()
  .split("\n");

const TIMED = "(SELECT TIMESTAMP '2024-01-01' + to_minutes(a) AS ts, g, v FROM p)";
const HOURS = "(VALUES (0), (5), (10)) w(m)";

/** Windows, and the same asked of DuckDB without them. */
const WINDOW_QUERIES = [
  [
    `SELECT window_start, window_end, g, sum(v) FROM TUMBLE(TABLE ${TIMED}, DESCRIPTOR(ts), INTERVAL '3' MINUTE) WHERE v > 1 GROUP BY ALL`,
    `SELECT time_bucket(INTERVAL '3 minutes', ts) AS b, b + INTERVAL '3 minutes', g, sum(v) FROM ${TIMED} WHERE v > 1 AND ts IS NOT NULL GROUP BY ALL`,
  ],
  [
    `SELECT window_end, count(*) FROM HOP(TABLE ${TIMED}, DESCRIPTOR(ts), INTERVAL '5' MINUTE, INTERVAL '15' MINUTE)
     WHERE g = 1 GROUP BY window_end, window_start HAVING window_start >= TIMESTAMP '2024-01-01'`,
    `SELECT time_bucket(INTERVAL '5 minutes', ts) + to_minutes(5 + m) AS e, count(*) FROM ${TIMED}, ${HOURS}
     WHERE g = 1 AND ts IS NOT NULL GROUP BY e HAVING e >= TIMESTAMP '2024-01-01 00:15:00'`,
  ],
] as const;

/** Functions of whole columns, and the same without them. As bound, such plans cannot run: the first rule makes them so that they can. */
const COLUMN_QUERIES = [
  "SELECT a, score(v), score(v) + score(a) FROM p WHERE score(v) > 3 AND a > 1",
  "SELECT k, sum(score(v)), max(score(a)) FILTER (WHERE score(v) > 4) FROM p GROUP BY k HAVING count(score(v)) > 2",
  "SELECT score(g), count(*) FROM p GROUP BY score(g)",
  "SELECT score(sum(v)) FROM p GROUP BY g",
  "SELECT x.a, y.w FROM p x JOIN r y ON score(x.a) = y.a AND score(x.v + y.w) > 5",
  "SELECT x.a, y.w FROM p x LEFT JOIN r y ON x.a = y.a AND score(y.w) > 6 AND score(x.v) > 2",
  "SELECT x.a, y.w FROM p x, r y WHERE x.a = y.a AND score(x.v) > score(y.w)",
  "SELECT a FROM p WHERE score(a) IN (SELECT score(a) FROM r WHERE score(w) > 4)",
  "SELECT a FROM p WHERE score(a) IN (SELECT a FROM r) AND score(v) > 1",
  "SELECT a FROM p WHERE EXISTS (SELECT 1 FROM r WHERE r.a = p.a AND score(r.w) > p.v)",
  "SELECT a, score((SELECT max(w) FROM r)) FROM p",
  "SELECT CASE WHEN a > 3 THEN score(v) WHEN score(a) > 2 THEN score(a) ELSE 0 END FROM p",
  "SELECT * FROM (SELECT a, score(v) AS s, score(a) AS t FROM p) WHERE a > 2 AND s > 4",
  "SELECT s FROM (SELECT a, score(v) AS s, score(a) AS t FROM p WHERE score(v) < 15) WHERE score(s) > 4",
  "SELECT * FROM (SELECT a, sum(score(v)) OVER (PARTITION BY score(g) ORDER BY score(a), v) AS s FROM p) WHERE s > 3",
  "SELECT DISTINCT score(a) FROM p UNION ALL SELECT score(w) FROM r WHERE score(w) > 2",
  "SELECT u FROM p, unnest([score(p.a), p.v]) t(u) WHERE score(u) > 3",
  "SELECT count(*) FROM (SELECT score(v) FROM p LIMIT 7)",
  "SELECT list_sum(list_transform([1, 2], x -> x + score(a))) FROM p",
  "SELECT * FROM (VALUES (1.0), (score(2)), (3.0), (score(score(4)))) t(x) WHERE score(x) > 3",
].map((text) => [text, text.replaceAll("score(", "twice(")] as const);

/** Runs a plan as it is given. */
class Plans extends Sql {
  next: QueryPlan | undefined;

  override plan(): QueryPlan {
    if (this.next === undefined) throw new Error("no plan");
    return this.next;
  }

  async texts(plan: QueryPlan): Promise<string[]> {
    this.next = plan;
    return textsOf(await this.rows("")).sort();
  }
}

const sql = new Plans();
defineAll(sql.functions, COLUMN_FUNCTIONS);
const reference = new Reference();
const optimizer = { functions, evaluateConstant: constantEvaluator(functions) };

beforeAll(async () => {
  const p = rowsOf(60, 11, (next) => [whole(next, 8), whole(next, 4), letter(next), quarter(next)]);
  const r = rowsOf(30, 12, (next) => [whole(next, 10), letter(next), quarter(next)]);
  sql.addRows("p", P, p, 17);
  sql.addRows("r", R, r, 30);
  await reference.addRows("p", P, p);
  await reference.addRows("r", R, r);
  await reference.run("CREATE MACRO twice(x) AS x::DOUBLE * 2");
});

describe("plans before, between and after the rules", () => {
  test.each([...QUERIES.map((text) => [text, text] as const), ...WINDOW_QUERIES, ...COLUMN_QUERIES])("%s", async (text, same) => {
    const bound = bindQuery(parseQuery(text), testContext({ catalog: sql.catalog }));
    const expected = (await reference.texts(same)).sort();
    if (!text.includes("score(")) expect(await sql.texts(bound), "as bound").toEqual(expected);

    const steps: { rule: string; plan: QueryPlan }[] = [];
    const optimized = optimize(bound, optimizer, ({ rule, plan }) => {
      steps.push({ rule, plan: { ...bound, root: plan } });
    });
    for (const { rule, plan } of steps) expect(await sql.texts(plan), `after ${rule}`).toEqual(expected);
    expect(await sql.texts(optimized), "optimized").toEqual(expected);
  });

  test("each rule changes some plan here", () => {
    const changed = new Set<string>();
    for (const text of [...QUERIES, ...WINDOW_QUERIES.map(([text]) => text), ...COLUMN_QUERIES.map(([text]) => text)]) {
      optimize(bindQuery(parseQuery(text), testContext({ catalog: sql.catalog })), optimizer, ({ rule }) => changed.add(rule));
    }
    expect([...changed].sort()).toEqual([...new Set(RULES.map((rule) => rule.name))].sort());
  });
});
