import type { Vector } from "../../core/vector.ts";

/**
 * Rows that become known together, partition by partition, each in order. No later row is a peer of one of them or comes before it.
 * Arrays of a row have one entry for each of `length` rows; a stretch is the rows of one partition.
 */
export interface ArrivedRows {
  readonly length: number;
  /** Ids of the partitions, a stretch each. */
  readonly ids: Int32Array;
  /** First row of each stretch, and `length` at the end. */
  readonly starts: Int32Array;
  /** Event times, microseconds. */
  readonly times: Float64Array;
  /** First row of each row's peers, and the one after the last. */
  readonly peerStart: Int32Array;
  readonly peerEnd: Int32Array;
  /** A held column, in this order. */
  readonly column: (k: number) => Vector;
  /** Where each row stands in the order of time, in which the rows came and are given out; undefined: the orders are the same. */
  readonly order: Int32Array | undefined;
  /** A held column, in the order of time. */
  readonly inTime: (k: number) => Vector;
}

/** State of an OVER operator that is kept by partition: a share of a snapshot for the partitions of a range of ids. */
export interface PartitionState {
  /** Plain data of partitions `from` up to `to`; nothing in it changes later. */
  save(from: number, to: number): unknown;
  load(from: number, to: number, saved: unknown): void;
  bytes(): number;
}

/** One number a partition, from 0. */
export class PartitionNumbers implements PartitionState {
  values = new Float64Array(64);

  reserve(partitions: number): void {
    if (partitions <= this.values.length) return;
    const grown = new Float64Array(Math.max(partitions, 2 * this.values.length));
    grown.set(this.values);
    this.values = grown;
  }

  save(from: number, to: number): Float64Array {
    this.reserve(to);
    return this.values.slice(from, to);
  }

  load(from: number, to: number, saved: unknown): void {
    this.reserve(to);
    this.values.set(saved as Float64Array, from);
  }

  bytes(): number {
    return this.values.byteLength;
  }
}
