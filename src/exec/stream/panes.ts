import type { AccumulatorState } from "../../catalog/function-types.ts";
import { isRetraction } from "../../core/changes.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { BATCH_ROWS, sliceVector, type Vector } from "../../core/vector.ts";
import type { AggregateCall } from "../aggregate/group-states.ts";
import { GroupedAggregation, type PartialAggregate } from "../aggregate/grouped-aggregation.ts";
import type { SnapshotPart } from "../operator.ts";

/** What the groups of every pane have in common. */
export interface PaneKind {
  readonly keyTypes: readonly DataType[];
  readonly inputTypes: readonly DataType[];
  readonly calls: readonly AggregateCall[];
  /** Rows may be taken out again: groups count their rows, and vanish with the last one. */
  readonly retracting: boolean;
}

/** Rows of one pane: key columns, columns of arguments, and the kinds of change where some take rows away. */
export interface PaneInput {
  readonly keys: readonly Vector[];
  readonly inputs: readonly Vector[];
  readonly kinds: Uint8Array | undefined;
  readonly length: number;
}

/** Result columns of some groups. `starts` and `ends` are there where rows are of several windows. */
export interface PaneResults {
  readonly starts?: Float64Array;
  readonly ends?: Float64Array;
  readonly keys: readonly Vector[];
  readonly values: readonly Vector[];
  readonly length: number;
}

/** Changes of groups since they were last told: rows that went, rows that came; row i of `after` replaces the row of `before` at `replaces[i]` (-1: none). */
export interface PaneChanges {
  readonly before: PaneResults;
  readonly after: PaneResults;
  readonly replaces: Int32Array;
}

/** Results that were told of groups, as they stood before they were changed again. */
interface Told {
  readonly ids: readonly number[];
  readonly keys: readonly Vector[];
  readonly values: readonly Vector[];
}

/** What a snapshot has of a pane beside the states of its groups, which stand in parts of their own unless they keep their inputs. */
interface PaneState {
  readonly start: number;
  readonly end: number;
  readonly size: number;
  readonly kept: PartialAggregate | undefined;
  readonly rows: Float64Array | undefined;
  readonly tracked: boolean;
  readonly shown: Uint8Array;
  readonly dirty: readonly number[];
  readonly told: readonly Told[];
}

/** Some of a pane's groups in a snapshot. */
interface PaneGroups {
  readonly keys: readonly Vector[];
  readonly states: readonly AccumulatorState[];
}

/** A snapshot that may still be read: what has changed since stands here. Keys only ever come on top. */
interface Promised {
  state: PaneState | undefined;
  states: readonly Float64Array[] | undefined;
  /** Parts nobody has read, by their ids. */
  readonly unread: Set<string>;
}

/** Groups of one part of a snapshot. */
const PART_GROUPS = 16_384;

/** The groups of one pane or window. Where it is tracked it knows what was told of each group, and what to tell now. */
export class Pane {
  readonly start: number;
  /** Of a window its end; of a slice of windows the bound up to which closed windows leave it out. */
  readonly end: number;
  readonly #groups: GroupedAggregation;
  /** Rows of each group, where rows can go again. */
  #rows: Float64Array | undefined;
  #tracked = false;
  /** Groups that stand in the output, and groups changed since. */
  #shown: Uint8Array = new Uint8Array(0);
  #isDirty: Uint8Array = new Uint8Array(0);
  #dirty: number[] = [];
  #told: Told[] = [];
  #version = 0;
  #bytes = 0;
  /** Set by a snapshot of which something is still to be read: it is copied before anything changes. */
  #promised: Promised | undefined;

  constructor(kind: PaneKind, start: number, end: number) {
    this.start = start;
    this.end = end;
    this.#groups = new GroupedAggregation(kind.keyTypes, kind.inputTypes, kind.calls);
    this.#rows = kind.retracting ? new Float64Array(0) : undefined;
  }

  get size(): number {
    return this.#groups.size;
  }

  /** As last measured. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Measures anew; returns what came on top. */
  measure(): number {
    const before = this.#bytes;
    this.#bytes = this.#groups.bytes() + (this.#rows?.byteLength ?? 0) + this.#shown.byteLength * 2;
    return this.#bytes - before;
  }

  get hasChanges(): boolean {
    return this.#dirty.length > 0;
  }

  add(input: PaneInput): void {
    this.#touch();
    const { keys, inputs, kinds, length } = input;
    if (!this.#tracked && this.#rows === undefined) {
      this.#groups.update(keys, inputs, length);
      return;
    }
    for (let from = 0; from < length; from += BATCH_ROWS) {
      const to = Math.min(length, from + BATCH_ROWS);
      const slice = (vector: Vector) => sliceVector(vector, from, to);
      this.#addPiece(keys.map(slice), inputs.map(slice), kinds?.subarray(from, to), to - from);
    }
  }

