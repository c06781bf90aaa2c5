import v8 from "node:v8";
import { isRetraction, KIND_NAMES } from "../../src/core/changes.ts";
import type { DataType } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import type { Operator, Output, SnapshotPart } from "../../src/exec/operator.ts";
import { batchOf, type Row, rowsOf } from "../exec/operator-harness.ts";

/** One change of a changelog. */
export interface Change {
  readonly kind: number;
  readonly row: Row;
}

export function changesBatch(types: readonly DataType[], changes: readonly Change[]): RecordBatch {
  const batch = batchOf(
    types,
    changes.map(({ row }) => row),
  );
  if (changes.every(({ kind }) => kind === 0)) return batch;
  return { ...batch, kinds: Uint8Array.from(changes, ({ kind }) => kind) };
}

export const changesOf = (batches: readonly RecordBatch[]): Change[] =>
  batches.flatMap((batch) => rowsOf([batch]).map((row, i) => ({ kind: batch.kinds?.[i] ?? 0, row })));

/** A row as text, by which rows are compared. */
export const rowKey = (row: Row): string =>
  JSON.stringify(row, (_key, value) =>
    typeof value === "bigint"
      ? `${value}n`
      : typeof value === "number" && !Number.isFinite(value)
        ? `${value}`
        : Object.is(value, -0)
          ? 0
          : value,
  );

export const shown = (changes: readonly Change[]): string[] => changes.map(({ kind, row }) => `${KIND_NAMES[kind]} ${rowKey(row)}`);

/** The rows a changelog comes to, as sorted texts; throws where it takes away what is not there. */
export function endState(changes: readonly Change[]): string[] {
  const counts = new Map<string, number>();
  for (const { kind, row } of changes) {
    const key = rowKey(row);
    const count = (counts.get(key) ?? 0) + (isRetraction(kind) ? -1 : 1);
    if (count < 0) throw new Error(`takes away ${key}, which is not there`);
    counts.set(key, count);
  }
  return [...counts].flatMap(([key, count]) => new Array<string>(count).fill(key)).sort();
}

/** The rows of an upsert changelog by its key columns. */
export function upsertState(changes: readonly Change[], key: readonly number[]): string[] {
  const rows = new Map<string, string>();
  for (const { kind, row } of changes) {
    const at = rowKey(key.map((column) => row[column]));
    if (isRetraction(kind)) rows.delete(at);
    else rows.set(at, rowKey(row));
  }
  return [...rows.values()].sort();
}

/** Gathers what an operator puts out. */
export class Collected implements Output {
  readonly batches: RecordBatch[] = [];
  push(batch: RecordBatch): void {
    if (batch.length > 0) this.batches.push(batch);
  }
  watermark(): void {}
  idle(): void {}
  get changes(): Change[] {
    return changesOf(this.batches);
  }
}

export function feed(operator: Operator, batch: RecordBatch, out: Output, input = 0): void {
  for (let busy = operator.process(input, batch, out); busy; ) busy = operator.resume(out);
}

export function end(operator: Operator, out: Output, inputs = 1): void {
  for (let input = 0; input < inputs; input++) for (let busy = operator.onEnd(input, out); busy; ) busy = operator.resume(out);
}

/** A snapshot as it comes back from a file. */
export const saved = (parts: readonly SnapshotPart[]): Map<string, unknown> =>
  new Map(parts.map((part) => [part.id, v8.deserialize(v8.serialize(part.data()))]));

/** Cuts a list into pieces of random lengths from 1 to `most`. */
export function randomPieces<T>(list: readonly T[], next: () => number, most: number): T[][] {
  const pieces: T[][] = [];
  for (let at = 0; at < list.length; ) {
    const size = 1 + Math.floor(next() * most);
    pieces.push(list.slice(at, at + size));
    at += size;
  }
  return pieces;
}

/** A random changelog: rows come, go and are replaced, and what goes was there. */
export function randomChanges(count: number, next: () => number, row: () => Row): Change[] {
  const live: Row[] = [];
  const changes: Change[] = [];
  while (changes.length < count) {
    const dice = next();
    const at = Math.floor(next() * live.length);
    if (dice < 0.5 || live.length === 0) {
      live.push(row());
      changes.push({ kind: 0, row: live[live.length - 1] });
    } else if (dice < 0.75) {
      changes.push({ kind: 3, row: live[at] });
      live.splice(at, 1);
    } else {
      changes.push({ kind: 1, row: live[at] });
      live[at] = row();
      changes.push({ kind: 2, row: live[at] });
    }
  }
  return changes;
}
