import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import { BATCH_ROWS, type RecordBatch, type Vector } from "../../core/vector.ts";
import type { LateReason } from "../late-rows.ts";
import type { Operator, Output, SnapshotPart, WindowPreview } from "../operator.ts";
import type { PaneResults } from "./panes.ts";
import { SessionKeys } from "./session-keys.ts";
import { type SessionStates, sessionStates } from "./session-states.ts";
import { SessionTable, type SessionTableState } from "./session-table.ts";
import type { WindowAggregateOptions } from "./window-aggregate.ts";
import { PreviewRows, WindowOutput } from "./window-aggregate-output.ts";

export interface SessionAggregateOptions extends Omit<WindowAggregateOptions, "layout"> {
  readonly gap: number;
}

/** A row that was told of a session, as it stood before the session changed. */
interface Told {
  readonly session: number;
  readonly start: number;
  readonly end: number;
}

interface SessionState {
  readonly watermark: number;
  readonly timer: number | undefined;
  readonly keys: readonly Vector[];
  readonly table: SessionTableState;
  readonly states: unknown;
  readonly shown: Uint8Array;
  readonly toldStart: Float64Array;
  readonly toldEnd: Float64Array;
  readonly dirty: readonly number[];
  readonly told: readonly Told[];
  readonly toldRows: PaneResults;
}

const NO_ROWS: PaneResults = { keys: [], values: [], length: 0, starts: new Float64Array(0), ends: new Float64Array(0) };

/**
 * GROUP BY over sessions: rows of a key no more than a gap apart. A session is given out once the watermark has passed its end, by more than nothing,
 * since a row just a gap away still belongs to it.
 */
export class SessionAggregate implements Operator {
  readonly name = "session-aggregate";
  readonly #options: SessionAggregateOptions;
  readonly #output: WindowOutput;
  readonly #table: SessionTable;
  readonly #states: SessionStates;
  readonly #keys: SessionKeys;
  #watermark = Number.NEGATIVE_INFINITY;
  #work: Generator<number> | undefined;
  #timer: number | undefined;
  /** By session: whether it stands in the output, with which bounds, and whether it changed since. */
  #shown = new Uint8Array(0);
  #toldStart = new Float64Array(0);
  #toldEnd = new Float64Array(0);
  #isDirty = new Uint8Array(0);
  #dirty: number[] = [];
  #told: Told[] = [];
  #toldRows: PaneResults = NO_ROWS;
  #version = 0;
  #promised: { state: SessionState | undefined } | undefined;

  constructor(options: SessionAggregateOptions) {
    this.#options = options;
    this.#output = new WindowOutput(options.output);
    const { keyTypes, inputTypes, calls } = options.kind;
    this.#table = new SessionTable(options.gap);
    this.#states = sessionStates(inputTypes, calls);
    this.#keys = new SessionKeys(keyTypes);
  }

  get reports() {
    return this.#options.reports;
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#touch();
    const { prepare, lateness, watermarked, mode } = this.#options;
    const { times, keys, inputs } = prepare(batch);
    const watermarks = watermarked ? batch.watermarks : undefined;
    const { length } = batch;
    const ids = this.#keys.of(keys, length);
    const table = this.#table;
    const sessions = new Int32Array(length);
    const rejected: number[] = [];
    const closed = this.#watermark - lateness;
    const changed: number[] = [];
    const joins = (session: number) => {
      if (session < this.#shown.length && this.#shown[session] === 1 && this.#isDirty[session] === 0) {
        this.#isDirty[session] = 1;
        changed.push(session);
      }
    };
    for (let row = 0; row < length; row++) {
      const met = watermarks === undefined ? closed : Math.max(watermarks[row] - lateness, closed);
      const session = Number.isNaN(times[row]) ? -1 : table.place(ids[row], times[row], met, joins);
      sessions[row] = session;
      if (session < 0) rejected.push(row);
    }
    this.#grow(table.size);
    this.#states.resize(table.size);
    this.#keepTold(changed);
    this.#mergeStates(sessions);
    if (rejected.length === 0) this.#states.update(sessions, inputs, length);
    else this.#updateKept(sessions, times, inputs, batch, rejected);
    if (mode !== "final") for (const session of sessions) if (session >= 0) this.#markDirty(session);
    this.#work = this.#afterBatch(out);
    return this.resume(out);
  }

