import type { Accumulator, AccumulatorState } from "../../catalog/function-types.ts";
import { rowComparator } from "../../core/compare.ts";
import { concatVectors } from "../../core/concat.ts";
import { take } from "../../core/take.ts";
import type { DataType } from "../../core/types.ts";
import { type Vector, vectorBytes } from "../../core/vector.ts";
import { nullVector } from "../../core/vector-builder.ts";
import { exactDoubles } from "./exact-doubles.ts";

/** How an aggregate picks the one row of a group it keeps. */
export interface RowChoice {
  /** Columns whose NULLs disqualify a row. */
  readonly required: readonly number[];
  /** `first` and `last` go by the order of rows; the others by the order of column `by`, the earlier row winning a tie. */
  readonly pick: "first" | "last" | "least" | "greatest";
  readonly by?: number;
}

/** The state: at most one row a group, in any order. */
export interface KeptRows {
  readonly groups: Int32Array;
  readonly columns: readonly Vector[];
}

const MOST_PAGES = 16;

/**
 * Keeps one row a group, of any types: first, last, min and max of strings, arg_min … Chosen rows of a batch are copied into a page; pages are
 * compacted when rows that have been replaced outnumber those in use.
 */
export class GroupValues implements Accumulator {
  readonly #types: readonly DataType[];
  readonly #choice: RowChoice;
  readonly #output: number;
  #pages: (readonly Vector[])[] = [];
  #pageStarts: number[] = [];
  #rows = 0;
  #bytes = 0;
  #groups = 0;
  /** Row + 1 of each group, counted over all pages; 0: none. */
  #kept = new Int32Array(0);
  /** Row + 1 of the current batch that a group has chosen; all 0 between batches. */
  #chosen = new Int32Array(0);

  /** Of each group the deciding column's value, while all of them are exact as doubles. */
  #best: Float64Array | undefined;

  /** The result is column `output` of the kept rows. */
  constructor(types: readonly DataType[], choice: RowChoice, output = 0) {
    this.#types = types;
    this.#choice = choice;
    this.#output = output;
    this.#best = choice.by === undefined ? undefined : new Float64Array(0);
  }

  /** For min and max: which of the values it gives. */
  get extreme(): "least" | "greatest" | undefined {
    const { pick, by } = this.#choice;
    return this.#types.length === 1 && by === 0 && (pick === "least" || pick === "greatest") ? pick : undefined;
  }

