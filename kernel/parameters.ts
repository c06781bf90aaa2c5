import { type Parameters, tokenize } from "../src/engine/index.ts";

/**
 * A parameter as a person writes it: a number, true, false, null, 'text', or text without quotes. Digits behind a leading zero are text
 * (a postcode, a number of an account), as in CSV files.
 */
export function parseParameter(written: string): Parameters[string] {
  const text = written.trim();
  if (/^-?0\d/.test(text)) return text;
  if (/^-?\d+$/.test(text)) {
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  }
  if (/^-?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) return Number(text);
  if (/^(?:true|false)$/i.test(text)) return text.toLowerCase() === "true";
  if (/^null$/i.test(text)) return null;
  const quoted = /^'((?:[^']|'')*)'$/.exec(text);
  return quoted === null ? text : quoted[1].replaceAll("''", "'");
}

/** A parameter's value as `parseParameter` reads it back. */
export function writeParameter(value: Parameters[string]): string {
  return typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : String(value);
}

/** The `$name`s in some SQL, each where it stands first. */
export function parameterNames(sql: string): { readonly name: string; readonly start: number; readonly end: number }[] {
  const first = new Map<string, { name: string; start: number; end: number }>();
  for (const { type, value, start, end } of tokenize(sql).list) {
    if (type === "parameter" && value !== "" && !first.has(value)) first.set(value, { name: value, start, end });
  }
  return [...first.values()];
}
