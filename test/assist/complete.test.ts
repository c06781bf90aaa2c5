import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type AssistContext, codePointToOffset, completeSql, functionInfo, offsetToCodePoint } from "../../src/assist/index.ts";
import { builtinFunctions } from "../../src/functions/index.ts";

const folder = mkdtempSync(join(tmpdir(), "weir assist "));
writeFileSync(join(folder, "flights.csv"), "origin\nBOS\n");
writeFileSync(join(folder, "it's.parquet"), "");
writeFileSync(join(folder, "notes.md"), "");
mkdirSync(join(folder, "data"));
writeFileSync(join(folder, "data", "prices.csv.gz"), "");
afterAll(() => rmSync(folder, { recursive: true }));

const ASSIST: AssistContext = {
  catalog: {
    entries: [
      {
        name: "prices",
        kind: "table",
        rowCount: 3,
        columns: [
          { name: "symbol", type: "VARCHAR" },
          { name: "Price", type: "DOUBLE" },
          { name: "trade time", type: "TIMESTAMP" },
          { name: "order", type: "INTEGER" },
        ],
      },
      { name: "stocks", kind: "view", rowCount: undefined, columns: [{ name: "symbol", type: "VARCHAR" }] },
      {
        name: "trades",
        kind: "stream",
        rowCount: undefined,
        columns: [
          { name: "ts", type: "TIMESTAMP" },
          { name: "qty", type: "BIGINT" },
        ],
      },
      { name: "_", kind: "result", rowCount: 1, columns: [{ name: "answer", type: "INTEGER" }] },
    ],
    connectors: [
      {
        name: "file",
        properties: [
          { name: "path", doc: "The file." },
          { name: "format", doc: "How records are written.", choices: ["json", "csv"] },
        ],
      },
      { name: "generator", properties: [{ name: "rate", doc: "Rows a second." }] },
    ],
  },
  functions: builtinFunctions().definitions().map(functionInfo),
  parameters: ["least", "symbol"],
  cwd: folder,
  fileColumns: (path) => (path === "flights.csv" ? [{ name: "origin", type: "VARCHAR" }] : undefined),
};

/** Completes where `|` stands. Gives the suggestions of one type, or all. */
function at(marked: string, type?: string): string[] {
  const cursor = marked.indexOf("|");
  const { suggestions } = completeSql(marked.replace("|", ""), cursor, ASSIST);
  return suggestions.filter((suggestion) => type === undefined || suggestion.type === type).map((suggestion) => suggestion.text);
}

/** The text after the only suggestion was taken. */
function accepted(marked: string): string {
  const cursor = marked.indexOf("|");
  const text = marked.replace("|", "");
  const { start, end, suggestions } = completeSql(text, cursor, ASSIST);
  expect(suggestions).toHaveLength(1);
  return text.slice(0, start) + suggestions[0].text + text.slice(end);
}

test.each([
  ["SELECT * FROM pri|", ["prices"]],
  ["select * from PRI|", ["prices"]],
  ["SELECT * FROM |", ["prices", "stocks", "_"]],
  ["SELECT * FROM prices JOIN st|", ["stocks"]],
  ["WITH recent AS (SELECT 1 AS a) SELECT * FROM rec|", ["recent"]],
])("tables: %s", (text, expected) => {
  const found = [...at(text, "table"), ...at(text, "view"), ...at(text, "result")];
  expect(found).toEqual(expected);
});

test.each([
  ["SELECT | FROM prices", ["symbol", "Price", '"trade time"', '"order"']],
  ["SELECT * FROM prices WHERE pr|", ["Price"]],
  ["SELECT 1, sy| FROM prices", ["symbol"]],
  ["SELECT 1 FROM prices GROUP BY Price, sy|", ["symbol"]],
  ["SELECT p.| FROM prices p", ["symbol", "Price", '"trade time"', '"order"']],
  ["SELECT p.sy| FROM prices AS p, stocks s", ["symbol"]],
  ["SELECT sy| FROM prices p JOIN stocks s ON true", ["p.symbol", "s.symbol"]],
  ["WITH recent AS (SELECT symbol AS name, Price FROM prices) SELECT | FROM recent", ["name", "Price"]],
  ["SELECT | FROM (SELECT symbol AS inner_name FROM prices)", ["inner_name"]],
  ["SELECT | FROM (SELECT * FROM stocks) q", ["symbol"]],
  ["SELECT or| FROM 'flights.csv'", ["origin"]],
  ["SELECT a| FROM _", ["answer"]],
  ["SELECT Price AS cost FROM prices ORDER BY co|", ["cost"]],
  ['SELECT "tr|" FROM prices', ['"trade time"']],
])("columns: %s", (text, expected) => {
  expect(at(text, "column")).toEqual(expected);
});

test("keywords follow the grammar and the letters typed", () => {
  expect(at("SEL|", "keyword")).toEqual(["SELECT"]);
  expect(at("sel|", "keyword")).toEqual(["select"]);
  expect(at("SELECT * FROM prices WH|", "keyword")).toEqual(["WHERE"]);
  expect(at("SELECT * FROM prices gr|", "keyword")).toEqual(["group by"]);
  expect(at("SELECT * FROM prices WHERE Price > 1 |", "keyword")).not.toContain("FROM");
});

