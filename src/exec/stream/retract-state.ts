import type { Vector } from "../../core/vector.ts";
import type { SnapshotPart } from "../operator.ts";
import type { PagedStore } from "./page-set.ts";

/** Rows of one piece of a batch, with the groups they belong to. */
export interface GroupedInput {
  readonly groups: Int32Array;
  /** Argument, filter and sort key columns of all calls. */
  readonly inputs: readonly Vector[];
  readonly length: number;
  /** 1 where a row takes a row away; undefined: none does. */
  readonly gone: Uint8Array | undefined;
}

/** What some calls gave before the groups were touched, and what they give now: one column a call. */
export interface Results {
  readonly before: readonly Vector[];
  readonly after: readonly Vector[];
}

/**
 * The state of some aggregate calls over groups that have slots in pages. Between two emissions a group is touched once: what it gave before is remembered
 * then, under its place in the list of touched groups.
 */
export interface CallStates {
  /** The query's calls this is the state of, by position. */
  readonly calls: readonly number[];
  /** Stand in the groups' pages. */
  readonly stores: readonly PagedStore[];
  /** Groups touched[from] up to touched[to - 1] are about to change for the first time. */
  remember(touched: Int32Array, from: number, to: number): void;
  update(input: GroupedInput): void;
  results(touched: Int32Array, from: number, to: number): Results;
  /** The results of these groups have been emitted: they are the ones before the next change. */
  emitted(touched: Int32Array, from: number, to: number, after: readonly Vector[]): void;
  /** Makes groups as they are without rows. */
  clear(groups: Int32Array, length: number): void;
  /** What does not stand in the groups' pages. */
  snapshot(): SnapshotPart[];
  restore(parts: ReadonlyMap<string, unknown>): void;
  bytes(): number;
}

/** The rows a call counts: those of its filter that come (`gone` false), or that go. */
export function rowsOf(filter: Uint8Array | null, gone: Uint8Array | undefined, length: number, going: boolean): Uint8Array | null {
  if (gone === undefined) return filter;
  const mask = new Uint8Array(length);
  for (let i = 0; i < length; i++) mask[i] = (gone[i] === 1) === going && (filter === null || filter[i] === 1) ? 1 : 0;
  return mask;
}
