import { BIGINT } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { type ArrivedRows, PartitionNumbers, type PartitionState } from "./over-rows.ts";

/** Functions of a row's place that need no more than counts. */
export type RankFunction = "row_number" | "rank" | "dense_rank";

export const isRankFunction = (name: string): name is RankFunction => name === "row_number" || name === "rank" || name === "dense_rank";

/** row_number, rank and dense_rank: two numbers a partition. */
export class RankCounters implements PartitionState {
  readonly #rows = new PartitionNumbers();
  readonly #groups = new PartitionNumbers();

  next(functions: readonly RankFunction[], rows: ArrivedRows, partitions: number): Vector[] {
    const { length, ids, starts, peerStart } = rows;
    this.#rows.reserve(partitions);
    this.#groups.reserve(partitions);
    const place = new Float64Array(length);
    const first = new Float64Array(length);
    const group = new Float64Array(length);
    for (let p = 0; p < ids.length; p++) {
      const before = this.#rows.values[ids[p]] - starts[p] + 1;
      let groups = this.#groups.values[ids[p]];
      for (let i = starts[p]; i < starts[p + 1]; i++) {
        if (peerStart[i] === i) groups++;
        place[i] = before + i;
        first[i] = before + peerStart[i];
        group[i] = groups;
      }
      this.#rows.values[ids[p]] += starts[p + 1] - starts[p];
      this.#groups.values[ids[p]] = groups;
    }
    return functions.map((name) => bigints(name === "row_number" ? place : name === "rank" ? first : group));
  }

  save(from: number, to: number): unknown {
    return [this.#rows.save(from, to), this.#groups.save(from, to)];
  }

  load(from: number, to: number, saved: unknown): void {
    const [rows, groups] = saved as [unknown, unknown];
    this.#rows.load(from, to, rows);
    this.#groups.load(from, to, groups);
  }

  bytes(): number {
    return this.#rows.bytes() + this.#groups.bytes();
  }
}

function bigints(values: Float64Array): Vector {
  const data = new BigInt64Array(values.length);
  const words = new Uint32Array(data.buffer);
  for (let i = 0; i < values.length; i++) {
    words[2 * i] = values[i];
    words[2 * i + 1] = values[i] / 4294967296;
  }
  return { layout: "flat", type: BIGINT, length: values.length, validity: null, data };
}
