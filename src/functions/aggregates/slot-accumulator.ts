import type { Accumulator, AccumulatorState, AggregateOverload, BindContext } from "../../catalog/function-types.ts";
import type { DataType } from "../../core/types.ts";
import type { Vector } from "../../core/vector.ts";
import type { SlotPart } from "./slot-part.ts";
import { SlotProgram } from "./slot-program.ts";

/** An aggregate whose state is a few numbers: what it keeps, and what it makes of it at the end. */
export interface SlotAggregate {
  readonly parts: readonly SlotPart[];
  /** Result of groups `from` up to `to`. */
  readonly finish: (slots: SlotReader, from: number, to: number) => Vector;
  /** The same from parts that can take rows out again, where those above cannot. */
  readonly retracting?: SlotAggregate;
}

/** The slots of one aggregate among those of a program. */
export interface SlotReader {
  readonly state: Float64Array;
  readonly stride: number;
  /** First slot of each of the aggregate's parts. */
  readonly offsets: readonly number[];
  /** Rows of a group where no argument was NULL. */
  readonly count: (group: number) => number;
}

export function slotReader(program: SlotProgram, aggregate: SlotAggregate, args: readonly number[]): SlotReader {
  return {
    state: program.state,
    stride: program.stride,
    offsets: aggregate.parts.map((part) => (part.init.length === 0 ? -1 : program.offsetOf(part, args))),
    count: program.countOf(args),
  };
}

/** A slot aggregate on its own. The hash aggregate operator takes `aggregate` out and runs several in one loop. */
export class SlotAccumulator implements Accumulator {
  readonly aggregate: SlotAggregate;
  readonly types: readonly DataType[];
  readonly #args: readonly number[];
  #program: SlotProgram | undefined;
  /** Present when every part can take rows back. */
  readonly retract?: Accumulator["retract"];

  constructor(aggregate: SlotAggregate, types: readonly DataType[]) {
    this.aggregate = aggregate;
    this.types = types;
    this.#args = types.map((_, i) => i);
    if (aggregate.parts.every((part) => part.undo !== undefined)) {
      this.retract = (groups, args, length, filter) => this.#made().retract(groups, args, length, filter);
    }
  }

  resize(groups: number): void {
    this.#made().resize(groups);
  }

  update(groups: Int32Array, args: readonly Vector[], length: number, filter: Uint8Array | null): void {
    this.#made().update(groups, args, length, filter);
  }

  merge(other: AccumulatorState, mapping: Int32Array): void {
    this.#made().merge(other as Float64Array, mapping);
  }

  state(): AccumulatorState {
    return this.#made().snapshot();
  }

  evaluate(groups: number): Vector {
    const program = this.#made();
    program.carry();
    return this.aggregate.finish(slotReader(program, this.aggregate, this.#args), 0, groups);
  }

  bytes(): number {
    return this.#program?.bytes() ?? 0;
  }

  #made(): SlotProgram {
    this.#program ??= new SlotProgram(
      this.types,
      this.aggregate.parts.map((part) => ({ part, args: this.#args })),
    );
    return this.#program;
  }
}

/** An overload made of slots. `aggregate` sees the types the arguments were cast to. */
export const slotOverload = (
  overload: Omit<AggregateOverload, "create">,
  aggregate: (bind: BindContext) => SlotAggregate,
): AggregateOverload => ({ ...overload, create: (bind) => new SlotAccumulator(aggregate(bind), bind.types) });
