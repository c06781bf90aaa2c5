import { valueReader } from "../core/read.ts";
import { type TimeGrid, timeGrid } from "../core/time-grid.ts";
import type { DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { BATCH_ROWS, type RecordBatch } from "../core/vector.ts";
import { makeBuilder, type VectorBuilder } from "../core/vector-builder.ts";
import type { GapFillPlan } from "../plan/logical-plan.ts";
import { KeyInterner } from "./aggregate/key-interner.ts";
import { between } from "./fill.ts";
import type { Operator, Output, SnapshotPart } from "./operator.ts";
import { timesOf } from "./window-layout.ts";

export interface GapFillOptions extends Pick<GapFillPlan, "grid" | "keys" | "modes" | "ignoreNulls" | "maxGap"> {
  /** The time, the keys, the values. */
  readonly types: readonly DataType[];
}

/** A bound whose values are not all known: those of `linear` wait for the next one. */
interface Bound {
  readonly time: number;
  readonly row: Value[];
  /** How many values are missing. */
  missing: number;
}

/** What is known of one key. */
interface Series {
  readonly keys: readonly Value[];
  /** The time of its latest row. */
  latest: number;
  /** The next bound that has no row. */
  next: number;
  /** The latest value of each column, and its time. */
  readonly values: Value[];
  readonly times: number[];
  /** In order of time. */
  readonly waiting: Bound[];
}

interface GapFillState {
  readonly series: readonly Series[];
}

/** Values at the bounds of buckets, from rows in order of time: a bound comes out once a row behind it, or the watermark, says what it has. */
export class GapFill implements Operator {
  readonly name = "gap-fill";
  readonly #options: GapFillOptions;
  readonly #grid: TimeGrid;
  readonly #interner: KeyInterner | undefined;
  readonly #series: Series[] = [];
  readonly #most: number;
  #builders: VectorBuilder[] = [];
  #built = 0;
  #work: Generator<void> | undefined;
  #version = 0;

  constructor(options: GapFillOptions) {
    this.#options = options;
    this.#grid = timeGrid(options.grid);
    this.#most = options.maxGap ?? Number.POSITIVE_INFINITY;
    if (options.keys > 0) this.#interner = new KeyInterner(options.types.slice(1, 1 + options.keys));
    this.#open();
  }

  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.#version++;
    this.#work = this.#addRows(batch);
    return this.resume(out);
  }

  resume(out: Output): boolean {
    if (this.#work === undefined) return false;
    if (this.#work.next().done === true) this.#work = undefined;
    this.#flush(out);
    return this.#work !== undefined;
  }

  /** A row at a bound is its last one when time has gone on. */
  onWatermark(watermark: number, out: Output): boolean {
    this.#version++;
    this.#work = this.#closeBounds(watermark);
    return this.resume(out);
  }

  onEnd(_input: number, out: Output): boolean {
    this.#work = this.#end();
    return this.resume(out);
  }

  stateBytes(): number {
    const rows = this.#series.reduce((sum, { waiting }) => sum + waiting.length, 0);
    return (this.#series.length + rows) * 32 * (this.#options.types.length + 2) + (this.#interner?.bytes() ?? 0);
  }

  stateRows(): number {
    return this.#series.length;
  }

  snapshot(): readonly SnapshotPart[] {
    const series = this.#series.map((one) => ({
      ...one,
      values: [...one.values],
      times: [...one.times],
      waiting: one.waiting.map((bound) => ({ ...bound, row: [...bound.row] })),
    }));
    const state: GapFillState = { series };
    return [{ id: "series", version: this.#version, data: () => state }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    const { series } = parts.get("series") as GapFillState;
    this.#series.push(...series);
    if (this.#interner === undefined || series.length === 0) return;
    const vectors = this.#options.types.slice(1, 1 + this.#options.keys).map((type, k) => {
      const builder = makeBuilder(type, series.length);
      for (const { keys } of series) builder.append(keys[k]);
      return builder.finish();
    });
    this.#interner.intern(vectors, series.length, new Int32Array(series.length));
  }

  *#addRows(batch: RecordBatch): Generator<void> {
    const { keys, modes } = this.#options;
    const times = timesOf(batch.columns[0]);
    const ids = new Int32Array(batch.length);
    this.#interner?.intern(batch.columns.slice(1, 1 + keys), batch.length, ids);
    const read = batch.columns.map(valueReader);
    for (let i = 0; i < batch.length; i++) {
      const time = times[i];
      if (Number.isNaN(time)) continue;
      let series = this.#series[ids[i]];
      if (series === undefined) {
        const floor = this.#grid.floor(time);
        series = {
          keys: read.slice(1, 1 + keys).map((value) => value(i)),
          latest: time,
          next: floor === time ? floor : this.#grid.next(floor),
          values: modes.map(() => null),
          times: modes.map(() => Number.NEGATIVE_INFINITY),
          waiting: [],
        };
        this.#series[ids[i]] = series;
      }
      yield* this.#advance(series, time);
      series.latest = time;
      for (let k = 0; k < modes.length; k++) this.#setValue(series, k, time, read[1 + keys + k](i));
      yield* this.#release(series);
    }
  }

  /** Makes a key's bounds before a time: what they take from rows up to theirs is known. */
  *#advance(series: Series, until: number): Generator<void> {
    const { modes, keys } = this.#options;
    while (series.next < until) {
      const time = series.next;
      series.next = this.#grid.next(time);
      const row: Value[] = [BigInt(time), ...series.keys];
      let missing = 0;
      for (let k = 0; k < modes.length; k++) {
        const known = series.times[k];
        const isHere = known === time;
        const carried = isHere || (modes[k] === "locf" && time - known <= this.#most);
        row[1 + keys + k] = carried ? series.values[k] : null;
        // Before the first value there is nothing that a line could begin at.
        if (modes[k] === "linear" && !isHere && known !== Number.NEGATIVE_INFINITY) missing++;
      }
      if (missing > 0 || series.waiting.length > 0) series.waiting.push({ time, row, missing });
      else this.#add(row);
      if (this.#built >= BATCH_ROWS) yield;
    }
  }

  /** The next value of a column: bounds between the last one and it are on the line. */
  #setValue(series: Series, k: number, time: number, value: Value): void {
    const { modes, ignoreNulls, keys, types } = this.#options;
    if (value === null && ignoreNulls) return;
    const column = 1 + keys + k;
    const from = series.times[k];
    if (modes[k] === "linear" && from !== Number.NEGATIVE_INFINITY) {
      for (const bound of series.waiting) {
        // Those after the last value lack this one; at its own time a bound has had it.
        if (bound.time <= from || bound.time >= time) continue;
        bound.missing--;
        if (time - from <= this.#most)
          bound.row[column] = between(types[column], series.values[k], value, (bound.time - from) / (time - from));
      }
    }
    series.times[k] = time;
    series.values[k] = value;
  }

  /** Gives out the bounds in front that lack nothing any more. */
  *#release({ waiting }: Series): Generator<void> {
    let count = 0;
    while (count < waiting.length && waiting[count].missing === 0) {
      this.#add(waiting[count++].row);
      if (this.#built < BATCH_ROWS) continue;
      waiting.splice(0, count);
      count = 0;
      yield;
    }
    if (count > 0) waiting.splice(0, count);
  }

  *#closeBounds(watermark: number): Generator<void> {
    for (const series of this.#series) {
      if (series.latest !== series.next || series.next >= watermark) continue;
      yield* this.#advance(series, series.next + 1);
      yield* this.#release(series);
    }
  }

  *#end(): Generator<void> {
    for (const series of this.#series) {
      if (series.latest === series.next) yield* this.#advance(series, series.next + 1);
      for (const bound of series.waiting) bound.missing = 0;
      yield* this.#release(series);
    }
  }

  #open(): void {
    this.#builders = this.#options.types.map((type) => makeBuilder(type, 256));
    this.#built = 0;
  }

  #add(row: readonly Value[]): void {
    for (let column = 0; column < row.length; column++) this.#builders[column].append(row[column]);
    this.#built++;
  }

  #flush(out: Output): void {
    if (this.#built === 0) return;
    const length = this.#built;
    const columns = this.#builders.map((builder) => builder.finish());
    this.#open();
    out.push({ columns, length });
  }
}
