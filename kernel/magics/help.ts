import { type FunctionInfo, findFunction, nearestName } from "../../src/engine/index.ts";
import { CellError } from "../cell-error.ts";
import { escapeHtml } from "../html.ts";
import type { Magic } from "./magic.ts";
import { MAGICS } from "./registry.ts";

export const helpMagic: Magic = {
  name: "help",
  usage: "%help [magic or function]",
  summary: "explains a magic or a function; alone, lists what there is",
  help: ["%help chart", "%help time_bucket"],
  async run(call, cell) {
    const functions = (await cell.kernel.engine).functions();
    const topic = call.args.trim().replace(/^%+/, "");
    const text = topic === "" ? overview() : (magicHelp(topic) ?? functionHelp(functions, topic));
    if (text === undefined) {
      const near = nearestName(topic, [...MAGICS.keys(), ...functions.map((info) => info.name)]);
      throw new CellError(
        `there is no magic or function ${topic}`,
        call.span,
        near === undefined ? "%help lists what there is" : `did you mean ${near}?`,
      );
    }
    cell.output.page({ "text/plain": text, "text/html": `<pre>${escapeHtml(text)}</pre>` });
  },
  suggest: ({ functions }) => [
    ...[...MAGICS.keys()].map((text) => ({ text, type: "magic" })),
    ...functions.map((text) => ({ text, type: "function" })),
  ],
};

function overview(): string {
  const width = Math.max(...[...MAGICS.values()].map((magic) => magic.usage.length));
  return [
    "Weir runs SQL on files, tables and results of earlier cells.",
    "",
    "  SELECT * FROM 'flights.parquet' LIMIT 10     files: csv, json, parquet, arrow; globs and .gz too",
    "  SELECT count(*) FROM _                       the last result; _3 is that of cell 3",
    "  SHOW FUNCTIONS                               every function, with its signature",
    "",
    "Magics (%%name stands above a cell, %name on a line of its own or in front of a query):",
    "",
    ...[...MAGICS.values()].map((magic) => `  ${magic.usage.padEnd(width)}  ${magic.summary}`),
    "",
    "%help chart explains a magic, %help time_bucket a function.",
  ].join("\n");
}

/** Usage, meaning and examples of a magic; undefined where there is none of that name. */
export function magicHelp(name: string): string | undefined {
  const magic = MAGICS.get(name.toLowerCase());
  return magic && [magic.usage, "", `  ${magic.summary}`, "", ...magic.help.map((line) => `  ${line}`.trimEnd())].join("\n");
}

function functionHelp(functions: readonly FunctionInfo[], name: string): string | undefined {
  const info = findFunction(functions, name);
  return info && [...info.signatures, "", `  ${info.summary}`, "", `  ${info.example}`, `  → ${info.result}`].join("\n");
}
