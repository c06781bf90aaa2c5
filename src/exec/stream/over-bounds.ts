import type { ArrivedRows, PartitionState } from "./over-rows.ts";
import { PartitionNumbers } from "./over-rows.ts";

/** A bound of a frame that does not lie behind the current row. Offsets of RANGE are given by what they make of a time. */
export type OverBound =
  | { readonly kind: "unbounded" }
  | { readonly kind: "current" }
  | { readonly kind: "rows" | "groups"; readonly distance: number }
  | { readonly kind: "range"; readonly back: (time: number) => number };

export interface OverFrame {
  readonly unit: "rows" | "range" | "groups";
  readonly start: OverBound;
  readonly end: OverBound;
}

/** Frames of arrived rows, half-open, as numbers of rows in their partitions, counted from 0 since the partition's first row. */
export interface Bounds {
  /** Number of the first row of each stretch. */
  readonly base: Float64Array;
  readonly start: Float64Array;
  readonly end: Float64Array;
}

/** The keys of rows that a bound has not passed yet: a queue of doubles, of which `first` is the number of the oldest. */
interface KeyQueue {
  ring: Float64Array;
  first: number;
  next: number;
  /** Numbers of the rows the bounds stand at. */
  start: number;
  end: number;
}

/**
 * Where the frames of one kind begin and end. Bounds only move forward, so each row is passed once by each: time a row does not depend on the frame.
 * Only RANGE and GROUPS offsets keep anything, a double for each row in a frame.
 */
export class FrameBounds implements PartitionState {
  readonly #frame: OverFrame;
  readonly #counts = new PartitionNumbers();
  /** Peer groups of each partition, for GROUPS. */
  readonly #groups = new PartitionNumbers();
  readonly #queues: (KeyQueue | undefined)[] = [];
  readonly #keyed: boolean;
  #queueBytes = 0;
  #start = new Float64Array(0);
  #end = new Float64Array(0);

  constructor(frame: OverFrame) {
    this.#frame = frame;
    this.#keyed = isKeyed(frame.start) || isKeyed(frame.end);
  }

  /** The bounds are good until the next call. */
  next(rows: ArrivedRows, partitions: number): Bounds {
    const { length, ids, starts } = rows;
    this.#counts.reserve(partitions);
    this.#groups.reserve(partitions);
    const base = new Float64Array(ids.length);
    if (this.#start.length < length) {
      this.#start = new Float64Array(length);
      this.#end = new Float64Array(length);
    }
    const start = this.#start.subarray(0, length);
    const end = this.#end.subarray(0, length);
    const counts = this.#counts.values;
    for (let p = 0; p < ids.length; p++) {
      const first = counts[ids[p]];
      base[p] = first;
      const [from, to] = [starts[p], starts[p + 1]];
      if (this.#keyed) this.#byKey(rows, p, first, start, end);
      this.#place(this.#frame.start, rows, from, to, first, start, false);
      this.#place(this.#frame.end, rows, from, to, first, end, true);
      counts[ids[p]] = first + to - from;
    }
    for (let i = 0; i < length; i++) if (end[i] < start[i]) end[i] = start[i];
    return { base, start, end };
  }

  /** Bounds that are found by counting. */
  #place(bound: OverBound, rows: ArrivedRows, from: number, to: number, first: number, out: Float64Array, isEnd: boolean): void {
    const after = isEnd ? 1 : 0;
    const shift = first - from;
    switch (bound.kind) {
      case "unbounded":
        out.fill(0, from, to);
        return;
      case "current": {
        if (this.#frame.unit === "rows") for (let i = from; i < to; i++) out[i] = shift + i + after;
        else {
          const peers = isEnd ? rows.peerEnd : rows.peerStart;
          for (let i = from; i < to; i++) out[i] = shift + peers[i];
        }
        return;
      }
      case "rows": {
        const by = shift - bound.distance + after;
        for (let i = from; i < to; i++) out[i] = Math.max(0, by + i);
        return;
      }
      case "groups":
      case "range":
        return;
    }
  }

  /** Bounds that are found by the key of rows: their time, or the number of their peer group. */
  #byKey(rows: ArrivedRows, p: number, first: number, start: Float64Array, end: Float64Array): void {
    const { ids, starts } = rows;
    const id = ids[p];
    const { start: startBound, end: endBound } = this.#frame;
    const queue = this.#queues[id] ?? { ring: new Float64Array(16), first, next: first, start: first, end: first };
    this.#queueBytes -= bytesOf(this.#queues[id]);
    this.#queues[id] = queue;
    const grouped = startBound.kind === "groups" || endBound.kind === "groups";
    const times = grouped ? undefined : rows.times;
    const peerStart = grouped || isKeyed(endBound) ? rows.peerStart : undefined;
    let group = this.#groups.values[id];
    for (let i = starts[p]; i < starts[p + 1]; i++) {
      if (grouped && peerStart![i] === i) group++;
      const key = times === undefined ? group : times[i];
      if (queue.next - queue.first === queue.ring.length) grow(queue);
      queue.ring[queue.next++ & (queue.ring.length - 1)] = key;
      const mask = queue.ring.length - 1;
      if (isKeyed(startBound)) {
        const least = target(startBound, key);
        while (queue.ring[queue.start & mask] < least) queue.start++;
        start[i] = queue.start;
      }
      if (isKeyed(endBound)) {
        const greatest = target(endBound, key);
        while (queue.end < queue.next && queue.ring[queue.end & mask] <= greatest) queue.end++;
        end[i] = queue.end;
      }
      queue.first = Math.min(isKeyed(startBound) ? queue.start : queue.next, isKeyed(endBound) ? queue.end : queue.next);
    }
    // A distance of 0 reaches peers that came after the row itself.
    if (isKeyed(endBound)) for (let i = starts[p + 1] - 2; i >= starts[p]; i--) if (peerStart![i + 1] <= i) end[i] = end[i + 1];
    this.#groups.values[id] = group;
    this.#queueBytes += bytesOf(queue);
  }

  save(from: number, to: number): unknown {
    return {
      counts: this.#counts.save(from, to),
      groups: this.#groups.save(from, to),
      queues: this.#queues.slice(from, to).map((queue) => queue && { ...queue, ring: queue.ring.slice() }),
    };
  }

  load(from: number, to: number, saved: unknown): void {
    const { counts, groups, queues } = saved as { counts: Float64Array; groups: Float64Array; queues: (KeyQueue | undefined)[] };
    this.#counts.load(from, to, counts);
    this.#groups.load(from, to, groups);
    queues.forEach((queue, i) => {
      this.#queues[from + i] = queue && { ...queue, ring: queue.ring.slice() };
      this.#queueBytes += bytesOf(queue);
    });
  }

  bytes(): number {
    return this.#counts.bytes() + this.#groups.bytes() + this.#queueBytes;
  }
}

const bytesOf = (queue: KeyQueue | undefined): number => (queue === undefined ? 0 : queue.ring.byteLength + 64);

const isKeyed = (bound: OverBound) => bound.kind === "range" || bound.kind === "groups";

function target(bound: OverBound, key: number): number {
  if (bound.kind === "groups") return key - bound.distance;
  return bound.kind === "range" ? bound.back(key) : key;
}

function grow(queue: KeyQueue): void {
  const from = queue.ring;
  const ring = new Float64Array(2 * from.length);
  for (let k = queue.first; k < queue.next; k++) ring[k & (ring.length - 1)] = from[k & (from.length - 1)];
  queue.ring = ring;
}