  resize(groups: number): void {
    this.#groups = Math.max(groups, this.#groups);
    if (groups <= this.#kept.length) return;
    const size = Math.max(groups, this.#kept.length * 2);
    const kept = new Int32Array(size);
    kept.set(this.#kept);
    this.#kept = kept;
    this.#chosen = new Int32Array(size);
    if (this.#best !== undefined) {
      const best = new Float64Array(size);
      best.set(this.#best);
      this.#best = best;
    }
  }

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    const checks = this.#choice.required.map((column) => args[column].validity).filter((validity) => validity !== null);
    if (filter !== null) checks.push(filter);
    const touched = this.#choose(groups, args, length, checks);
    if (touched.length === 0) return;
    const rows = new Int32Array(touched.length);
    for (let k = 0; k < rows.length; k++) {
      rows[k] = this.#chosen[touched[k]] - 1;
      this.#chosen[touched[k]] = 0;
      this.#kept[touched[k]] = this.#rows + k + 1;
    }
    const page = args.map((column) => take(column, rows));
    this.#pages.push(page);
    this.#pageStarts.push(this.#rows);
    this.#rows += rows.length;
    this.#bytes += page.reduce((sum, column) => sum + vectorBytes(column), 0);
    if (this.#pages.length > MOST_PAGES || this.#rows > 2 * this.#groups + 65_536) this.#compact();
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    const { groups, columns } = other as KeptRows;
    this.update(
      groups.map((group) => mapping[group]),
      columns,
      groups.length,
      null,
    );
  }

  state(): AccumulatorState {
    this.#compact();
    const groups = new Int32Array(this.#rows);
    for (let group = 0; group < this.#groups; group++) if (this.#kept[group] > 0) groups[this.#kept[group] - 1] = group;
    return { groups, columns: this.#columns() } satisfies KeptRows;
  }

  evaluate(groups: number): Vector {
    const rows = new Int32Array(groups);
    for (let group = 0; group < groups; group++) rows[group] = this.#kept[group] - 1;
    return take(this.#column(this.#output), rows);
  }

  bytes(): number {
    return this.#bytes + this.#kept.byteLength + this.#chosen.byteLength + (this.#best?.byteLength ?? 0);
  }

  /** Groups that found a better row in this batch; the row is in `#chosen`. */
  #choose(groups: Int32Array, args: readonly Vector[], length: number, checks: readonly Uint8Array[]): number[] {
    const { pick, by } = this.#choice;
    if (by !== undefined && this.#best !== undefined) {
      const keys = exactDoubles(args[by], length);
      if (keys !== undefined) return this.#chooseByDouble(this.#best, groups, keys, length, checks);
      this.#best = undefined;
    }
    const chosen = this.#chosen;
    const kept = this.#kept;
    const touched: number[] = [];
    const sign = pick === "greatest" ? 1 : -1;
    const within = by === undefined ? () => 0 : rowComparator(args[by], args[by]);
    const withPage: ((i: number, j: number) => number)[] = new Array(this.#pages.length);
    for (let i = 0; i < length; i++) {
      let keep = 1;
      for (const check of checks) keep &= check[i];
      if (keep === 0) continue;
      const group = groups[i];
      if (chosen[group] > 0) {
        if (pick === "first" || (pick !== "last" && within(i, chosen[group] - 1) * sign <= 0)) continue;
      } else {
        if (kept[group] > 0 && pick === "first") continue;
        if (kept[group] > 0 && by !== undefined) {
          const row = kept[group] - 1;
          const page = this.#pageOf(row);
          withPage[page] ??= rowComparator(args[by], this.#pages[page][by]);
          if (withPage[page](i, row - this.#pageStarts[page]) * sign <= 0) continue;
        }
        touched.push(group);
      }
      chosen[group] = i + 1;
    }
    return touched;
  }

  #chooseByDouble(best: Float64Array, groups: Int32Array, keys: Float64Array, length: number, checks: readonly Uint8Array[]): number[] {
    const greatest = this.#choice.pick === "greatest";
    const chosen = this.#chosen;
    const kept = this.#kept;
    const touched: number[] = [];
    for (let i = 0; i < length; i++) {
      let keep = 1;
      for (const check of checks) keep &= check[i];
      if (keep === 0) continue;
      const group = groups[i];
      const key = keys[i];
      const known = chosen[group] > 0;
      if ((known || kept[group] > 0) && (greatest ? key <= best[group] : key >= best[group])) continue;
      best[group] = key;
      if (!known) touched.push(group);
      chosen[group] = i + 1;
    }
    return touched;
  }

  #pageOf(row: number): number {
    let page = this.#pageStarts.length - 1;
    while (this.#pageStarts[page] > row) page--;
    return page;
  }

  #column(k: number): Vector {
    if (this.#pages.length === 0) return nullVector(this.#types[k], 0);
    return concatVectors(
      this.#types[k],
      this.#pages.map((page) => page[k]),
    );
  }

  #columns(): Vector[] {
    return this.#types.map((_, k) => this.#column(k));
  }

  #compact(): void {
    if (this.#pages.length === 0) return;
    const rows = new Int32Array(this.#rows);
    let count = 0;
    for (let group = 0; group < this.#groups; group++) {
      if (this.#kept[group] === 0) continue;
      rows[count] = this.#kept[group] - 1;
      this.#kept[group] = ++count;
    }
    const page = this.#columns().map((column) => take(column, rows, count));
    this.#pages = [page];
    this.#pageStarts = [0];
    this.#rows = count;
    this.#bytes = page.reduce((sum, column) => sum + vectorBytes(column), 0);
  }
}
