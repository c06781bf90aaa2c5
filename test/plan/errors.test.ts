import { describe, expect, test } from "vitest";
import { WeirError } from "../../src/core/errors.ts";
import { bind } from "./support.ts";

/** Statement, message, the text that is pointed at, hint. */
type ErrorCase = readonly [sql: string, message: string, place: string, hint?: string];

function errorOf(sql: string): WeirError {
  try {
    bind(sql);
  } catch (error) {
    if (error instanceof WeirError) return error;
    throw error;
  }
  throw new Error(`${sql} was bound without an error`);
}

function check(cases: readonly ErrorCase[], phase: "bind" | "unsupported"): void {
  test.each(cases.map((one) => ({ one, name: one[0] })))("$name", ({ one: [sql, message, place, hint] }) => {
    const error = errorOf(sql);
    const found = error.span === undefined ? undefined : sql.slice(error.span.start, error.span.end);
    expect({ phase: error.phase, message: error.message, place: found, hint: error.hint }).toEqual({ phase, message, place, hint });
  });
}

describe("names that do not exist", () => {
  check(
    [
      ["SELECT dely FROM flights", 'column "dely" does not exist', "dely", 'did you mean "delay"?'],
      ["SELECT zzz FROM u", 'column "zzz" does not exist', "zzz", 'columns here: "a", "k", "v", "n"'],
      ["SELECT f.orgin FROM flights f", 'table "f" has no column "orgin"', "orgin", 'did you mean "origin"?'],
      ["SELECT g.origin FROM flights f", 'there is no table "g" in this query', "g", 'did you mean "f"?'],
      ["SELECT a", 'column "a" does not exist', "a", "there is no FROM clause"],
      ["SELECT 1 FROM fligts", 'table "fligts" does not exist', "fligts", 'did you mean "flights"?'],
      ["SELECT 1 FROM nowhere.u", 'schema "nowhere" does not exist', "nowhere", "all tables are in schema main"],
      ["SELECT 1 FROM people.csv", 'table "people.csv" does not exist', "people.csv", "for the file, quote its name: FROM 'people.csv'"],
      ["SELECT uper(k) FROM u", 'function "uper" does not exist', "uper", 'did you mean "upper"?'],
      [
        "SELECT * FROM genrate_series(1, 2)",
        'table function "genrate_series" does not exist',
        "genrate_series",
        'did you mean "generate_series"?',
      ],
      ["SELECT sum(a) OVER wn FROM u WINDOW win AS ()", 'window "wn" does not exist', "wn", 'did you mean "win"?'],
      ["SELECT * EXCLUDE (kk) FROM u", 'column "kk" is not among those of *', "kk", 'did you mean "k"?'],
      ["SELECT a::intger FROM u", 'type "intger" does not exist', "intger", "did you mean INTEGER?"],
      [
        "SELECT * FROM airports JOIN flights USING (code)",
        'column "code" does not exist on the right side of the join',
        "code",
        'columns here: "origin", "dest", "delay", "distance", "day"',
      ],
      ["SELECT $price", "no value was given for parameter $price", "$price", undefined],
      ["WITH x AS (SELECT 1 AS one) SELECT on_e FROM x", 'column "on_e" does not exist', "on_e", 'did you mean "one"?'],
    ],
    "bind",
  );
});

describe("names that stand for two things", () => {
  check(
    [
      ["SELECT a FROM u x, u y", 'column "a" is ambiguous', "a", "say which table: x.a or y.a"],
      ["SELECT u.a FROM u, u", 'table name "u" stands for two tables', "u", "give one of them an alias: FROM t AS a"],
      ["WITH x AS (SELECT 1), x AS (SELECT 2) SELECT 1 FROM x", 'CTE "x" is defined twice', "x", undefined],
    ],
    "bind",
  );
});

