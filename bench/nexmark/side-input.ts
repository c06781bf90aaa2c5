import type { Catalog } from "../../src/catalog/catalog.ts";
import type { Schema } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { dictionaryOf, Longs } from "./columns.ts";
import { SIDE_INPUT } from "./schema.ts";

const KEYS = 10_000;

/** The bounded side input: a value for each key from 0 up to 10,000. */
export function sideInput(): RecordBatch {
  const key = new Longs(KEYS);
  for (let i = 0; i < KEYS; i++) key.set(i, i);
  const { values } = dictionaryOf(Array.from({ length: KEYS }, (_, i) => `value-${i}`));
  return { length: KEYS, columns: [key.vector(KEYS), values] };
}

/** Stores batches as a table. */
export function addTable(catalog: Catalog, name: string, schema: Schema, batches: readonly RecordBatch[]): void {
  const source = { kind: "memory", schema, batches, rowCount: batches.reduce((sum, { length }) => sum + length, 0) } as const;
  catalog.create({ kind: "table", name, schema, source, notNull: schema.map(() => false), defaults: schema.map(() => undefined) });
}

export const addSideInput = (catalog: Catalog): void => addTable(catalog, "side_input", SIDE_INPUT, [sideInput()]);
