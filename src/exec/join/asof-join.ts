import type { CompiledExpression } from "../../compile/types.ts";
import { concatVectors } from "../../core/concat.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type FlatVector, type RecordBatch, type Vector } from "../../core/vector.ts";
import type { AsofMatch } from "../../plan/logical-plan.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";
import type { Operator, Output } from "../operator.ts";
import { RowStore } from "../row-store.ts";
import { keyWordsOf } from "../sort/key-words.ts";
import { identity, RadixSort } from "../sort/radix-sort.ts";
import { dropNullKeys, type JoinKey, keyReports } from "./join-key.ts";
import { type JoinShape, joinPairs } from "./join-sides.ts";
import { boundNear, type Times, timesOf } from "./join-times.ts";

export interface AsofJoinOptions {
  /** Inner or left; the right side is kept. */
  readonly shape: JoinShape;
  readonly rightTypes: readonly DataType[];
  /** None: every right row may be met. */
  readonly keys: readonly JoinKey[];
  readonly left: CompiledExpression;
  readonly right: CompiledExpression;
  readonly timeType: DataType;
  readonly op: AsofMatch["op"];
  /** How far apart the times may be, in the times' unit. */
  readonly tolerance: number | undefined;
  /** What the nearest row must fulfil to count, over left columns followed by right columns. */
  readonly condition: CompiledExpression | undefined;
}

/** Rows handled between two yields. */
const PIECE_ROWS = 65_536;

/**
 * ASOF join: keeps the right side by key and in order of time, and finds each left row's nearest partner by galloping from where the last row of its
 * key found its own. Rows with a NULL key or time meet nobody; of right rows with equal times the last one is nearest before, the first nearest after.
 */
export class AsofJoin implements Operator {
  readonly name = "asof-join";
  readonly #options: AsofJoinOptions;
  readonly #rows: RowStore;
  readonly #keys: KeyInterner | undefined;
  #idParts: Int32Array[] = [];
  #timeParts: Vector[] = [];
  /** Right rows of key id are rowsByTime[starts[id]] up to rowsByTime[starts[id + 1]], times in order. */
  #starts = new Int32Array(2);
  #rowsByTime = new Int32Array(0);
  #times: Times = new Float64Array(0);
  /** Where the last row of each key found its partner. */
  #hints = new Int32Array(1);
  #finishing: Generator<void> | undefined;
  #built = false;
  #ids = new Int32Array(BATCH_ROWS);
  #matches = new Int32Array(BATCH_ROWS);
  #leftRows = new Int32Array(BATCH_ROWS);

  constructor(options: AsofJoinOptions) {
    this.#options = options;
    this.#rows = new RowStore(options.rightTypes);
    if (options.keys.length > 0) this.#keys = new KeyInterner(options.keys.map((key) => key.type));
  }

  get reports() {
    const { keys, left, right, condition } = this.#options;
    return [...keyReports(keys), left.report, right.report, ...(condition === undefined ? [] : [condition.report])];
  }

  wants(): number {
    return this.#built ? 0 : 1;
  }

  satisfied(): boolean {
    return this.#built && this.#rowsByTime.length === 0 && !this.#options.shape.probeOuter;
  }

  process(input: number, batch: RecordBatch, out: Output): boolean {
    if (input === 1) this.#add(batch);
    else this.#probe(batch, out);
    return false;
  }

