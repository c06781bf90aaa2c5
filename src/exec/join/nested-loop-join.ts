import type { CompiledExpression } from "../../compile/types.ts";
import { take, takeBatch, takeChanges } from "../../core/take.ts";
import { type DataType, NULL_TYPE } from "../../core/types.ts";
import { BATCH_ROWS, type FlatVector, type RecordBatch, sliceBatch, type Vector } from "../../core/vector.ts";
import { nullVector } from "../../core/vector-builder.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { RowStore } from "../row-store.ts";
import { type JoinShape, joinPairs, joinUnmatchedBuild, markedRows, NULL_MARK, restoredMarks, TRUE_MARK } from "./join-sides.ts";

export interface NestedLoopOptions {
  /** The right input is kept; `buildIsLeft` must be false. */
  readonly shape: JoinShape;
  readonly leftTypes: readonly DataType[];
  readonly rightTypes: readonly DataType[];
  /** Over left columns followed by right columns; undefined: every pair joins. */
  readonly condition: CompiledExpression | undefined;
  /** Columns the condition reads. */
  readonly conditionColumns: ReadonlySet<number>;
}

/** Nested-loop join: keeps the right input, and tests blocks of left rows against blocks of right rows, about a batch of pairs a piece. */
export class NestedLoopJoin implements Operator {
  readonly name: string;
  readonly #shape: JoinShape;
  readonly #leftTypes: readonly DataType[];
  readonly #condition: CompiledExpression | undefined;
  readonly #conditionColumns: ReadonlySet<number>;
  readonly #right: RowStore;
  readonly #rightTypes: readonly DataType[];
  #built = false;
  #rightMarks = new Uint8Array(0);
  #unmatchedFrom = -1;

  /** The left batch at work, and the next block of pairs. */
  #batch: RecordBatch | undefined;
  #marks = new Uint8Array(0);
  #leftFrom = 0;
  #rightFrom = 0;
  /** The last right block repeated for several left rows. */
  #tile: { from: number; times: number; columns: readonly Vector[] } | undefined;

  constructor(options: NestedLoopOptions) {
    this.#shape = options.shape;
    this.#leftTypes = options.leftTypes;
    this.#rightTypes = options.rightTypes;
    this.#condition = options.condition;
    this.#conditionColumns = options.conditionColumns;
    this.#right = new RowStore(options.rightTypes);
    this.name = options.condition === undefined ? "cross-product" : "nested-loop-join";
  }

  get reports() {
    return this.#condition === undefined ? [] : [this.#condition.report];
  }

  wants(): number {
    return this.#built ? 0 : 1;
  }

  satisfied(): boolean {
    const { kind, probeOuter } = this.#shape;
    return this.#built && this.#right.length === 0 && !probeOuter && kind !== "anti" && kind !== "mark";
  }

  process(input: number, batch: RecordBatch, out: Output): boolean {
    if (input === 1) {
      this.#right.append(batch);
      return false;
    }
    this.#batch = batch;
    this.#marks = new Uint8Array(batch.length);
    this.#leftFrom = 0;
    this.#rightFrom = 0;
    return this.resume(out);
  }

