import { expect, test } from "vitest";
import { allFunctions } from "../../src/all-functions.ts";
import { type AssistContext, completeSql, functionInfo } from "../../src/assist/index.ts";

const ASSIST: AssistContext = {
  catalog: {
    entries: [
      {
        name: "quakes",
        kind: "table",
        rowCount: 1,
        columns: [
          { name: "id", type: "BIGINT" },
          { name: "place", type: 'STRUCT(city VARCHAR, "at" STRUCT(lon DOUBLE, lat DOUBLE), prices DECIMAL(9, 2)[])' },
        ],
      },
    ],
  },
  functions: allFunctions().definitions().map(functionInfo),
  parameters: [],
  cwd: "/",
};

function at(marked: string): string[] {
  const cursor = marked.indexOf("|");
  return completeSql(marked.replace("|", ""), cursor, ASSIST).suggestions.map((suggestion) => suggestion.text);
}

test("options of the file readers stand behind the path, and nowhere else", () => {
  expect(at("FROM read_csv('x.csv', |").slice(0, 2)).toEqual(["delim = ", "header = "]);
  expect(at("FROM read_csv('x.csv', null_p|")).toEqual(["null_padding = "]);
  expect(at("FROM read_json('x.json', null_p|")).toEqual([]);
  expect(at("SELECT abs(header|")).toEqual([]);
});

test("a qualifier may be a column with fields, or a table that FROM does not name yet", () => {
  expect(at("SELECT place.| FROM quakes")).toEqual(["city", `"at"`, "prices"]);
  expect(at("SELECT quakes.|")).toEqual(["id", "place"]);
  expect(at("WITH c AS (SELECT id AS n FROM quakes) SELECT c.|")).toEqual(["n"]);
  expect(at("SELECT id.| FROM quakes")).toEqual([]);
});

test("functions come in the order of their names", () => {
  const functions = at("SELECT s|").filter((text) => /^s[a-z]/.test(text) && text === text.toLowerCase());
  expect(functions).toEqual([...functions].sort());
});
