import type { CompiledExpression } from "../compile/types.ts";
import { take } from "../core/take.ts";
import type { DataType } from "../core/types.ts";
import { BATCH_ROWS, type ListVector, type RecordBatch, type Vector } from "../core/vector.ts";
import { nullVector } from "../core/vector-builder.ts";
import type { Operator, Output } from "./operator.ts";
import { repeatedRows } from "./repeated-rows.ts";
import type { WantedColumns } from "./row-store.ts";

/**
 * One row per element of the lists, the longest of a row deciding and shorter ones giving NULL. Rows without elements vanish, or with `outer`
 * stay once with NULLs. One long list gives many pieces. Input columns that nothing reads are not repeated: a list beside each of its own
 * elements takes the square of its size.
 */
export class Unnest implements Operator {
  readonly name = "unnest";
  readonly #lists: readonly CompiledExpression[];
  readonly #elementTypes: readonly DataType[];
  readonly #outer: boolean;
  readonly #wanted: WantedColumns;
  #batch: RecordBatch | undefined;
  #vectors: readonly Vector[] = [];
  #row = 0;
  #element = 0;

  constructor(lists: readonly CompiledExpression[], elementTypes: readonly DataType[], outer: boolean, wanted: WantedColumns = undefined) {
    this.#lists = lists;
    this.#elementTypes = elementTypes;
    this.#outer = outer;
    this.#wanted = wanted;
  }

  get reports() {
    return this.#lists.map((list) => list.report);
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#batch = batch;
    this.#vectors = this.#lists.map((list) => list(batch));
    this.#row = 0;
    this.#element = 0;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    const batch = this.#batch!;
    const rows = new Int32Array(BATCH_ROWS);
    const elements = this.#vectors.map(() => new Int32Array(BATCH_ROWS));
    const lists = this.#vectors as readonly ListVector[];
    let length = 0;
    while (this.#row < batch.length && length < BATCH_ROWS) {
      const row = this.#row;
      let longest = this.#outer ? 1 : 0;
      for (const { offsets } of lists) longest = Math.max(longest, offsets[row + 1] - offsets[row]);
      const end = Math.min(longest, this.#element + BATCH_ROWS - length);
      for (let element = this.#element; element < end; element++, length++) {
        rows[length] = row;
        for (let k = 0; k < lists.length; k++) {
          const at = lists[k].offsets[row] + element;
          elements[k][length] = at < lists[k].offsets[row + 1] ? at : -1;
        }
      }
      this.#element = end;
      if (end === longest) {
        this.#row++;
        this.#element = 0;
      }
    }
    if (length > 0) {
      // Unnesting a bare NULL gives a column without a list under it.
      const after = lists.map((list, k) =>
        list.layout === "list" ? take(list.child, elements[k], length) : nullVector(this.#elementTypes[k], length),
      );
      out.push(repeatedRows(batch, rows.subarray(0, length), this.#wanted, after));
    }
    return this.#row < batch.length;
  }

  onEnd(): boolean {
    return false;
  }
}