  #add(batch: RecordBatch): void {
    const { keys, right } = this.#options;
    const ids = new Int32Array(batch.length);
    if (this.#keys !== undefined) {
      const vectors = keys.map((key) => key.right(batch));
      this.#keys.intern(vectors, batch.length, ids);
      dropNullKeys(keys, vectors, ids);
    }
    const times = right(batch);
    dropNulls(times.validity, ids);
    this.#idParts.push(ids);
    this.#timeParts.push(times);
    this.#rows.append(batch);
  }

  onEnd(input: number): boolean {
    if (input === 0) return false;
    this.#finishing = this.#finish();
    return true;
  }

  resume(): boolean {
    if (this.#finishing?.next().done !== true) return true;
    this.#finishing = undefined;
    this.#built = true;
    return false;
  }

  /** Puts rows in order of time, unless they came so, and then deals them out to their keys in that order. */
  *#finish(): Generator<void> {
    const length = this.#rows.length;
    const vector = concatVectors(this.#options.timeType, this.#timeParts);
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
    const keys = this.#keys?.size ?? 1;
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
    const rowsByTime = new Int32Array(starts[keys]);
    const sorted = Array.isArray(times)
      ? new Array<bigint>(starts[keys])
      : new (times.constructor as Float64ArrayConstructor)(starts[keys]);
    for (let from = 0; from < length; from += PIECE_ROWS) {
      for (let i = from; i < Math.min(length, from + PIECE_ROWS); i++) {
        const row = byTime[i];
        const id = ids[row];
        if (id < 0) continue;
        const place = places[id]++;
        rowsByTime[place] = row;
        (sorted as Float64Array)[place] = times[row] as number;
      }
      yield;
    }
    this.#starts = starts;
    this.#rowsByTime = rowsByTime;
    this.#times = sorted;
    this.#hints = starts.slice(0, keys);
  }

  #probe(batch: RecordBatch, out: Output): void {
    const { keys, left, shape, condition } = this.#options;
    const { length } = batch;
    if (this.#ids.length < length) {
      this.#ids = new Int32Array(length);
      this.#matches = new Int32Array(length);
      this.#leftRows = new Int32Array(length);
    }
    const ids = this.#ids.subarray(0, length);
    if (this.#keys === undefined) ids.fill(0);
    else {
      const vectors = keys.map((key) => key.left(batch));
      this.#keys.lookup(vectors, length, ids);
      dropNullKeys(keys, vectors, ids);
    }
    const times = left(batch);
    dropNulls(times.validity, ids);
    const matches = this.#matches;
    this.#findAll(ids, timesOf(times), matches);
    if (condition !== undefined) this.#keepWhere(condition, batch, matches);
    const leftRows = this.#leftRows;
    let count = 0;
    for (let i = 0; i < length; i++) {
      if (matches[i] < 0 && !shape.probeOuter) continue;
      leftRows[count] = i;
      matches[count++] = matches[i];
    }
    if (count > 0) out.push(joinPairs(shape, batch, leftRows, this.#rows, matches, count));
  }

  /** The right row of each left one; -1 where there is none. */
  #findAll(ids: Int32Array, leftTimes: Times, matches: Int32Array): void {
    const { op, tolerance } = this.#options;
    const before = op === ">=" || op === ">";
    const nearest = op === "nearest";
    const after = op === ">=" || op === "<" || nearest;
    const starts = this.#starts;
    const times = this.#times;
    const hints = this.#hints;
    const rows = this.#rowsByTime;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      matches[i] = -1;
      if (id < 0) continue;
      const from = starts[id];
      const to = starts[id + 1];
      const time = leftTimes[i];
      const bound = boundNear(times, from, to, time, after, hints[id]);
      hints[id] = bound;
      let at = before ? bound - 1 : bound;
      if (nearest && bound > from && (bound >= to || distance(times[bound - 1], time) <= distance(time, times[bound]))) at = bound - 1;
      if (at < from || at >= to) continue;
      if (tolerance !== undefined && (at < bound ? distance(times[at], time) : distance(time, times[at])) > tolerance) continue;
      matches[i] = rows[at];
    }
  }

  #keepWhere(condition: CompiledExpression, batch: RecordBatch, matches: Int32Array): void {
    const leftRows = new Int32Array(batch.length);
    const rightRows = new Int32Array(batch.length);
    let count = 0;
    for (let i = 0; i < batch.length; i++) {
      if (matches[i] < 0) continue;
      leftRows[count] = i;
      rightRows[count++] = matches[i];
    }
    if (count === 0) return;
    const { data, validity } = condition(joinPairs(this.#options.shape, batch, leftRows, this.#rows, rightRows, count, true)) as FlatVector;
    for (let i = 0; i < count; i++) if (data[i] === 0 || validity?.[i] === 0) matches[leftRows[i]] = -1;
  }

  stateBytes(): number {
    const times = Array.isArray(this.#times) ? this.#times.length * 32 : (this.#times as Float64Array).byteLength;
    return (
      this.#rows.bytes +
      (this.#keys?.bytes() ?? 0) +
      this.#rowsByTime.byteLength +
      times +
      this.#starts.byteLength +
      this.#hints.byteLength +
      this.#idParts.reduce((sum, part) => sum + part.byteLength, 0)
    );
  }

  stateRows(): number {
    return this.#rows.length;
  }
}

const distance = (from: number | bigint, to: number | bigint): number =>
  typeof from === "bigint" ? Number((to as bigint) - from) : (to as number) - from;

function dropNulls(validity: Uint8Array | null, ids: Int32Array): void {
  if (validity === null) return;
  for (let i = 0; i < ids.length; i++) if (validity[i] === 0) ids[i] = -1;
}
