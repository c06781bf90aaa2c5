import { bindError, nearestName } from "../core/errors.ts";
import { CheckedOptions, type OptionSpec, type OptionValue, type OptionValues } from "./format.ts";

/** Checks names, types and choices of options; an unknown name is an error that suggests the nearest one. */
export function checkOptions(owner: string, specs: readonly OptionSpec[], given: OptionValues): CheckedOptions {
  const checked = new Map<string, OptionValue>();
  const byName = new Map<string, OptionSpec>();
  for (const spec of specs) for (const name of [spec.name, ...(spec.aliases ?? [])]) byName.set(name, spec);
  for (const [rawName, value] of Object.entries(given)) {
    const spec = byName.get(rawName.toLowerCase());
    if (spec === undefined) {
      const near = nearestName(rawName, byName.keys());
      const hint = near === undefined ? `options are ${specs.map((s) => s.name).join(", ")}` : `did you mean "${near}"?`;
      throw bindError(`${owner} has no option "${rawName}"`, undefined, hint);
    }
    if (checked.has(spec.name)) throw bindError(`option "${spec.name}" is given twice`);
    checked.set(spec.name, checkValue(spec, value));
  }
  return new CheckedOptions(checked);
}

function checkValue(spec: OptionSpec, value: OptionValue): OptionValue {
  const fail = (wanted: string) => bindError(`option "${spec.name}" must be ${wanted}, not ${showValue(value)}`);
  switch (spec.type) {
    case "boolean": {
      if (typeof value === "boolean") return value;
      if (value === 0 || value === 0n || value === "false" || value === "0") return false;
      if (value === 1 || value === 1n || value === "true" || value === "1") return true;
      throw fail("true or false");
    }
    case "integer": {
      const number = typeof value === "bigint" || typeof value === "string" ? Number(value) : value;
      if (typeof number !== "number" || !Number.isSafeInteger(number) || number < -1) throw fail("a whole number");
      return number;
    }
    case "char":
    case "text": {
      if (typeof value !== "string") throw fail("text");
      if (spec.choices !== undefined) {
        const chosen = value.toLowerCase();
        if (!spec.choices.includes(chosen)) {
          const near = nearestName(chosen, spec.choices);
          const hint = near === undefined ? `choices are ${spec.choices.join(", ")}` : `did you mean "${near}"?`;
          throw bindError(`option "${spec.name}" cannot be ${showValue(value)}`, undefined, hint);
        }
        return chosen;
      }
      if (spec.type === "char") {
        const char = value === "\\t" ? "\t" : value;
        if (char.length > 1) throw fail("a single character");
        if (char.length === 1 && char.charCodeAt(0) > 127) throw fail("an ASCII character");
        return char;
      }
      return value;
    }
    case "text or flag":
      if (typeof value === "boolean") return String(value);
      if (typeof value === "string" && value !== "") return value;
      throw fail("true, false or text");
    case "text or texts":
      if (typeof value === "string" || isTexts(value)) return value;
      throw fail("text or a list of texts");
    case "names":
      if (isTexts(value)) return value;
      throw fail("a list of names");
    case "columns":
      if (isTextObject(value)) return value;
      throw fail("a struct of column names and types, as {'a': 'INTEGER'}");
    case "types":
      if (isTexts(value) || isTextObject(value)) return value;
      throw fail("a list of types, or a struct of column names and types");
  }
}

const isTexts = (value: OptionValue): value is readonly string[] => Array.isArray(value) && value.every((v) => typeof v === "string");

const isTextObject = (value: OptionValue): boolean =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((v) => typeof v === "string");

const showValue = (value: OptionValue): string =>
  typeof value === "string" ? `"${value}"` : (JSON.stringify(value, (_, v) => (typeof v === "bigint" ? v.toString() : v)) ?? String(value));
