import { runtimeError } from "../../core/errors.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import type { BoundWindow } from "../../plan/expression.ts";
import type { Stretches } from "./partitions.ts";
import { type RangeKey, rangeSearch } from "./range-search.ts";

export type FrameKind = BoundWindow["frame"]["start"]["kind"];

/** A frame over sorted rows. Offsets are vectors of those rows. */
export interface FrameSpec {
  readonly unit: "rows" | "range" | "groups";
  readonly start: { readonly kind: FrameKind; readonly offset?: Vector };
  readonly end: { readonly kind: FrameKind; readonly offset?: Vector };
}

export interface Frames {
  readonly start: Int32Array;
  readonly end: Int32Array;
}

/** Frames of all rows, half-open, within their partitions; an empty one has its end at its start. `key`: the one ORDER BY key of a RANGE frame with offsets. */
export function framesOf(spec: FrameSpec, partitions: Stretches, peers: Stretches, length: number, key: RangeKey | undefined): Frames {
  const start = boundOf(spec, "start", partitions, peers, length, key);
  const end = boundOf(spec, "end", partitions, peers, length, key);
  for (let i = 0; i < length; i++) {
    start[i] = Math.min(Math.max(start[i], partitions.start[i]), partitions.end[i]);
    end[i] = Math.max(start[i], Math.min(end[i], partitions.end[i]));
  }
  return { start, end };
}

function boundOf(
  spec: FrameSpec,
  side: "start" | "end",
  partitions: Stretches,
  peers: Stretches,
  length: number,
  key: RangeKey | undefined,
): Int32Array {
  const { kind, offset } = spec[side];
  switch (kind) {
    case "unbounded-preceding":
      return partitions.start.slice();
    case "unbounded-following":
      return partitions.end.slice();
    case "current-row":
      if (spec.unit !== "rows") return side === "start" ? peers.start.slice() : peers.end.slice();
      return rowsAway(() => 0, side, length);
    default: {
      if (offset === undefined) throw new Error(`a ${kind} bound without an offset`);
      const forward = kind === "following";
      if (spec.unit === "range") {
        if (key === undefined) throw new Error("a RANGE offset without an ORDER BY key");
        return rangeSearch(key, offset, forward, side, partitions, peers, length);
      }
      const distance = rowDistance(offset, forward);
      if (spec.unit === "rows") return rowsAway(distance, side, length);
      return groupBound(distance, side, partitions, peers, length);
    }
  }
}

function rowsAway(distance: (i: number) => number, side: "start" | "end", length: number): Int32Array {
  const bound = new Int32Array(length);
  const after = side === "end" ? 1 : 0;
  // Row numbers far outside any partition are as good as those just outside.
  for (let i = 0; i < length; i++) bound[i] = Math.min(Math.max(i + distance(i) + after, -1), length + 1);
  return bound;
}

/** A BIGINT offset as a signed number of rows. */
function rowDistance(offset: Vector, forward: boolean): (i: number) => number {
  const { data, validity } = offset as FlatVector;
  const words = new Int32Array(data.buffer, data.byteOffset, 2 * offset.length);
  return (i) => {
    if (validity !== null && validity[i] === 0) throw runtimeError("a frame offset cannot be NULL");
    const rows = words[2 * i + 1] * 4294967296 + (words[2 * i] >>> 0);
    if (rows < 0) throw runtimeError(`a frame offset cannot be negative, as ${rows} is`);
    return forward ? rows : -rows;
  };
}

/** GROUPS: peer groups are numbered through all partitions; a bound beyond the partition is clamped by the caller. */
function groupBound(
  distance: (i: number) => number,
  side: "start" | "end",
  partitions: Stretches,
  peers: Stretches,
  length: number,
): Int32Array {
  const groupOf = new Int32Array(length);
  const firsts: number[] = [];
  for (let i = 0; i < length; i++) {
    if (peers.start[i] === i) firsts.push(i);
    groupOf[i] = firsts.length - 1;
  }
  firsts.push(length);
  const bound = new Int32Array(length);
  for (let i = 0; i < length; i++) {
    const wanted = groupOf[i] + distance(i);
    const low = groupOf[partitions.start[i]];
    const high = groupOf[partitions.end[i] - 1];
    if (wanted < low) bound[i] = partitions.start[i];
    else if (wanted > high) bound[i] = partitions.end[i];
    else bound[i] = side === "start" ? firsts[wanted] : firsts[wanted + 1];
  }
  return bound;
}
