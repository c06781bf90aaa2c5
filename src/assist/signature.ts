import type { FunctionDefinition, ScalarOverload, TypePattern } from "../catalog/function-types.ts";
import { type DataType, typeName } from "../core/types.ts";
import { functionName } from "../sql/print-names.ts";
import { kindOf } from "./user-function.ts";

/** Signatures as a person reads them, one for each overload: `round(x DOUBLE, digits INTEGER) → DOUBLE`. */
export function signatures(definition: FunctionDefinition): string[] {
  if (definition.kind === "table") return [`${definition.name}(${definition.doc.params.join(", ")}) → rows`];
  const isTable = kindOf(definition) === "table";
  const lines = definition.overloads.map((overload) => {
    const { args, optional = 0, returns } = overload;
    const params = args.map((pattern, i) => {
      const text = `${definition.doc.params[i] ?? `x${i + 1}`} ${patternName(pattern, args)}`;
      return i >= args.length - optional ? `[${text}]` : text;
    });
    const variadic = (overload as Partial<ScalarOverload>).variadic;
    if (variadic !== undefined) params.push(`… ${patternName(variadic, args)}`);
    const result = typeof returns === "object" ? ` → ${isTable ? rowsName(returns) : typeName(returns)}` : "";
    return `${definition.origin === undefined ? definition.name : callableName(definition.name)}(${params.join(", ")})${result}`;
  });
  return [...new Set(lines)];
}

/** The name as it is written in a call: quoted where SQL has another meaning for it, as in `"when"(x)`. */
export function callableName(name: string): string {
  return /^\w+$/.test(name) ? functionName([{ name, quoted: false, span: { start: 0, end: 0 } }]) : name;
}

/** What FROM sees of a table function's result, which is a STRUCT or a list of them: `TABLE(word VARCHAR, at DOUBLE)`. */
export function rowsName(type: DataType): string {
  const row = type.kind === "list" ? type.element : type;
  return row.kind === "struct" ? `TABLE${typeName(row).slice("STRUCT".length)}` : `TABLE OF ${typeName(row)}`;
}

/** The call with the names of its arguments: `round(x, digits)`. */
export function callSignature(definition: FunctionDefinition): string {
  return `${definition.name}(${definition.doc.params.join(", ")})`;
}

function patternName(pattern: TypePattern, args: readonly TypePattern[]): string {
  if (typeof pattern === "string") return pattern.toUpperCase();
  if ("listOf" in pattern) return `${patternName(pattern.listOf, args)}[]`;
  if ("exactly" in pattern) return typeName(pattern.exactly);
  if ("lambdaOver" in pattern) return "LAMBDA";
  return patternName(args[pattern.sameAs], args);
}
