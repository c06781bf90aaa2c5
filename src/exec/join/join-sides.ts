import { take, takeChanges } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { BOOLEAN } from "../../core/types.ts";
import { type RecordBatch, sliceChanges, type Vector } from "../../core/vector.ts";
import type { JoinPlan } from "../../plan/logical-plan.ts";
import { RowStore, UNREAD, type WantedColumns } from "../row-store.ts";

export type JoinKind = JoinPlan["join"];

/** What a join does, seen from its two physical sides: rows kept from `build` are met by rows streaming through `probe`. */
export interface JoinShape {
  readonly kind: JoinKind;
  readonly buildIsLeft: boolean;
  /** Pairs of rows come out (not so for semi, anti and mark). */
  readonly givesPairs: boolean;
  /** Probe rows without a partner come out with NULLs. */
  readonly probeOuter: boolean;
  /** Build rows without a partner come out at the end with NULLs. */
  readonly buildOuter: boolean;
  /** Semi, anti and mark: the rows that are kept or marked are the build side's. */
  readonly marksBuild: boolean;
  /** Columns read downstream, of each side. */
  readonly probeWanted: WantedColumns;
  readonly buildWanted: WantedColumns;
}

/** `wanted`: of left columns followed by right columns. */
export function joinShape(kind: JoinKind, buildIsLeft: boolean, leftColumns: number, wanted: WantedColumns): JoinShape {
  const left = wanted?.slice(0, leftColumns);
  const right = wanted?.slice(leftColumns);
  const givesPairs = kind !== "semi" && kind !== "anti" && kind !== "mark";
  const leftOuter = kind === "left" || kind === "full";
  const rightOuter = kind === "right" || kind === "full";
  return {
    kind,
    buildIsLeft,
    givesPairs,
    probeOuter: buildIsLeft ? rightOuter : leftOuter,
    buildOuter: buildIsLeft ? leftOuter : rightOuter,
    marksBuild: !givesPairs && buildIsLeft,
    probeWanted: buildIsLeft ? right : left,
    buildWanted: buildIsLeft ? left : right,
  };
}

/** Left columns followed by right columns. */
export function joinColumns(shape: JoinShape, probe: readonly Vector[], build: readonly Vector[]): Vector[] {
  return shape.buildIsLeft ? [...build, ...probe] : [...probe, ...build];
}

/** Joined rows of pairs (probe row, build row); -1 stands for a row of NULLs. Changes and watermarks are the probe rows'. `all`: columns that nothing reads downstream, too. */
export function joinPairs(
  shape: JoinShape,
  probe: RecordBatch,
  probeRows: Int32Array,
  build: RowStore,
  buildRows: Int32Array,
  length: number,
  all = false,
): RecordBatch {
  const probeWanted = all ? undefined : shape.probeWanted;
  const whole = isWhole(probeRows, length, probe.length);
  const probeColumns = probe.columns.map((column, i) => {
    if (whole) return column;
    return probeWanted === undefined || probeWanted[i] ? take(column, probeRows, length) : UNREAD;
  });
  const built = build.take(buildRows, length, all ? undefined : shape.buildWanted);
  const changes = whole ? sliceChanges(probe) : takeChanges(probe, probeRows, length);
  return { columns: joinColumns(shape, probeColumns, built.columns), length, ...changes };
}

/** Every probe row exactly once: nothing to pick. */
function isWhole(rows: Int32Array, length: number, of: number): boolean {
  if (length !== of) return false;
  for (let i = 0; i < length; i++) if (rows[i] !== i) return false;
  return true;
}

/** Rows of NULLs to stand beside build rows without a partner. */
export function joinUnmatchedBuild(shape: JoinShape, probeTypes: readonly DataType[], build: RowStore, rows: Int32Array): RecordBatch {
  const nulls = new RowStore(probeTypes).take(new Int32Array(rows.length).fill(-1));
  return { columns: joinColumns(shape, nulls.columns, build.take(rows, rows.length, shape.buildWanted).columns), length: rows.length };
}

/** Marks for `length` kept rows: those of a checkpoint, where the same rows were kept then. */
export function restoredMarks(saved: Uint8Array | undefined, length: number): Uint8Array<ArrayBuffer> {
  const marks = new Uint8Array(length);
  if (saved !== undefined) marks.set(saved.subarray(0, length));
  return marks;
}

export const TRUE_MARK = 1;
export const NULL_MARK = 2;

/** What semi, anti and mark joins give of rows whose partner was found (1), not found (0), or cannot be told because of NULLs (2). */
export function markedRows(kind: JoinKind, rows: RecordBatch, marks: Uint8Array): RecordBatch {
  const { length } = rows;
  if (kind === "mark") {
    const data = new Uint8Array(length);
    let validity: Uint8Array | null = null;
    for (let i = 0; i < length; i++) {
      if (marks[i] === TRUE_MARK) data[i] = 1;
      else if (marks[i] === NULL_MARK) {
        validity ??= new Uint8Array(length).fill(1);
        validity[i] = 0;
      }
    }
    return { columns: [...rows.columns, { layout: "flat", type: BOOLEAN, length, validity, data }], length, ...sliceChanges(rows) };
  }
  const wanted = new Int32Array(length);
  let count = 0;
  for (let i = 0; i < length; i++) if ((marks[i] === TRUE_MARK) === (kind === "semi")) wanted[count++] = i;
  if (count === length) return rows;
  return { columns: rows.columns.map((column) => take(column, wanted, count)), length: count, ...takeChanges(rows, wanted, count) };
}