  #addPiece(keys: readonly Vector[], inputs: readonly Vector[], kinds: Uint8Array | undefined, length: number): void {
    const ids = this.#groups.idsOf(keys, length);
    if (this.#tracked) this.#mark(ids);
    const goes = kinds === undefined ? 0 : countRetractions(kinds);
    if (this.#rows !== undefined) {
      this.#rows = grown(this.#rows, this.#groups.size);
      for (let i = 0; i < length; i++) this.#rows[ids[i]] += kinds !== undefined && isRetraction(kinds[i]) ? -1 : 1;
    }
    if (goes === 0) {
      this.#groups.addRows(ids, inputs, length);
      return;
    }
    const coming = new Int32Array(length - goes);
    const going = new Int32Array(goes);
    let c = 0;
    let g = 0;
    for (let i = 0; i < length; i++) {
      if (isRetraction(kinds![i])) going[g++] = i;
      else coming[c++] = i;
    }
    const pick = (rows: Int32Array) => inputs.map((vector) => take(vector, rows));
    const idsAt = (rows: Int32Array) => rows.map((row) => ids[row]);
    const comingIds = idsAt(coming);
    const goingIds = idsAt(going);
    if (c > 0) this.#groups.addRows(comingIds, pick(coming), c);
    this.#groups.retractRows(goingIds, pick(going), g);
  }

