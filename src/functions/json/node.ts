import { runtimeError } from "../../core/errors.ts";
import { isProblem, type JsonNode, readJson } from "../cast/json-text.ts";

export type { JsonNode };

let lastText: string | undefined;
let lastNode: JsonNode | undefined;

/** Reads JSON text; throws for what is not JSON. The last text is remembered, since several paths are often taken from one value. */
export function parseNode(text: string): JsonNode {
  if (text === lastText && lastNode !== undefined) return lastNode;
  const result = readJson(text);
  if (isProblem(result)) {
    const shown = text.length > 100 ? `${text.slice(0, 100)}…` : text;
    throw runtimeError(`malformed JSON at character ${result.at + 1}: ${result.problem}, in '${shown}'`);
  }
  lastText = text;
  lastNode = result;
  return result;
}

export const isJson = (text: string): boolean => !isProblem(readJson(text));

const isWhole = (raw: string) => /^-?\d+$/.test(raw);

/** Whole numbers keep every digit; others are written as the shortest text of the double they are. */
function numberText(raw: string): string {
  if (isWhole(raw) || !/^[-\d]/.test(raw) || raw === "-Infinity") return raw;
  const value = Number(raw);
  const text = String(value).replace("e+", "e");
  return /[.e]/.test(text) ? text : `${text}.0`;
}

/** JSON text without spaces. */
export function compact(node: JsonNode): string {
  switch (node.kind) {
    case "string":
      return JSON.stringify(node.text);
    case "number":
      return numberText(node.raw);
    case "array":
      return `[${node.items.map(compact).join(",")}]`;
    case "object":
      return `{${node.entries.map(([key, value]) => `${JSON.stringify(key)}:${compact(value)}`).join(",")}}`;
    default:
      return node.raw;
  }
}

/** JSON text over several lines, indented by four spaces. */
export function pretty(node: JsonNode, indent = ""): string {
  const inner = `${indent}    `;
  if (node.kind === "array" && node.items.length > 0) {
    return `[\n${node.items.map((item) => inner + pretty(item, inner)).join(",\n")}\n${indent}]`;
  }
  if (node.kind === "object" && node.entries.length > 0) {
    return `{\n${node.entries.map(([key, value]) => `${inner}${JSON.stringify(key)}: ${pretty(value, inner)}`).join(",\n")}\n${indent}}`;
  }
  return compact(node);
}

const U64_MAX = 2n ** 64n - 1n;
const I64_MIN = -(2n ** 63n);

/** Name of a value's type: whole numbers are UBIGINT or BIGINT while they fit. */
export function nodeType(node: JsonNode): string {
  switch (node.kind) {
    case "null":
      return "NULL";
    case "true":
    case "false":
      return "BOOLEAN";
    case "string":
      return "VARCHAR";
    case "array":
      return "ARRAY";
    case "object":
      return "OBJECT";
    case "number": {
      if (!isWhole(node.raw)) return "DOUBLE";
      const value = BigInt(node.raw);
      if (value >= 0n) return value <= U64_MAX ? "UBIGINT" : "DOUBLE";
      return value >= I64_MIN ? "BIGINT" : "DOUBLE";
    }
  }
}

/** The first value of a key. */
export const member = (node: JsonNode, key: string): JsonNode | undefined =>
  node.kind === "object" ? node.entries.find(([name]) => name === key)?.[1] : undefined;
