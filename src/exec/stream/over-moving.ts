import type { FlatVector, Vector } from "../../core/vector.ts";
import type { UserAccumulator } from "../../udf/aggregate/accumulator.ts";
import { ResultColumn } from "../../udf/aggregate/result-column.ts";
import { copyState, stateBytes } from "../../udf/aggregate/state.ts";
import type { Bounds } from "./over-bounds.ts";
import type { ArrivedRows, PartitionState } from "./over-rows.ts";

/** A partition's frame, in numbers of rows since its first one: rows `start` up to `end` are in `state`. */
interface Frame {
  state: unknown;
  start: number;
  end: number;
  /** Arguments of rows from `first` on that will still be added or removed; undefined for rows that do not count. */
  rows: (readonly unknown[] | undefined)[];
  first: number;
}

/**
 * An aggregate of the user's over frames that only move forward: rows are added as they come into the frame and removed as they leave it, so that a row
 * costs the same however long its frame. Frames that begin with their partition need no `remove` and keep no rows.
 */
export class MovingFrames implements PartitionState {
  readonly #accumulator: UserAccumulator;
  readonly #args: readonly number[];
  readonly #filter: number | undefined;
  readonly #unbounded: boolean;
  readonly #frames: (Frame | undefined)[] = [];
  #rows = 0;

  /** `args` and `filter` are held columns. */
  constructor(
    accumulator: UserAccumulator,
    options: { readonly args: readonly number[]; readonly filter: number | undefined; readonly unbounded: boolean },
  ) {
    this.#accumulator = accumulator;
    this.#args = options.args;
    this.#filter = options.filter;
    this.#unbounded = options.unbounded;
  }

  /** A value for each row, in the order of the rows. */
  next(rows: ArrivedRows, bounds: Bounds): Vector {
    const { length, ids, starts } = rows;
    const { implementation, failures } = this.#accumulator;
    // NULL slots of a BOOLEAN column hold 0, so its data is the mask.
    const filter = this.#filter === undefined ? null : ((rows.column(this.#filter) as FlatVector).data as Uint8Array);
    const reader = this.#accumulator.rows(this.#args.map(rows.column), filter);
    const results = new ResultColumn(implementation, failures, length);
    for (let p = 0; p < ids.length; p++) {
      const from = starts[p];
      const base = bounds.base[p];
      const frame = this.#frames[ids[p]] ?? { state: implementation.init(), start: 0, end: 0, rows: [], first: base };
      this.#frames[ids[p]] = frame;
      this.#rows -= frame.rows.length;
      let next = base;
      for (let i = from; i < starts[p + 1]; i++) {
        const wanted = Math.max(bounds.end[i], base + i - from + 1);
        for (; next < wanted; next++) frame.rows.push(reader.read(from + next - base));
        this.#move(frame, this.#unbounded ? 0 : bounds.start[i], bounds.end[i]);
        results.append(frame.state);
      }
      this.#forget(frame);
      this.#rows += frame.rows.length;
    }
    return results.finish();
  }

  #move(frame: Frame, start: number, end: number): void {
    const { rows, first } = frame;
    if (start >= frame.end) {
      // Nothing of the frame stays, so nothing need be removed.
      if (frame.end > frame.start) frame.state = this.#accumulator.implementation.init();
    } else {
      for (let row = frame.start; row < start; row++) {
        const args = rows[row - first];
        if (args !== undefined) frame.state = this.#accumulator.change("remove", frame.state, args);
      }
    }
    frame.start = Math.max(frame.start, start);
    for (let row = Math.max(frame.end, frame.start); row < end; row++) {
      const args = rows[row - first];
      if (args !== undefined) frame.state = this.#accumulator.change("add", frame.state, args);
    }
    frame.end = Math.max(frame.end, end);
  }

  /** Lets go of rows that are through. */
  #forget(frame: Frame): void {
    const needed = this.#unbounded ? frame.end : frame.start;
    const gone = Math.min(needed - frame.first, frame.rows.length);
    if (gone <= 0) return;
    frame.rows = frame.rows.slice(gone);
    frame.first += gone;
  }

  save(from: number, to: number): unknown {
    const { name } = this.#accumulator.implementation;
    return this.#frames.slice(from, to).map((frame) => frame && (copyState(name, frame) as Frame));
  }

  load(from: number, _to: number, saved: unknown): void {
    const { implementation } = this.#accumulator;
    (saved as (Frame | undefined)[]).forEach((frame, i) => {
      if (frame === undefined) return;
      this.#frames[from + i] = { ...frame, state: implementation.shaped(frame.state), rows: [...frame.rows] };
      this.#rows += frame.rows.length;
    });
  }

  bytes(): number {
    const [some] = this.#frames;
    const state = some === undefined ? 0 : stateBytes(some.state) + 96;
    return this.#frames.length * state + this.#rows * (32 + 24 * this.#args.length);
  }
}
