import { takeBatch } from "../core/take.ts";
import type { RecordBatch, Vector } from "../core/vector.ts";

/** Times at or beyond this are infinities, which say nothing about how far a stream has come. */
const FINITE = 9.2e18;

/** Where the watermark of one partition stands. */
interface PartitionTime {
  /** Latest event time seen. */
  max: number;
  /** Last time on the clock that it gave rows. */
  active: number;
}

/** What watermarks are made by. Microseconds throughout. */
export interface WatermarkRules {
  /** How far the watermark stays behind the latest event time. */
  readonly delay: number;
  /** A partition that gives nothing for so long is left out of the minimum; undefined: never. */
  readonly idleTimeout: number | undefined;
  /** The watermark follows the clock at this distance, whether or not rows come; undefined: it does not. */
  readonly wallClockClose: number | undefined;
  /** Rows further ahead of the clock than this are taken out; undefined: none. */
  readonly maxFutureSkew: number | undefined;
}

/** A batch with what its rows met. */
export interface MarkedBatch {
  readonly batch: RecordBatch;
  /** What the first of them met: later ones may have met more. */
  readonly met: number;
  readonly future?: { readonly batch: RecordBatch; readonly watermarks: Float64Array };
}

/**
 * Makes watermarks. That of a partition is the latest time of its earlier rows less the delay, floored to the millisecond; the stream's is the least of its
 * partitions that have not ended and are not idle, and never falls. A row meets the higher of the two, so that a partition which starts late, or
 * comes back from being idle, does not find windows open that have closed for everybody.
 */
export class WatermarkGenerator {
  readonly #rules: WatermarkRules;
  readonly #partitions: PartitionTime[] = [];
  #current = Number.NEGATIVE_INFINITY;

  constructor(rules: WatermarkRules) {
    this.#rules = rules;
  }

  /** The stream's watermark; undefined while nothing can be said. */
  get current(): number | undefined {
    return this.#current === Number.NEGATIVE_INFINITY ? undefined : this.#current;
  }

