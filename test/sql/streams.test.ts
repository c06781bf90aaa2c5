import { describe, expect, test } from "vitest";
import { WeirError } from "../../src/core/errors.ts";
import { type CreateStream, parse, parseOne, print, type Query, type Select } from "../../src/sql/index.ts";
import { bare } from "./tree.ts";

function errorOf(text: string): WeirError {
  try {
    parse(text);
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
  throw new Error(`parsed: ${text}`);
}

const selectOf = (text: string): Select => (parseOne(text) as Query).body as Select;
const printed = (text: string): string => print(parseOne(text));

describe("one tree for each meaning", () => {
  test.each([
    ["SELECT a INTO b FROM t", "INSERT INTO b SELECT a FROM t"],
    ["WITH x AS (SELECT 1) SELECT a INTO s.b FROM x UNION SELECT 2", "INSERT INTO s.b WITH x AS (SELECT 1) SELECT a FROM x UNION SELECT 2"],
    ["CREATE JOB j AS SELECT a INTO b FROM t", "CREATE JOB j AS INSERT INTO b SELECT a FROM t"],
    ["START JOB j", "RESUME JOB j"],
    ["STOP q", "STOP QUERY q"],
    ["CREATE STREAM s AS SELECT 1 WITH ('a.b' = 1)", "CREATE STREAM s WITH (a.b = 1) AS SELECT 1"],
    [
      "SELECT sum(a) OVER (ROWS WINDOW BUFFER 3 ROWS PARTITION BY k)",
      "SELECT sum(a) OVER (PARTITION BY k ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)",
    ],
    ["SELECT 1 FROM t GROUP BY k WINDOW TUMBLE(1m)", "SELECT 1 FROM t WINDOW TUMBLING(INTERVAL 1 MINUTE) GROUP BY k"],
    ["SELECT 1 FROM t WINDOW HOPPING(1h, 1 min)", "SELECT 1 FROM t WINDOW SLIDING(INTERVAL 1 HOUR, INTERVAL 1 MINUTE)"],
    ["SELECT 1 FROM t EMIT EVERY 500ms", "SELECT 1 FROM t EMIT EVERY INTERVAL 500 MILLISECONDS"],
    ["SELECT 1 FROM t FOR 1m 30s", "SELECT 1 FROM t FOR INTERVAL '1 minute 30 second'"],
    ["SELECT 1 FROM t FOR 1.5h", "SELECT 1 FROM t FOR INTERVAL '1.5 hour'"],
    ["SELECT 1 FROM t SAMPLE BY 1M", "SELECT 1 FROM t SAMPLE BY INTERVAL 1 MONTH ALIGN TO CALENDAR"],
    ["SELECT 1 FROM a x FOR SYSTEM_TIME AS OF t.ts", "SELECT 1 FROM a FOR SYSTEM_TIME AS OF t.ts AS x"],
    ["SELECT 1 FROM a JOIN b ON x WITHIN 5m", "SELECT 1 FROM a JOIN b WITHIN INTERVAL '5' MINUTES ON x".replace("'5'", "5")],
    ["SELECT 1 FROM TABLE(f(TABLE g(TABLE t), 1))", "SELECT 1 FROM f(TABLE (SELECT * FROM g(TABLE t)), 1)"],
    ["SHOW STATE OF q", "SHOW STATE FOR q"],
  ])("%s is read as %s", (text, same) => {
    expect(bare(parseOne(text))).toEqual(bare(parseOne(same)));
  });
});

describe("trees", () => {
  test("the clauses of a streaming query, in any order", () => {
    const order = "FROM s STARTING AT LATEST ORDER BY a";
    const clauses = ["LIMIT 5", "EMIT EVERY 1s ALLOWED LATENESS 2s", "FOR 3s", "UNTIL now()"];
    const forwards = parseOne(`SELECT a ${order} ${clauses.join(" ")}`);
    expect(bare(forwards)).toEqual(bare(parseOne(`SELECT a ${order} ${[...clauses].reverse().join(" ")}`)));
    expect(bare(forwards)).toMatchObject({
      limit: { text: "5" },
      emit: { kind: "emit", mode: "every", every: { kind: "interval" }, lateness: { kind: "interval" } },
      duration: { kind: "interval", unit: "second", value: { text: "3" } },
      until: { kind: "call" },
    });
  });

  test("EMIT belongs to the query that it ends", () => {
    const outer = parseOne("SELECT * FROM (SELECT a FROM t EMIT CHANGES) x") as Query;
    expect(outer.emit).toBeUndefined();
    const [table] = (outer.body as Select).from;
    expect(table).toMatchObject({ kind: "subqueryRef", query: { emit: { mode: "changes" } } });
  });

  test.each([
    ["TUMBLING(1m)", { type: "tumble", size: { unit: "minute" }, column: undefined }],
    [
      "TUMBLING(t.ts, INTERVAL '1' MINUTE)",
      { type: "tumble", size: { unit: "minute" }, column: { parts: [{ name: "t" }, { name: "ts" }] } },
    ],
    ["SLIDING(ts, 10m, 2m)", { type: "hop", column: {}, size: { value: { text: "10" } }, slide: { value: { text: "2" } } }],
    ["SESSION(30s, k, l)", { type: "session", column: undefined, gap: { unit: "second" }, keys: [{ kind: "column" }, { kind: "column" }] }],
    ["COUNT(100 ROWS, 10)", { type: "count", size: { text: "100" }, slide: { text: "10" } }],
  ])("WINDOW %s", (text, expected) => {
    for (const clauses of [`GROUP BY k WINDOW ${text}`, `WINDOW ${text} GROUP BY k`]) {
      expect(selectOf(`SELECT k FROM t ${clauses} HAVING true`).groupWindow).toMatchObject(expected);
    }
  });

  test("named windows stay what they are", () => {
    const select = selectOf("SELECT 1 FROM t WINDOW tumbling AS (ORDER BY a), session AS (tumbling)");
    expect(select.groupWindow).toBeUndefined();
    expect(select.windows.map(({ name }) => name.name)).toEqual(["tumbling", "session"]);
  });

  test("SAMPLE BY", () => {
    const text = "SELECT 1 FROM t SAMPLE BY 1h FROM $a TO $b FILL(prev, 0) ALIGN TO CALENDAR TIME ZONE 'UTC' WITH OFFSET '00:30'";
    expect(selectOf(text).sampleBy).toMatchObject({
      size: { kind: "interval", unit: "hour" },
      from: { kind: "parameter" },
      to: { kind: "parameter" },
      fill: [{ mode: "prev" }, { mode: "constant", value: { text: "0" } }],
      align: "calendar",
      timeZone: { value: "UTC" },
      offset: { value: "00:30" },
    });
  });

  test("words of the clauses are names elsewhere", () => {
    expect(printed("SELECT emit, until FROM within tolerance, latest AS sample WHERE watermark = tumbling")).toBe(
      "SELECT emit, until FROM within AS tolerance, latest AS sample WHERE watermark = tumbling",
    );
  });

  test("properties", () => {
    const { properties } = parseOne(`CREATE STREAM s WITH (connector = file, 'Price.Range' = [1, 2], a."b c".d = -1)`) as CreateStream;
    expect(properties.map(({ key, value }) => [key, print(value)])).toEqual([
      ["connector", "file"],
      ["Price.Range", "[1, 2]"],
      ["a.b c.d", "-1"],
    ]);
  });
});

describe("annotations", () => {
  const streamOf = (text: string): CreateStream => parse(text).at(-1) as CreateStream;

  test("stand above the statement, with their places", () => {
    const text = "-- a note\n-- @data.price: range [150, 400], distribution: random_walk\n--@metric\nCREATE STREAM s WITH (a = 1)";
    const { annotations } = streamOf(text);
    expect(annotations.map(({ name, text: value }) => [name, value])).toEqual([
      ["data.price", "range [150, 400], distribution: random_walk"],
      ["metric", ""],
    ]);
    expect(text.slice(annotations[1].span.start, annotations[1].span.end)).toBe("--@metric");
  });

  test("those of the statement before and those within are not this one's", () => {
    const text = "-- @a: 1\nSELECT 1\n-- @b: 2\n;\n-- @c: 3\nCREATE STREAM s -- @d: 4\nWITH (a = 1)";
    expect(streamOf(text).annotations.map(({ name }) => name)).toEqual(["c"]);
  });

  test("are printed above it", () => {
    const text = "-- @data.x: 1\n-- @y\nCREATE STREAM s WITH (a = 1)";
    expect(print(streamOf(text))).toBe(text);
  });
});

/** The statement, the text that the error points at, and the hint; for errors of their own the message and the hint. */
describe("wrong input", () => {
  test.each([
    ["SELECT a FROM t EMIT", "", "expected FINAL, CHANGES, EVERY or ON UPDATE"],
    ["SELECT a FROM t EMIT FINL", "FINL", "did you mean FINAL?"],
    ["SELECT a FROM t EMIT FINAL EVERY INTERVAL '1' SECOND", "EVERY", "EMIT FINAL has no EVERY: write EMIT EVERY alone"],
    ["SELECT a FROM t EMIT EVERY", "", "expected an expression"],
    ["SELECT a FROM t EMIT EVERY 5", "5", "5 has no unit of time; write INTERVAL '5' SECOND, or 5s"],
    ["SELECT a FROM t EMIT EVERY 5x", "x", '"x" is no unit of time; the units are us, ms, s, m, h, d, w, M (month) and y'],
    ["SELECT a FROM t EMIT ON CHANGE", "CHANGE", "expected UPDATE"],
    ["SELECT a FROM t EMIT FINAL ALLOWED 5s", "5", "expected LATENESS"],
    ["SELECT a FROM t EMIT FINAL ALLOWED LATENES 5s", "LATENES", "did you mean LATENESS?"],
    ["SELECT a FROM t EMIT FINAL EMIT CHANGES", "EMIT", "EMIT stands twice"],
    ["SELECT a FROM t EMT FINAL", "EMT", "did you mean EMIT?"],
    ["SELECT a FROM t EMIT FINAL UNION SELECT 1", "UNION", "put the query before it in parentheses"],
    ["SELECT a FROM t FOR 5", "5", "expected a span of time, as INTERVAL '30' SECOND"],
    ["SELECT a FROM t FOR UPDATE", "UPDATE", "expected a span of time, as INTERVAL '30' SECOND"],
    ["SELECT a FROM t FOR 5s FOR 6s", "FOR", "FOR INTERVAL stands twice"],
    ["SELECT a FROM t UNTIL", "", "expected an expression"],
    ["SELECT a FROM t GROUP BY a WINDOW TUMBLNG(1m)", "TUMBLNG", "did you mean TUMBLING?"],
    ["SELECT a FROM t GROUP BY a WINDOW TUMBLING", "", "expected ("],
    ["SELECT a FROM t GROUP BY a WINDOW TUMBLING()", ")", "expected an expression"],
    ["SELECT a FROM t GROUP BY a WINDOW TUMBLING(1m, 2m)", ",", "TUMBLING takes a size, as TUMBLING(1m)"],
    ["SELECT a FROM t GROUP BY a WINDOW TUMBLING(60)", "60", "60 has no unit of time; write INTERVAL '60' SECOND, or 60s"],
    ["SELECT a FROM t GROUP BY a WINDOW SLIDING(1m)", ")", "SLIDING takes a size and a slide, as SLIDING(10m, 1m)"],
    ["SELECT a FROM t GROUP BY a WINDOW SLIDING(1m, 2m, 3m)", ",", "SLIDING takes a size and a slide, as SLIDING(10m, 1m)"],
    ["SELECT a FROM t GROUP BY a WINDOW COUNT(1m)", "1", "COUNT windows are of rows, not of time: use TUMBLING"],
    ["SELECT a FROM t WINDOW TUMBLING(1m) GROUP BY a WINDOW TUMBLING(1m)", "WINDOW", "WINDOW stands twice"],
    ["SELECT a FROM t WINDOW TUMBLING(1m 5m)", "1m 5m", "the unit minute stands twice"],
    ["SELECT a FROM t SAMPLE 1m", "1", "expected BY"],
    ["SELECT a FROM t SAMPLE BY", "", "expected an expression"],
    ["SELECT a FROM t SAMPLE BY 1m FILL(PRVE)", "PRVE", 'FILL has no mode "PRVE"; did you mean PREV?'],
    ["SELECT a FROM t SAMPLE BY 1m FILL PREV", "PREV", "expected ("],
    ["SELECT a FROM t SAMPLE BY 1m ALIGN CALENDAR", "CALENDAR", "expected TO"],
    ["SELECT a FROM t SAMPLE BY 1m ALIGN TO CALENDER", "CALENDER", "did you mean CALENDAR?"],
    ["SELECT a FROM t SAMPLE BY 1m ALIGN TO FIRST", "", "expected OBSERVATION"],
    ["SELECT a FROM t LATEST BY k", "BY", "write LATEST ON time_column PARTITION BY keys"],
    ["SELECT a FROM t LATEST ON ts", "", "expected PARTITION"],
    ["SELECT a FROM t LATEST ON ts PARTITION k", "k", "expected BY"],
    ["SELECT a FROM t STARTING EARLIEST", "EARLIEST", "expected AT"],
    ["SELECT a FROM t STARTING AT", "", "expected an expression"],
    ["SELECT a FROM (SELECT 1) STARTING AT EARLIEST", "STARTING AT EARLIEST", "a time to read from needs the name of a stream or table"],
    ["SELECT a FROM t STARTING AT EARLYEST", "EARLYEST", "STARTING AT takes no column; did you mean EARLIEST?"],
    ["SELECT a FROM t FOR SYSTEM_TIME OF x", "OF", "expected AS"],
    ["SELECT a FROM t FOR SYSTEM_TIME AS x", "x", "expected OF"],
    [
      "SELECT a FROM range(3) FOR SYSTEM_TIME AS OF x",
      "FOR SYSTEM_TIME AS OF x",
      "a time to read from needs the name of a stream or table",
    ],
    ["SELECT a FROM a ASOF JOIN b", "", "an ASOF join needs ON, USING or MATCH_CONDITION"],
    ["SELECT a FROM a ASOF JOIN b ON a.k = b.k TOLERANCE", "", "expected an expression"],
    ["SELECT a FROM a ASOF JOIN b ON a.k = b.k TOLERANCE 5", "5", "5 has no unit of time; write INTERVAL '5' SECOND, or 5s"],
    ["SELECT a FROM a ASOF JOIN b WITHIN 5s ON a.k = b.k", "WITHIN", "an ASOF join has no WITHIN; write TOLERANCE"],
    [
      "SELECT a FROM a JOIN b ON a.k = b.k TOLERANCE 5s",
      "TOLERANCE",
      "TOLERANCE belongs to an ASOF join; write ASOF JOIN, or WITHIN for a join of rows close in time",
    ],
    [
      "SELECT a FROM a JOIN b MATCH_CONDITION (a.x > b.x)",
      "MATCH_CONDITION",
      "MATCH_CONDITION belongs to an ASOF join; write ASOF JOIN, or WITHIN for a join of rows close in time",
    ],
    ["SELECT a FROM a ASOF JOIN b MATCH_CONDITION a.x > b.x", "a", "expected ("],
    ["SELECT a FROM a JOIN b WITHIN 5 ON a.k = b.k", "5", "5 has no unit of time; write INTERVAL '5' SECOND, or 5s"],
    ["SELECT a FROM a JOIN b WITHIN 5s", "", "a join needs ON or USING"],
    ["SELECT a FROM a JOIN b WITHIN INTERVAL '5' MINUTS ON a.k = b.k", "MINUTS", "did you mean MINUTE?"],
    ["SELECT sum(a) OVER (ROWS WINDOW BUFFER n ROWS ORDER BY a)", "n", "expected a number of rows, from 1"],
    ["SELECT sum(a) OVER (ROWS WINDOW BUFFER 0 ROWS ORDER BY a)", "0", "expected a number of rows, from 1"],
    ["SELECT sum(a) OVER (ROWS WINDOW BUFER 5 ROWS ORDER BY a)", "BUFER", "did you mean BUFFER?"],
    ["SELECT sum(a) OVER (ROWS WINDOW BUFFER 5 ORDER BY a)", "ORDER", "expected ROWS"],
    ["SELECT sum(a) OVER (ROWS WINDOW BUFFER 5 ROWS ORDER BY a ROWS 5 PRECEDING)", "ROWS", "BUFFER n ROWS is the frame: there is no other"],
    ["SELECT * FROM TUMBLE(TABLE, DESCRIPTOR(ts))", ",", "expected a table"],
    ["SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR ts)", "ts", "expected the time column in parentheses, as DESCRIPTOR(ts)"],
    ["SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(1))", "1", "expected a column"],
    ["SELECT * FROM TUMBLE(TABLE t, DESCRIPTOR(ts), SIZE = > 5)", ">", "expected an expression"],
    ["SELECT * FROM (SELECT a INTO b FROM c)", "INTO", "INTO can stand in the outermost SELECT of a statement only"],
    ["CREATE STREAM", "", "expected a name"],
    ["CREATE STREAM s", "", "expected (, WITH or AS"],
    ["CREATE STREAM s (a)  WITH (connector = 'file')", "a", 'column "a" needs a type'],
    ["CREATE STREAM s (a INT, WATERMARK ts AS ts) WITH (connector = 'file')", "ts", "expected FOR"],
    ["CREATE STREAM s (a INT, WATERMARK FOR ts) WITH (connector = 'file')", ")", "expected AS"],
    [
      "CREATE STREAM s (WATERMARK FOR a AS a, WATERMARK FOR b AS b) WITH (connector = 'file')",
      "WATERMARK FOR b AS b",
      "a stream has one watermark",
    ],
    [
      "CREATE STREAM s (a INT, p AS a + 1) WITH (connector = 'file')",
      "p",
      "columns that are computed are not there yet; compute them in CREATE STREAM … AS SELECT",
    ],
    ["CREATE STREAM s WITH connector = 'file'", "connector", "expected properties in parentheses, as (connector = 'file')"],
    ["CREATE STREAM s WITH (connector 'file')", "'file'", 'expected = and the value of "connector"'],
    ["CREATE STREAM s WITH (connector = )", ")", "expected an expression"],
    ["CREATE STREAM s WITH (connector = 'file' path = 'x')", "path", "expected , or )"],
    ["CREATE STREAM s WITH (connector = 'file', Connector = 'x')", "Connector", 'property "Connector" stands twice'],
    ["CREATE STREAM s WITH (a = 1) AS SELECT 1 WITH (a = 2)", "a", 'property "a" stands twice'],
    ["CREATE STREM s WITH (connector = 'file')", "STREM", "did you mean STREAM?"],
    ["CREATE STREAM s (a INT) WIHT (connector = 'file')", "WIHT", "did you mean WITH?"],
    ["CREATE TEMP STREAM s WITH (connector = 'file')", "STREAM", "only tables and views can be temporary"],
    ["CREATE MATERIALIZED v AS SELECT 1", "v", "expected VIEW"],
    ["CREATE MATERIALIZED VIEW v", "", "expected WITH or AS"],
    ["CREATE MATERIALIZED VIEW v SELECT 1", "SELECT", "expected WITH or AS"],
    ["CREATE JOB j", "", "expected WITH or AS"],
    ["CREATE JOB j AS SELECT 1", "SELECT 1", "a job is an INSERT INTO a sink of a query; write AS INSERT INTO sink SELECT …"],
    [
      "CREATE JOB j AS INSERT INTO t DEFAULT VALUES",
      "INSERT INTO t DEFAULT VALUES",
      "a job is an INSERT INTO a sink of a query; write AS INSERT INTO sink SELECT …",
    ],
    [
      "CREATE JOB j AS CREATE TABLE t AS SELECT 1",
      "CREATE TABLE t AS SELECT 1",
      "a job is an INSERT INTO a sink of a query; write AS INSERT INTO sink SELECT …",
    ],
    ["CREATE JOB j INSERT INTO t SELECT 1", "INSERT", "expected WITH or AS"],
    ["PAUSE j", "j", "expected JOB"],
    ["PAUSE", "", "expected JOB"],
    ["RESUME JOB", "", "expected a name"],
    ["STOP", "", "expected JOB, QUERY, ALL or the name of a query"],
    ["STOP JOB", "", "expected a name"],
    ["STOP JOB j SAVEPOINT", "SAVEPOINT", "expected WITH"],
    ["STOP JOB j WITH", "", "expected SAVEPOINT"],
    ["STOP QUERY", "", "expected a name"],
    ["PAUS JOB j", "PAUS", "did you mean PAUSE?"],
    ["RECORD", "", "expected a table"],
    ["RECORD s", "", "expected STARTING or TO"],
    ["RECORD s 'x'", "'x'", "expected STARTING or TO"],
    ["RECORD s TO x", "x", "expected the path of a file in single quotes"],
    ["RECORD s TO 'x' FOR", "", "expected a span of time, as INTERVAL '30' SECOND"],
    ["RECORD s TO 'x' FOR 5", "5", "expected a span of time, as INTERVAL '30' SECOND"],
    ["RECORD (SELECT 1) TO 'x'", "(", "expected a table"],
    ["SHOW SCHEMA", "", "expected a table"],
    ["SHOW STATE FOR", "", "expected a table"],
    ["SHOW JOBS LIKE x", "x", "expected a string in single quotes"],
    ["EXPLAIN JOB", "JOB", "expected a statement"],
    ["DROP MATERIALIZED v", "v", "expected VIEW"],
    ["DROP STREM s", "STREM", "did you mean STREAM?"],
    ["DROP JOB", "", "expected a name"],
  ])("%s", (text, at, said) => {
    const error = errorOf(text);
    const { message, hint } = error;
    expect(text.slice(error.span!.start, error.span!.end)).toBe(at);
    if (message.startsWith("syntax error")) {
      expect(message).toBe(at === "" ? "syntax error at end of input" : `syntax error at or near "${at}"`);
      expect(hint ?? "").toBe(said);
    } else expect(message + (hint === undefined ? "" : `; ${hint}`)).toBe(said);
  });
});