  onEnd(input: number, out: Output): boolean {
    if (input === 1) {
      this.#built = true;
      if (this.#shape.buildOuter) this.#rightMarks = restoredMarks(this.#restoredMarks, this.#right.length);
      return false;
    }
    if (!this.#shape.buildOuter) return false;
    this.#unmatchedFrom = 0;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    if (this.#unmatchedFrom >= 0) return this.#giveUnmatchedRight(out);
    const batch = this.#batch!;
    const total = this.#right.length;
    if (total > 0) {
      this.#testBlock(batch, total, out);
      if (this.#leftFrom < batch.length) return true;
    }
    if (this.#shape.probeOuter) this.#giveUnmatchedLeft(batch, out);
    if (!this.#shape.givesPairs) out.push(markedRows(this.#shape.kind, batch, this.#marks));
    this.#batch = undefined;
    return false;
  }

  #testBlock(batch: RecordBatch, total: number, out: Output): void {
    const rightEnd = Math.min(total, this.#rightFrom + BATCH_ROWS);
    const rightRows = rightEnd - this.#rightFrom;
    const times = this.#rightFrom === 0 && rightEnd === total ? Math.max(1, Math.floor(BATCH_ROWS / rightRows)) : 1;
    const leftEnd = Math.min(batch.length, this.#leftFrom + times);
    const length = (leftEnd - this.#leftFrom) * rightRows;
    const leftRows = new Int32Array(length);
    const builtRows = new Int32Array(length);
    for (let left = this.#leftFrom, at = 0; left < leftEnd; left++) {
      for (let right = this.#rightFrom; right < rightEnd; right++, at++) {
        leftRows[at] = left;
        builtRows[at] = right;
      }
    }
    const count = this.#condition === undefined ? length : this.#test(this.#condition, batch, leftRows, builtRows, length);
    if (this.#shape.buildOuter) for (let i = 0; i < count; i++) this.#rightMarks[builtRows[i]] = TRUE_MARK;
    for (let i = 0; i < count; i++) this.#marks[leftRows[i]] = TRUE_MARK;
    if (this.#shape.givesPairs && count > 0) out.push(joinPairs(this.#shape, batch, leftRows, this.#right, builtRows, count));
    if (rightEnd === total) {
      this.#rightFrom = 0;
      this.#leftFrom = leftEnd;
    } else this.#rightFrom = rightEnd;
  }

  /** Keeps the pairs whose condition holds at the front. Only the columns it reads are made. */
  #test(condition: CompiledExpression, batch: RecordBatch, leftRows: Int32Array, rightRows: Int32Array, length: number): number {
    const unread = nullVector(NULL_TYPE, 0);
    const left = batch.columns.map((column, i) => (this.#conditionColumns.has(i) ? take(column, leftRows, length) : unread));
    const right = this.#tiled(rightRows, length, unread);
    const result = condition({ columns: [...left, ...right], length }) as FlatVector;
    const { data, validity } = result;
    let count = 0;
    for (let i = 0; i < length; i++) {
      if (validity !== null && validity[i] === 0) {
        // Unknown; a TRUE of the same row outdoes it.
        if (this.#shape.kind === "mark" && this.#marks[leftRows[i]] === 0) this.#marks[leftRows[i]] = NULL_MARK;
        continue;
      }
      leftRows[count] = leftRows[i];
      rightRows[count] = rightRows[i];
      count += Number(data[i]);
    }
    return count;
  }

  #tiled(rightRows: Int32Array, length: number, unread: Vector): readonly Vector[] {
    const from = this.#rightFrom;
    const cached = this.#tile;
    if (cached !== undefined && cached.from === from && cached.times === length) return cached.columns;
    const offset = this.#leftTypes.length;
    const chunk = sliceBatch(this.#right.chunks()[from / BATCH_ROWS], 0, Math.min(BATCH_ROWS, this.#right.length - from));
    let columns: readonly Vector[] = chunk.columns;
    if (length !== chunk.length) {
      const local = Int32Array.from({ length }, (_, i) => rightRows[i] - from);
      columns = chunk.columns.map((column, i) => (this.#conditionColumns.has(offset + i) ? take(column, local, length) : unread));
    }
    this.#tile = { from, times: length, columns };
    return columns;
  }

  #giveUnmatchedLeft(batch: RecordBatch, out: Output): void {
    const rows = Int32Array.from({ length: batch.length }, (_, i) => i).filter((row) => this.#marks[row] === 0);
    if (rows.length === 0) return;
    const nulls = this.#rightTypes.map((type) => nullVector(type, rows.length));
    out.push({ columns: [...takeBatch(batch, rows).columns, ...nulls], length: rows.length, ...takeChanges(batch, rows) });
  }

  #giveUnmatchedRight(out: Output): boolean {
    const from = this.#unmatchedFrom;
    const end = Math.min(this.#right.length, from + BATCH_ROWS);
    this.#unmatchedFrom = end;
    const unmatched = Int32Array.from({ length: end - from }, (_, i) => from + i).filter((row) => this.#rightMarks[row] === 0);
    if (unmatched.length > 0) out.push(joinUnmatchedBuild(this.#shape, this.#leftTypes, this.#right, unmatched));
    return end < this.#right.length;
  }

  stateBytes(): number {
    return this.#right.bytes + this.#rightMarks.byteLength;
  }

  stateRows(): number {
    return this.#right.length;
  }

  /** The kept side is read anew; which of its rows met a partner is not found again. */
  snapshot(): readonly SnapshotPart[] {
    if (this.#rightMarks.length === 0) return [];
    const marks = this.#rightMarks.slice();
    return [{ id: "marks", version: ++this.#snapshots, data: () => marks }];
  }
  #snapshots = 0;

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#restoredMarks = parts.get("marks") as Uint8Array | undefined;
  }
  #restoredMarks: Uint8Array | undefined;
}