  resume(out: Output): boolean {
    if (this.#work === undefined) return false;
    let cost = 0;
    while (cost < BATCH_ROWS) {
      const { value, done } = this.#work.next();
      if (done === true) {
        this.#work = undefined;
        break;
      }
      cost += value;
    }
    this.#output.flush(out);
    return this.#work !== undefined;
  }

  onWatermark(watermark: number, out: Output): boolean {
    if (!this.#options.watermarked) return false;
    return this.#advance(watermark, out);
  }

  /** A session that ends just at the watermark is open still, and its window_time lies before its end. */
  outputWatermark(watermark: number): number {
    return watermark - 1000;
  }

  nextTimer(): number | undefined {
    return this.#timer;
  }

  onTimer(_now: number, out: Output): boolean {
    this.#touch();
    this.#timer = undefined;
    this.#work = this.#tellChanges(out);
    return this.resume(out);
  }

  onEnd(_input: number, out: Output): boolean {
    return this.#advance(Number.POSITIVE_INFINITY, out);
  }

  stateBytes(): number {
    return this.#table.bytes() + this.#states.bytes() + this.#keys.bytes() + this.#shown.length * 18;
  }

  stateRows(): number {
    return this.#table.open;
  }

  preview(limit: number): WindowPreview | undefined {
    const { mode, output } = this.#options;
    if (mode !== "final" || limit <= 0) return undefined;
    const open = this.#table.first(limit, (session) => this.#shown[session] === 0 && this.#end(session) >= this.#watermark);
    const preview = new PreviewRows(output, limit);
    if (open.length > 0) preview.add(this.#rowsOf(open, this.#start, this.#end), 0, 0);
    return preview.finish();
  }

  snapshot(): readonly SnapshotPart[] {
    const promised = { state: undefined as SessionState | undefined };
    this.#promised = promised;
    const data = () => {
      promised.state ??= this.#state();
      return promised.state;
    };
    return [{ id: "sessions", version: this.#version, data }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const state = parts.get("sessions") as SessionState;
    this.#watermark = state.watermark;
    this.#timer = state.timer;
    this.#keys.restore(state.keys);
    this.#table.restore(state.table);
    this.#states.import(state.states, this.#table.size);
    this.#grow(this.#table.size);
    this.#shown.set(state.shown);
    this.#toldStart.set(state.toldStart);
    this.#toldEnd.set(state.toldEnd);
    for (const session of state.dirty) this.#markDirty(session);
    this.#told = [...state.told];
    this.#toldRows = state.toldRows;
  }

  #state(): SessionState {
    const { size } = this.#table;
    return {
      watermark: this.#watermark,
      timer: this.#timer,
      keys: this.#keys.save(),
      table: this.#table.state(),
      states: this.#states.export(),
      shown: this.#shown.slice(0, size),
      toldStart: this.#toldStart.slice(0, size),
      toldEnd: this.#toldEnd.slice(0, size),
      dirty: this.#dirty.filter((session) => this.#isDirty[session] === 1),
      told: [...this.#told],
      toldRows: this.#toldRows,
    };
  }

  #touch(): void {
    this.#version++;
    if (this.#promised === undefined) return;
    this.#promised.state ??= this.#state();
    this.#promised = undefined;
  }

  #grow(size: number): void {
    if (size <= this.#shown.length) return;
    const length = Math.max(size, this.#shown.length * 2, 64);
    const fill = <T extends Uint8Array | Float64Array>(to: T, from: T): T => {
      to.set(from);
      return to;
    };
    this.#shown = fill(new Uint8Array(length), this.#shown);
    this.#isDirty = fill(new Uint8Array(length), this.#isDirty);
    this.#toldStart = fill(new Float64Array(length), this.#toldStart);
    this.#toldEnd = fill(new Float64Array(length), this.#toldEnd);
  }

  #markDirty(session: number): void {
    if (this.#isDirty[session] === 1) return;
    this.#isDirty[session] = 1;
    this.#dirty.push(session);
  }

  /** Before the states of sessions change: the rows that were told of them. */
  #keepTold(sessions: readonly number[]): void {
    if (sessions.length === 0) return;
    const rows = this.#rowsOf(
      sessions,
      (session) => this.#toldStart[session],
      (session) => this.#toldEnd[session],
    );
    for (const session of sessions) {
      this.#told.push({ session, start: this.#toldStart[session], end: this.#toldEnd[session] });
      this.#dirty.push(session);
    }
    this.#toldRows = this.#toldRows.length === 0 ? rows : appended(this.#toldRows, rows);
  }

  /** Result rows of sessions, with the bounds given by session. */
  #rowsOf(sessions: readonly number[], start: (session: number) => number, end: (session: number) => number): PaneResults {
    const all = Int32Array.from(sessions);
    const keys = this.#keys.columns(all.map((session) => this.#keyOf(session)));
    return {
      keys,
      values: this.#states.resultsOf(all),
      length: all.length,
      starts: Float64Array.from(all, start),
      ends: Float64Array.from(all, end),
    };
  }

  /** Also of a session that another has just taken in: the taker has the same key. */
  #keyOf(session: number): number {
    let at = session;
    const { merges, key } = this.#table;
    for (let k = 0; k < merges.length && key[at] < 0; k += 2) if (merges[k + 1] === at) at = merges[k];
    return key[at];
  }

  /** What sessions took in others brings: their states become one, and rows meant for the one that is gone go to the other. */
  #mergeStates(sessions: Int32Array): void {
    const { merges } = this.#table;
    if (merges.length === 0) return;
    const taker = new Map<number, number>();
    for (let k = 0; k < merges.length; k += 2) {
      this.#states.merge(merges[k], merges[k + 1]);
      taker.set(merges[k + 1], merges[k]);
    }
    const final = (session: number): number => {
      let at = session;
      for (let next = taker.get(at); next !== undefined; next = taker.get(at)) at = next;
      return at;
    };
    for (let row = 0; row < sessions.length; row++) if (sessions[row] >= 0) sessions[row] = final(sessions[row]);
    for (let k = 0; k < merges.length; k += 2) {
      const gone = merges[k + 1];
      // The taker is told of in its place.
      if (this.#isDirty[gone] === 1) this.#markDirty(final(gone));
      this.#discard(gone);
    }
    merges.length = 0;
  }

  /** The number of a session that is gone may be given out again. */
  #discard(session: number): void {
    this.#states.clear(session);
    this.#isDirty[session] = 0;
    this.#shown[session] = 0;
    this.#table.release(session);
  }

  #updateKept(sessions: Int32Array, times: Float64Array, inputs: readonly Vector[], batch: RecordBatch, rejected: readonly number[]): void {
    const kept = new Int32Array(batch.length - rejected.length);
    let count = 0;
    for (let row = 0; row < batch.length; row++) if (sessions[row] >= 0) kept[count++] = row;
    const own = kept.map((row) => sessions[row]);
    this.#states.update(
      own,
      inputs.map((vector) => take(vector, kept)),
      kept.length,
    );
    const timeless = rejected.filter((row) => Number.isNaN(times[row]));
    this.#setAside(
      batch,
      rejected.filter((row) => !Number.isNaN(times[row])),
      "late",
    );
    this.#setAside(batch, timeless, "no time");
  }

  #setAside(batch: RecordBatch, rejected: readonly number[], reason: LateReason): void {
    if (rejected.length === 0) return;
    const rows = Int32Array.from(rejected);
    const watermarks = Float64Array.from(rows, (row) => Math.max(batch.watermarks?.[row] ?? this.#watermark, this.#watermark));
    const columns = batch.columns.map((column) => take(column, rows));
    this.#options.late.add(this.name, this.#options.inputSchema, { columns, length: rows.length }, reason, watermarks);
  }

  *#afterBatch(out: Output): Generator<number> {
    const { mode, every, clock } = this.#options;
    if (mode !== "every") {
      yield* this.#tellChanges(out);
      return;
    }
    if (this.#timer === undefined && this.#dirty.length > 0) this.#timer = Math.floor(clock.now() / every) * every + every;
  }

  *#tellChanges(out: Output): Generator<number> {
    if (this.#dirty.length === 0 && this.#told.length === 0) return;
    // Sessions that are gone are not dirty any more, and a number that was given out again stands here twice.
    const dirty = this.#dirty.filter((session) => {
      const isDirty = this.#isDirty[session] === 1;
      this.#isDirty[session] = 0;
      return isDirty;
    });
    const told = this.#told;
    const before = this.#toldRows;
    this.#dirty = [];
    this.#told = [];
    this.#toldRows = NO_ROWS;
    const after = this.#rowsOf(dirty, this.#start, this.#end);
    const places = new Map(told.map(({ session }, place) => [session, place]));
    const { upsert } = this.#options.output;
    const replaces = Int32Array.from(dirty, (session, i) => {
      const place = this.#shown[session] === 1 ? (places.get(session) ?? -1) : -1;
      // The bounds are part of the key: other bounds are another row.
      const same = place >= 0 && told[place].start === after.starts![i] && told[place].end === after.ends![i];
      return upsert && !same ? -1 : place;
    });
    dirty.forEach((session, i) => {
      this.#show(session, after.starts![i], after.ends![i]);
    });
    this.#output.change({ before, after, replaces }, 0, 0, out);
    yield dirty.length + told.length;
  }

  #show(session: number, start: number, end: number): void {
    this.#shown[session] = 1;
    this.#toldStart[session] = start;
    this.#toldEnd[session] = end;
  }

  readonly #start = (session: number): number => this.#table.start[session];
  readonly #end = (session: number): number => this.#table.last[session] + this.#options.gap;

  #advance(watermark: number, out: Output): boolean {
    this.#touch();
    this.#watermark = watermark;
    this.#work = this.#close(out);
    return this.resume(out);
  }

  *#close(out: Output): Generator<number> {
    const { mode, lateness, gap } = this.#options;
    if (mode === "every") yield* this.#tellChanges(out);
    const due = this.#table.due(this.#watermark);
    for (let from = 0; from < due.length; from += BATCH_ROWS) {
      const closing = due.slice(from, from + BATCH_ROWS);
      const untold = closing.filter((session) => this.#shown[session] === 0);
      if (untold.length > 0) {
        this.#output.insert(this.#rowsOf(untold, this.#start, this.#end), 0, 0, out);
        for (const session of untold) this.#show(session, this.#start(session), this.#end(session));
      }
      for (const session of closing) {
        if (this.#table.last[session] + gap + lateness < this.#watermark) {
          this.#table.remove(session);
          this.#discard(session);
        } else this.#table.schedule(session, lateness);
      }
      yield closing.length;
    }
    this.#keys.forget(this.#table);
  }
}

function appended(a: PaneResults, b: PaneResults): PaneResults {
  const join = (left: readonly Vector[], right: readonly Vector[]) =>
    left.map((vector, i) => concatVectors(vector.type, [vector, right[i]]));
  return {
    keys: join(a.keys, b.keys),
    values: join(a.values, b.values),
    length: a.length + b.length,
    starts: Float64Array.from([...a.starts!, ...b.starts!]),
    ends: Float64Array.from([...a.ends!, ...b.ends!]),
  };
}
