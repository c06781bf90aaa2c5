import type { FlatVector, Vector } from "../../core/vector.ts";
import { type SlotAccumulator, type SlotAggregate, slotReader } from "../../functions/aggregates/slot-accumulator.ts";
import { SlotProgram } from "../../functions/aggregates/slot-program.ts";
import type { Bounds } from "./over-bounds.ts";
import type { ArrivedRows, PartitionState } from "./over-rows.ts";
import { CARRY_RECORDS, type FrameQueue, growQueue, MOST_UNROLLED, reserveQueue, type Stretch, slideLoop } from "./over-slide.ts";

/** One aggregate of a program: what it keeps, and where its arguments stand among the program's. */
interface SlotCall {
  readonly aggregate: SlotAggregate;
  readonly args: readonly number[];
}

export type Exclusion = "no-others" | "current-row" | "group" | "ties";

let numbers: Int32Array = new Int32Array(0);

/** 0, 1, 2, …: at least `length` of them, for everybody. */
function rowNumbers(length: number): Int32Array {
  if (numbers.length < length) {
    numbers = new Int32Array(2 * length);
    for (let i = 0; i < numbers.length; i++) numbers[i] = i;
  }
  return numbers;
}

/** A stretch of a frame: all of it, or what EXCLUDE leaves before, in and after its hole. */
type Piece = "whole" | "before" | "own" | "after";

const PIECES: Record<Exclusion, readonly Piece[]> = {
  "no-others": ["whole"],
  "current-row": ["before", "after"],
  group: ["before", "after"],
  ties: ["before", "own", "after"],
};

/** Parts whose records merge by adding slot to slot. */
const ADDED = new Set(["count", "sum", "exact-sum"]);
/**
 * Aggregates made of slots over frames that only move forward. Each row becomes a record; a frame is the sum of a stretch of suffix records, made
 * when its front was last used up, and of one that has grown since (the queue of two stacks). A row is merged three times however long its frame,
 * nothing is ever subtracted, so that sums of floats do not drift and NaN leaves a frame with its row, and a frame that begins with its partition is one record.
 */
export class SlotFrames implements PartitionState {
  readonly #calls: readonly SlotCall[];
  readonly #args: readonly number[];
  readonly #filter: number | undefined;
  readonly #exclude: Exclusion;
  readonly #leaves: SlotProgram;
  readonly #answers: SlotProgram;
  readonly #scratch: SlotProgram;
  /** A record of no rows. */
  readonly #empty: Float64Array;
  readonly #queues: FrameQueue[][];
  readonly #unbounded: boolean;
  readonly #additive: boolean;
  readonly #carries: boolean;
  #rows: Int32Array = numbers;
  #queueBytes = 0;

  /** `calls`: aggregates of one frame and filter, with the held columns of their arguments. */
  constructor(
    calls: readonly { readonly accumulator: SlotAccumulator; readonly args: readonly number[] }[],
    options: { readonly filter: number | undefined; readonly exclude: Exclusion; readonly unbounded: boolean },
  ) {
    const args = [...new Set(calls.flatMap((call) => call.args))];
    this.#args = args;
    this.#calls = calls.map((call) => ({ aggregate: call.accumulator.aggregate, args: call.args.map((arg) => args.indexOf(arg)) }));
    this.#filter = options.filter;
    this.#exclude = options.exclude;
    this.#unbounded = options.unbounded;
    const types = args.map((arg) => {
      const call = calls.find((one) => one.args.includes(arg))!;
      return call.accumulator.types[call.args.indexOf(arg)];
    });
    const parts = this.#calls.flatMap(({ aggregate, args: own }) => aggregate.parts.map((part) => ({ part, args: own })));
    this.#leaves = new SlotProgram(types, parts);
    this.#answers = this.#leaves.fresh();
    this.#scratch = this.#leaves.fresh();
    this.#scratch.resize(1);
    this.#empty = this.#scratch.state.slice(0, this.#scratch.stride);
    this.#queues = PIECES[options.exclude].map(() => []);
    const added = parts.every(({ part }) => ADDED.has(part.key)) && this.#empty.every((slot) => slot === 0);
    this.#additive = added && this.#leaves.stride <= MOST_UNROLLED;
    this.#carries = parts.some(({ part }) => part.carry !== undefined);
  }

