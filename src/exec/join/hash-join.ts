import type { CompiledExpression } from "../../compile/types.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, type FlatVector, type RecordBatch, type Vector } from "../../core/vector.ts";
import type { Operator, Output, SnapshotPart } from "../operator.ts";
import { identity } from "../sort/radix-sort.ts";
import { BuildTable } from "./build-table.ts";
import { type JoinKey, keyReports } from "./join-key.ts";
import { type JoinShape, joinPairs, joinUnmatchedBuild, markedRows, NULL_MARK, restoredMarks, TRUE_MARK } from "./join-sides.ts";

export interface HashJoinOptions {
  readonly shape: JoinShape;
  readonly leftTypes: readonly DataType[];
  readonly rightTypes: readonly DataType[];
  readonly keys: readonly JoinKey[];
  /** Over left columns followed by right columns. */
  readonly condition: CompiledExpression | undefined;
  /**
   * Keys and condition as one expression over pairs. Given for mark joins with a condition, where what a NULL makes unknown depends on the whole
   * pair. The build side is then the right one.
   */
  readonly exact?: CompiledExpression;
  readonly checkInterrupt: () => void;
}

/** Hash join: keeps one side by key, and looks up the rows of the other as they come. At most a batch of pairs a piece. */
export class HashJoin implements Operator {
  readonly name = "hash-join";
  readonly #shape: JoinShape;
  readonly #keys: readonly JoinKey[];
  readonly #condition: CompiledExpression | undefined;
  readonly #exact: CompiledExpression | undefined;
  readonly #checkInterrupt: () => void;
  readonly #probeTypes: readonly DataType[];
  readonly #table: BuildTable;
  readonly #buildInput: number;
  #finishing: Generator<void> | undefined;
  #built = false;
  /** Build rows that met a partner, where that matters at the end. */
  #buildMarks = new Uint8Array(0);
  #unmatchedFrom = -1;
  /** A probe row had a NULL key: what it meets cannot be told. */
  #probeHadNull = false;
  #probeRowsSeen = 0;

  /** The probe batch at work, its key ids, and how far it got. */
  #batch: RecordBatch | undefined;
  #batchKeys: readonly Vector[] = [];
  #ids: Int32Array = new Int32Array(0);
  /** Memory used again for every batch: making and clearing it would cost as much as the lookups. */
  #idSpace = new Int32Array(BATCH_ROWS);
  readonly #probeRows = new Int32Array(BATCH_ROWS);
  readonly #buildRows = new Int32Array(BATCH_ROWS);
  readonly #usesMarks: boolean;
  #marks = new Uint8Array(0);
  #row = 0;
  #match = 0;

