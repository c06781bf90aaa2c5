import { describe, expect, test } from "vitest";
import { type CompletionContext, completionContext, type Relation } from "../../src/sql/index.ts";

/** The context at the bar in a text. */
function at(marked: string): CompletionContext {
  return completionContext(marked.replace("|", ""), marked.indexOf("|"));
}

const show = ({ kind, name, alias, columns, includes }: Relation): string =>
  [
    kind === "table" ? "" : `${kind} `,
    name.join("."),
    alias && ` as ${alias}`,
    columns.length > 0 && `(${columns})`,
    includes.length > 0 && ` + ${includes.map(show)}`,
  ]
    .filter(Boolean)
    .join("");

describe("what is expected", () => {
  test.each<[string, string[], string[]]>([
    ["|", ["keyword"], ["SELECT", "INSERT INTO", "CREATE", "WITH", "EXPLAIN"]],
    ["SEL|", ["keyword"], ["SELECT"]],
    ["SELECT |", ["column", "function", "keyword"], ["DISTINCT", "CASE", "CAST", "NOT"]],
    ["SELECT | FROM t", ["column", "function", "keyword"], ["DISTINCT"]],
    ["SELECT a |", ["keyword"], ["FROM", "AS", "AND"]],
    ["SELECT a FROM |", ["table", "tableFunction", "file", "keyword"], ["LATERAL"]],
    ["SELECT a FROM t |", ["keyword"], ["WHERE", "JOIN", "LEFT JOIN", "GROUP BY", "ORDER BY", "LIMIT", "AS"]],
    ["SELECT a FROM t u |", ["keyword"], ["WHERE", "JOIN"]],
    ["SELECT a FROM t LEFT |", ["keyword"], ["JOIN", "OUTER"]],
    ["SELECT a FROM t JOIN u |", ["keyword"], ["ON", "USING"]],
    ["SELECT a FROM t JOIN u ON |", ["column", "function", "keyword"], ["NOT"]],
    ["SELECT a FROM t JOIN u USING (|", ["column"], []],
    ["SELECT a FROM t WHERE |", ["column", "function", "keyword"], ["NOT", "EXISTS"]],
    ["SELECT a FROM t WHERE a |", ["keyword"], ["AND", "OR", "IS", "IN", "LIKE", "BETWEEN", "ORDER BY"]],
    ["SELECT a FROM t WHERE a IS |", ["keyword"], ["NULL", "NOT", "DISTINCT"]],
    ["SELECT a FROM t WHERE a NOT |", ["keyword"], ["IN", "LIKE", "BETWEEN"]],
    ["SELECT a FROM t WHERE a BETWEEN 1 |", ["keyword"], ["AND"]],
    ["SELECT CASE WHEN a |", ["keyword"], ["THEN"]],
    ["SELECT a FROM t GROUP |", ["keyword"], ["BY"]],
    ["SELECT a FROM t GROUP BY |", ["column", "function", "keyword"], ["ALL", "ROLLUP", "GROUPING SETS"]],
    ["SELECT a FROM t ORDER BY a |", ["keyword"], ["ASC", "NULLS", "LIMIT"]],
    ["SELECT sum(a) |", ["keyword"], ["OVER", "FILTER"]],
    ["SELECT sum(a) OVER (|", ["keyword"], ["PARTITION BY", "ORDER BY", "ROWS"]],
    ["SELECT CAST(a AS |", ["type", "keyword"], ["STRUCT"]],
    ["SELECT a::|", ["type", "keyword"], []],
    ["CREATE TABLE t (a |", ["type", "keyword"], []],
    ["CREATE TABLE t (a INT |", ["keyword"], ["NOT", "PRIMARY", "DEFAULT"]],
    ["CREATE |", ["keyword"], ["TABLE", "VIEW", "OR"]],
    ["DROP TABLE |", ["table", "keyword"], ["IF"]],
    ["DESCRIBE |", ["table", "tableFunction", "file", "keyword"], []],
    ["SHOW |", ["table", "tableFunction", "file", "keyword"], ["TABLES", "FUNCTIONS"]],
    ["SET |", ["setting", "keyword"], []],
    ["SET thr| = 4", ["setting", "keyword"], []],
    ["INSERT INTO |", ["table"], []],
    ["INSERT INTO t (a, |", ["column"], []],
    ["EXPLAIN |", ["keyword"], ["SELECT", "ANALYZE"]],
    ["SELECT t.|", ["column"], []],
    ["SELECT * FROM s.|", ["table"], []],
    ["SELECT $|", ["parameter"], []],
    ["SELECT * FROM TUMBLE(TABLE |", ["table", "tableFunction", "file", "keyword"], []],
    ["SELECT a FROM t |", ["keyword"], ["EMIT", "FOR", "UNTIL", "SAMPLE BY", "STARTING AT", "WINDOW", "LATEST"]],
    ["SELECT a FROM t WHERE a > 1 |", ["keyword"], ["EMIT", "FOR", "UNTIL", "SAMPLE BY"]],
    ["SELECT a FROM t EMIT |", ["keyword"], ["FINAL", "CHANGES", "EVERY", "ON"]],
    ["SELECT a FROM t EMIT FINAL |", ["keyword"], ["ALLOWED LATENESS", "LIMIT"]],
    ["SELECT a FROM t EMIT EVERY |", ["column", "function", "keyword"], ["INTERVAL"]],
    ["SELECT a FROM t GROUP BY a WINDOW |", ["keyword"], ["TUMBLING", "SLIDING", "SESSION", "COUNT"]],
    ["SELECT a FROM t GROUP BY a WINDOW TUMBLING(|", ["column", "function", "keyword"], ["INTERVAL"]],
    ["SELECT a FROM t STARTING AT |", ["column", "function", "keyword"], ["EARLIEST", "LATEST"]],
    ["SELECT a FROM t SAMPLE BY 1m |", ["keyword"], ["FILL", "FROM", "TO", "ALIGN TO"]],
    ["SELECT a FROM t SAMPLE BY 1m FILL(|", ["column", "function", "keyword"], ["PREV", "LINEAR"]],
    ["SELECT a FROM t LATEST ON |", ["column"], []],
    ["SELECT * FROM a JOIN b |", ["keyword"], ["WITHIN", "ON"]],
    ["SELECT * FROM a ASOF JOIN b |", ["keyword"], ["TOLERANCE", "MATCH_CONDITION", "ON"]],
    ["SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(|", ["column"], []],
    ["CREATE |", ["keyword"], ["STREAM", "JOB", "MATERIALIZED"]],
    ["CREATE STREAM s |", ["keyword"], ["WITH", "AS"]],
    ["CREATE STREAM s (ts TIMESTAMP, |", ["keyword"], ["WATERMARK FOR"]],
    ["CREATE STREAM s (ts TIMESTAMP, WATERMARK FOR |", ["column"], []],
    ["CREATE STREAM s WITH (|", ["property"], []],
    ["CREATE STREAM s WITH (connector = |", ["propertyValue"], []],
    ["CREATE STREAM s WITH (connector = 'fi|", ["propertyValue"], []],
    ["CREATE JOB j AS |", ["keyword"], ["INSERT INTO"]],
    ["STOP |", ["keyword"], ["JOB", "QUERY", "ALL"]],
    ["STOP JOB j |", ["keyword"], ["WITH"]],
    ["RECORD |", ["table"], []],
    ["SHOW |", ["table", "tableFunction", "file", "keyword"], ["STREAMS", "JOBS", "CONNECTORS", "QUERIES", "STATE"]],
    ["SELECT 'text|'", [], []],
    ["SELECT 1 -- note|", [], []],
    ["SELECT /* note| */ 1", [], []],
    ["SELECT 12|", [], []],
    // broken before the position
    ["SELECT FROM t WHERE |", ["column", "function", "keyword"], ["NOT"]],
    ["SELECT a b c FROM t WHERE x = 1 AND |", ["column", "function", "keyword"], ["NOT"]],
    ["SELECT a,, b FROM |", ["table", "tableFunction", "file", "keyword"], []],
    ["SELECT ) FROM t ORDER BY |", ["column", "function", "keyword"], []],
  ])("%s", (text, expecting, keywords) => {
    const context = at(text);
    expect([...context.expecting].sort()).toEqual([...expecting].sort());
    expect(context.keywords).toEqual(expect.arrayContaining(keywords));
  });

  test("clauses that exist by name only are not offered", () => {
    expect(at("SELECT a FROM t |").keywords).not.toContain("TABLESAMPLE");
    expect(at("|").keywords).not.toContain("UPDATE");
  });
});

