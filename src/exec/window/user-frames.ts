import { take } from "../../core/take.ts";
import type { Vector } from "../../core/vector.ts";
import type { ArgumentRows, UserAccumulator } from "../../udf/aggregate/accumulator.ts";
import { ResultColumn } from "../../udf/aggregate/result-column.ts";
import { copyState } from "../../udf/aggregate/state.ts";
import type { FrameInput } from "./window-aggregate.ts";

/** Frames of fewer rows are added up anew rather than merged: that needs no copies of states. */
const FEW_ROWS = 8;

/**
 * A user's aggregate over frames that move forward only: the rows that come are added and those that leave removed; without `remove`, a frame is merged
 * from the states of its older rows, each with all rows behind it up to a row where they were made, and one state of the newer rows (a queue of two
 * stacks). Either way a row costs the same however long its frame. Undefined where frames go back, or the aggregate can do neither.
 */
export function userFrames(accumulator: UserAccumulator, input: FrameInput): Vector | undefined {
  const { length, partitionStart, frameStart, frameEnd } = input;
  if (input.exclude !== "no-others") return undefined;
  let slides = false;
  let longest = 0;
  for (let i = 0; i < length; i++) {
    const fresh = partitionStart[i] === i;
    if (!fresh && (frameStart[i] < frameStart[i - 1] || frameEnd[i] < frameEnd[i - 1])) return undefined;
    if (!fresh && frameStart[i] > frameStart[i - 1]) slides = true;
    longest = Math.max(longest, frameEnd[i] - frameStart[i]);
  }
  const { implementation } = accumulator;
  const rows = accumulator.rows(input.args, input.filter);
  if (!slides || implementation.canRemove) return new Moving(accumulator, rows).values(input);
  if (implementation.canMerge && longest > FEW_ROWS) return new TwoStacks(accumulator, rows).values(input);
  return undefined;
}

/** Gives the values of frames one after another; a frame like the one before shares its value. */
abstract class Frames {
  protected readonly accumulator: UserAccumulator;
  protected readonly rows: ArgumentRows;
  protected from = 0;
  protected to = 0;

  constructor(accumulator: UserAccumulator, rows: ArgumentRows) {
    this.accumulator = accumulator;
    this.rows = rows;
  }

  values({ length, partitionStart, frameStart, frameEnd, checkInterrupt }: FrameInput): Vector {
    const { implementation, failures } = this.accumulator;
    const results = new ResultColumn(implementation, failures, length);
    const places = new Int32Array(length);
    let frames = 0;
    for (let i = 0; i < length; i++) {
      if ((i & 0xfff) === 0) checkInterrupt();
      const from = frameStart[i];
      const to = Math.max(from, frameEnd[i]);
      const fresh = partitionStart[i] === i;
      if (fresh || from >= this.to) {
        this.empty(from);
        this.advance(from, to);
      } else if (from !== this.from || to !== this.to) this.advance(from, to);
      else {
        places[i] = frames - 1;
        continue;
      }
      results.append(this.state());
      places[i] = frames++;
    }
    const values = results.finish();
    return frames === length ? values : take(values, places);
  }

  /** A state with a row added or removed. */
  protected change(method: "add" | "remove", state: unknown, row: number): unknown {
    const args = this.rows.read(row);
    return args === undefined ? state : this.accumulator.change(method, state, args);
  }

  /** The frame becomes the empty one at `at`. */
  protected empty(at: number): void {
    this.from = at;
    this.to = at;
  }

  protected abstract advance(from: number, to: number): void;
  protected abstract state(): unknown;
}

class Moving extends Frames {
  #state: unknown;

  protected override empty(at: number): void {
    super.empty(at);
    this.#state = this.accumulator.implementation.init();
  }

  protected advance(from: number, to: number): void {
    while (this.to < to) this.#state = this.change("add", this.#state, this.to++);
    while (this.from < from) this.#state = this.change("remove", this.#state, this.from++);
  }

  protected state(): unknown {
    return this.#state;
  }
}

class TwoStacks extends Frames {
  /** States of rows `from + k` up to `flip`. */
  #front: unknown[] = [];
  #flip = 0;
  #back: unknown;

  protected override empty(at: number): void {
    super.empty(at);
    this.#front = [];
    this.#flip = at;
    this.#back = this.accumulator.implementation.init();
  }

  protected advance(from: number, to: number): void {
    const { implementation } = this.accumulator;
    while (this.to < to) this.#back = this.change("add", this.#back, this.to++);
    if (from >= this.#flip && from > this.from) {
      const front: unknown[] = new Array(this.to - from);
      for (let row = this.to - 1; row >= from; row--) {
        const own = this.change("add", implementation.init(), row);
        front[row - from] = row + 1 === this.to ? own : implementation.merge(own, this.#copy(front[row - from + 1]));
      }
      this.#front = front.reverse();
      this.#flip = this.to;
      this.#back = implementation.init();
    } else for (let row = this.from; row < Math.min(from, this.#flip); row++) this.#front.pop();
    this.from = from;
  }

  protected state(): unknown {
    if (this.from >= this.#flip) return this.#back;
    const older = this.#copy(this.#front[this.#front.length - 1]);
    return this.accumulator.implementation.merge(older, this.#copy(this.#back));
  }

  /** `merge` may change both of its states. */
  #copy(state: unknown): unknown {
    const { implementation } = this.accumulator;
    return implementation.shaped(copyState(implementation.name, state));
  }
}
