import { type Comment, type EcmaScriptModule, type OxcError, type Program, parseSync } from "oxc-parser";
import { transformSync } from "oxc-transform";

export type {
  ArrowFunctionExpression,
  Comment,
  EcmaScriptModule,
  Expression,
  Function as FunctionNode,
  ObjectExpression,
  ParamPattern,
  Program,
  Statement,
  TSSignature,
  TSType,
} from "oxc-parser";

/** Something wrong with TypeScript text, and where (UTF-16 offsets). */
export interface SyntaxProblem {
  readonly message: string;
  readonly start: number;
  readonly end: number;
  readonly hint?: string;
}

export interface ParsedModule {
  readonly program: Program;
  readonly module: EcmaScriptModule;
  readonly comments: readonly Comment[];
}

/** The syntax tree of a module, or the first thing wrong with it. */
export function parseModule(text: string, lang: "ts" | "js" = "ts"): ParsedModule | SyntaxProblem {
  const { program, module, comments, errors } = parseSync(`module.${lang}`, text, { lang, sourceType: "module", preserveParens: false });
  const problem = errors.find((error) => error.severity === "Error");
  return problem === undefined ? { program, module, comments } : problemOf(problem, text);
}

/** JavaScript without types for the module's text, and where its lines come from: for each of them columns and lines of the text in turn (all from 0). */
export function stripTypes(text: string): { readonly code: string; readonly lines: readonly (readonly number[])[] } | SyntaxProblem {
  const { code, map, errors } = transformSync("module.ts", text, { lang: "ts", sourceType: "module", sourcemap: true, target: "es2023" });
  const problem = errors.find((error) => error.severity === "Error");
  if (problem !== undefined) return problemOf(problem, text);
  return { code, lines: sourceLines(map?.mappings ?? "") };
}

function problemOf({ message, labels, helpMessage }: Pick<OxcError, "message" | "labels" | "helpMessage">, text: string): SyntaxProblem {
  const label = labels[0];
  const start = Math.min(label?.start ?? 0, text.length);
  const words = message.replace(/^TS\(\d+\): /, "").replace(/\.$/, "");
  return {
    message: /^[A-Z][^A-Z]/.test(words) ? words.charAt(0).toLowerCase() + words.slice(1) : words,
    start,
    end: Math.max(start, label?.end ?? start),
    ...(helpMessage === null ? {} : { hint: helpMessage }),
  };
}

const DIGITS = new Map([..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].map((digit, i) => [digit, i]));

/** Columns and source lines of a source map's `mappings`; a line without any begins where the one before ended. */
function sourceLines(mappings: string): number[][] {
  let line = 0;
  return mappings.split(";").map((segments) => {
    const places: number[] = [];
    let column = 0;
    for (const segment of segments.split(",")) {
      const fields = variableLengthNumbers(segment);
      if (fields.length < 4) continue;
      column += fields[0];
      line += fields[2];
      if (places.length === 0) places.push(0, line);
      else if (places[places.length - 1] !== line) places.push(column, line);
    }
    return places.length > 0 ? places : [0, line];
  });
}

function variableLengthNumbers(text: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const digit of text) {
    const bits = DIGITS.get(digit) ?? 0;
    value |= (bits & 31) << shift;
    shift += 5;
    if ((bits & 32) !== 0) continue;
    numbers.push((value & 1) === 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}
