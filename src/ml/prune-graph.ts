import { delimited, type Field, fieldsOf, joined, messages, text, texts } from "./onnx-graph.ts";

/** Operators that cost next to nothing: leaving them out is not worth another session. */
const CHEAP = new Set(["Identity", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "Normalizer"]);

interface Node {
  readonly field: Field;
  readonly parts: readonly Field[];
  readonly opType: string;
  readonly domain: string;
  readonly outputs: readonly string[];
  /** Values that it reads, those that graphs inside it read too. */
  readonly reads: readonly string[];
}

/**
 * A model (as readModel gives it) that computes some of its outputs alone: nodes that none of them needs are left out, and a linear classifier whose scores
 * nobody reads does not turn them into probabilities (the runtime takes its label from the scores as they are). Undefined where that saves nothing
 * worth mentioning.
 */
export function pruneModel(bytes: Uint8Array, wanted: readonly string[]): Uint8Array | undefined {
  const model = fieldsOf(bytes);
  const graphField = model.find((field) => field.no === 7);
  if (graphField === undefined) return undefined;
  const graph = fieldsOf(graphField.bytes);
  const nodes = graph.filter((field) => field.no === 1).map(nodeOf);
  const kept = needed(nodes, wanted);
  const removed = nodes.filter((node) => !kept.has(node));
  const read = new Set([...wanted, ...[...kept].flatMap(({ reads }) => reads)]);
  const written = new Map<Field, Uint8Array>();
  for (const node of kept) {
    const plain = withoutTransform(node, read);
    if (plain !== undefined) written.set(node.field, plain);
  }
  if (written.size === 0 && removed.every(({ opType }) => CHEAP.has(opType))) return undefined;
  const gone = new Set<Field>(removed.map(({ field }) => field));
  const lost = new Set(removed.flatMap(({ outputs }) => outputs));
  const fields = graph.filter((field) => {
    if (field.no === 12) return wanted.includes(text(fieldsOf(field.bytes), 1));
    if (field.no === 13) return !lost.has(text(fieldsOf(field.bytes), 1));
    return !gone.has(field);
  });
  const pruned = joined(fields.map((field) => written.get(field) ?? field.raw));
  return joined(model.map((field) => (field === graphField ? delimited(7, pruned) : field.raw)));
}

function nodeOf(field: Field): Node {
  const parts = fieldsOf(field.bytes);
  const reads: string[] = [];
  addReads(parts, reads);
  return { field, parts, opType: text(parts, 4), domain: text(parts, 7), outputs: texts(parts, 2), reads };
}

/** Names that a node reads. A graph inside it may read values from outside under their names, and so may the graphs inside that. */
function addReads(node: readonly Field[], into: string[]): void {
  into.push(...texts(node, 1));
  for (const attribute of messages(node, 5)) {
    for (const inner of [...messages(attribute, 6), ...messages(attribute, 11)]) {
      for (const one of messages(inner, 1)) addReads(one, into);
      for (const output of messages(inner, 12)) into.push(text(output, 1));
    }
  }
}

/** Nodes that some values come from. */
function needed(nodes: readonly Node[], wanted: readonly string[]): Set<Node> {
  const makers = new Map(nodes.flatMap((node) => node.outputs.filter((name) => name !== "").map((name) => [name, node] as const)));
  const found = new Set<Node>();
  const open = [...wanted];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const maker = makers.get(name);
    if (maker === undefined || found.has(maker)) continue;
    found.add(maker);
    open.push(...maker.reads);
  }
  return found;
}

/** A linear classifier without the function over its scores, where nobody reads them; undefined for any other node. */
function withoutTransform({ opType, domain, outputs, parts }: Node, read: ReadonlySet<string>): Uint8Array | undefined {
  if (opType !== "LinearClassifier" || domain !== "ai.onnx.ml" || read.has(outputs[1])) return undefined;
  const isTransform = (part: Field) => part.no === 5 && text(fieldsOf(part.bytes), 1) === "post_transform";
  const transform = parts.find(isTransform);
  if (transform === undefined || text(fieldsOf(transform.bytes), 4) === "NONE") return undefined;
  const others = parts.filter((part) => !isTransform(part));
  return delimited(1, joined(others.map(({ raw }) => raw)));
}
