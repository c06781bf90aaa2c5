import type { CompiledExpression } from "../../compile/types.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type FlatVector, type RecordBatch } from "../../core/vector.ts";
import type { AsofMatch } from "../../plan/logical-plan.ts";
import { KeyInterner } from "../aggregate/key-interner.ts";
import type { Operator, Output } from "../operator.ts";
import { RowStore } from "../row-store.ts";
import { dropNullKeys, type JoinKey, keyReports } from "./join-key.ts";
import { type JoinShape, joinPairs } from "./join-sides.ts";
import { boundNear, type Times, timesOf } from "./join-times.ts";
import { dropNulls, RowsByTime } from "./rows-by-time.ts";

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

/**
 * ASOF join: keeps the right side by key and in order of time, and finds each left row's nearest partner by galloping from where the last row of its
 * key found its own. Rows with a NULL key or time meet nobody; of right rows with equal times the last one is nearest before, the first nearest after.
 */
export class AsofJoin implements Operator {
  readonly name = "asof-join";
  readonly #options: AsofJoinOptions;
  readonly #rows: RowStore;
  readonly #keys: KeyInterner | undefined;
  readonly #byTime: RowsByTime;
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
    this.#byTime = new RowsByTime(options.timeType);
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
    return this.#built && this.#byTime.rows.length === 0 && !this.#options.shape.probeOuter;
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
    this.#byTime.add(ids, times);
    this.#rows.append(batch);
  }

  onEnd(input: number): boolean {
    if (input === 0) return false;
    this.#finishing = this.#byTime.finish(this.#keys?.size ?? 1);
    return true;
  }

  resume(): boolean {
    if (this.#finishing?.next().done !== true) return true;
    this.#finishing = undefined;
    const { starts } = this.#byTime;
    this.#hints = starts.slice(0, starts.length - 1);
    this.#built = true;
    return false;
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
    const { starts, times, rows } = this.#byTime;
    const hints = this.#hints;
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
    return this.#rows.bytes + (this.#keys?.bytes() ?? 0) + this.#byTime.bytes() + this.#hints.byteLength;
  }

  stateRows(): number {
    return this.#rows.length;
  }
}

const distance = (from: number | bigint, to: number | bigint): number =>
  typeof from === "bigint" ? Number((to as bigint) - from) : (to as number) - from;
