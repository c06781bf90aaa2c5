import { take } from "../../core/take.ts";
import { struct } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { listChildType } from "../../core/vector-builder.ts";
import type { LeafSlots } from "./leaf-reader.ts";
import type { Group, Leaf, Node } from "./schema.ts";
import { leavesOf } from "./schema.ts";

/** A leaf below a nested column: its slots with levels, and all of them as a vector. */
export interface LeafLevels {
  readonly slots: LeafSlots;
  readonly vector: Vector;
}

/**
 * Puts nested values together from the definition and repetition levels of their leaves (Dremel's encoding). Every node is described by
 * where its occurrences start in each leaf below it.
 */
export function assemble(node: Node, levelsOf: (leaf: Leaf) => LeafLevels): Vector {
  const starts = new Map<Leaf, Int32Array>();
  for (const leaf of leavesOf(node)) starts.set(leaf, recordStarts(levelsOf(leaf).slots));
  return build(node, starts, levelsOf);
}

function recordStarts({ repetitions, count }: LeafSlots): Int32Array {
  const starts = new Int32Array(count);
  let found = 0;
  for (let i = 0; i < count; i++) if (repetitions![i] === 0) starts[found++] = i;
  return starts.subarray(0, found);
}

function build(node: Node, starts: ReadonlyMap<Leaf, Int32Array>, levelsOf: (leaf: Leaf) => LeafLevels): Vector {
  if (node.kind === "leaf") return take(levelsOf(node).vector, starts.get(node)!);
  const first = leavesOf(node)[0];
  const firstStarts = starts.get(first)!;
  const { definitions } = levelsOf(first).slots;
  const length = firstStarts.length;
  const validity = maskOf(definitions!, firstStarts, node.definition);
  if (node.kind === "struct") {
    const children = node.children.map((child) => build(child, starts, levelsOf));
    return { layout: "struct", type: node.type, length, validity, children };
  }
  const offsets = new Int32Array(length + 1);
  const inner = new Map<Leaf, Int32Array>();
  for (const leaf of leavesOf(node)) {
    const elements = elementStarts(node, levelsOf(leaf).slots, starts.get(leaf)!, leaf === first ? offsets : undefined);
    inner.set(leaf, elements);
  }
  const children = node.children.map((child) => build(child, inner, levelsOf));
  let [child] = children;
  if (node.kind === "map") {
    const type = listChildType(node.type) ?? struct([]);
    child = { layout: "struct", type, length: children[0].length, validity: null, children };
  }
  return { layout: "list", type: node.type, length, validity, offsets, child };
}

function maskOf(definitions: Int32Array, starts: Int32Array, definition: number): Uint8Array | null {
  let mask: Uint8Array | null = null;
  for (let i = 0; i < starts.length; i++) {
    if (definitions[starts[i]] >= definition) continue;
    mask ??= new Uint8Array(starts.length).fill(1);
    mask[i] = 0;
  }
  return mask;
}

/** Where the elements of a list's occurrences start; fills `offsets` where given. */
function elementStarts(node: Group, slots: LeafSlots, starts: Int32Array, offsets: Int32Array | undefined): Int32Array {
  const { definitions, repetitions, count } = slots;
  const elements = new Int32Array(count);
  let found = 0;
  for (let i = 0; i < starts.length; i++) {
    const start = starts[i];
    if (definitions![start] > node.definition) elements[found++] = start;
    for (let at = start + 1; at < count && repetitions![at] >= node.repetition; at++) {
      if (repetitions![at] === node.repetition) elements[found++] = at;
    }
    if (offsets !== undefined) offsets[i + 1] = found;
  }
  return elements.subarray(0, found);
}