  /** The watermark that the next row of a partition meets. */
  of(partition: number): number {
    const time = this.#partitions[partition];
    return Math.max(this.#current, time === undefined ? Number.NEGATIVE_INFINITY : this.#floor(time.max));
  }

  #floor(max: number): number {
    return Math.floor((max - this.#rules.delay) / 1000) * 1000;
  }

  /** Takes in the rows of a partition, whose times are `times`. `now`: time on the clock. */
  mark(partition: number, batch: RecordBatch, times: Vector, now: number): MarkedBatch {
    const state = this.#partition(partition, now);
    const met = this.of(partition);
    state.active = now;
    const { maxFutureSkew } = this.#rules;
    if (maxFutureSkew !== undefined) {
      const future = this.#future(state, batch, timesOf(times), times.validity, now + maxFutureSkew);
      if (future !== undefined) return { ...future, met };
    }
    return { batch: this.#markRows(state, batch, times), met };
  }

  #partition(partition: number, now: number): PartitionTime {
    for (let i = this.#partitions.length; i <= partition; i++) this.#partitions.push({ max: Number.NEGATIVE_INFINITY, active: now });
    return this.#partitions[partition];
  }

  #markRows(state: PartitionTime, batch: RecordBatch, vector: Vector): RecordBatch {
    const before = state.max;
    const floor = this.#current;
    const { delay } = this.#rules;
    const ascending = ascendingTimes(vector, batch.length);
    if (ascending !== undefined && ascending.first >= Math.max(floor, before - delay)) {
      state.max = Math.max(before, ascending.last);
      return { ...batch, times: ascending };
    }
    const times = timesOf(vector);
    const latest = latestIfInOrder(times, vector.validity, batch.length, before, delay, floor);
    if (latest !== undefined) {
      state.max = latest;
      return batch;
    }
    const watermarks = new Float64Array(batch.length);
    let max = before;
    let watermark = Math.max(floor, this.#floor(max));
    let behind = false;
    for (let i = 0; i < batch.length; i++) {
      watermarks[i] = watermark;
      if (vector.validity !== null && vector.validity[i] === 0) continue;
      const time = times[i];
      if (time < watermark) behind = true;
      if (time > max && time < FINITE) {
        max = time;
        watermark = Math.max(floor, this.#floor(max));
      }
    }
    state.max = max;
    return behind ? { ...batch, watermarks } : batch;
  }

  /** Rows beyond the limit taken out, each with the watermark it met; undefined when there are none. */
  #future(
    state: PartitionTime,
    batch: RecordBatch,
    times: Float64Array,
    validity: Uint8Array | null,
    limit: number,
  ): Omit<MarkedBatch, "met"> | undefined {
    let count = 0;
    for (let i = 0; i < batch.length; i++) if (times[i] > limit) count++;
    if (count === 0) return undefined;
    const ahead = new Int32Array(count);
    const kept = new Int32Array(batch.length - count);
    const met = new Float64Array(count);
    const keptTimes = new Float64Array(kept.length);
    let a = 0;
    let k = 0;
    let max = state.max;
    for (let i = 0; i < batch.length; i++) {
      if (times[i] > limit) {
        met[a] = Math.max(this.#current, this.#floor(max));
        ahead[a++] = i;
      } else {
        keptTimes[k] = times[i];
        kept[k++] = i;
        if (times[i] > max && (validity === null || validity[i] === 1)) max = times[i];
      }
    }
    const rest = takeBatch(batch, kept);
    const restValidity = validity === null ? null : Uint8Array.from(kept, (row) => validity[row]);
    const vector: Vector = { layout: "flat", type: { kind: "double" }, length: kept.length, validity: restValidity, data: keptTimes };
    return { batch: this.#markRows(state, rest, vector), future: { batch: takeBatch(batch, ahead), watermarks: met } };
  }

  /** Works out the stream's watermark anew. `ended`: which partitions have; those that gave nothing yet count too. */
  advance(ended: readonly { readonly ended: boolean }[], now: number): void {
    const { idleTimeout, wallClockClose } = this.#rules;
    let least = Infinity;
    for (let i = 0; i < ended.length; i++) {
      const time = this.#partition(i, now);
      if (ended[i].ended || (idleTimeout !== undefined && now - time.active >= idleTimeout)) continue;
      least = Math.min(least, this.#floor(time.max));
    }
    if (least === Infinity) {
      // Nobody counts: it stays, but for partitions that have all ended, whose latest holds
      least = Number.NEGATIVE_INFINITY;
      if (ended.length > 0 && ended.every((partition) => partition.ended)) {
        for (const time of this.#partitions) least = Math.max(least, this.#floor(time.max));
      }
    }
    if (wallClockClose !== undefined) least = Math.max(least, Math.floor((now - wallClockClose) / 1000) * 1000);
    if (least > this.#current) this.#current = least;
  }

  /** Whether every partition that has not ended is idle. */
  isIdle(partitions: readonly { readonly ended: boolean }[], now: number): boolean {
    const { idleTimeout } = this.#rules;
    if (idleTimeout === undefined) return false;
    return partitions.every((partition, i) => partition.ended || now - this.#partition(i, now).active >= idleTimeout);
  }

  /** When on the clock something changes though no row comes; undefined: never. */
  nextChange(partitions: readonly { readonly ended: boolean }[], now: number): number | undefined {
    const { idleTimeout, wallClockClose } = this.#rules;
    let next = Infinity;
    if (idleTimeout !== undefined) {
      for (let i = 0; i < partitions.length; i++) {
        const due = this.#partition(i, now).active + idleTimeout;
        if (!partitions[i].ended && due > now) next = Math.min(next, due);
      }
    }
    if (wallClockClose !== undefined) next = Math.min(next, now + 200_000);
    return next === Infinity ? undefined : next;
  }

  /** State, as plain data. */
  snapshot(): { readonly current: number; readonly max: readonly number[] } {
    return { current: this.#current, max: this.#partitions.map((partition) => partition.max) };
  }

  restore(state: { readonly current: number; readonly max: readonly number[] }, now: number): void {
    this.#current = state.current;
    state.max.forEach((max, i) => {
      this.#partition(i, now).max = max;
    });
  }
}

/** The first and last of times that ascend and are all finite; undefined for others. Negative ones are left to the exact loop. */
function ascendingTimes(vector: Vector, length: number): RecordBatch["times"] {
  if (length === 0 || vector.layout !== "flat" || vector.validity !== null || !(vector.data instanceof BigInt64Array)) return undefined;
  const { data } = vector;
  const first = Number(data[0]);
  const last = Number(data[length - 1]);
  if (first < 0 || last >= FINITE) return undefined;
  // The bits of integers from 0 on order as doubles as the integers do.
  const bits = new Float64Array(data.buffer, data.byteOffset, length);
  let before = bits[0];
  let i = 1;
  // Four a step share what is loaded of the array.
  for (; i < length - 3; i += 4) {
    const a = bits[i];
    const b = bits[i + 1];
    const c = bits[i + 2];
    const d = bits[i + 3];
    if (!(a >= before && b >= a && c >= b && d >= c)) return undefined;
    before = d;
  }
  for (; i < length; i++) {
    const now = bits[i];
    if (!(now >= before)) return undefined;
    before = now;
  }
  return { first, last };
}

/**
 * The latest time, if no row comes behind the watermark it meets; undefined otherwise. Rows with NULL and infinite times count for nothing. It looks at
 * the unfloored watermark, which is never lower: the rare row within that millisecond is left to the exact loop.
 */
function latestIfInOrder(
  times: Float64Array,
  validity: Uint8Array | null,
  length: number,
  before: number,
  delay: number,
  floor: number,
): number | undefined {
  let max = before;
  if (validity !== null) return undefined;
  for (let i = 0; i < length; i++) {
    const time = times[i];
    if (time < max - delay || time < floor) return undefined;
    if (time > max) max = time;
  }
  return max < FINITE ? max : undefined;
}

let scratch = new Float64Array(0);

/** Times of a vector as microseconds; valid until the next call. */
export function timesOf(vector: Vector): Float64Array {
  if (vector.layout !== "flat") throw new Error("times are flat");
  const { data, length } = vector;
  if (data instanceof Float64Array) return data;
  if (scratch.length < length) scratch = new Float64Array(Math.max(length, 16_384));
  const times = scratch;
  if (data instanceof BigInt64Array) {
    const halves = new Int32Array(data.buffer, data.byteOffset, 2 * length);
    for (let i = 0; i < length; i++) times[i] = halves[2 * i + 1] * 4294967296 + (halves[2 * i] >>> 0);
  } else for (let i = 0; i < length; i++) times[i] = (data[i] as number) * 86_400_000_000;
  return times;
}
