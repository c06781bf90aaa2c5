import type { Span } from "../core/errors.ts";
import { runtimeError } from "../core/errors.ts";
import { addInterval, addIntervalInZone } from "../core/interval.ts";
import { isFiniteTimestamp } from "../core/time.ts";
import { findZone, isUtc } from "../core/time-zone.ts";
import type { DataType } from "../core/types.ts";
import { type IntervalValue, isInterval, type Value } from "../core/value.ts";
import { BATCH_ROWS, type RecordBatch } from "../core/vector.ts";
import type { Output, PullResult, ScanProgress, SourceOperator } from "./operator.ts";

export interface SeriesBounds {
  readonly type: DataType;
  readonly start: Value;
  readonly stop: Value;
  readonly step: Value;
  readonly inclusive: boolean;
  readonly span: Span;
}

/** Rows of a series made in one piece. */
const PIECE_ROWS = BATCH_ROWS;

/** generate_series and range: start, start + step, … a batch at a time, however long. No rows where a bound is NULL. */
export class Series implements SourceOperator {
  readonly name = "series";
  readonly #type: DataType;
  readonly #fill: ((data: BigInt64Array) => number) | undefined;
  readonly #total: number | undefined;
  #rows = 0;

  constructor(bounds: SeriesBounds, timeZone: string) {
    const { start, stop, step } = bounds;
    this.#type = bounds.type;
    if (start === null || stop === null || step === null) {
      this.#total = 0;
      return;
    }
    if (isInterval(step)) {
      this.#fill = timeFill(bounds, BigInt(start as bigint), BigInt(stop as bigint), step, timeZone);
      return;
    }
    const [from, to, by] = [BigInt(start as bigint), BigInt(stop as bigint), BigInt(step as bigint)];
    if (by === 0n) throw runtimeError("a series cannot have a step of 0", bounds.span);
    const count = seriesLength(from, to, by, bounds.inclusive);
    this.#total = Number(count);
    this.#fill = integerFill(from, by, count);
  }

  pull(out: Output): PullResult {
    if (this.#fill === undefined) return "end";
    const data = new BigInt64Array(PIECE_ROWS);
    const length = this.#fill(data);
    this.#rows += length;
    const batch: RecordBatch = {
      columns: [{ layout: "flat", type: this.#type, length, validity: null, data: data.subarray(0, length) }],
      length,
    };
    out.push(batch);
    return length === PIECE_ROWS ? "more" : "end";
  }

  progress(): ScanProgress {
    return { rows: this.#rows, done: this.#rows, total: this.#total };
  }
}

function seriesLength(from: bigint, to: bigint, by: bigint, inclusive: boolean): bigint {
  const distance = by > 0n ? to - from : from - to;
  if (distance < 0n) return 0n;
  const step = by > 0n ? by : -by;
  return inclusive ? distance / step + 1n : (distance + step - 1n) / step;
}

/** Fills an array and returns how many rows it wrote; less than the array's length means the end. */
function integerFill(from: bigint, by: bigint, count: bigint): (data: BigInt64Array) => number {
  let done = 0n;
  return (data) => {
    const left = count - done;
    const length = left < BigInt(data.length) ? Number(left) : data.length;
    const first = from + done * by;
    const last = first + by * BigInt(Math.max(0, length - 1));
    done += BigInt(length);
    if (isExact(first) && isExact(last)) fillExact(data, Number(first), Number(by), length);
    else for (let i = 0; i < length; i++) data[i] = first + by * BigInt(i);
    return length;
  };
}

const isExact = (value: bigint): boolean => value >= -9007199254740992n && value <= 9007199254740992n;

/** Through two 32-bit views, without a BigInt a row. */
function fillExact(data: BigInt64Array, first: number, by: number, length: number): void {
  const words = new Int32Array(data.buffer, data.byteOffset, data.length * 2);
  for (let i = 0; i < length; i++) {
    const value = first + i * by;
    words[2 * i] = value;
    words[2 * i + 1] = Math.floor(value / 4294967296);
  }
}

function timeFill(
  bounds: SeriesBounds,
  start: bigint,
  stop: bigint,
  step: IntervalValue,
  timeZone: string,
): (data: BigInt64Array) => number {
  const signs = [step.months, step.days, step.micros].map(Math.sign).filter((sign) => sign !== 0);
  if (signs.length === 0) throw runtimeError("a series cannot have a step of 0", bounds.span);
  if (signs.some((sign) => sign !== signs[0])) {
    throw runtimeError("a series needs a step whose months, days and time have the same sign", bounds.span);
  }
  if (!isFiniteTimestamp(start) || !isFiniteTimestamp(stop)) throw runtimeError("a series cannot begin or end at infinity", bounds.span);
  const zone = bounds.type.kind === "timestamptz" ? findZone(timeZone) : undefined;
  const forward = signs[0] > 0;
  let next: number | bigint | undefined = narrowed(start);
  const end = narrowed(stop);
  return (data) => {
    let length = 0;
    while (length < data.length && next !== undefined) {
      const passed = forward ? next > end : next < end;
      // biome-ignore lint/suspicious/noDoubleEquals: a number may stand beside a bigint of the same value
      if (passed || (!bounds.inclusive && next == end)) {
        next = undefined;
        break;
      }
      data[length++] = BigInt(next);
      next = zone === undefined || isUtc(zone) ? addInterval(next, step) : addIntervalInZone(next, step, zone);
    }
    return length;
  };
}

const narrowed = (value: bigint): number | bigint => (isExact(value) ? Number(value) : value);
