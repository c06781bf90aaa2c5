import { type DataType, isInteger, isNested, isNumeric, typeName } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Conversion } from "./conversion.ts";
import { formatDecimal, textForm } from "./format.ts";
import { isProblem, type JsonNode, readJson } from "./json-text.ts";
import type { MakeValueCast } from "./nested.ts";

/** Casts to and from JSON. */

export function jsonConversion(from: DataType, to: DataType, timeZone: string, elements: MakeValueCast): Conversion | undefined {
  if (to.kind === "json") {
    if (from.kind === "varchar") return { cast: (text: string) => (isProblem(readJson(text)) ? undefined : text), explain: malformed };
    return { cast: jsonForm(from, timeZone), fallible: false };
  }
  if (to.kind === "varchar") return { cast: (text: string) => text, fallible: false };
  const read = nodeReader(to, elements);
  if (read === undefined) return undefined;
  return {
    cast: (text: string) => {
      const node = readJson(text);
      return isProblem(node) ? undefined : read(node);
    },
    explain: (text: string) => {
      const node = readJson(text);
      if (isProblem(node)) return malformed(text);
      if (to.kind === "list" && node.kind !== "array") return `expected ARRAY, but got ${JSON_NAMES[node.kind]}: ${text}`;
      if ((to.kind === "struct" || to.kind === "map") && node.kind !== "object")
        return `expected OBJECT, but got ${JSON_NAMES[node.kind]}: ${text}`;
      return `failed to cast value to ${isNumeric(to) ? "numerical" : typeName(to)}: ${text}`;
    },
  };
}

const JSON_NAMES: Record<JsonNode["kind"], string> = {
  null: "NULL",
  true: "BOOLEAN",
  false: "BOOLEAN",
  number: "NUMBER",
  string: "VARCHAR",
  array: "ARRAY",
  object: "OBJECT",
};

function malformed(text: string): string {
  const result = readJson(text);
  return isProblem(result) ? `malformed JSON at byte ${result.at} of input: ${result.problem}. Input: "${text}"` : `not JSON: "${text}"`;
}

/** JSON text of a value. */
// biome-ignore lint/suspicious/noExplicitAny: the value's form follows from the type
export function jsonForm(type: DataType, timeZone: string): (value: any) => string {
  const orNull = (form: (value: Value) => string) => (value: Value) => (value === null ? "null" : form(value));
  switch (type.kind) {
    case "null":
      return () => "null";
    case "json":
      return (text: string) => text;
    case "boolean":
      return (value: boolean) => String(value);
    case "double":
    case "float":
      return jsonNumber;
    case "decimal": {
      const { precision, scale } = type;
      // A double holds 15 digits; more are written as they are, as DuckDB does.
      if (precision > 15) return (value: number | bigint) => formatDecimal(value, scale);
      return (value: number | bigint) => jsonNumber(Number(value) / 10 ** scale);
    }
    case "list": {
      const element = orNull(jsonForm(type.element, timeZone));
      return (value: readonly Value[]) => `[${value.map(element).join(",")}]`;
    }
    case "struct": {
      const forms = type.fields.map((field) => orNull(jsonForm(field.type, timeZone)));
      return (value: readonly Value[]) =>
        `{${value.map((part, i) => `${JSON.stringify(type.fields[i].name)}:${forms[i](part)}`).join(",")}}`;
    }
    case "map": {
      const key = textForm(type.key, timeZone);
      const form = orNull(jsonForm(type.value, timeZone));
      return (value: readonly (readonly Value[])[]) =>
        `{${value.map(([k, v]) => `${JSON.stringify(k === null ? "NULL" : key(k))}:${form(v)}`).join(",")}}`;
    }
    default: {
      if (isInteger(type)) return String;
      const form = textForm(type, timeZone);
      return (value) => JSON.stringify(form(value));
    }
  }
}

function jsonNumber(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "Infinity" : "-Infinity";
  const text = Object.is(value, -0) ? "-0" : String(value).replace("e+", "e");
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** A node as JSON text without spaces. */
function compact(node: JsonNode): string {
  if (node.kind === "array") return `[${node.items.map(compact).join(",")}]`;
  if (node.kind === "object") return `{${node.entries.map(([key, value]) => `${JSON.stringify(key)}:${compact(value)}`).join(",")}}`;
  return node.raw;
}

type NodeReader = (node: JsonNode) => Value | undefined;

/** Reads a JSON node as a value of `to`; undefined where it has none. */
function nodeReader(to: DataType, elements: MakeValueCast): NodeReader | undefined {
  if (to.kind === "json") return compact;
  if (to.kind === "varchar") return (node) => (node.kind === "null" ? null : node.kind === "string" ? node.text : compact(node));
  if (to.kind === "list") {
    const element = nodeReader(to.element, elements);
    if (element === undefined) return undefined;
    return (node) => {
      if (node.kind === "null") return null;
      return node.kind === "array" ? allKnown(node.items.map(element)) : undefined;
    };
  }
  if (to.kind === "map") {
    const key = elements({ kind: "varchar" }, to.key);
    const item = nodeReader(to.value, elements);
    if (key === undefined || item === undefined) return undefined;
    return (node) => {
      if (node.kind === "null") return null;
      return node.kind === "object" ? allKnown(node.entries.map(([k, v]) => allKnown([key(k), item(v)]))) : undefined;
    };
  }
  if (to.kind === "struct") {
    const readers = to.fields.map((field) => nodeReader(field.type, elements));
    if (readers.some((reader) => reader === undefined)) return undefined;
    return (node) => {
      if (node.kind === "null") return null;
      if (node.kind !== "object") return undefined;
      const byName = new Map(node.entries.map(([name, value]) => [name.toLowerCase(), value]));
      return allKnown(
        to.fields.map((field, i) => {
          const value = byName.get(field.name.toLowerCase());
          return value === undefined ? null : readers[i]?.(value);
        }),
      );
    };
  }
  const scalar = elements({ kind: "varchar" }, to);
  if (scalar === undefined || isNested(to)) return undefined;
  const numeric = isNumeric(to);
  return (node) => {
    switch (node.kind) {
      case "null":
        return null;
      case "string":
        return scalar(node.text);
      case "true":
      case "false":
        return scalar(numeric ? (node.kind === "true" ? "1" : "0") : node.raw);
      case "number":
        if (to.kind === "boolean") return Math.abs(Number(node.raw)) < 2 ** 64 ? Number(node.raw) !== 0 : undefined;
        return scalar(node.raw);
      default:
        return undefined;
    }
  };
}

const allKnown = (values: readonly (Value | undefined)[]): Value[] | undefined =>
  values.every((value) => value !== undefined) ? (values as Value[]) : undefined;
