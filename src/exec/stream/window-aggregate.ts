import type { ExpressionReport } from "../../compile/types.ts";
import { take } from "../../core/take.ts";
import type { Schema } from "../../core/types.ts";
import { BATCH_ROWS, type RecordBatch, sliceVector, type Vector } from "../../core/vector.ts";
import type { Clock } from "../clock.ts";
import type { LateReason, LateRows } from "../late-rows.ts";
import type { Operator, Output, SnapshotPart, WindowPreview } from "../operator.ts";
import type { WindowLayout } from "../window-layout.ts";
import { Pane, type PaneInput, type PaneKind } from "./panes.ts";
import { routeAscending, routeRows, rowsOfStretches } from "./panes-runs.ts";
import { PreviewRows, WindowOutput, type WindowOutputOptions } from "./window-aggregate-output.ts";

export interface WindowAggregateOptions {
  readonly layout: WindowLayout;
  readonly kind: PaneKind;
  /** Whether the groups of panes can be put together to those of a window. */
  readonly canMerge: boolean;
  /** Times, key columns, then argument columns of a batch's rows. */
  readonly prepare: (batch: RecordBatch) => {
    readonly times: Float64Array;
    /** Where the times ascend: reads one. */
    readonly ascending: ((row: number) => number) | undefined;
    readonly keys: readonly Vector[];
    readonly inputs: readonly Vector[];
  };
  readonly output: WindowOutputOptions;
  readonly mode: "final" | "changes" | "update" | "every";
  /** For `every`: microseconds of processing time. */
  readonly every: number;
  /** How long after its close a window takes rows, microseconds of event time. */
  readonly lateness: number;
  /** False where the time column has no watermark: windows close at the end. */
  readonly watermarked: boolean;
  readonly inputSchema: Schema;
  readonly late: LateRows;
  readonly clock: Clock;
  readonly reports: readonly ExpressionReport[];
}

/** Work between two pauses, in groups; a window costs some beside its groups. */
const PIECE_COST = 32_768;
const WINDOW_COST = 64;
/** What is kept of inputs costs as much as a group for every so many bytes. */
const KEPT_BYTES_PER_GROUP = 64;

/** A window, and the panes that make it up. */
interface OpenWindow {
  readonly start: number;
  readonly end: number;
  readonly members: readonly Pane[];
}

/**
 * GROUP BY over windows of time. Rows are added to the groups of their pane; once the watermark reaches a window's end its panes are merged and its
 * groups given out, windows in the order of their ends. A pane is a stretch of time that is in the same windows as a whole; where results are told
 * before or after the close, each window has groups of its own.
 */
export class WindowAggregate implements Operator {
  readonly name = "window-aggregate";
  readonly #options: WindowAggregateOptions;
  readonly #output: WindowOutput;
  /** Whether panes are shared by windows. */
  readonly #sliced: boolean;
  /** Panes or windows by start and end. */
  #panes: Pane[] = [];
  #watermark = Number.NEGATIVE_INFINITY;
  /** Where panes are shared: the end of the last window that was closed. Else the watermark up to which windows were closed. */
  #closed = Number.NEGATIVE_INFINITY;
  #work: Generator<number> | undefined;
  #timer: number | undefined;
  #metaVersion = 0;
  #bytes = 0;

  constructor(options: WindowAggregateOptions) {
    this.#options = options;
    this.#output = new WindowOutput(options.output);
    this.#sliced = options.mode === "final" && options.lateness === 0 && (options.canMerge || isOneWindow(options.layout));
  }