test("functions have signatures", () => {
  const text = "SELECT abs";
  const found = completeSql(text, text.length, ASSIST).suggestions.find((suggestion) => suggestion.text === "abs");
  expect(found).toMatchObject({ type: "function", signature: expect.stringMatching(/^abs\(.+\)$/) });
  expect(at("SELECT AB|", "function")).toContain("ABS");
});

test("files stand in quotes behind FROM", () => {
  expect(at("SELECT * FROM 'fl|'")).toEqual(["flights.csv"]);
  expect(at("SELECT * FROM '|")).toEqual(["data/", "flights.csv", "it''s.parquet"]);
  expect(at("SELECT * FROM 'data/|'")).toEqual(["data/prices.csv.gz"]);
  expect(at("SELECT * FROM read_csv('fl|')")).toEqual(["flights.csv"]);
  expect(at("SELECT 'fl|'")).toEqual([]);
  expect(at("SELECT * FROM |", "path")).toEqual(["'data/'", "'flights.csv'", "'it''s.parquet'"]);
});

test("settings, types and parameters", () => {
  expect(at("SET thr|", "setting")).toEqual(["threads"]);
  expect(at("SELECT CAST(1 AS DOU|", "type")).toEqual(["DOUBLE"]);
  expect(at("SELECT 1::tiny|", "type")).toEqual(["tinyint"]);
  expect(at("SELECT $le|")).toEqual(["$least"]);
});

test("nothing is offered in comments and strings", () => {
  expect(at("SELECT 1 -- pri|")).toEqual([]);
  expect(at("/* pri| */ SELECT 1")).toEqual([]);
  expect(at("SELECT 'pri|'")).toEqual([]);
});

test("a suggestion replaces the whole word", () => {
  expect(accepted("SELECT symb|o FROM prices")).toBe("SELECT symbol FROM prices");
  expect(accepted('SELECT "tra|" FROM prices')).toBe('SELECT "trade time" FROM prices');
  expect(accepted("SELECT * FROM 'flig|ht'")).toBe("SELECT * FROM 'flights.csv'");
});

test("broken text never throws", () => {
  const pieces = [
    "SELECT",
    "FROM",
    "(",
    ")",
    "'",
    '"',
    "$",
    ".",
    ",",
    "prices",
    "p",
    "1",
    "::",
    "--",
    "/*",
    "WITH",
    "AS",
    "😀",
    "JOIN",
    ";",
  ];
  let seed = 7;
  for (let run = 0; run < 400; run++) {
    const words = Array.from({ length: 8 }, () => {
      seed = (seed * 48271) % 2147483647;
      return pieces[seed % pieces.length];
    });
    const text = words.join(" ");
    for (const cursor of [0, 7, text.length >> 1, text.length]) completeSql(text, cursor, ASSIST);
  }
});

test("code points and UTF-16 offsets", () => {
  const text = "a😀b";
  expect([0, 1, 2, 3, 9].map((position) => codePointToOffset(text, position))).toEqual([0, 1, 3, 4, 4]);
  expect([0, 1, 3, 4].map((offset) => offsetToCodePoint(text, offset))).toEqual([0, 1, 2, 3]);
});

test.each([
  ["SELECT * FROM tra|", "stream", ["trades"]],
  [
    "SELECT | FROM TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '1' MINUTE)",
    "column",
    ["ts", "qty", "window_start", "window_end", "window_time"],
  ],
  [
    "SELECT w.win| FROM TABLE(TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '1' MINUTE)) w",
    "column",
    ["window_start", "window_end", "window_time"],
  ],
  ["SELECT q| FROM TUMBLE(TABLE (SELECT qty FROM trades), DESCRIPTOR(ts), INTERVAL '1' MINUTE)", "column", ["qty"]],
  ["SELECT | FROM REPLAY(TABLE trades, DESCRIPTOR(ts), speed => 60)", "column", ["ts", "qty"]],
  ["SELECT * FROM TUMBLE(TABLE trades, DESCRIPTOR(|", "column", ["ts", "qty"]],
  ["SELECT t.| FROM prices JOIN trades t WITHIN 5m ON true", "column", ["ts", "qty"]],
  ["SELECT trades.q| FROM trades WITHIN 5", "column", ["qty"]],
  ["SELECT * FROM trades LATEST ON |", "column", ["ts", "qty"]],
  ["CREATE STREAM s (seen TIMESTAMP, n INT, WATERMARK FOR |", "column", ["seen", "n"]],
  ["CREATE STREAM s WITH (|", "parameter", ["connector = "]],
  ["CREATE STREAM s WITH (connector = '|", "parameter", ["file", "generator"]],
  ["CREATE STREAM s WITH (connector = |", "parameter", ["'file'", "'generator'"]],
  ["CREATE STREAM s WITH (connector = 'gen|')", "parameter", ["generator"]],
  ["CREATE STREAM s WITH (connector = 'file', |", "parameter", ["path = ", "format = "]],
  ["CREATE STREAM s WITH (connector = 'file', path = 'x', fo|", "parameter", ["format = "]],
  ["CREATE STREAM s WITH (connector = 'file', format = '|', path = 'x')", "parameter", ["json", "csv"]],
  ["CREATE STREAM s WITH (|, connector = generator)", "parameter", ["rate = "]],
  ["CREATE STREAM s AS SELECT * FROM trades WITH (|", "parameter", ["connector = "]],
])("streams: %s", (text, type, expected) => {
  expect(at(text, type)).toEqual(expected);
});
