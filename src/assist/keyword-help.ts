/** One line of syntax and one of meaning, for keywords that begin something. */
export const KEYWORD_HELP: ReadonlyMap<string, readonly [syntax: string, meaning: string]> = new Map([
  ["select", ["SELECT [DISTINCT] expression [AS name], … FROM … WHERE … GROUP BY …", "rows made from the rows of tables and files"]],
  ["from", ["FROM table | 'file.csv' | (query) [AS name]", "where rows come from"]],
  ["where", ["WHERE condition", "keeps rows for which the condition is true"]],
  ["group", ["GROUP BY expression, … | ALL", "one row for each group; ALL groups by everything that is not aggregated"]],
  ["having", ["HAVING condition", "keeps groups for which the condition is true"]],
  ["qualify", ["QUALIFY condition", "keeps rows by the value of a window function"]],
  ["order", ["ORDER BY expression [ASC | DESC] [NULLS FIRST | LAST], …", "sorts the rows"]],
  ["limit", ["LIMIT rows [OFFSET rows]", "ends after so many rows"]],
  ["with", ["WITH name AS (query), … SELECT …", "names queries for the one that follows"]],
  ["join", ["[LEFT | RIGHT | FULL | SEMI | ANTI] JOIN table ON condition | USING (column)", "pairs rows of two tables"]],
  ["case", ["CASE WHEN condition THEN value … ELSE value END", "the value of the first condition that is true"]],
  ["cast", ["CAST(value AS type), value::type", "the value as another type; TRY_CAST gives NULL where that cannot be"]],
  ["over", ["function(…) OVER (PARTITION BY … ORDER BY … ROWS BETWEEN … AND …)", "computes over the rows around each row"]],
  ["interval", ["INTERVAL '5' MINUTE, INTERVAL '1 day 2 hours'", "a span of time"]],
  ["create", ["CREATE [OR REPLACE] TABLE | VIEW name AS query", "keeps a query's rows (table), or the query itself (view)"]],
  [
    "function",
    [
      "CREATE [OR REPLACE] FUNCTION f(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return x * 2 $$",
      "a function of your own; %%function makes one of each that a cell of TypeScript exports",
    ],
  ],
  [
    "functions",
    [
      "CREATE [OR REPLACE] FUNCTIONS LANGUAGE typescript AS $$ export function … $$",
      "makes a function of each that a TypeScript module exports",
    ],
  ],
  [
    "model",
    [
      "CREATE [OR REPLACE] MODEL m [INPUT (a FLOAT, …)] [OUTPUT (b BIGINT, …)] WITH ('provider' = 'onnx', 'path' = 'm.onnx')",
      "a model to score rows with: predict('m', a), ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(a)); m@2 is its second version",
    ],
  ],
  ["install", ["INSTALL PACK 'folder' | 'npm name'", "copies a pack of functions to where LOAD finds it"]],
  ["load", ["LOAD pack", "makes the functions of a pack usable: pack.f(…), and f(…) where no other function is called so"]],
  ["insert", ["INSERT INTO table [(column, …)] query | VALUES (…), …", "adds rows to a table"]],
  [
    "drop",
    [
      "DROP TABLE | VIEW | FUNCTION | MODEL | PACK [IF EXISTS] name",
      "removes what CREATE, INSTALL or LOAD brought; m@2 is one version of a model",
    ],
  ],
  [
    "describe",
    [
      "DESCRIBE table | query, DESCRIBE FUNCTION | MODEL | PACK name",
      "names and types of the columns; what is known of a function, model or pack",
    ],
  ],
  ["summarize", ["SUMMARIZE table | query", "smallest, largest, mean, quartiles and NULLs of each column"]],
  ["show", ["SHOW TABLES | FUNCTIONS | MODELS | PACKS | SETTINGS", "lists what there is"]],
  ["set", ["SET setting = value", "changes a setting of the session"]],
  ["copy", ["COPY query | table TO 'file.parquet' [(FORMAT …)]", "writes rows to a file"]],
  ["explain", ["EXPLAIN [ANALYZE] query", "the plan of a query; ANALYZE runs it and shows rows, time and memory"]],
  ["verify", ["VERIFY query", "runs the query here and on DuckDB, and compares the answers"]],
]);