describe("types", () => {
  check(
    [
      ["SELECT k > 10 FROM u", "cannot compare VARCHAR with INTEGER", "k > 10", "cast one side: CAST(… AS INTEGER)"],
      ["SELECT upper(a) FROM u", "no function matches upper(INTEGER)", "upper(a)", "there is upper(text VARCHAR)"],
      ["SELECT upper() FROM u", "no function matches upper()", "upper()", "there is upper(text VARCHAR)"],
      [
        "SELECT d - '2020-01-01' FROM t",
        "-(DATE, VARCHAR) can be read in several ways",
        "'2020-01-01'",
        "say what the text is: CAST('…' AS type)",
      ],
      ["SELECT CASE WHEN a = 1 THEN k ELSE v END FROM u", "CASE mixes DOUBLE and VARCHAR", "k", "cast one of them: CAST(… AS DOUBLE)"],
      ["SELECT 1 FROM t WHERE d", "a condition must be BOOLEAN, not DATE", "d", undefined],
      ["SELECT s.z FROM t", 'there is no field "z" in STRUCT(x INTEGER, y VARCHAR)', "z", 'fields: "x", "y"'],
      ["SELECT unnest(a) FROM t", "unnest takes a list, not INTEGER", "a", undefined],
      [
        "SELECT a FROM u UNION SELECT ts FROM t",
        'column "a" of UNION is INTEGER on the left and TIMESTAMP on the right',
        "SELECT ts FROM t",
        "cast one of them",
      ],
      ["VALUES (1, 2), (3)", "all rows of VALUES must have 2 columns, and this one has 1", "3", undefined],
      ["SELECT 1 LIMIT -1", "LIMIT cannot be negative, as -1 is", "-1", undefined],
    ],
    "bind",
  );
});

describe("what stands in the wrong place", () => {
  check(
    [
      ["SELECT a FROM u WHERE sum(v) > 1", "aggregate function sum is not allowed in WHERE", "sum(v)", "use HAVING to filter groups"],
      ["SELECT sum(max(v)) FROM u", "aggregate functions cannot be nested", "max(v)", "aggregate in a subquery first"],
      [
        "SELECT k, sum(v) FROM u",
        'column "k" must be in GROUP BY or inside an aggregate function',
        "k",
        "add it to GROUP BY, or take any of its values: any_value(k)",
      ],
      [
        "SELECT a + n FROM u GROUP BY a",
        'column "n" must be in GROUP BY or inside an aggregate function',
        "n",
        "add it to GROUP BY, or take any of its values: any_value(n)",
      ],
      [
        "SELECT 1 FROM u WHERE sum(v) OVER () > 1",
        "window function sum is not allowed in WHERE",
        "sum(v) OVER ()",
        "use QUALIFY to filter on window functions",
      ],
      ["SELECT upper(DISTINCT k) FROM u", "DISTINCT is for aggregate functions, and upper is none", "upper(DISTINCT k)", undefined],
      [
        "SELECT upper(k) OVER () FROM u",
        "upper is not a window or aggregate function, so it cannot have OVER",
        "upper(k) OVER ()",
        undefined,
      ],
      ["SELECT a FROM u ORDER BY 2", "ORDER BY position 2 is out of range", "2", "the select list has 1 columns"],
      ["SELECT a FROM u GROUP BY 3", "GROUP BY position 3 is out of range", "3", "the select list has 1 columns"],
      [
        "SELECT DISTINCT a FROM u ORDER BY v",
        "with SELECT DISTINCT, ORDER BY can only use what is in the select list",
        "v",
        "add the expression to the select list",
      ],
      ["SELECT (SELECT a, v FROM u)", "the subquery has 2 columns, and one is expected", "(SELECT a, v FROM u)", undefined],
      [
        "SELECT 1 UNION SELECT 1, 2",
        "both sides of UNION must have the same number of columns",
        "SELECT 1, 2",
        "the left side has 1 columns and the right side 2",
      ],
      ["SELECT *", "* needs a FROM clause", "*", undefined],
      [
        "SELECT sum(v) OVER (ROWS BETWEEN CURRENT ROW AND 1 PRECEDING) FROM u",
        "a frame cannot start with CURRENT ROW and end with PRECEDING",
        "ROWS BETWEEN CURRENT ROW AND 1 PRECEDING",
        undefined,
      ],
    ],
    "bind",
  );
});

describe("what is not there yet says so", () => {
  check(
    [
      [
        "SELECT (SELECT max(v) FROM u WHERE u.a = t.a AND u.v < t.c) FROM t",
        'a subquery that reads column "t.c" of the query around it (a correlated subquery)',
        "t.c",
        "a join with the subquery does the same",
      ],
      ["SELECT k COLLATE nocase FROM u", "COLLATE", "k COLLATE nocase", "lower(x) compares without regard to case"],
      ["SELECT a::UHUGEINT FROM u", "type UHUGEINT", "UHUGEINT", undefined],
      ["SELECT 1 FROM u LIMIT 10%", "LIMIT in percent", "10", undefined],
    ],
    "unsupported",
  );
});
