import { generatedFunction } from "../../core/generated.ts";

/**
 * Records of one partition. Rows are numbered from 0; record n stands at n modulo the ring. Rows `start` to `flip` hold suffixes (the sum of rows
 * from there up to `flip`), rows from `flip` on their own; `back` is the sum of `flip` up to `end`, the frame's end; `next` is the first row not yet here.
 */
export interface FrameQueue {
  ring: Float64Array;
  readonly back: Float64Array;
  start: number;
  flip: number;
  end: number;
  next: number;
  /** Records in `back` since its words were carried. */
  added: number;
}

/** Arrived rows `from` up to `to`, of one partition, in which the first of them has the number `base`, and the bounds of a piece of all arrived rows' frames. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly base: number;
  readonly start: Float64Array;
  readonly end: Float64Array;
  /** Whether the piece's start moves. */
  readonly bounded: boolean;
  /** Records of leaves and answers by row. */
  readonly order: Int32Array;
}

/** How a loop over frames is made. */
export interface SlideForm {
  /** Slots of a record, at most MOST_UNROLLED. */
  readonly stride: number;
  readonly bounded: boolean;
  /** Adds to the answers instead of writing them. */
  readonly adds: boolean;
  readonly carries: boolean;
}

/** `carry`: brings the words of the record at a place into their range. The queue's ring has room (reserveQueue). */
export type SlideLoop = (
  queue: FrameQueue,
  stretch: Stretch,
  leaves: Float64Array,
  answers: Float64Array,
  carry: (records: Float64Array, at: number) => void,
) => void;

/** Records of more slots than this make a loop that is too long to be fast. */
export const MOST_UNROLLED = 32;
/** Records of exact sums added before words are carried: 2^20 words of 32 bits, twice, stay below 2^53. */
export const CARRY_RECORDS = 1 << 20;

/**
 * The loop for records that merge by adding slot to slot: slots are local variables, and no record is copied that is only read. Numbers of rows are
 * counted from the queue's first, so that they are integers to V8 however long a stream runs.
 */
export function slideLoop(form: SlideForm): SlideLoop {
  const key = `${form.stride} ${form.bounded} ${form.adds} ${form.carries}`;
  let loop = loops.get(key);
  if (loop === undefined) {
    loop = makeLoop(form);
    loops.set(key, loop);
  }
  return loop;
}
const loops = new Map<string, SlideLoop>();

function makeLoop({ stride, bounded, adds, carries }: SlideForm): SlideLoop {
  const slots = Array.from({ length: stride }, (_, k) => k);
  const each = (text: (k: number) => string) => slots.map(text).join(" ");
  const toBack = each((k) => `back[${k}] = b${k};`);
  const fromBack = each((k) => `b${k} = back[${k}];`);
  const sign = adds ? "+=" : "=";
  const turn = `
    if (s > start) {
      if (s >= flip) {
        ${each((k) => `let a${k} = 0;`)}
        for (let j = end - 1; j >= s; j--) {
          const at = (j + shift & mask) * ${stride};
          ${each((k) => `a${k} = ring[at + ${k}] += a${k};`)}
          ${carries ? `if ((j + origin & ${CARRY_RECORDS - 1}) === 0) { carry(ring, at); ${each((k) => `a${k} = ring[at + ${k}];`)} }` : ""}
        }
        flip = end;
        ${each((k) => `b${k} = 0;`)}
        added = 0;
      }
      start = s;
    }`;
  const front = `
    if (start < flip) {
      const at = (start + shift & mask) * ${stride};
      ${each((k) => `answers[answer + ${k}] ${sign} b${k} + ring[at + ${k}];`)}
    } else { ${each((k) => `answers[answer + ${k}] ${sign} b${k};`)} }`;
  const text = `
  const { ring, back } = queue;
  const { from, to, order, start: starts, end: ends } = stretch;
  const mask = ring.length / ${stride} - 1;
  const origin = ${bounded ? "queue.start" : "queue.end"};
  const shift = origin & mask;
  const first = stretch.base - origin;
  const row = from - first;
  let start = 0, flip = queue.flip - origin, end = queue.end - origin, next = queue.next - origin, added = queue.added;
  let ${slots.map((k) => `b${k} = back[${k}]`).join(", ")};
  for (let i = from; i < to; i++) {
    const e = ends[i] - origin | 0;
    const wanted = Math.max(e, i - row + 1 | 0);
    for (; next < wanted; next++) {
      const at = (next + shift & mask) * ${stride}, leaf = order[row + next] * ${stride};
      ${each((k) => `ring[at + ${k}] = leaves[leaf + ${k}];`)}
    }
    for (; end < e; end++) {
      const at = (end + shift & mask) * ${stride};
      ${each((k) => `b${k} += ring[at + ${k}];`)}
      ${carries ? `if (++added === ${CARRY_RECORDS}) { ${toBack} carry(back, 0); ${fromBack} added = 0; }` : ""}
    }
    ${bounded ? `const s = starts[i] - origin | 0;${turn}` : ""}
    const answer = order[i] * ${stride};
    ${bounded ? front : each((k) => `answers[answer + ${k}] ${sign} b${k};`)}
  }
  ${toBack}
  queue.end = origin + end;
  ${bounded ? "queue.start = origin + start; queue.flip = origin + flip;" : "queue.start = queue.end;"}
  queue.next = origin + next;
  queue.added = added;`;
  return generatedFunction<SlideLoop>(["queue", "stretch", "leaves", "answers", "carry"], text, "frames");
}

/** Makes room for all records that a stretch holds at one time. */
export function reserveQueue(queue: FrameQueue, { from, to, base, start, end, bounded }: Stretch, stride: number): void {
  if (!bounded) queue.start = queue.end;
  const row = base - from + 1;
  let kept = bounded ? queue.start : queue.end;
  let most = 0;
  for (let i = from; i < to; i++) {
    most = Math.max(most, Math.max(end[i], row + i) - kept);
    kept = bounded ? start[i] : end[i];
  }
  while (queue.ring.length < most * stride) growQueue(queue, stride);
}

/** Twice the room. */
export function growQueue(queue: FrameQueue, stride: number): void {
  const from = queue.ring;
  const ring = new Float64Array(2 * from.length);
  const [mask, wider] = [from.length / stride - 1, ring.length / stride - 1];
  for (let n = queue.start; n < queue.next; n++) {
    ring.set(from.subarray((n & mask) * stride, ((n & mask) + 1) * stride), (n & wider) * stride);
  }
  queue.ring = ring;
}
