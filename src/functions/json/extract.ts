import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { BOOLEAN, type DataType, JSON_TYPE, list, UBIGINT, VARCHAR } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { onValues } from "../value-form.ts";
import { compact, type JsonNode, nodeType, parseNode } from "./node.ts";
import { at, follow, followAll, type JsonPath, parsePath } from "./path.ts";
import { scalarNode, walk } from "./walk.ts";

/** What a function makes of the value a path leads to; undefined: the path leads nowhere. */
type Read = (node: JsonNode | undefined) => Value;

const constantPath = ({ constants: [, path] }: BindContext) => (typeof path === "string" ? parsePath(path) : undefined);

/** The value a path without wildcards leads to: by a walk over the text, or through the tree where the walk gives up. */
function locate(text: string, path: JsonPath): JsonNode | undefined {
  const raw = path.walkable ? walk(text, path.steps) : null;
  if (raw === undefined) return undefined;
  if (raw === null) return follow(parseNode(text), path);
  return scalarNode(raw) ?? parseNode(raw);
}

/** f(json, path): one result, or a list where a constant path has wildcards. */
const byPath = (returns: DataType, read: Read): ScalarOverload => ({
  args: ["varchar", "varchar"],
  returns: (bind) => (constantPath(bind)?.many ? list(returns) : returns),
  mayReturnNull: true,
  specialise: (bind) => {
    const constant = constantPath(bind);
    if (constant?.many) return { impl: (text: string) => followAll(parseNode(text), constant).map(read) };
    return onValues([], returns, (text: string, path: string) => {
      const parsed = constant ?? parsePath(path);
      if (parsed.many) throw bindError(`the JSON path '${path}' has wildcards, and must be a constant then`);
      return read(locate(text, parsed));
    });
  },
});

/** f(json, [paths]): a list of results. */
const byPaths = (returns: DataType, read: Read): ScalarOverload => ({
  args: ["varchar", { listOf: "varchar" }],
  returns: list(returns),
  impl: (text: string, paths: readonly (string | null)[]) => {
    const node = parseNode(text);
    return paths.map((path) => {
      if (path === null) throw bindError("a JSON path must not be NULL");
      return read(follow(node, parsePath(path)));
    });
  },
});

/** f(json, position): an element of an array. */
const byIndex = (returns: DataType, read: Read): ScalarOverload => ({
  args: ["varchar", "bigint"],
  returns,
  mayReturnNull: true,
  impl: (text: string, index: number) => read(at(parseNode(text), index)),
});

/** f(json): the whole value. */
const whole = (returns: DataType, read: Read): ScalarOverload => ({
  args: ["varchar"],
  returns,
  mayReturnNull: true,
  specialise: () => onValues([], returns, (text: string) => read(parseNode(text))),
});

const asJson: Read = (node) => (node === undefined ? null : compact(node));

const asText: Read = (node) => {
  if (node === undefined || node.kind === "null") return null;
  return node.kind === "string" ? node.text : compact(node);
};

/** Scalars only. */
const asScalar: Read = (node) =>
  node === undefined || node.kind === "null" || node.kind === "array" || node.kind === "object" ? null : compact(node);

const asType: Read = (node) => (node === undefined ? null : nodeType(node));
const asLength: Read = (node) => (node === undefined ? null : node.kind === "array" ? BigInt(node.items.length) : 0n);
const asKeys: Read = (node) => (node === undefined ? null : node.kind === "object" ? node.entries.map(([key]) => key) : []);

const extracting = (returns: DataType, read: Read) => [byPath(returns, read), byIndex(returns, read), byPaths(returns, read)];
const inspecting = (returns: DataType, read: Read) => [whole(returns, read), byPath(returns, read), byPaths(returns, read)];

const PATH = "A path is '$.a[0].b', '/a/0/b', or a key as it is";

export const extractEntries: readonly ScalarEntry[] = [
  {
    name: "json_extract",
    aliases: ["json_extract_path", "->"],
    doc: doc(
      `The part of a JSON value that a path leads to, as JSON. ${PATH}.`,
      ["json", "path"],
      "json_extract('{\"a\": {\"b\": [1, 2]}}', '$.a.b[1]')",
      "2",
    ),
    overloads: extracting(JSON_TYPE, asJson),
  },
  {
    name: "json_extract_string",
    aliases: ["json_extract_path_text", "->>"],
    doc: doc(
      `The part of a JSON value that a path leads to, as text. ${PATH}.`,
      ["json", "path"],
      "json_extract_string('{\"a\": \"x\"}', '$.a')",
      "x",
    ),
    overloads: extracting(VARCHAR, asText),
  },
  {
    name: "json_value",
    doc: doc(
      `The number, text or boolean that a path leads to, as JSON text; NULL for anything else. ${PATH}.`,
      ["json", "path"],
      "json_value('{\"a\": 1}', '$.a')",
      "1",
    ),
    overloads: extracting(VARCHAR, asScalar),
  },
  {
    name: "json_exists",
    doc: doc(`Whether a path leads anywhere. ${PATH}.`, ["json", "path"], "json_exists('{\"a\": 1}', '$.a')", "true"),
    overloads: [byPath(BOOLEAN, (node) => node !== undefined), byPaths(BOOLEAN, (node) => node !== undefined)],
  },
  {
    name: "json_type",
    doc: doc("Type of a JSON value, or of what a path leads to.", ["json", "path"], "json_type('{\"a\": 1}')", "OBJECT"),
    overloads: inspecting(VARCHAR, asType),
  },
  {
    name: "json_array_length",
    doc: doc("Number of elements of a JSON array; 0 for anything else.", ["json", "path"], "json_array_length('[1, 2]')", "2"),
    overloads: inspecting(UBIGINT, asLength),
  },
  {
    name: "json_keys",
    doc: doc("Keys of a JSON object.", ["json", "path"], 'json_keys(\'{"a": 1, "b": 2}\')', "[a, b]"),
    overloads: inspecting(list(VARCHAR), asKeys),
  },
];
