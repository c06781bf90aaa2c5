import { type FunctionInfo, findFunction, KEYWORD_HELP, nearestName } from "../../src/engine/index.ts";
import { CellError } from "../cell-error.ts";
import { escapeHtml } from "../html.ts";
import type { Magic } from "./magic.ts";
import { magicHelp } from "./magic-help.ts";

export const helpMagic: Magic = {
  name: "help",
  usage: "%help [topic]",
  summary: "explains a magic, a function, a family of functions or a word of SQL; alone, lists what there is",
  help: [
    "%help chart         a magic",
    "%help time_bucket   a function",
    "%help datetime      all functions of a family",
    "%help join          a word of SQL",
    "%help topics        lists families and words",
  ],
  run(call, cell) {
    const functions = cell.engine.functions();
    const topic = call.args.trim().replace(/^%+/, "");
    const magics = [...cell.magics.values()];
    const text = topic === "" ? overview(magics) : helpOn(topic, cell.magics, functions);
    if (text === undefined) {
      const near = nearestName(topic.toLowerCase(), [
        ...cell.magics.keys(),
        ...functions.map((info) => info.name),
        ...KEYWORD_HELP.keys(),
        ...families(functions),
      ]);
      throw new CellError(
        `there is no help on ${topic}`,
        call.span,
        near === undefined ? "%help and %help topics list what there is" : `did you mean ${near}?`,
      );
    }
    cell.output.page({ "text/plain": text, "text/html": `<pre>${escapeHtml(text)}</pre>` });
  },
  suggest: ({ functions, magics }) => [
    { text: "topics", type: "topic" },
    ...magics.map((text) => ({ text, type: "magic" })),
    ...functions.map((text) => ({ text, type: "function" })),
    ...[...KEYWORD_HELP.keys()].map((text) => ({ text, type: "keyword" })),
  ],
};

const families = (functions: readonly FunctionInfo[]): string[] => [...new Set(functions.map((info) => info.family))].sort();

/** Everything that a word means: `%help time` may be a magic, `%help left` a join and a function. */
function helpOn(topic: string, magics: ReadonlyMap<string, Magic>, functions: readonly FunctionInfo[]): string | undefined {
  const word = topic.toLowerCase();
  const magic = magics.get(word);
  const words = word.split(/\s+/);
  // of CREATE MODEL the second word says more
  const keyword = words.map((part) => KEYWORD_HELP.get(part)).findLast((help) => help !== undefined);
  const parts = [
    word === "topics" ? topics(functions) : undefined,
    magic && magicHelp(magic),
    functionHelp(functions, topic.replace(/\(.*$/s, "")),
    familyHelp(functions, word),
    keyword && [keyword[0], "", `  ${keyword[1]}`].join("\n"),
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join("\n\n");
}

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
    "%help chart explains a magic, %help time_bucket a function, %help join a word of SQL; %help topics lists more.",
  ].join("\n");
}

function topics(functions: readonly FunctionInfo[]): string {
  const counted = families(functions).map((family) => `  ${family} (${functions.filter((info) => info.family === family).length})`);
  return [
    "Families of functions (%help datetime lists those of one):",
    "",
    ...counted,
    "",
    "Words of SQL:",
    "",
    `  ${[...KEYWORD_HELP.keys()].join(", ")}`,
  ].join("\n");
}

function functionHelp(functions: readonly FunctionInfo[], name: string): string | undefined {
  const info = findFunction(functions, name);
  if (info === undefined) return undefined;
  const summary = info.summary.split("\n").map((line) => `  ${line}`);
  const example = info.example === "" ? [] : ["", `  ${info.example}`];
  const result = info.result === "" ? [] : [`  → ${info.result}`];
  return [...info.signatures, "", ...summary, ...example, ...result].join("\n");
}

function familyHelp(functions: readonly FunctionInfo[], family: string): string | undefined {
  const members = functions.filter((info) => info.family === family);
  if (members.length === 0) return undefined;
  const width = Math.min(40, Math.max(...members.map((info) => info.call.length)));
  return [`Functions of ${family}:`, "", ...members.map((info) => `  ${info.call.padEnd(width)}  ${info.summary.split("\n")[0]}`)].join(
    "\n",
  );
}
