import { dollarQuote, FUNCTION_PROPERTIES, tokenize } from "../../src/engine/index.ts";
import { CellError } from "../cell-error.ts";
import type { MadeSql, Magic, MagicBody, MagicCall } from "./magic.ts";

export const functionMagic: Magic = {
  name: "function",
  usage: "%%function [option => value, …]",
  summary: "makes a SQL function of every function that a cell of TypeScript exports",
  help: [
    "%%function",
    "/** Fahrenheit to Celsius. */",
    "export function celsius(f: number): number {",
    "  return (f - 32) / 1.8",
    "}",
    "",
    "SELECT celsius(212)    -- in another cell",
    "",
    "Types are read from the signature, documentation from the comment above. Functions of whole columns, asynchronous ones,",
    "aggregates, window and table functions: import from 'weir-sql/udf'. Running the cell again replaces what it made.",
    "",
    "%%function on_error => 'null'    -- an exception makes the row's result NULL and does not end the query",
    "",
    "Options, the same as tags of a function's comment (@on_error null):",
    ...FUNCTION_PROPERTIES.map(({ name, doc }) => `  ${name.padEnd(12)} ${doc}`),
  ],
  makeSql: (call, body) => functionsStatement(call, body),
  suggest: ({ before }) => {
    const option = /(\w+)\s*=>?\s*\S*$/.exec(before)?.[1];
    if (option === undefined) return FUNCTION_PROPERTIES.map(({ name, doc }) => ({ text: `${name} => `, type: "option", signature: doc }));
    const choices = FUNCTION_PROPERTIES.find(({ name }) => name === option)?.choices ?? [];
    return choices.map((value) => ({ text: `'${value}'`, type: "option" }));
  },
};

/** `CREATE OR REPLACE FUNCTIONS …`, in pieces that say where in the cell each stands. */
function functionsStatement(call: MagicCall, body: MagicBody): MadeSql {
  if (body.text.trim() === "") throw new CellError("%%function needs TypeScript below it", call.span, "see %help function");
  const pieces: MadeSql["pieces"][number][] = [{ text: "CREATE OR REPLACE FUNCTIONS LANGUAGE typescript" }];
  for (const [i, option] of readOptions(call).entries()) pieces.push({ text: i === 0 ? " WITH (" : ", " }, ...option);
  if (pieces.length > 1) pieces.push({ text: ")" });
  // as many lines stand above as in the cell: an error at run time tells the line by its number
  const above = "\n".repeat(body.linesAbove);
  const quoted = dollarQuote(above + body.text);
  const tag = quoted.slice(0, (quoted.length - above.length - body.text.length) / 2);
  pieces.push({ text: ` AS ${tag}${above}` }, { text: body.text, start: body.start }, { text: tag });
  return { pieces, moduleName: "the %%function cell" };
}

type Pieces = MadeSql["pieces"];

/** `on_error => 'null', timeout = '2s'`: each as the pieces of a property. Nothing but a name and one literal can stand in it. */
function readOptions(call: MagicCall): Pieces[] {
  const { list, problem } = tokenize(call.args);
  const place = ({ start, end }: { start: number; end: number }) => ({ start: call.argsStart + start, end: call.argsStart + end });
  if (problem !== undefined) throw new CellError(problem.message, place(problem.span), problem.hint);
  const options: Pieces[] = [];
  for (let at = 0; list[at].type !== "eof"; ) {
    const [name, is, value, after] = [list[at], list[at + 1], list[at + 2], list[at + 3]];
    if (name.type !== "word") throw new CellError("expected the name of an option", place(name), "as in: %%function on_error => 'null'");
    if (is.type !== "op" || !["=>", "=", ":="].includes(is.value)) {
      throw new CellError(`expected => and the value of ${name.value}`, place(is), `as in: ${name.value} => 'null'`);
    }
    if (value.type !== "string" && value.type !== "number" && value.type !== "word") {
      throw new CellError(`expected the value of ${name.value}`, place(value), "a text in quotes, a number, true or false");
    }
    options.push([{ text: call.args.slice(name.start, name.end), start: place(name).start }, { text: " = " }, valuePiece(call, value)]);
    if (after.type !== "eof" && !(after.type === "op" && after.value === ","))
      throw new CellError("expected , between options", place(after));
    at += after.type === "eof" ? 3 : 4;
  }
  return options;
}

const valuePiece = (call: MagicCall, { start, end }: { readonly start: number; readonly end: number }): Pieces[number] => ({
  text: call.args.slice(start, end),
  start: call.argsStart + start,
});
