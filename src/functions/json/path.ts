import { bindError } from "../../core/errors.ts";
import { type JsonNode, member } from "./node.ts";
import { isWalkable } from "./walk.ts";

/** One step of a path. `every` steps to all values of an array, or of an object, `deep` to a key at any depth. */
export type Step =
  | { readonly kind: "key"; readonly key: string }
  | { readonly kind: "index"; readonly index: number }
  /** JSON pointer: a key of an object, or an index of an array. */
  | { readonly kind: "either"; readonly key: string }
  | { readonly kind: "every"; readonly of: "array" | "object" }
  | { readonly kind: "deep"; readonly key: string | undefined };

export interface JsonPath {
  readonly steps: readonly Step[];
  /** Whether it can lead to several values. */
  readonly many: boolean;
  /** Whether walk.ts can follow it. */
  readonly walkable: boolean;
}

const STEP = /\.\.(?:\*|"([^"]+)"|([^.["*]+))|\.(?:(\*)|"([^"]*)"|([^.["*]+))|\[(?:(\*)|(#?-?\d+)|"([^"]*)"|'([^']*)')\]/y;

function parseSteps(path: string): Step[] {
  const steps: Step[] = [];
  let at = 1;
  while (at < path.length) {
    STEP.lastIndex = at;
    const match = STEP.exec(path);
    if (match === null)
      throw bindError(`the JSON path '${path}' cannot be read from '${path.slice(at)}' on`, undefined, "as in '$.a[0].b'");
    const [text, deepQuoted, deep, every, quoted, plain, everyItem, index, bracketed, bracketedSingle] = match;
    const key = quoted ?? plain ?? bracketed ?? bracketedSingle;
    if (text.startsWith("..")) steps.push({ kind: "deep", key: deepQuoted ?? deep });
    else if (every !== undefined || everyItem !== undefined) steps.push({ kind: "every", of: every === undefined ? "array" : "object" });
    else if (index !== undefined) steps.push({ kind: "index", index: index === "#" ? -1 : Number(index.replace("#", "")) });
    else steps.push({ kind: "key", key });
    at = STEP.lastIndex;
  }
  return steps;
}

const parsed = new Map<string, JsonPath>();
const MAX_PARSED = 1000;

/** Reads '$.a[0].b' (JSONPath), '/a/0/b' (JSON pointer) or 'a' (a key as it is). Throws for a path that cannot be read. */
export function parsePath(path: string): JsonPath {
  let result = parsed.get(path);
  if (result === undefined) {
    if (parsed.size >= MAX_PARSED) parsed.clear();
    result = makePath(path);
    parsed.set(path, result);
  }
  return result;
}

function makePath(path: string): JsonPath {
  if (path === "") return { steps: [], many: false, walkable: true };
  if (path.startsWith("$")) {
    const steps = parseSteps(path);
    return { steps, many: steps.some(({ kind }) => kind === "every" || kind === "deep"), walkable: isWalkable(steps) };
  }
  if (path.startsWith("/")) {
    const keys = path.slice(1).split("/");
    const steps = keys.map((key): Step => ({ kind: "either", key: key.replaceAll("~1", "/").replaceAll("~0", "~") }));
    return { steps, many: false, walkable: true };
  }
  return { steps: [{ kind: "key", key: path }], many: false, walkable: true };
}

const element = (node: JsonNode, index: number): JsonNode | undefined =>
  node.kind === "array" ? node.items[index < 0 ? node.items.length + index : index] : undefined;

function single(node: JsonNode, step: Step): JsonNode | undefined {
  switch (step.kind) {
    case "key":
      return member(node, step.key);
    case "index":
      return element(node, step.index);
    case "either":
      return node.kind === "array" ? (/^\d+$/.test(step.key) ? element(node, Number(step.key)) : undefined) : member(node, step.key);
    default:
      return undefined;
  }
}

/** The one value that a path without wildcards leads to. */
export function follow(node: JsonNode, path: JsonPath): JsonNode | undefined {
  let at: JsonNode | undefined = node;
  for (const step of path.steps) {
    if (at === undefined) return undefined;
    at = single(at, step);
  }
  return at;
}

const children = (node: JsonNode): readonly JsonNode[] =>
  node.kind === "array" ? node.items : node.kind === "object" ? node.entries.map(([, value]) => value) : [];

/** A key at any depth below (and at) a node; without a key, everything below. */
function deepMatches(node: JsonNode, key: string | undefined): JsonNode[] {
  const own = key === undefined ? children(node) : [member(node, key)].filter((found) => found !== undefined);
  return [...own, ...children(node).flatMap((child) => deepMatches(child, key))];
}

/** All values that a path leads to, in document order. */
export function followAll(node: JsonNode, path: JsonPath): JsonNode[] {
  let nodes: JsonNode[] = [node];
  for (const step of path.steps) {
    nodes = nodes.flatMap((at) => {
      if (step.kind === "every") return at.kind === step.of ? children(at) : [];
      if (step.kind === "deep") return deepMatches(at, step.key);
      return single(at, step) ?? [];
    });
  }
  return nodes;
}

/** The element of an array at a position from 0, or from the end. */
export const at = element;