describe("what is replaced", () => {
  test.each<[string, string, string]>([
    ["SELECT pri|ce FROM t", "pri", "price"],
    ["SELECT t.pr| FROM t", "pr", "pr"],
    ["SELECT | FROM t", "", ""],
    ['SELECT "two wo|rds" FROM t', "two wo", '"two words"'],
    ['SELECT "two wo| FROM t', "two wo", '"two wo'],
    ["SELECT * FROM 'data/fl|x' WHERE a", "data/fl", "data/flx"],
    ["SELECT * FROM 'data/fl|", "data/fl", "data/fl"],
    ["SELECT $na|me", "na", "$name"],
    ["SELECT 😀 + pri|", "pri", "pri"],
  ])("%s", (text, prefix, replaced) => {
    const context = at(text);
    const plain = text.replace("|", "");
    expect(context.prefix).toBe(prefix);
    expect(plain.slice(context.replaceStart, context.replaceEnd)).toBe(replaced);
  });
});

describe("files", () => {
  test.each([
    ["SELECT * FROM 'a|'", true],
    ["SELECT * FROM t JOIN 'a|", true],
    ["SELECT * FROM read_csv('a|')", true],
    ["SELECT * FROM read_parquet(['a', 'b|'])", true],
    ["COPY t TO 'a|'", true],
    ["DESCRIBE 'a|'", true],
    ["SELECT upper('a|')", false],
    ["SELECT * FROM t WHERE a = 'a|'", false],
  ])("%s", (text, isFile) => {
    const context = at(text);
    expect(context.insideString).toBe(true);
    expect(context.expecting.has("file")).toBe(isFile);
  });
});

