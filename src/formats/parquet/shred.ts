import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";

/** One leaf's values (without NULLs) and the levels that say where they belong. */
export interface ShreddedLeaf {
  readonly path: readonly string[];
  readonly type: DataType;
  readonly values: Vector;
  /** Slots, of which those at `maxDefinition` have a value. Null where the maximum is 0. */
  readonly definitions: Uint8Array | null;
  readonly repetitions: Uint8Array | null;
  readonly slots: number;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/** A node's occurrences: which row of its vector each slot shows (-1: none), and the slot's levels so far. */
interface Slots {
  readonly rows: Int32Array;
  readonly definitions: Uint8Array;
  readonly repetitions: Uint8Array;
  readonly maxDefinition: number;
  readonly maxRepetition: number;
}

/** Takes a column apart into leaves, with definition and repetition levels (Dremel's encoding). Every field is optional. */
export function shred(name: string, vectors: readonly Vector[], type: DataType): ShreddedLeaf[] {
  const vector = vectors.length === 1 ? vectors[0] : concatVectors(type, vectors);
  const rows = new Int32Array(vector.length);
  for (let i = 0; i < rows.length; i++) rows[i] = i;
  const slots = {
    rows,
    definitions: new Uint8Array(rows.length),
    repetitions: new Uint8Array(rows.length),
    maxDefinition: 0,
    maxRepetition: 0,
  };
  const leaves: ShreddedLeaf[] = [];
  walk([name], vector, slots, leaves, true);
  return leaves;
}

function walk(path: readonly string[], vector: Vector, slots: Slots, leaves: ShreddedLeaf[], optional: boolean): void {
  const own = optional ? withValidity(vector, slots) : slots;
  if (vector.layout === "struct") {
    if (vector.type.kind !== "struct") throw new Error("a struct vector has a struct type");
    const { fields } = vector.type;
    vector.children.forEach((child, i) => {
      walk([...path, fields[i].name], child, own, leaves, true);
    });
  } else if (vector.layout === "list") {
    const inner = elements(vector.offsets, own);
    if (vector.type.kind === "map" && vector.child.layout === "struct") {
      const [key, value] = vector.child.children;
      walk([...path, "key_value", "key"], key, inner, leaves, false);
      walk([...path, "key_value", "value"], value, inner, leaves, true);
    } else walk([...path, "list", "element"], vector.child, inner, leaves, true);
  } else leaves.push(leaf(path, vector, own));
}

/** Slots whose row is not NULL get one level more. */
function withValidity(vector: Vector, slots: Slots): Slots {
  const { validity } = vector;
  const count = slots.rows.length;
  const rows = new Int32Array(count);
  const definitions = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    const row = slots.rows[i];
    const has = row >= 0 && (validity === null || validity[row] === 1);
    rows[i] = has ? row : -1;
    definitions[i] = slots.definitions[i] + (has ? 1 : 0);
  }
  return { ...slots, rows, definitions, maxDefinition: slots.maxDefinition + 1 };
}

/** The slots of a list's elements; an empty or missing list keeps one slot without an element. */
function elements(offsets: Int32Array, slots: Slots): Slots {
  let count = 0;
  for (const row of slots.rows) count += row < 0 ? 1 : Math.max(1, offsets[row + 1] - offsets[row]);
  const rows = new Int32Array(count);
  const definitions = new Uint8Array(count);
  const repetitions = new Uint8Array(count);
  const maxRepetition = slots.maxRepetition + 1;
  let at = 0;
  for (let i = 0; i < slots.rows.length; i++) {
    const row = slots.rows[i];
    const start = row < 0 ? 0 : offsets[row];
    const end = row < 0 ? 0 : offsets[row + 1];
    if (start === end) {
      rows[at] = -1;
      definitions[at] = slots.definitions[i];
      repetitions[at++] = slots.repetitions[i];
      continue;
    }
    for (let element = start; element < end; element++) {
      rows[at] = element;
      definitions[at] = slots.definitions[i] + 1;
      repetitions[at++] = element === start ? slots.repetitions[i] : maxRepetition;
    }
  }
  return { rows, definitions, repetitions, maxDefinition: slots.maxDefinition + 1, maxRepetition };
}

function leaf(path: readonly string[], vector: Vector, slots: Slots): ShreddedLeaf {
  const { rows, definitions, repetitions, maxDefinition, maxRepetition } = slots;
  let present = 0;
  for (const row of rows) if (row >= 0) present++;
  let values = vector;
  if (present !== vector.length || maxRepetition > 0) {
    const indices = new Int32Array(present);
    let at = 0;
    for (const row of rows) if (row >= 0) indices[at++] = row;
    values = take(vector, indices);
  }
  return {
    path,
    type: vector.type,
    values,
    definitions: maxDefinition === 0 ? null : definitions,
    repetitions: maxRepetition === 0 ? null : repetitions,
    slots: rows.length,
    maxDefinition,
    maxRepetition,
  };
}
