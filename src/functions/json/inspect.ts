import { BOOLEAN, JSON_TYPE, VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { compact, isJson, type JsonNode, member, nodeType, parseNode, pretty } from "./node.ts";

/** A structure: a type's name, a list of one structure, or an object of them. */
type Structure = string | readonly [Structure] | ReadonlyMap<string, Structure>;

function structureOf(node: JsonNode): Structure {
  if (node.kind === "array") return [node.items.map(structureOf).reduce(merge, "NULL")];
  if (node.kind === "object") {
    if (node.entries.length === 0) return "JSON";
    const result = new Map<string, Structure>();
    for (const [key, value] of node.entries) {
      const known = result.get(key);
      const next = structureOf(value);
      result.set(key, known === undefined ? next : merge(known, next));
    }
    return result;
  }
  return nodeType(node);
}

const NUMBERS = new Set(["UBIGINT", "BIGINT", "HUGEINT", "DOUBLE"]);

/** The structure that both values have. */
function merge(a: Structure, b: Structure): Structure {
  if (a === b || b === "NULL") return a;
  if (a === "NULL") return b;
  if (typeof a === "string" && typeof b === "string") {
    if (!NUMBERS.has(a) || !NUMBERS.has(b)) return "JSON";
    return a === "DOUBLE" || b === "DOUBLE" ? "DOUBLE" : "HUGEINT";
  }
  if (a instanceof Map && b instanceof Map) {
    const result = new Map<string, Structure>(a);
    for (const [key, structure] of b) {
      const known = result.get(key);
      result.set(key, known === undefined ? structure : merge(known, structure));
    }
    return result;
  }
  return Array.isArray(a) && Array.isArray(b) ? [merge(a[0], b[0])] : "JSON";
}

function structureText(structure: Structure): string {
  if (typeof structure === "string") return JSON.stringify(structure);
  if (structure instanceof Map)
    return `{${[...structure].map(([key, inner]) => `${JSON.stringify(key)}:${structureText(inner)}`).join(",")}}`;
  return `[${structureText((structure as readonly [Structure])[0])}]`;
}

const sameScalar = (a: JsonNode, b: JsonNode) =>
  a.kind === b.kind && (a.kind === "string" && b.kind === "string" ? a.text === b.text : compact(a) === compact(b));

/** Whether every part of the needle is found at the same place: objects by their keys, arrays by some element each. */
function covers(haystack: JsonNode, needle: JsonNode): boolean {
  if (haystack.kind === "object" && needle.kind === "object") {
    return needle.entries.every(([key, value]) => {
      const found = member(haystack, key);
      return found !== undefined && covers(found, value);
    });
  }
  if (haystack.kind === "array" && needle.kind === "array") {
    return needle.items.every((wanted) => haystack.items.some((item) => covers(item, wanted)));
  }
  return sameScalar(haystack, needle);
}

/** Whether the needle is covered by the haystack or by anything in it. */
function contains(haystack: JsonNode, needle: JsonNode): boolean {
  if (covers(haystack, needle)) return true;
  if (haystack.kind === "array") return haystack.items.some((item) => contains(item, needle));
  return haystack.kind === "object" && haystack.entries.some(([, value]) => contains(value, needle));
}

/** RFC 7396: keys of the patch replace those of the target, null takes them away. */
function mergePatch(target: JsonNode | undefined, patch: JsonNode): JsonNode {
  if (patch.kind !== "object" || target?.kind !== "object") return patch;
  const entries = new Map<string, JsonNode>(target.entries);
  for (const [key, value] of patch.entries) {
    const known = entries.get(key);
    // A key that is patched moves to the end.
    entries.delete(key);
    if (value.kind !== "null") entries.set(key, mergePatch(known, value));
  }
  return { kind: "object", raw: "", entries: [...entries] };
}

export const inspectEntries: readonly ScalarEntry[] = [
  {
    name: "json_valid",
    doc: doc("Whether a text is JSON.", ["text"], "json_valid('{\"a\": 1}')", "true"),
    overloads: [{ args: ["varchar"], returns: BOOLEAN, impl: isJson }],
  },
  {
    name: "json",
    doc: doc("JSON text without spaces; an error for what is not JSON.", ["text"], "json('{\"a\" : 1}')", '{"a":1}'),
    overloads: [{ args: ["varchar"], returns: JSON_TYPE, impl: (text: string) => compact(parseNode(text)) }],
  },
  {
    name: "json_pretty",
    doc: doc("JSON text over several lines, indented.", ["json"], "json_pretty('[1]')", "[\n    1\n]"),
    overloads: [{ args: ["varchar"], returns: VARCHAR, impl: (text: string) => pretty(parseNode(text)) }],
  },
  {
    name: "json_structure",
    doc: doc(
      "The types in a JSON value, as JSON; JSON where they do not agree.",
      ["json"],
      "json_structure('{\"a\": [1, 2]}')",
      '{"a":["UBIGINT"]}',
    ),
    overloads: [{ args: ["varchar"], returns: JSON_TYPE, impl: (text: string) => structureText(structureOf(parseNode(text))) }],
  },
  {
    name: "json_contains",
    doc: doc(
      "Whether a JSON value is found in another, at any depth.",
      ["haystack", "needle"],
      "json_contains('{\"a\": [1, 2]}', '1')",
      "true",
    ),
    overloads: [
      {
        args: ["varchar", "varchar"],
        returns: BOOLEAN,
        impl: (haystack: string, needle: string) => {
          const wanted = parseNode(needle);
          return contains(parseNode(haystack), wanted);
        },
      },
    ],
  },
  {
    name: "json_merge_patch",
    doc: doc(
      "A JSON value with others merged into it (RFC 7396): null takes a key away.",
      ["json", "patch", "..."],
      "json_merge_patch('{\"a\": 1}', '{\"b\": 2}')",
      '{"a":1,"b":2}',
    ),
    overloads: [
      {
        args: ["varchar", "varchar"],
        variadic: "varchar",
        returns: JSON_TYPE,
        impl: (first: string, ...patches: string[]) =>
          compact(patches.map(parseNode).reduce((target, patch) => mergePatch(target, patch), parseNode(first))),
      },
    ],
  },
];
