import { concatBatches } from "../core/concat.ts";
import { takeBatch } from "../core/take.ts";
import type { DataType } from "../core/types.ts";
import { BATCH_ROWS, batchBytes, type RecordBatch, sliceBatch, type Vector } from "../core/vector.ts";
import type { Operator, Output } from "./operator.ts";
import { prefixWordsOf, type SortColumn } from "./sort/key-words.ts";
import { identity } from "./sort/radix-sort.ts";
import { sortIndices } from "./sort/sort-indices.ts";
import type { CompiledSortKey } from "./sort/sort-keys.ts";

/** Rows gathered before those that cannot be among the first are dropped; at least as many as are kept. */
const PRUNE_ROWS = 4096;

/**
 * ORDER BY with LIMIT: keeps the first `limit + offset` rows seen so far. Once there are so many, rows that stand behind the last of them are left
 * out as they come, by the first words of their keys; the others are sorted in from time to time. Stable.
 */
export class TopN implements Operator {
  readonly name = "top-n";
  readonly #types: readonly DataType[];
  readonly #keys: readonly CompiledSortKey[];
  readonly #limit: number;
  readonly #offset: number;
  readonly #checkInterrupt: () => void;
  /** Rows followed by their keys' values, in input order among equals. */
  #held: RecordBatch[] = [];
  #rows = 0;
  #bytes = 0;
  #given = 0;
  /** First word of each key part of the last row kept, once there are enough. */
  #threshold: Uint32Array | undefined;

  constructor(types: readonly DataType[], keys: readonly CompiledSortKey[], limit: number, offset: number, checkInterrupt: () => void) {
    this.#types = types;
    this.#keys = keys;
    this.#limit = limit;
    this.#offset = offset;
    this.#checkInterrupt = checkInterrupt;
  }

  get reports() {
    return this.#keys.map((key) => key.value.report);
  }

  process(_input: number, batch: RecordBatch): boolean {
    const keys = this.#keys.map((key) => key.value(batch));
    const candidates = this.#threshold === undefined ? undefined : this.#candidates(keys, this.#threshold, batch.length);
    if (candidates?.length === 0) return false;
    const all = { columns: [...batch.columns, ...keys], length: batch.length };
    const keyed = candidates === undefined || candidates.length === batch.length ? all : takeBatch(all, candidates);
    this.#held.push(keyed);
    this.#rows += keyed.length;
    this.#bytes += batchBytes(keyed);
    const kept = this.#limit + this.#offset;
    if (this.#rows >= kept + Math.max(kept, PRUNE_ROWS)) this.#prune();
    return false;
  }

  #sortColumns(vectors: readonly Vector[]): SortColumn[] {
    return this.#keys.map(({ descending, nullsFirst }, i) => ({ vector: vectors[i], descending, nullsFirst }));
  }

  /** Rows that may stand before the last one kept, in order. */
  #candidates(keys: readonly Vector[], threshold: Uint32Array, length: number): Int32Array {
    const parts = prefixWordsOf(this.#sortColumns(keys));
    const words = new Uint32Array(length);
    const sure: Int32Array[] = [];
    let tied: Int32Array = identity(length);
    for (let p = 0; p < parts.length && tied.length > 0; p++) {
      parts[p].fill(0, tied, words, 0, tied.length);
      const limit = threshold[p];
      const before = new Int32Array(tied.length);
      let beforeCount = 0;
      let tiedCount = 0;
      for (let i = 0; i < tied.length; i++) {
        const row = tied[i];
        if (words[i] < limit) before[beforeCount++] = row;
        else if (words[i] === limit) tied[tiedCount++] = row;
      }
      tied = tied.subarray(0, tiedCount);
      if (beforeCount > 0) sure.push(before.subarray(0, beforeCount));
    }
    if (sure.length === 0) return tied;
    const rows = new Int32Array(tied.length + sure.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of [...sure, tied]) {
      rows.set(part, at);
      at += part.length;
    }
    return sure.length === 1 && tied.length === 0 ? rows : rows.sort();
  }

  #prune(): void {
    const all = concatBatches([...this.#types, ...this.#keys.map((key) => key.type)], this.#held);
    const columns = this.#sortColumns(all.columns.slice(this.#types.length));
    const order = sortIndices(columns, all.length, this.#checkInterrupt);
    const wanted = this.#limit + this.#offset;
    const kept = takeBatch(all, order, Math.min(all.length, wanted));
    this.#held = [kept];
    this.#rows = kept.length;
    this.#bytes = batchBytes(kept);
    if (kept.length === wanted && wanted > 0) {
      const last = Int32Array.of(order[wanted - 1]);
      const word = new Uint32Array(1);
      this.#threshold = Uint32Array.from(prefixWordsOf(columns), (part) => {
        part.fill(0, last, word, 0, 1);
        return word[0];
      });
    }
  }

  onEnd(_input: number, out: Output): boolean {
    if (this.#rows > 0) this.#prune();
    this.#given = this.#offset;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    const end = Math.min(this.#rows, this.#given + BATCH_ROWS);
    if (end > this.#given) {
      const { columns } = this.#held[0];
      out.push(sliceBatch({ columns: columns.slice(0, this.#types.length), length: this.#rows }, this.#given, end));
    }
    this.#given = end;
    return end < this.#rows;
  }

  stateBytes(): number {
    return this.#bytes;
  }
}
