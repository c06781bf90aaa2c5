import { type TimeGrid, timeGrid } from "../core/time-grid.ts";
import { physicalOf } from "../core/types.ts";
import type { FlatVector, Vector } from "../core/vector.ts";
import type { WindowShape } from "../plan/logical-plan.ts";

/**
 * Where windows of time lie, in microseconds (windows of rows: in row numbers). Each window is known by its end: windows of one function that end
 * together begin together. Numbers are exact up to 2^53.
 */
export interface WindowLayout {
  /** Ends lie this far apart; Infinity: not all alike, and no moment is in two windows. */
  readonly step: number;
  /** The first window end behind `time`: that of the first window that `time` is in, unless windows have gaps. */
  firstEnd(time: number): number;
  /** The end of the last window that `time` is in; below `firstEnd(time)` where it is in none. */
  lastEnd(time: number): number;
  startOf(end: number): number;
  /** Time is cut into stretches of this length, all of whose moments are in the same windows. */
  readonly pane: number;
  /** The start of the stretch that `time` is in. */
  paneOf(time: number): number;
  /** All ends are whole milliseconds, as watermarks are. */
  readonly wholeMillis: boolean;
}

/** Windows of rows that carry their window's end: such a row stands at the last microsecond of its window, and in no other. */
export const ENDED_LAYOUT: WindowLayout = {
  step: 1,
  firstEnd: (time) => time + 1,
  lastEnd: (time) => time + 1,
  startOf: (end) => end - 1,
  pane: 1,
  paneOf: (time) => time,
  wholeMillis: true,
};

type FixedShape = Exclude<WindowShape, { type: "session" }>;

export function windowLayout(shape: FixedShape): WindowLayout {
  switch (shape.type) {
    case "tumble":
      return hopping(shape.size, shape.size, shape.offset);
    case "calendar":
      return calendar(timeGrid(shape.grid));
    case "hop":
      return hopping(shape.size, shape.slide, shape.offset);
    case "cumulate":
      return cumulating(shape.size, shape.step, shape.offset);
    case "count": {
      const layout = hopping(shape.rows, shape.slide, -shape.rows);
      return { ...layout, startOf: (end) => Math.max(0, end - shape.rows) };
    }
  }
}

function hopping(size: number, slide: number, offset: number): WindowLayout {
  // Ends are offset + size + k * slide.
  const origin = offset + size;
  const end = (time: number) => Math.floor((time - origin) / slide) * slide + origin;
  const pane = commonDivisor(size, slide);
  return {
    step: slide,
    firstEnd: (time) => end(time) + slide,
    lastEnd: (time) => end(time + size),
    startOf: (windowEnd) => windowEnd - size,
    pane,
    paneOf: (time) => Math.floor((time - offset) / pane) * pane + offset,
    wholeMillis: slide % 1000 === 0 && origin % 1000 === 0,
  };
}

/** Each moment is in one window; the ends are not of one distance. */
function calendar({ floor, next }: TimeGrid): WindowLayout {
  const end = (time: number) => next(floor(time));
  return {
    step: Number.POSITIVE_INFINITY,
    firstEnd: end,
    lastEnd: end,
    startOf: (windowEnd) => floor(windowEnd - 1),
    pane: Number.POSITIVE_INFINITY,
    paneOf: floor,
    wholeMillis: true,
  };
}

function cumulating(size: number, step: number, offset: number): WindowLayout {
  const floor = (time: number, width: number) => Math.floor((time - offset) / width) * width + offset;
  return {
    step,
    firstEnd: (time) => floor(time, step) + step,
    lastEnd: (time) => floor(time, size) + size,
    startOf: (end) => floor(end - 1, size),
    pane: step,
    paneOf: (time) => floor(time, step),
    wholeMillis: step % 1000 === 0 && offset % 1000 === 0,
  };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

const WORD = 4294967296;
const MICROS_PER_DAY = 86_400_000_000;

/** Times of a TIMESTAMP, TIMESTAMPTZ or DATE column as microseconds. What is NULL, infinite or beyond 2^53 is NaN, and in no window. `into`: memory to use. */
export function timesOf(vector: Vector, into?: Float64Array): Float64Array {
  const { data, validity, length, type } = vector as FlatVector;
  const times = into === undefined || into.length < length ? new Float64Array(length) : into.subarray(0, length);
  if (physicalOf(type) === "i32") {
    const days = data as Int32Array;
    for (let i = 0; i < length; i++) times[i] = Math.abs(days[i]) > 100_000_000 ? Number.NaN : days[i] * MICROS_PER_DAY;
  } else {
    const words = wordsOf(data as BigInt64Array);
    for (let i = 0; i < length; i++) {
      const high = words[2 * i + 1];
      times[i] = high >= -2_097_152 && high < 2_097_152 ? high * WORD + (words[2 * i] >>> 0) : Number.NaN;
    }
  }
  if (validity !== null) for (let i = 0; i < length; i++) if (validity[i] === 0) times[i] = Number.NaN;
  return times;
}

/** The 32-bit halves of 64-bit integers, lower ones first. */
const wordsOf = (data: BigInt64Array): Int32Array => new Int32Array(data.buffer, data.byteOffset, data.length * 2);

/** A column of microseconds (or of row numbers) from numbers, which are whole. */
export function micros(type: Vector["type"], values: Float64Array, length = values.length): Vector {
  const data = new BigInt64Array(length);
  const words = wordsOf(data);
  for (let i = 0; i < length; i++) {
    const high = Math.floor(values[i] / WORD);
    words[2 * i] = (values[i] - high * WORD) | 0;
    words[2 * i + 1] = high;
  }
  return { layout: "flat", type, length, validity: null, data };
}
