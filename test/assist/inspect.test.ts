import { expect, test } from "vitest";
import { type AssistContext, functionInfo, inspectSql } from "../../src/assist/index.ts";
import { builtinFunctions } from "../../src/functions/index.ts";

const ASSIST: AssistContext = {
  catalog: {
    entries: [
      {
        name: "prices",
        kind: "table",
        rowCount: 3,
        columns: [
          { name: "symbol", type: "VARCHAR" },
          { name: "trade time", type: "TIMESTAMP" },
          { name: "left", type: "INTEGER" },
        ],
      },
    ],
  },
  functions: builtinFunctions().definitions().map(functionInfo),
  parameters: [],
  cwd: "/",
};

/** What `|` stands on, in a few words. */
function about(marked: string): string {
  const found = inspectSql(marked.replace("|", ""), marked.indexOf("|"), ASSIST);
  switch (found?.kind) {
    case undefined:
      return "nothing";
    case "function":
      return `function ${found.info.name}`;
    case "table":
      return `table ${found.entry.name}`;
    case "column":
      return `column ${found.column.name} ${found.column.type} of ${found.entry?.name}`;
    case "model":
      return `model ${found.model.name}`;
    case "setting":
      return `setting ${found.setting.name}`;
    case "keyword":
      return `keyword ${found.syntax}`;
  }
}

test.each([
  ["SELECT ab|s(1)", "function abs"],
  ["SELECT abs(1 + |", "function abs"],
  ["SELECT * FROM pri|ces", "table prices"],
  ["SELECT p|.symbol FROM prices p", "table prices"],
  ["SELECT sym|bol FROM prices", "column symbol VARCHAR of prices"],
  ["SELECT p.symbol| FROM prices p", "column symbol VARCHAR of prices"],
  ['SELECT "trade| time" FROM prices', "column trade time TIMESTAMP of prices"],
  ["SELECT n| FROM (SELECT symbol AS n FROM prices)", "column n undefined of undefined"],
  ["SET thre|ads = 2", "setting threads"],
  ["SELECT 1 LIM|IT 2", "keyword LIMIT rows [OFFSET rows]"],
  ["SELECT no_such|", "nothing"],
  ["|", "nothing"],
  ["SELECT 'abs|'", "nothing"],
])("%s is about %s", (text, expected) => {
  expect(about(text)).toBe(expected);
});