  /** Before groups change: what was told of those that had not changed since is kept. */
  #mark(ids: Int32Array): void {
    const { size } = this.#groups;
    this.#isDirty = grown(this.#isDirty, size);
    this.#shown = grown(this.#shown, size);
    const told: number[] = [];
    for (let i = 0; i < ids.length; i++) {
      const id = ids[i];
      if (this.#isDirty[id] === 1) continue;
      this.#isDirty[id] = 1;
      this.#dirty.push(id);
      if (this.#shown[id] === 1) told.push(id);
    }
    if (told.length > 0) this.#told.push({ ids: told, ...this.#groups.resultsOf(Int32Array.from(told)) });
  }

  /** From now on changes are told of. `shown`: what is there stands in the output already. */
  track(shown: boolean): void {
    this.#touch();
    this.#tracked = true;
    this.#shown = new Uint8Array(this.#groups.size);
    if (shown) for (let id = 0; id < this.#shown.length; id++) this.#shown[id] = this.#rows === undefined || this.#rows[id] > 0 ? 1 : 0;
  }

  /** What changed since it was last told of; it then counts as told. */
  changes(): PaneChanges {
    this.#touch();
    const dirty = this.#dirty;
    const before = joined(this.#told);
    const places = new Map<number, number>();
    this.#told.forEach(({ ids }) => {
      for (const id of ids) places.set(id, places.size);
    });
    const alive = dirty.filter((id) => this.#rows === undefined || this.#rows[id] > 0);
    const replaces = Int32Array.from(alive, (id) => places.get(id) ?? -1);
    const after = this.#groups.resultsOf(Int32Array.from(alive));
    for (const id of dirty) {
      this.#isDirty[id] = 0;
      this.#shown[id] = this.#rows === undefined || this.#rows[id] > 0 ? 1 : 0;
    }
    this.#dirty = [];
    this.#told = [];
    return { before, after: { ...after, length: alive.length }, replaces };
  }

  /** Results of groups `from` up to `to`; groups without rows are left out. */
  results(from: number, to: number): PaneResults {
    if (this.#rows !== undefined) {
      const ids: number[] = [];
      for (let id = from; id < to; id++) if (this.#rows[id] > 0) ids.push(id);
      if (ids.length < to - from) return { ...this.#groups.resultsOf(Int32Array.from(ids)), length: ids.length };
    }
    return { ...this.#groups.results(from, to), length: to - from };
  }

  /** Adds the groups of another pane, a piece a step. Only of panes that are not tracked. */
  *merge(other: Pane): Generator<void> {
    const before = this.#rows;
    const partial = other.#groups.export();
    yield* this.#groups.mergePieces(partial);
    if (before === undefined || other.#rows === undefined) return;
    const rows = grown(before, this.#groups.size);
    const ids = this.#groups.idsOf(partial.keys, partial.groups);
    for (let i = 0; i < partial.groups; i++) rows[ids[i]] += other.#rows[i];
    this.#rows = rows;
  }

  /** What panes have together in the first `limit` of their groups, or in more. The panes stay as they are. */
  static together(kind: PaneKind, members: readonly Pane[], limit: number): Pane {
    const pane = new Pane(kind, members[0].start, members[0].end);
    const groups = pane.#groups;
    if (groups.keepsInputs) {
      for (const member of members) for (const _piece of pane.merge(member));
      return pane;
    }
    for (const member of members) {
      if (groups.size >= limit) break;
      // The first groups of a member may be known, but then there are as many as wanted.
      const count = Math.min(limit, member.size);
      groups.addGroups(member.#groups.keys(0, count), 0, count);
    }
    const keys = groups.keys(0, groups.size);
    if (kind.retracting) pane.#rows = new Float64Array(groups.size);
    for (const member of members) {
      const { states, ids, places } = member.#groups.exportOf(keys, groups.size);
      for (const _piece of groups.mergeStates(states, places));
      if (pane.#rows !== undefined) for (let i = 0; i < ids.length; i++) pane.#rows[places[i]] += member.#rows![ids[i]];
    }
    return pane;
  }

  /** Bytes to be read where all of its groups are, and they are more than a few numbers each. */
  get keptBytes(): number {
    return this.#groups.keepsInputs ? this.#bytes : 0;
  }

  /** This pane as parts of a snapshot, so many groups each: copied as they are asked for, or before anything changes. */
  snapshot(id: string): SnapshotPart[] {
    const { size } = this;
    const keeps = this.#groups.keepsInputs;
    const parts = keeps ? 0 : Math.ceil(size / PART_GROUPS);
    const promised: Promised = { state: undefined, states: undefined, unread: new Set() };
    this.#promised = promised;
    const version = this.#version;
    const part = (partId: string, data: () => unknown): SnapshotPart => {
      promised.unread.add(partId);
      const read = (): unknown => {
        const found = data();
        promised.unread.delete(partId);
        if (promised.unread.size === 0 && this.#promised === promised) this.#promised = undefined;
        return found;
      };
      return { id: partId, version, data: read };
    };
    const own = part(id, () => {
      promised.state ??= this.#state();
      return promised.state;
    });
    const ranges = Array.from({ length: parts }, (_, k) => {
      const from = k * PART_GROUPS;
      const to = Math.min(size, from + PART_GROUPS);
      return part(
        `${id}/${k}`,
        (): PaneGroups => ({ keys: this.#groups.keys(from, to), states: this.#groups.exportRange(promised.states, from, to) }),
      );
    });
    return [own, ...ranges];
  }

  /** `part`: a part of the snapshot by its number. */
  static restore(kind: PaneKind, data: unknown, part: (k: number) => unknown): Pane {
    const state = data as PaneState;
    const pane = new Pane(kind, state.start, state.end);
    if (state.kept !== undefined) {
      pane.#groups.addGroups(state.kept.keys, 0, state.kept.groups);
      for (const _piece of pane.#groups.mergePieces(state.kept));
    } else {
      for (let from = 0, k = 0; from < state.size; from += PART_GROUPS, k++) {
        const { keys, states } = part(k) as PaneGroups;
        pane.#groups.addRange(keys, states, Math.min(PART_GROUPS, state.size - from));
      }
    }
    pane.#rows = state.rows;
    pane.#tracked = state.tracked;
    pane.#shown = state.shown;
    pane.#isDirty = new Uint8Array(state.shown.length);
    pane.#dirty = [...state.dirty];
    for (const id of state.dirty) pane.#isDirty[id] = 1;
    pane.#told = [...state.told];
    return pane;
  }

  #state(): PaneState {
    const { start, end, size } = this;
    return {
      start,
      end,
      size,
      kept: this.#groups.keepsInputs ? this.#groups.export() : undefined,
      rows: this.#rows?.slice(),
      tracked: this.#tracked,
      shown: this.#shown.slice(),
      dirty: [...this.#dirty],
      told: [...this.#told],
    };
  }

  #touch(): void {
    this.#version++;
    if (this.#promised === undefined) return;
    this.#promised.state ??= this.#state();
    if (!this.#groups.keepsInputs) this.#promised.states ??= this.#groups.copyStates();
    this.#promised = undefined;
  }
}

function countRetractions(kinds: Uint8Array): number {
  let count = 0;
  for (let i = 0; i < kinds.length; i++) count += kinds[i] & 1;
  return count;
}

function grown<T extends Uint8Array<ArrayBufferLike> | Float64Array<ArrayBufferLike>>(array: T, length: number): T {
  if (length <= array.length) return array;
  const larger = new (array.constructor as new (length: number) => T)(Math.max(length, array.length * 2, 64));
  larger.set(array);
  return larger;
}

function joined(parts: readonly Told[]): PaneResults {
  if (parts.length === 0) return { keys: [], values: [], length: 0 };
  const length = parts.reduce((sum, part) => sum + part.ids.length, 0);
  if (parts.length === 1) return { ...parts[0], length };
  const join = (columns: (part: Told) => readonly Vector[]) =>
    columns(parts[0]).map((vector, i) =>
      concatVectors(
        vector.type,
        parts.map((part) => columns(part)[i]),
      ),
    );
  return { keys: join((part) => part.keys), values: join((part) => part.values), length };
}
