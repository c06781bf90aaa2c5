import { WeirError, type WeirErrorOptions } from "../core/errors.ts";
import type { ModuleSource, Signature } from "./module-source.ts";

/** The error of a call of a user's function: names function, row and arguments, and the line of its source where that is known. */
export class CallError extends WeirError {
  readonly #call: string;
  readonly #rest: string;

  constructor(
    functionName: string,
    call: string,
    rest: string,
    row: number | undefined,
    options: Pick<WeirErrorOptions, "hint" | "trace" | "cause">,
  ) {
    super("runtime", messageOf(call, rest, row), { ...options, functions: [functionName] });
    this.#call = call;
    this.#rest = rest;
  }

  /** Says which row of its input the call was for, from 1. */
  atRow(row: number): void {
    this.message = messageOf(this.#call, this.#rest, row);
  }
}

const messageOf = (call: string, rest: string, row: number | undefined): string =>
  `${call} failed${row === undefined ? "" : ` for row ${row}`}: ${rest}`;

export interface CallPlace {
  /** Of an aggregate: the method that was called. */
  readonly method?: string;
  /** As TypeScript got them. */
  readonly args: readonly unknown[];
  /** From 1. */
  readonly row?: number;
}

/** What a call threw, as an error of the query: `celsius('warm') failed for row 17: unknown word (line 3)`. */
export function callError(signature: Pick<Signature, "name">, error: unknown, { method, args, row }: CallPlace): CallError {
  const call = `${signature.name}${method === undefined ? "" : `.${method}`}(${argumentsText(args)})`;
  const frames = sourceFrames(error);
  const place = frames.length === 0 ? "" : ` (line ${frames[0].line} of ${frames[0].module})`;
  const hint = error instanceof ResultError ? error.hint : undefined;
  return new CallError(signature.name, call, `${thrownText(error)}${place}`, row, { hint, trace: frames.map(frameText), cause: error });
}

/** A result, or an argument, that does not fit the signature. */
export class ResultError extends Error {
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    // Its stack is the engine's and says nothing of the user's source.
    this.stack = undefined;
    this.hint = hint;
  }
}

function thrownText(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${shortValue(error)}`;
  const named = error.name === "Error" || error instanceof ResultError || error instanceof WeirError ? "" : `${error.name}: `;
  return `${named}${error.message === "" ? "an error without a message" : error.message}`;
}

const VALUE_LENGTH = 60;
const LIST_LENGTH = 200;

const cut = (text: string, length: number): string => (text.length > length ? `${text.slice(0, length - 1)}…` : text);

/** Arguments as SQL shows them, cut to a length that fits an error. */
export const argumentsText = (args: readonly unknown[]): string => cut(args.map(shortValue).join(", "), LIST_LENGTH);

/** A TypeScript value in an error. */
export function shortValue(value: unknown): string {
  switch (typeof value) {
    case "string":
      return `'${cut(value, VALUE_LENGTH).replaceAll("'", "''")}'`;
    case "bigint":
    case "number":
    case "boolean":
    case "undefined":
      return Object.is(value, -0) ? "-0" : String(value);
    case "symbol":
      return "a symbol";
    case "function":
      return "a function";
    default:
      return value === null ? "NULL" : cut(objectText(value as object), VALUE_LENGTH);
  }
}

function objectText(value: object): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  if (value instanceof Promise) return "a promise";
  if (value instanceof AbortSignal) return "a signal";
  if (ArrayBuffer.isView(value)) return `${value.constructor.name} of ${value.byteLength} bytes`;
  if (value instanceof Map)
    return `MAP {${[...value]
      .slice(0, 8)
      .map(([key, item]) => `${shortValue(key)}: ${shortValue(item)}`)
      .join(", ")}}`;
  if (Array.isArray(value)) return `[${value.slice(0, 16).map(shortValue).join(", ")}]`;
  const fields = Object.entries(value).slice(0, 8);
  return `{${fields.map(([name, item]) => `${name}: ${shortValue(item)}`).join(", ")}}`;
}

/** Evaluated modules, for the places in stack traces. The oldest are forgotten. */
const modules = new Map<string, Pick<ModuleSource, "name" | "lines"> & { readonly code: readonly string[] }>();
const MOST_MODULES = 1000;
/** Lines that stand before the code in what is evaluated. */
const LINES_BEFORE = 2;

/** Takes note of a module that is evaluated under `file`, a name of letters, digits, `-`, `.` and `:`. */
export function rememberModule(file: string, { name, lines, code }: ModuleSource): void {
  if (modules.size >= MOST_MODULES) modules.delete(modules.keys().next().value as string);
  modules.set(file, { name, lines, code: code.split("\n") });
}

/** One line of a stack trace that is the user's. */
export interface SourceFrame {
  readonly module: string;
  /** From 1, in the text as the user wrote it. */
  readonly line: number;
  /** Of the code that runs, which has no types. */
  readonly text: string;
  /** The function that it stands in; empty outside of all. */
  readonly caller: string;
}

/** `line 3 of the module, in celsius: return (f - 32) / 1.8` */
export const frameText = ({ module, line, text, caller }: SourceFrame): string =>
  `line ${line} of ${module}${caller === "" || caller === module ? "" : `, in ${caller}`}: ${text}`;

const FRAMES_MAX = 5;
const LINE_LENGTH = 100;
const FRAME = /^\s*at (?:(?:async |new )*([\w$.]+)[^()\n]* \()?(weir-udf:[\w.-]+):(\d+):(\d+)/gm;

/** Where in a user's source an error arose, the innermost line first. */
export function sourceFrames(error: unknown): readonly SourceFrame[] {
  if (!(error instanceof Error) || typeof error.stack !== "string") return [];
  const frames: SourceFrame[] = [];
  for (const [, caller = "", file, at, column] of error.stack.matchAll(FRAME)) {
    const known = modules.get(file);
    const index = Number(at) - 1 - LINES_BEFORE;
    const places = known?.lines[index];
    if (known === undefined || places === undefined) continue;
    const text = cut(known.code[index].trim(), LINE_LENGTH);
    frames.push({
      module: known.name,
      line: lineAt(places, Number(column) - 1) + 1,
      text,
      caller: caller === "eval" ? "" : caller.replace(/^Object\./, ""),
    });
    if (frames.length === FRAMES_MAX) break;
  }
  return frames;
}

/** The source line (from 0) that stands at a column, where `places` has columns and lines in turn. */
function lineAt(places: readonly number[], column: number): number {
  let at = 0;
  while (at + 2 < places.length && places[at + 2] <= column) at += 2;
  return places[at + 1];
}