  /** A vector for each call, in the order of time. */
  next(rows: ArrivedRows, bounds: Bounds): Vector[] {
    const { length, ids, starts } = rows;
    this.#makeLeaves(rows);
    if (this.#additive) this.#answers.resize(length);
    else this.#clear(this.#answers, length);
    const order = rows.order ?? this.#rows;
    const pieces = PIECES[this.#exclude];
    for (let piece = 0; piece < pieces.length; piece++) {
      const queues = this.#queues[piece];
      const { start, end } = pieceBounds(pieces[piece], this.#exclude, rows, bounds);
      const bounded = !this.#unbounded || pieces[piece] === "own" || pieces[piece] === "after";
      const form = { stride: this.#leaves.stride, bounded, adds: piece > 0, carries: this.#carries };
      const loop = this.#additive ? slideLoop(form) : undefined;
      for (let p = 0; p < ids.length; p++) {
        const queue = queues[ids[p]] ?? newQueue(this.#empty);
        this.#queueBytes -= bytesOf(queues[ids[p]]);
        queues[ids[p]] = queue;
        const stretch = { from: starts[p], to: starts[p + 1], base: bounds.base[p], start, end, bounded, order };
        if (loop === undefined) this.#slide(queue, stretch);
        else {
          reserveQueue(queue, stretch, this.#leaves.stride);
          loop(queue, stretch, this.#leaves.state, this.#answers.state, this.#carry);
        }
        this.#queueBytes += bytesOf(queue);
      }
    }
    this.#answers.carry();
    return this.#calls.map(({ aggregate, args }) => aggregate.finish(slotReader(this.#answers, aggregate, args), 0, length));
  }

  #makeLeaves(rows: ArrivedRows): void {
    const { length } = rows;
    this.#rows = rowNumbers(length);
    this.#clear(this.#leaves, length);
    // NULL slots of a BOOLEAN column hold 0, so its data is the mask.
    const filter = this.#filter === undefined ? null : ((rows.inTime(this.#filter) as FlatVector).data as Uint8Array);
    this.#leaves.update(this.#rows, this.#args.map(rows.inTime), length, filter);
  }

  /** Makes records 0 up to `length` empty. */
  #clear(program: SlotProgram, length: number): void {
    program.resize(length);
    const { state, stride } = program;
    const empty = this.#empty;
    if (this.#additive) state.fill(0, 0, length * stride);
    else for (let at = 0; at < length * stride; at += stride) state.set(empty, at);
  }

  #slide(queue: FrameQueue, { from, to, base, start: starts, end: ends, bounded, order }: Stretch): void {
    const leaves = this.#leaves.state;
    const answers = this.#answers;
    const stride = this.#leaves.stride;
    for (let i = from; i < to; i++) {
      const s = starts[i];
      const e = ends[i];
      const wanted = Math.max(e, base + i - from + 1);
      while (queue.next < wanted) {
        if (!bounded) queue.start = queue.end;
        if ((queue.next - queue.start + 1) * stride > queue.ring.length) growQueue(queue, stride);
        const at = (queue.next & (queue.ring.length / stride - 1)) * stride;
        const leaf = order[from + queue.next - base] * stride;
        for (let k = 0; k < stride; k++) queue.ring[at + k] = leaves[leaf + k];
        queue.next++;
      }
      const { ring, back } = queue;
      const mask = ring.length / stride - 1;
      while (queue.end < e) {
        this.#mergeInto(back, 0, ring, queue.end & mask);
        queue.end++;
        if (this.#carries && ++queue.added === CARRY_RECORDS) {
          this.#carry(back, 0);
          queue.added = 0;
        }
      }
      if (bounded && s > queue.start) {
        if (s >= queue.flip) {
          for (let j = queue.end - 2; j >= s; j--) {
            this.#mergeInto(ring, (j & mask) * stride, ring, (j + 1) & mask);
            if (this.#carries && (j & (CARRY_RECORDS - 1)) === 0) this.#carry(ring, (j & mask) * stride);
          }
          queue.flip = queue.end;
          back.set(this.#empty);
          queue.added = 0;
        }
        queue.start = s;
      }
      if (bounded && queue.start < queue.flip) answers.mergeRecord(order[i], ring, queue.start & mask);
      answers.mergeRecord(order[i], back, 0);
    }
  }

  /** Adds a record, the rows of which come later, to the one at `to[at]`. */
  #mergeInto(to: Float64Array, at: number, from: Float64Array, record: number): void {
    const { state, stride } = this.#scratch;
    for (let k = 0; k < stride; k++) state[k] = to[at + k];
    this.#scratch.mergeRecord(0, from, record);
    for (let k = 0; k < stride; k++) to[at + k] = state[k];
  }

  readonly #carry = (records: Float64Array, at: number): void => {
    const { state, stride } = this.#scratch;
    for (let k = 0; k < stride; k++) state[k] = records[at + k];
    this.#scratch.carry();
    for (let k = 0; k < stride; k++) records[at + k] = state[k];
  };

  save(from: number, to: number): unknown {
    return this.#queues.map((queues) => queues.slice(from, to).map((queue) => queue && copyQueue(queue)));
  }

  load(from: number, _to: number, saved: unknown): void {
    (saved as (FrameQueue | undefined)[][]).forEach((queues, piece) => {
      queues.forEach((queue, i) => {
        if (queue === undefined) return;
        this.#queues[piece][from + i] = copyQueue(queue);
        this.#queueBytes += bytesOf(queue);
      });
    });
  }

  bytes(): number {
    return this.#leaves.bytes() + this.#answers.bytes() + this.#queueBytes;
  }
}

const bytesOf = (queue: FrameQueue | undefined): number => (queue === undefined ? 0 : queue.ring.byteLength + 160);

const newQueue = (empty: Float64Array): FrameQueue => ({
  ring: new Float64Array(4 * empty.length),
  back: empty.slice(),
  start: 0,
  flip: 0,
  end: 0,
  next: 0,
  added: 0,
});

const copyQueue = (queue: FrameQueue): FrameQueue => ({ ...queue, ring: queue.ring.slice(), back: queue.back.slice() });

/** Bounds of one piece of the frames; they only rise, as those of the frames do. */
function pieceBounds(piece: Piece, exclude: Exclusion, rows: ArrivedRows, bounds: Bounds): Pick<Bounds, "start" | "end"> {
  if (piece === "whole") return bounds;
  const { ids, starts, peerStart, peerEnd, length } = rows;
  const start = new Float64Array(length);
  const end = new Float64Array(length);
  for (let p = 0; p < ids.length; p++) {
    const shift = bounds.base[p] - starts[p];
    for (let i = starts[p]; i < starts[p + 1]; i++) {
      const own = shift + i;
      const hole = exclude === "current-row" ? own : shift + peerStart[i];
      const after = exclude === "current-row" ? own + 1 : shift + peerEnd[i];
      if (piece === "before") {
        start[i] = bounds.start[i];
        end[i] = Math.min(bounds.end[i], hole);
      } else if (piece === "own") {
        start[i] = Math.max(bounds.start[i], own);
        end[i] = Math.min(bounds.end[i], own + 1);
      } else {
        start[i] = Math.max(bounds.start[i], after);
        end[i] = bounds.end[i];
      }
      if (end[i] < start[i]) end[i] = start[i];
    }
  }
  return { start, end };
}
