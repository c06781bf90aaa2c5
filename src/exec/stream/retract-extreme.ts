import { compareNumbers, compareValues } from "../../core/compare.ts";
import { WeirError } from "../../core/errors.ts";
import { take } from "../../core/take.ts";
import { type DataType, INTEGER } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import type { Vector } from "../../core/vector.ts";
import { nullVector } from "../../core/vector-builder.ts";
import type { AggregateCall } from "../aggregate/group-states.ts";
import type { SnapshotPart } from "../operator.ts";
import { KeyedSlots } from "./keyed-slots.ts";
import { PAGE_ROWS, type PagedStore } from "./page-set.ts";
import { type PagedColumn, pagedColumn } from "./paged-column.ts";
import { PagedInts } from "./paged-numbers.ts";
import { RankList } from "./rank-list.ts";
import { orderReader } from "./rank-order.ts";
import { filtered } from "./retract-rows.ts";
import type { CallStates, GroupedInput, Results } from "./retract-state.ts";

/** min and max over rows that come and go: each group's distinct values are counted and kept in order, so that a row costs the same however many there are. */
export class ExtremeStates implements CallStates {
  readonly calls: readonly number[];
  readonly stores: readonly PagedStore[];
  readonly #name: string;
  readonly #type: DataType;
  readonly #call: AggregateCall;
  readonly #lenient: boolean;
  /** By (group, value). */
  readonly #values: KeyedSlots;
  readonly #counts = new PagedInts();
  /** Of each slot: its value, and by group the slots in order, the best first. */
  readonly #order: Value[] = [];
  readonly #lists: (RankList | undefined)[] = [];
  readonly #compare: (a: number, b: number) => number;
  readonly #emitted: PagedColumn;
  #ids = new Int32Array(0);

  constructor(inputTypes: readonly DataType[], position: number, call: AggregateCall, greatest: boolean, lenient: boolean) {
    const type = inputTypes[call.args[0]];
    this.calls = [position];
    this.#name = `extreme-${position}`;
    this.#type = type;
    this.#call = call;
    this.#lenient = lenient;
    this.#values = new KeyedSlots([INTEGER, type], [this.#counts]);
    const sign = greatest ? -1 : 1;
    const order = this.#order;
    this.#compare = (a, b) => {
      const [x, y] = [order[a], order[b]];
      return sign * (typeof x === "number" && typeof y === "number" ? compareNumbers(x, y) : compareValues(type, x, y));
    };
    this.#emitted = pagedColumn(type);
    this.stores = [this.#emitted];
  }

  remember(): void {}

  update(input: GroupedInput): void {
    const { groups, columns, length, gone } = filtered(input, this.#call.args, this.#call.filter);
    if (length === 0) return;
    const [value] = columns;
    if (this.#ids.length < length) this.#ids = new Int32Array(length);
    const ids = this.#ids;
    this.#values.intern([groupColumn(groups, length), value], length, ids, () => {});
    this.#values.pages.touch(ids, length);
    const read = orderReader(value);
    const empty = new Set<number>();
    for (let i = 0; i < length; i++) {
      const id = ids[i];
      const count = this.#counts.get(id);
      if (count === 0) empty.add(id);
      if (value.validity !== null && value.validity[i] === 0) continue;
      if (gone === undefined || gone[i] === 0) {
        this.#counts.set(id, count + 1);
        if (count > 0) continue;
        this.#order[id] = read(i);
        this.#listOf(groups[i]).insert(id, this.#compare);
      } else if (count === 0) {
        if (!this.#lenient) throw new WeirError("internal", "a changelog takes a row away that is not there");
      } else {
        this.#counts.set(id, count - 1);
        if (count > 1) continue;
        this.#listOf(groups[i]).remove(id, this.#compare);
        empty.add(id);
      }
    }
    this.#forget([...empty].filter((id) => this.#counts.get(id) === 0));
  }

  #listOf(group: number): RankList {
    let list = this.#lists[group];
    if (list === undefined) {
      list = new RankList();
      this.#lists[group] = list;
    }
    return list;
  }

  #forget(gone: readonly number[]): void {
    for (const id of gone) this.#order[id] = null;
    this.#values.remove(Int32Array.from(gone), gone.length);
  }

  results(touched: Int32Array, from: number, to: number): Results {
    const count = to - from;
    const places = new Int32Array(count);
    const slots: number[] = [];
    for (let i = 0; i < count; i++) {
      const best = this.#lists[touched[from + i]]?.first() ?? -1;
      places[i] = best < 0 ? -1 : slots.push(best) - 1;
    }
    const values = slots.length === 0 ? nullVector(this.#type, 1) : this.#values.key(1, Int32Array.from(slots), slots.length);
    const before = [this.#emitted.gather(touched.subarray(from, to), count)];
    return { before, after: [slots.length === 0 ? nullVector(this.#type, count) : take(values, places)] };
  }

  emitted(touched: Int32Array, from: number, to: number, [after]: readonly Vector[]): void {
    this.#emitted.writeAll(after, touched.subarray(from, to), to - from);
  }

  clear(groups: Int32Array, length: number): void {
    for (let g = 0; g < length; g++) {
      const ids: number[] = [];
      this.#lists[groups[g]]?.visit((id) => ids.push(id) > 0);
      this.#lists[groups[g]] = undefined;
      this.#values.pages.touch(Int32Array.from(ids), ids.length);
      for (const id of ids) this.#counts.set(id, 0);
      this.#forget(ids);
    }
  }

  snapshot(): SnapshotPart[] {
    return this.#values.snapshot(this.#name);
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.#values.restore(this.#name, parts);
    for (let from = 0; from < this.#values.slots; from += PAGE_ROWS) {
      const ids: number[] = [];
      for (let id = from; id < Math.min(this.#values.slots, from + PAGE_ROWS); id++) if (this.#values.isLive(id)) ids.push(id);
      const slots = Int32Array.from(ids);
      const [groups, values] = this.#values.keys(slots, slots.length);
      const [group, read] = [orderReader(groups), orderReader(values)];
      ids.forEach((id, i) => {
        this.#order[id] = read(i);
        this.#listOf(group(i) as number).insert(id, this.#compare);
      });
    }
  }

  bytes(): number {
    return this.#values.bytes() + 32 * this.#values.size;
  }
}

const groupColumn = (groups: Int32Array, length: number): Vector => ({
  layout: "flat",
  type: INTEGER,
  length,
  validity: null,
  data: groups.subarray(0, length),
});
