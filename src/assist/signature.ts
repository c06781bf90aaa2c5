import type { FunctionDefinition, ScalarOverload, TypePattern } from "../catalog/function-types.ts";
import { typeName } from "../core/types.ts";

/** Signatures as a person reads them, one for each overload: `round(x DOUBLE, digits INTEGER) → DOUBLE`. */
export function signatures(definition: FunctionDefinition): string[] {
  if (definition.kind === "table") return [`${definition.name}(${definition.doc.params.join(", ")}) → rows`];
  const lines = definition.overloads.map((overload) => {
    const { args, optional = 0, returns } = overload;
    const params = args.map((pattern, i) => {
      const text = `${definition.doc.params[i] ?? `x${i + 1}`} ${patternName(pattern, args)}`;
      return i >= args.length - optional ? `[${text}]` : text;
    });
    const variadic = (overload as Partial<ScalarOverload>).variadic;
    if (variadic !== undefined) params.push(`… ${patternName(variadic, args)}`);
    const result = typeof returns === "object" ? ` → ${typeName(returns)}` : "";
    return `${definition.name}(${params.join(", ")})${result}`;
  });
  return [...new Set(lines)];
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