  constructor(options: HashJoinOptions) {
    const { shape, keys } = options;
    this.#shape = shape;
    this.#keys = keys;
    this.#usesMarks = !shape.givesPairs || (shape.probeOuter && options.condition !== undefined);
    this.#condition = options.condition;
    this.#exact = options.exact;
    this.#checkInterrupt = options.checkInterrupt;
    this.#buildInput = shape.buildIsLeft ? 0 : 1;
    this.#probeTypes = shape.buildIsLeft ? options.rightTypes : options.leftTypes;
    const buildTypes = shape.buildIsLeft ? options.leftTypes : options.rightTypes;
    this.#table = new BuildTable(
      buildTypes,
      keys.map((key) => key.type),
      keys.map((key) => key.nullSafe),
    );
  }

  get reports() {
    const keys = keyReports(this.#keys);
    return this.#condition === undefined ? keys : [...keys, this.#condition.report];
  }

  wants(): number {
    return this.#built ? 1 - this.#buildInput : this.#buildInput;
  }

  /** With nothing on the build side, an inner or semi join has nothing to give. */
  satisfied(): boolean {
    const { kind, probeOuter } = this.#shape;
    return this.#built && this.#table.rows.length === 0 && !probeOuter && kind !== "anti" && kind !== "mark";
  }

  process(input: number, batch: RecordBatch, out: Output): boolean {
    if (input === this.#buildInput) {
      this.#table.add(batch, this.#keyVectors(batch, this.#shape.buildIsLeft));
      return false;
    }
    this.#batch = batch;
    this.#batchKeys = this.#keyVectors(batch, !this.#shape.buildIsLeft);
    if (this.#idSpace.length < batch.length) this.#idSpace = new Int32Array(batch.length);
    this.#ids = this.#idSpace.subarray(0, batch.length);
    this.#table.lookup(this.#batchKeys, this.#ids);
    this.#probeRowsSeen += batch.length;
    if (this.#shape.kind === "mark") this.#probeHadNull ||= hasNull(this.#batchKeys, this.#keys);
    if (this.#usesMarks) this.#marks = new Uint8Array(batch.length);
    this.#row = 0;
    this.#match = 0;
    return this.resume(out);
  }

  #keyVectors(batch: RecordBatch, left: boolean): Vector[] {
    return this.#keys.map((key) => (left ? key.left : key.right)(batch));
  }

  onEnd(input: number, out: Output): boolean {
    if (input === this.#buildInput) {
      this.#finishing = this.#table.finish();
      return true;
    }
    if (!this.#shape.buildOuter && !this.#shape.marksBuild) return false;
    this.#unmatchedFrom = 0;
    return this.resume(out);
  }

  resume(out: Output): boolean {
    if (this.#finishing !== undefined) {
      if (this.#finishing.next().done !== true) return true;
      this.#finishing = undefined;
      this.#built = true;
      if (this.#shape.buildOuter || this.#shape.marksBuild) {
        this.#buildMarks = restoredMarks(this.#restoredMarks, this.#table.rows.length);
      }
      return false;
    }
    if (this.#unmatchedFrom >= 0) return this.#giveBuildRows(out);
    return this.#probe(out);
  }

  /** Works on the probe batch until a batch of pairs is full, or its rows are through. */
  #probe(out: Output): boolean {
    const batch = this.#batch!;
    const { givesPairs, probeOuter, marksBuild, kind } = this.#shape;
    if (!givesPairs && !marksBuild && this.#condition === undefined) {
      this.#markByKey();
      this.#row = batch.length;
    } else {
      const probeRows = this.#probeRows;
      const buildRows = this.#buildRows;
      const inlineOuter = probeOuter && this.#condition === undefined;
      const count = this.#table.unique
        ? this.#collectUnique(probeRows, buildRows, inlineOuter)
        : this.#collect(probeRows, buildRows, inlineOuter);
      if (count > 0) this.#handlePairs(batch, probeRows, buildRows, count, out);
    }
    if (this.#row < batch.length) return true;
    if (probeOuter && this.#condition !== undefined) this.#giveUnmatchedProbe(batch, out);
    if (!givesPairs && !marksBuild) {
      if (kind === "mark" && this.#exact !== undefined) this.#markExactly(batch, this.#exact);
      else if (kind === "mark") this.#markUnknown(batch);
      out.push(markedRows(kind, batch, this.#marks));
    }
    this.#batch = undefined;
    return false;
  }

  /** Semi, anti and mark joins without a further condition: a key that is known is a partner. */
  #markByKey(): void {
    const ids = this.#ids;
    const marks = this.#marks;
    const { unique, starts } = this.#table;
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      if (id >= 0 && (unique || starts[id + 1] > starts[id])) marks[i] = TRUE_MARK;
    }
  }

  #collectUnique(probeRows: Int32Array, buildRows: Int32Array, outer: boolean): number {
    const ids = this.#ids;
    const capacity = probeRows.length;
    let count = 0;
    let row = this.#row;
    for (; row < ids.length && count < capacity; row++) {
      const id = ids[row];
      if (id < 0 && !outer) continue;
      probeRows[count] = row;
      buildRows[count++] = id;
    }
    this.#row = row;
    return count;
  }

  #collect(probeRows: Int32Array, buildRows: Int32Array, outer: boolean): number {
    const ids = this.#ids;
    const { starts, rowsByKey } = this.#table;
    const capacity = probeRows.length;
    let count = 0;
    let row = this.#row;
    let match = this.#match;
    while (row < ids.length && count < capacity) {
      const id = ids[row];
      const start = id < 0 ? 0 : starts[id];
      const matches = id < 0 ? 0 : starts[id + 1] - start;
      if (matches === 0) {
        if (outer) {
          probeRows[count] = row;
          buildRows[count++] = -1;
        }
        row++;
        continue;
      }
      const end = Math.min(matches, match + capacity - count);
      for (; match < end; match++) {
        probeRows[count] = row;
        buildRows[count++] = rowsByKey[start + match];
      }
      if (match === matches) {
        row++;
        match = 0;
      }
    }
    this.#row = row;
    this.#match = match;
    return count;
  }

  #handlePairs(batch: RecordBatch, probeRows: Int32Array, buildRows: Int32Array, length: number, out: Output): void {
    const { givesPairs, probeOuter, buildOuter, marksBuild } = this.#shape;
    let count = length;
    let joined: RecordBatch | undefined;
    if (this.#condition !== undefined) {
      joined = joinPairs(this.#shape, batch, probeRows, this.#table.rows, buildRows, length, true);
      const holds = this.#condition(joined);
      if (this.#exact !== undefined && holds.validity !== null) {
        for (let i = 0; i < length; i++) if (holds.validity[i] === 0) this.#marks[probeRows[i]] ||= NULL_MARK;
      }
      count = keepTrue(holds, probeRows, buildRows, length);
      if (count < length) joined = undefined;
      if (probeOuter || !givesPairs) for (let i = 0; i < count; i++) this.#marks[probeRows[i]] = TRUE_MARK;
    }
    if (buildOuter || marksBuild) {
      const marks = this.#buildMarks;
      for (let i = 0; i < count; i++) if (buildRows[i] >= 0) marks[buildRows[i]] = TRUE_MARK;
    }
    if (givesPairs && count > 0) out.push(joined ?? joinPairs(this.#shape, batch, probeRows, this.#table.rows, buildRows, count));
  }

  #giveUnmatchedProbe(batch: RecordBatch, out: Output): void {
    const rows = new Int32Array(batch.length);
    let count = 0;
    for (let i = 0; i < batch.length; i++) if (this.#marks[i] === 0) rows[count++] = i;
    if (count === 0) return;
    out.push(joinPairs(this.#shape, batch, rows, this.#table.rows, new Int32Array(count).fill(-1), count));
  }

  /** IN without a match is unknown, not false, where there is a NULL on either side; of several columns in any of them, as in DuckDB. */
  #markUnknown(batch: RecordBatch): void {
    const marks = this.#marks;
    const { rows, nullKeyRows } = this.#table;
    if (rows.length === 0) return;
    if (nullKeyRows > 0) {
      for (let i = 0; i < batch.length; i++) if (marks[i] === 0) marks[i] = NULL_MARK;
      return;
    }
    this.#batchKeys.forEach(({ validity }, k) => {
      if (validity === null || this.#keys[k].nullSafe) return;
      for (let i = 0; i < batch.length; i++) if (validity[i] === 0) marks[i] = NULL_MARK;
    });
  }

  /** The same where only the whole pair can tell: rows with NULL keys are tried with the rows they might have met. */
  #markExactly(batch: RecordBatch, exact: CompiledExpression): void {
    const { rows, nullRows } = this.#table;
    const everyRow = identity(rows.length);
    const probeRows = new Int32Array(BATCH_ROWS);
    const buildRows = new Int32Array(BATCH_ROWS);
    let length = 0;
    const tryPairs = () => {
      this.#checkInterrupt();
      const { validity } = exact(joinPairs(this.#shape, batch, probeRows, rows, buildRows, length, true));
      if (validity !== null) for (let i = 0; i < length; i++) if (validity[i] === 0) this.#marks[probeRows[i]] ||= NULL_MARK;
      length = 0;
    };
    for (let row = 0; row < batch.length; row++) {
      const hasNullKey = this.#batchKeys.some(({ validity }, k) => validity !== null && validity[row] === 0 && !this.#keys[k].nullSafe);
      const others = hasNullKey ? everyRow : nullRows;
      for (let i = 0; i < others.length && this.#marks[row] === 0; i++) {
        probeRows[length] = row;
        buildRows[length++] = others[i];
        if (length === BATCH_ROWS) tryPairs();
      }
    }
    if (length > 0) tryPairs();
  }

  /** At the end: build rows without a partner, or the build rows that were kept or marked. */
  #giveBuildRows(out: Output): boolean {
    const { rows } = this.#table;
    const from = this.#unmatchedFrom;
    const end = Math.min(rows.length, from + BATCH_ROWS);
    this.#unmatchedFrom = end;
    const marks = this.#buildMarks.subarray(from, end);
    if (this.#shape.marksBuild) {
      const all = Int32Array.from({ length: end - from }, (_, i) => from + i);
      const kept = rows.take(all);
      if (this.#shape.kind === "mark") this.#markUnknownBuild(kept, marks);
      out.push(markedRows(this.#shape.kind, kept, marks));
    } else {
      const unmatched = Int32Array.from({ length: end - from }, (_, i) => from + i).filter((row) => this.#buildMarks[row] === 0);
      if (unmatched.length > 0) out.push(joinUnmatchedBuild(this.#shape, this.#probeTypes, rows, unmatched));
    }
    return end < rows.length;
  }

  #markUnknownBuild(rows: RecordBatch, marks: Uint8Array): void {
    if (this.#probeRowsSeen === 0) return;
    const keys = this.#keyVectors(rows, this.#shape.buildIsLeft);
    for (let i = 0; i < rows.length; i++) {
      if (marks[i] === TRUE_MARK) continue;
      const isNull = keys.some(({ validity }, k) => validity !== null && validity[i] === 0 && !this.#keys[k].nullSafe);
      if (isNull || this.#probeHadNull) marks[i] = NULL_MARK;
    }
  }

  stateBytes(): number {
    return this.#table.bytes + this.#buildMarks.byteLength;
  }

  stateRows(): number {
    return this.#table.rows.length;
  }

  /** The kept side is read anew; which of its rows met a partner is not found again. */
  snapshot(): readonly SnapshotPart[] {
    if (this.#buildMarks.length === 0) return [];
    const state: SavedMarks = { marks: this.#buildMarks.slice(), hadNull: this.#probeHadNull, seen: this.#probeRowsSeen };
    return [{ id: "marks", version: ++this.#snapshots, data: () => state }];
  }
  #snapshots = 0;

  restore(parts: ReadonlyMap<string, unknown>): void {
    const saved = parts.get("marks") as SavedMarks | undefined;
    if (saved === undefined) return;
    this.#restoredMarks = saved.marks;
    this.#probeHadNull = saved.hadNull;
    this.#probeRowsSeen = saved.seen;
  }
  #restoredMarks: Uint8Array | undefined;
}

interface SavedMarks {
  readonly marks: Uint8Array;
  readonly hadNull: boolean;
  readonly seen: number;
}

function hasNull(keys: readonly Vector[], joinKeys: readonly JoinKey[]): boolean {
  return keys.some(({ validity }, k) => validity !== null && !joinKeys[k].nullSafe && validity.includes(0));
}

/** Moves the pairs whose condition is true to the front; returns how many there are. */
export function keepTrue(condition: Vector, probeRows: Int32Array, buildRows: Int32Array, length: number): number {
  const { data, validity } = condition as FlatVector;
  let count = 0;
  for (let i = 0; i < length; i++) {
    probeRows[count] = probeRows[i];
    buildRows[count] = buildRows[i];
    // A NULL slot holds 0.
    count += validity === null || validity[i] === 1 ? Number(data[i]) : 0;
  }
  return count;
}
