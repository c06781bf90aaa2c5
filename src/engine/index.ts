/**
 * The engine in a thread of its own, and what a front end needs beside it: errors, completion, the texts of statements. Nothing here
 * loads the engine itself, so that a process that only talks to it starts at once.
 */
export * from "../assist/index.ts";
export { CHANNELS, CHART_KINDS, SETTINGS as CHART_SETTINGS } from "../charts/options.ts";
export { caretLines, type ErrorData, lineAndColumn, nearestName, type Span } from "../core/errors.ts";
export { isComplete, splitStatements } from "../sql/index.ts";
export { keywordClass } from "../sql/keywords.ts";
export { dollarQuote } from "../sql/print-names.ts";
export { tokenize } from "../sql/tokenizer.ts";
export { startEngine } from "./client.ts";
export type * from "./protocol.ts";
