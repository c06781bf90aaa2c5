import { type DataType, physicalOf } from "../core/types.ts";
import type { DictionaryVector, FlatVector, Vector } from "../core/vector.ts";
import { allocate, FLAT_CLASSES } from "../core/vector-builder.ts";
import type { BatchColumns, ColumnShape } from "./columns.ts";
import { finishMask } from "./outputs.ts";
import type { SourceWriter } from "./source-writer.ts";

/** What rows of a gathered column are written to: values or codes, and the mask. */
export type GatheredBuffers = readonly [data: FlatVector["data"] | Int32Array, mask: Uint8Array | null, words: Int32Array | null];

/** True for columns that a loop copies a row of in one or two stores. */
export function isGathered({ layout }: ColumnShape, type: DataType): boolean {
  return layout === "dictionary" || (layout === "flat" && physicalOf(type) !== "i128");
}

/** A column that passes as it is, of whose rows the loop writes those that pass the filter. */
export class GatheredOutput {
  readonly names: readonly string[];
  readonly #index: number;
  readonly #shape: ColumnShape;
  readonly #type: DataType;
  readonly #wide: boolean;

  constructor(index: number, shape: ColumnShape, type: DataType) {
    this.#index = index;
    this.#shape = shape;
    this.#type = type;
    const physical = physicalOf(type);
    this.#wide = shape.layout === "flat" && (physical === "i64" || physical === "u64");
    this.names = [`gather${index}`, `gatherMask${index}`, `gatherWords${index}`];
  }

  /** Statements that copy row `i` to row `j`. */
  write(columns: BatchColumns, writer: SourceWriter): void {
    const index = this.#index;
    const [out, mask, words] = this.names;
    if (this.#shape.nullable) writer.line(`${mask}[j] = ${columns.input(`mask${index}`, (batch) => batch.columns[index].validity)}[i];`);
    if (this.#wide) {
      // Halves, so that no BigInt is made.
      const from = columns.input(`words${index}`, (batch) => {
        const { data } = batch.columns[index] as FlatVector;
        return new Int32Array(data.buffer, data.byteOffset, 2 * data.length);
      });
      writer.line(`${words}[2 * j] = ${from}[2 * i]; ${words}[2 * j + 1] = ${from}[2 * i + 1];`);
    } else if (this.#shape.layout === "dictionary") {
      writer.line(`${out}[j] = ${columns.input(`codes${index}`, (batch) => (batch.columns[index] as DictionaryVector).codes)}[i];`);
    } else {
      writer.line(`${out}[j] = ${columns.input(`data${index}`, (batch) => (batch.columns[index] as FlatVector).data)}[i];`);
    }
  }

  start(capacity: number): GatheredBuffers {
    const mask = this.#shape.nullable ? new Uint8Array(capacity) : null;
    if (this.#shape.layout === "dictionary") return [new Int32Array(capacity), mask, null];
    const data = allocate(FLAT_CLASSES[physicalOf(this.#type) as keyof typeof FLAT_CLASSES], capacity, false);
    return [data, mask, this.#wide ? new Int32Array(data.buffer) : null];
  }

  /** The first `length` rows written, of `column`; with `copied`, in memory of their own. */
  finish([data, mask]: GatheredBuffers, column: Vector, length: number, copied: boolean): Vector {
    const validity = finishMask(mask, length, copied);
    const rows = copied ? data.slice(0, length) : data.subarray(0, length);
    if (column.layout === "dictionary") return { ...column, length, validity, codes: rows as Int32Array };
    return { ...(column as FlatVector), length, validity, data: rows };
  }
}
