import { concatVectors } from "../../core/concat.ts";
import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { keyWordsOf } from "../sort/key-words.ts";
import { identity, RadixSort } from "../sort/radix-sort.ts";
import { type Times, timesOf } from "./join-times.ts";

/** Rows handled between two yields. */
const PIECE_ROWS = 65_536;

/** The rows of one side of a join by their keys, those of a key in order of time. Rows of one time stay in the order they came. */
export class RowsByTime {
  readonly #timeType: DataType;
  #idParts: Int32Array[] = [];
  #timeParts: Vector[] = [];
  /** Rows of key id are rows[starts[id]] up to rows[starts[id + 1]]; `times` are theirs. Known once finished. */
  starts = new Int32Array(2);
  rows = new Int32Array(0);
  times: Times = new Float64Array(0);

  constructor(timeType: DataType) {
    this.#timeType = timeType;
  }

  /** Rows in the order they come. `ids`: of their keys; -1 leaves a row out. */
  add(ids: Int32Array, times: Vector): void {
    this.#idParts.push(ids);
    this.#timeParts.push(times);
  }

  /** Puts rows in order of time, unless they came so, and then deals them out to their keys in that order. `keys`: how many there are. */
  *finish(keys: number): Generator<void> {
    const length = this.#idParts.reduce((sum, part) => sum + part.length, 0);
    const vector = concatVectors(this.#timeType, this.#timeParts);
    const ids = new Int32Array(length);
    let at = 0;
    for (const part of this.#idParts) {
      ids.set(part, at);
      at += part.length;
    }
    this.#idParts = [];
    this.#timeParts = [];
    yield;
    const times = timesOf(vector);
    const starts = new Int32Array(keys + 1);
    let ordered = true;
    for (let from = 0; from < length; from += PIECE_ROWS) {
      for (let row = from; row < Math.min(length, from + PIECE_ROWS); row++) {
        if (row > 0 && times[row - 1] > times[row]) ordered = false;
        if (ids[row] >= 0) starts[ids[row] + 1]++;
      }
      yield;
    }
    for (let id = 0; id < keys; id++) starts[id + 1] += starts[id];
    let byTime: Int32Array;
    if (ordered) byTime = identity(length);
    else {
      const sort = new RadixSort(keyWordsOf([{ vector, descending: false, nullsFirst: false }]), length);
      yield* sort.run();
      byTime = sort.rows;
    }
    const places = starts.slice(0, keys);
    const rows = new Int32Array(starts[keys]);
    const sorted = Array.isArray(times)
      ? new Array<bigint>(starts[keys])
      : new (times.constructor as Float64ArrayConstructor)(starts[keys]);
    for (let from = 0; from < length; from += PIECE_ROWS) {
      for (let i = from; i < Math.min(length, from + PIECE_ROWS); i++) {
        const row = byTime[i];
        const id = ids[row];
        if (id < 0) continue;
        const place = places[id]++;
        rows[place] = row;
        (sorted as Float64Array)[place] = times[row] as number;
      }
      yield;
    }
    this.starts = starts;
    this.rows = rows;
    this.times = sorted;
  }

  bytes(): number {
    const times = Array.isArray(this.times) ? this.times.length * 32 : (this.times as Float64Array).byteLength;
    return this.rows.byteLength + times + this.starts.byteLength + this.#idParts.reduce((sum, part) => sum + 3 * part.byteLength, 0);
  }
}

/** Rows without a value are left out: their id becomes -1. */
export function dropNulls(validity: Uint8Array | null, ids: Int32Array): void {
  if (validity === null) return;
  for (let i = 0; i < ids.length; i++) if (validity[i] === 0) ids[i] = -1;
}