describe("what is in scope", () => {
  test.each<[string, string[]]>([
    [
      "SELECT | FROM trades t JOIN s.quotes AS q ON t.k = q.k LEFT JOIN 'x.csv' f USING (k), range(3) r(i)",
      ["trades as t", "s.quotes as q", "file x.csv as f", "query range as r(i)"],
    ],
    ["SELECT a FROM t WHERE |", ["t"]],
    ["SELECT | FROM t; SELECT b FROM u", ["t"]],
    ["SELECT 1; SELECT | FROM u", ["u"]],
    ["SELECT a FROM t UNION SELECT | FROM u", ["u"]],
    ["SELECT | FROM t UNION SELECT b FROM u", ["t"]],
    ["SELECT * FROM (SELECT a, b + 1 AS c FROM t) s WHERE |", ["query  as s(a,c)"]],
    ["SELECT * FROM (SELECT | FROM t) s", ["t"]],
    ["SELECT * FROM t WHERE EXISTS (SELECT 1 FROM u WHERE |", ["u", "t"]],
    ["SELECT f(a, |) FROM t", ["t"]],
    ["WITH x AS (SELECT a, t.b, c + 1 FROM t), y(m, n) AS (SELECT * FROM u) SELECT | FROM x, y z", ["query x(a,b)", "query y as z(m,n)"]],
    ["WITH x AS (SELECT *, 1 AS one FROM t) SELECT | FROM x", ["query x(one) + t"]],
    ["SELECT | FROM (VALUES (1, 2)) v(a, b), (VALUES (1, 2)) w", ["query  as v(a,b)", "query  as w(col0,col1)"]],
    ["FROM t SELECT |", ["t"]],
    ["INSERT INTO t (|", ["t"]],
    ["INSERT INTO s.t SELECT | FROM u", ["u", "s.t"]],
    // the broken part is elsewhere
    ["SELECT a,, b FROM t JOIN u ON WHERE |", ["t", "u"]],
    ["SELECT | FROM t JOIN u ON t.a = u.", ["t", "u"]],
    ["SELECT | FROM t WHERE (a = ", ["t"]],
  ])("%s", (text, relations) => {
    expect(at(text).relations.map(show)).toEqual(relations);
  });

  test("CTEs stand where tables can, but not before they are complete", () => {
    const names = (text: string) => at(text).ctes.map((cte) => cte.name[0]);
    expect(names("WITH a AS (SELECT 1), b AS (SELECT 2) SELECT * FROM |")).toEqual(["a", "b"]);
    expect(names("WITH a AS (SELECT 1), b AS (SELECT * FROM |")).toEqual(["a"]);
    expect(names("WITH a AS (SELECT 1) SELECT * FROM (SELECT * FROM |")).toEqual(["a"]);
  });

  test("qualifier, clause, aliases and the call around", () => {
    expect(at("SELECT s.t.| FROM s.t").qualifier).toEqual(["s", "t"]);
    expect(at('SELECT "A b".x| FROM t').qualifier).toEqual(["A b"]);
    expect(at("SELECT a FROM t ORDER BY |").clause).toBe("order by");
    expect(at("SELECT a FROM t JOIN u ON |").clause).toBe("on");
    expect(at("SELECT a + 1 AS total, b AS x FROM t GROUP BY |").aliases).toEqual(["total", "x"]);
    expect(at("SELECT date_trunc('day', f(x), |").call).toEqual({ name: ["date_trunc"], argument: 2 });
    expect(at("SELECT f(a, [1, (2 + |").call).toEqual({ name: ["f"], argument: 1 });
    expect(at("SELECT a IN (1, |").call).toBeUndefined();
    expect(at("SELECT f((SELECT a, |").call).toBeUndefined();
  });

  test("no text at any position makes it fail", () => {
    const text = "WITH x AS (SELECT 'a' FROM \"q\" WHERE a.b[1:2] = $p) SELECT {'k': f(1, *)} FROM x, LATERAL (VALUES (1)) v(c) -- end";
    for (let end = 0; end <= text.length; end++) {
      for (let offset = 0; offset <= end; offset += 3) {
        const context = completionContext(text.slice(0, end), offset);
        expect(context.replaceStart).toBeLessThanOrEqual(offset);
        expect(context.replaceEnd).toBeGreaterThanOrEqual(offset);
      }
    }
  });
});