  get reports() {
    return this.#options.reports;
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    const { layout, prepare, lateness, watermarked } = this.#options;
    const prepared = prepare(batch);
    const { keys, inputs } = prepared;
    const watermarks = watermarked ? batch.watermarks : undefined;
    const closed = this.#watermark - lateness;
    const quick = prepared.ascending === undefined ? undefined : routeAscending(layout, prepared.ascending, batch.length, closed);
    const routed = quick ?? routeRows(layout, prepared.times, watermarks, closed, lateness);
    this.#setAside(batch, routed.late, "late");
    this.#setAside(batch, routed.partial, "partial");
    this.#setAside(batch, routed.timeless, "no time");
    for (const { pane, cut, stretches } of routed.panes) {
      const input = rowsOf(keys, inputs, batch, stretches);
      if (this.#sliced) this.#addTo(this.#pane(pane, cut), input);
      else this.#addToWindows(pane, cut, input);
    }
    if (this.#sliced) return false;
    this.#work = this.#afterBatch(out);
    return this.resume(out);
  }

  resume(out: Output): boolean {
    if (this.#work === undefined) return false;
    let cost = 0;
    while (cost < PIECE_COST) {
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
    this.#watermark = watermark;
    this.#metaVersion++;
    return this.#close(out);
  }

  /** Rows of windows that end between two milliseconds have a window_time behind the watermark that closed the window before. */
  outputWatermark(watermark: number): number {
    return this.#options.layout.wholeMillis ? watermark : watermark - 1000;
  }

  nextTimer(): number | undefined {
    return this.#timer;
  }

  onTimer(_now: number, out: Output): boolean {
    this.#timer = undefined;
    this.#work = this.#tellChanges(this.#panes, out);
    return this.resume(out);
  }

  onEnd(_input: number, out: Output): boolean {
    this.#watermark = Number.POSITIVE_INFINITY;
    return this.#close(out);
  }

  stateBytes(): number {
    return this.#bytes;
  }

  stateRows(): number {
    return this.#panes.reduce((sum, pane) => sum + pane.size, 0);
  }

  /** Costs what the rows asked for cost: of windows of many groups only those are put together. */
  preview(limit: number): WindowPreview | undefined {
    const { kind, mode, output } = this.#options;
    if (mode !== "final") return undefined;
    const preview = new PreviewRows(output, limit);
    let cost = 0;
    for (const { start, end, members } of this.#open()) {
      for (const member of members) {
        cost += WINDOW_COST + member.keptBytes / KEPT_BYTES_PER_GROUP + (members.length > 1 ? Math.min(preview.room, member.size) : 0);
      }
      if (preview.room === 0 || (cost > PIECE_COST && preview.rows > 0)) break;
      const pane = members.length === 1 ? members[0] : Pane.together(kind, members, preview.room);
      preview.add(pane.results(0, Math.min(pane.size, preview.room)), start, end);
    }
    return preview.finish();
  }

  snapshot(): readonly SnapshotPart[] {
    const meta = { watermark: this.#watermark, closed: this.#closed, timer: this.#timer };
    const parts = this.#panes.flatMap((pane) => pane.snapshot(`pane ${pane.start} ${pane.end}`));
    return [{ id: "meta", version: this.#metaVersion, data: () => meta }, ...parts];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const meta = parts.get("meta") as { watermark: number; closed: number; timer: number | undefined };
    this.#watermark = meta.watermark;
    this.#closed = meta.closed;
    this.#timer = meta.timer;
    for (const [id, data] of parts) {
      if (id === "meta" || id.includes("/")) continue;
      this.#restorePane(Pane.restore(this.#options.kind, data, (k) => parts.get(`${id}/${k}`)));
    }
  }

  #restorePane(pane: Pane): void {
    this.#panes.splice(this.#position(pane.start, pane.end), 0, pane);
    this.#bytes += pane.measure();
  }

  #setAside(batch: RecordBatch, rows: readonly number[], reason: LateReason): void {
    if (rows.length === 0) return;
    const { late, inputSchema } = this.#options;
    const indices = Int32Array.from(rows);
    const watermarks = new Float64Array(rows.length);
    for (let i = 0; i < rows.length; i++) watermarks[i] = Math.max(batch.watermarks?.[rows[i]] ?? this.#watermark, this.#watermark);
    const columns = batch.columns.map((column) => take(column, indices));
    const kinds = batch.kinds === undefined ? {} : { kinds: Uint8Array.from(indices, (row) => batch.kinds![row]) };
    late.add(this.name, inputSchema, { columns, length: rows.length, ...kinds }, reason, watermarks);
  }

  #addTo(pane: Pane, input: PaneInput): void {
    pane.add(input);
    this.#bytes += pane.measure();
  }

  /** The pane of a start and an end, made where it is not there. */
  #pane(start: number, end: number): Pane {
    const at = this.#position(start, end);
    const found = this.#panes[at - 1];
    if (found !== undefined && found.start === start && found.end === end) return found;
    const pane = new Pane(this.#options.kind, start, end);
    this.#panes.splice(at, 0, pane);
    return pane;
  }

  /** Panes are kept in the order of starts, then ends: the place behind all that do not come after this one. */
  #position(start: number, end: number): number {
    let low = 0;
    let high = this.#panes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const pane = this.#panes[middle];
      if (pane.start < start || (pane.start === start && pane.end <= end)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #addToWindows(pane: number, cut: number, input: PaneInput): void {
    const { layout, mode } = this.#options;
    const last = layout.lastEnd(pane);
    for (let end = Math.max(layout.firstEnd(pane), cut + layout.step); end <= last; end += layout.step) {
      const start = layout.startOf(end);
      const before = this.#panes.length;
      const window = this.#pane(start, end);
      // Nothing has been told of a new window; one that opens again after its close tells all.
      if (this.#panes.length > before && (mode !== "final" || end <= this.#closed)) window.track(false);
      this.#addTo(window, input);
    }
  }

  /** What a batch changed is told at once, or by and by. */
  *#afterBatch(out: Output): Generator<number> {
    const { mode, every, clock } = this.#options;
    if (mode === "every") {
      yield* this.#tellChanges(
        this.#panes.filter((pane) => pane.end <= this.#closed),
        out,
      );
      if (this.#timer === undefined && this.#panes.some((pane) => pane.hasChanges)) {
        this.#timer = Math.floor(clock.now() / every) * every + every;
        this.#metaVersion++;
      }
      return;
    }
    yield* this.#tellChanges(this.#panes, out);
  }

  *#tellChanges(panes: readonly Pane[], out: Output): Generator<number> {
    for (const pane of panes) {
      if (!pane.hasChanges) continue;
      const changes = pane.changes();
      this.#output.change(changes, pane.start, pane.end, out);
      yield WINDOW_COST + changes.before.length + changes.after.length;
    }
  }

  #close(out: Output): boolean {
    if (this.#panes.length === 0) return false;
    this.#work = this.#sliced ? this.#closeSliced(out) : this.#closeWindows(out);
    return this.resume(out);
  }

  /** Where panes are shared: the first window behind `closed` that pane `first` or a later one is in. It may have no rows. */
  #windowAfter(closed: number, first: number): OpenWindow {
    const { layout } = this.#options;
    let end = layout.firstEnd(this.#panes[first].start);
    if (end <= closed) end += Math.floor((closed - end) / layout.step + 1) * layout.step;
    const start = layout.startOf(end);
    const members: Pane[] = [];
    for (let k = first; k < this.#panes.length && this.#panes[k].start < end; k++) {
      if (this.#panes[k].start >= start && this.#panes[k].end < end) members.push(this.#panes[k]);
    }
    return { start, end, members };
  }

  /** Windows that have rows and are not closed, by their ends. */
  *#open(): Generator<OpenWindow> {
    if (!this.#sliced) {
      const open = this.#panes.filter((pane) => pane.end > Math.max(this.#closed, this.#watermark)).sort((a, b) => a.end - b.end);
      for (const pane of open) yield { start: pane.start, end: pane.end, members: [pane] };
      return;
    }
    const { layout } = this.#options;
    let closed = this.#closed;
    for (let first = 0; first < this.#panes.length; ) {
      const window = this.#windowAfter(closed, first);
      if (window.end > this.#watermark && window.members.length > 0) yield window;
      closed = window.end;
      while (first < this.#panes.length && layout.lastEnd(this.#panes[first].start) <= closed) first++;
    }
  }

  *#closeSliced(out: Output): Generator<number> {
    const { layout } = this.#options;
    while (this.#panes.length > 0) {
      const { start, end, members } = this.#windowAfter(this.#closed, 0);
      if (end > this.#watermark) return;
      if (members.length > 0) yield* this.#tellAll(yield* this.#merged(members), start, end, out);
      this.#closed = end;
      this.#metaVersion++;
      let done = 0;
      while (done < this.#panes.length && layout.lastEnd(this.#panes[done].start) <= end) done++;
      for (const pane of this.#panes.splice(0, done)) this.#bytes -= pane.bytes;
      yield WINDOW_COST;
    }
  }

  *#merged(members: readonly Pane[]): Generator<number, Pane> {
    if (members.length === 1) return members[0];
    const merged = new Pane(this.#options.kind, members[0].start, members[0].end);
    for (const member of members) {
      for (const _piece of merged.merge(member)) yield Math.min(member.size, BATCH_ROWS);
    }
    return merged;
  }

  *#tellAll(pane: Pane, start: number, end: number, out: Output): Generator<number> {
    for (let from = 0; from < pane.size; from += BATCH_ROWS) {
      const to = Math.min(pane.size, from + BATCH_ROWS);
      this.#output.insert(pane.results(from, to), start, end, out);
      yield to - from;
    }
  }

  *#closeWindows(out: Output): Generator<number> {
    const { mode, lateness } = this.#options;
    const closing = this.#panes.filter((pane) => pane.end > this.#closed && pane.end <= this.#watermark).sort((a, b) => a.end - b.end);
    for (const pane of closing) {
      if (mode === "final") {
        yield* this.#tellAll(pane, pane.start, pane.end, out);
        pane.track(true);
      } else if (mode === "every") yield* this.#tellChanges([pane], out);
      yield WINDOW_COST;
    }
    this.#closed = this.#watermark;
    this.#panes = this.#panes.filter((pane) => {
      const stays = pane.end + lateness > this.#watermark;
      if (!stays) this.#bytes -= pane.bytes;
      return stays;
    });
  }
}

/** A pane is in one window, and a window has one pane. */
function isOneWindow({ pane, firstEnd, lastEnd, startOf }: WindowLayout): boolean {
  const end = firstEnd(0);
  return lastEnd(0) === end && startOf(end) === end - pane;
}

/** Rows of stretches of a batch: one stretch shares its memory. */
function rowsOf(keys: readonly Vector[], inputs: readonly Vector[], { kinds }: RecordBatch, stretches: readonly number[]): PaneInput {
  if (stretches.length === 2) {
    const [from, to] = stretches;
    const slice = (vector: Vector) => sliceVector(vector, from, to);
    return { keys: keys.map(slice), inputs: inputs.map(slice), kinds: kinds?.subarray(from, to), length: to - from };
  }
  const rows = rowsOfStretches(stretches);
  const pick = (vector: Vector) => take(vector, rows);
  const picked = kinds === undefined ? undefined : new Uint8Array(rows.length);
  if (picked !== undefined) for (let i = 0; i < rows.length; i++) picked[i] = kinds![rows[i]];
  return { keys: keys.map(pick), inputs: inputs.map(pick), kinds: picked, length: rows.length };
}
