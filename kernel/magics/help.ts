import { type FunctionInfo, findFunction, nearestName } from "../../src/engine/index.ts";
import { CellError } from "../cell-error.ts";
import { escapeHtml } from "../html.ts";
import type { Magic } from "./magic.ts";
import { magicHelp } from "./magic-help.ts";

export const helpMagic: Magic = {
  name: "help",
  usage: "%help [magic or function]",
  summary: "explains a magic or a function; alone, lists what there is",
  help: ["%help chart", "%help time_bucket"],
  run(call, cell) {
    const functions = cell.engine.functions();
    const topic = call.args.trim().replace(/^%+/, "");
    const magic = cell.magics.get(topic.toLowerCase());
    const text =
      topic === "" ? overview([...cell.magics.values()]) : magic === undefined ? functionHelp(functions, topic) : magicHelp(magic);
    if (text === undefined) {
      const near = nearestName(topic, [...cell.magics.keys(), ...functions.map((info) => info.name)]);
      throw new CellError(
        `there is no magic or function ${topic}`,
        call.span,
        near === undefined ? "%help lists what there is" : `did you mean ${near}?`,
      );
    }
    cell.output.page({ "text/plain": text, "text/html": `<pre>${escapeHtml(text)}</pre>` });
  },
  suggest: ({ functions, magics }) => [
    ...magics.map((text) => ({ text, type: "magic" })),
    ...functions.map((text) => ({ text, type: "function" })),
  ],
};

function overview(magics: readonly Magic[]): string {
  const width = Math.max(...magics.map((magic) => magic.usage.length));
  return [
    "Weir runs SQL on files, tables and results of earlier cells.",
    "",
    "  SELECT * FROM 'flights.parquet' LIMIT 10     files: csv, json, parquet, arrow; globs and .gz too",
    "  SELECT count(*) FROM _                       the last result; _3 is that of cell 3",
    "  SHOW FUNCTIONS                               every function, with its signature",
    "",
    "Magics (%%name stands above a cell, %name on a line of its own or in front of a query):",
    "",
    ...magics.map((magic) => `  ${magic.usage.padEnd(width)}  ${magic.summary}`),
    "",
    "%help chart explains a magic, %help time_bucket a function.",
  ].join("\n");
}

function functionHelp(functions: readonly FunctionInfo[], name: string): string | undefined {
  const info = findFunction(functions, name);
  return info && [...info.signatures, "", `  ${info.summary}`, "", `  ${info.example}`, `  → ${info.result}`].join("\n");
}
