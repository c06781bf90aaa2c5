import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import { type SlotAggregate, slotReader } from "../../functions/aggregates/slot-accumulator.ts";
import { MOST_ARGUMENTS, type PlacedPart, SlotProgram } from "../../functions/aggregates/slot-program.ts";
import { maskOf } from "../aggregate/group-states.ts";
import type { SnapshotPart } from "../operator.ts";
import { PAGE_BITS, PAGE_ROWS } from "./page-set.ts";
import { PagedDoubles } from "./paged-numbers.ts";
import { type CallStates, type GroupedInput, type Results, rowsOf } from "./retract-state.ts";

/** A call made of slots: which call of the query it is, and its input columns. */
export interface SlotCall {
  readonly call: number;
  readonly aggregate: SlotAggregate;
  readonly args: readonly number[];
}

/** Rows within which every page has its exact sums carried: each record then meets fewer than 2^21 rows between two carries. */
const CARRY_ROUND = 1 << 19;

/** Aggregates that are a few numbers a group and share a filter, their records in pages. */
export class SlotStates implements CallStates {
  readonly calls: readonly number[];
  readonly stores: readonly [PagedDoubles];
  readonly #members: readonly { readonly aggregate: SlotAggregate; readonly args: readonly number[] }[];
  readonly #filter: number | undefined;
  readonly #columns: readonly number[];
  readonly #program: SlotProgram;
  /** The same program, over the records that results are read from. */
  readonly #reader: SlotProgram;
  readonly #records: PagedDoubles;
  /** Records of touched groups as they were before. Undefined: nobody asks for them. */
  #before: Float64Array | undefined;
  #carryPage = 0;
  #carryDue = 0;

  constructor(inputTypes: readonly DataType[], filter: number | undefined, members: readonly SlotCall[], remembers: boolean) {
    const columns = [...new Set(members.flatMap(({ args }) => args))];
    const parts: PlacedPart[] = [];
    this.#members = members.map(({ aggregate, args }) => {
      const positions = args.map((column) => columns.indexOf(column));
      for (const part of aggregate.parts) parts.push({ part, args: positions });
      return { aggregate, args: positions };
    });
    this.calls = members.map(({ call }) => call);
    this.#columns = columns;
    this.#filter = filter;
    this.#program = new SlotProgram(
      columns.map((column) => inputTypes[column]),
      parts,
    );
    this.#reader = this.#program.fresh();
    this.#records = new PagedDoubles(this.#program.freshRecord);
    this.stores = [this.#records];
    this.#before = remembers ? new Float64Array(0) : undefined;
  }

  /** Rows of a group that passed the filter. */
  rowsOf(group: number): number {
    return this.#records.get(group);
  }

  remember(touched: Int32Array, from: number, to: number): void {
    if (this.#before === undefined) return;
    const { stride } = this.#program;
    if (this.#before.length < to * stride) {
      const grown = new Float64Array(Math.max(to * stride, this.#before.length * 2));
      grown.set(this.#before.subarray(0, from * stride));
      this.#before = grown;
    }
    this.#records.gather(touched, from, to, this.#before, from);
  }

  update({ groups, inputs, length, gone }: GroupedInput): void {
    const args = this.#columns.map((column) => inputs[column]);
    const filter = maskOf(inputs, this.#filter);
    this.apply(groups, args, length, rowsOf(filter, gone, length, false), false);
    if (gone !== undefined) this.apply(groups, args, length, rowsOf(filter, gone, length, true), true);
  }

  /** Adds rows to groups, or takes them out; `args` are the members' argument columns, each once. */
  apply(groups: Int32Array, args: readonly Vector[], length: number, mask: Uint8Array | null, undo: boolean): void {
    this.#program.updatePaged(this.#records.pages, PAGE_BITS, groups, args, length, mask, undo);
    this.#carrySome(length);
  }

  /** Values stay the same, so pages that a snapshot still refers to need no copy. */
  #carrySome(rows: number): void {
    const { pages } = this.#records;
    this.#carryDue += (rows * pages.length) / CARRY_ROUND;
    for (; this.#carryDue >= 1; this.#carryDue--) {
      this.#carryPage = (this.#carryPage + 1) % pages.length;
      this.#program.carryRecords(pages[this.#carryPage], PAGE_ROWS);
    }
  }

  results(touched: Int32Array, from: number, to: number): Results {
    const { stride } = this.#program;
    const records = new Float64Array((to - from) * stride);
    this.#records.gather(touched, from, to, records, 0);
    const before = this.#before === undefined ? undefined : this.#finish(this.#before.slice(from * stride, to * stride), to - from);
    return { before: before ?? [], after: this.#finish(records, to - from) };
  }

  #finish(records: Float64Array, count: number): Vector[] {
    this.#program.carryRecords(records, count);
    this.#reader.state = records;
    return this.#members.map(({ aggregate, args }) => aggregate.finish(slotReader(this.#reader, aggregate, args), 0, count));
  }

  emitted(): void {}

  clear(groups: Int32Array, length: number): void {
    for (let i = 0; i < length; i++) this.#records.clear(groups[i]);
  }

  snapshot(): SnapshotPart[] {
    return [];
  }

  restore(): void {}

  /** What touched groups were before, for a snapshot between two emissions. */
  get before(): Float64Array | undefined {
    return this.#before;
  }

  set before(records: Float64Array | undefined) {
    this.#before = records;
  }

  bytes(): number {
    return this.#before?.byteLength ?? 0;
  }
}

/** Calls of one filter in programs of a bounded number of arguments. */
export function slotStates(
  inputTypes: readonly DataType[],
  filter: number | undefined,
  calls: readonly SlotCall[],
  remembers: boolean,
): SlotStates[] {
  const out: SlotStates[] = [];
  let rest = calls;
  while (rest.length > 0) {
    const columns = new Set<number>();
    let count = 0;
    for (const { args } of rest) {
      const more = new Set([...columns, ...args]);
      if (count > 0 && more.size > MOST_ARGUMENTS) break;
      for (const column of args) columns.add(column);
      count++;
    }
    out.push(new SlotStates(inputTypes, filter, rest.slice(0, count), remembers));
    rest = rest.slice(count);
  }
  return out;
}
