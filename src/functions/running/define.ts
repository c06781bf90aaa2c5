import type {
  BindContext,
  FunctionDoc,
  RunningWindow,
  TypePattern,
  WindowFunction,
  WindowOption,
  WindowPartition,
} from "../../catalog/function-types.ts";
import { bindError } from "../../core/errors.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, INTERVAL, VARCHAR } from "../../core/types.ts";
import type { IntervalValue, Value } from "../../core/value.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";

/**
 * Functions OVER (PARTITION BY k ORDER BY ts) that go through each partition once and see only what has been. One implementation serves tables and
 * streams: `step` is given rows as they come, and keeps a state of bounded size for each partition.
 */

/** What a family's file says of one function. */
export interface RunningEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  /** `params`: the arguments, then the options. */
  readonly doc: FunctionDoc;
  /** Arguments of rows. */
  readonly args: readonly TypePattern[];
  readonly variadic?: TypePattern;
  /** How many trailing `args` may be left out. */
  readonly optional?: number;
  /** Constants behind them, by name or in this order. */
  readonly options?: readonly WindowOption[];
  readonly returns: DataType | ((bind: BindContext) => DataType);
  /** Types the arguments are cast to; default: what the patterns say. */
  readonly coerce?: (bind: BindContext) => readonly DataType[];
  /** Whether `step` gets the time of ORDER BY behind the arguments: see `timesOf`. */
  readonly takesTime?: (bind: BindContext) => boolean;
  /** Called when the query is bound too, so that options that do not fit are refused at their place. */
  readonly running: (bind: BindContext) => RunningWindow;
}

/** Makes the definitions of one family. */
export const runningFamily = (family: string, entries: readonly RunningEntry[]): readonly WindowFunction[] =>
  entries.map(({ name, aliases, doc, running, returns, ...signature }) => ({
    kind: "window",
    name,
    ...(aliases === undefined ? {} : { aliases }),
    family,
    doc,
    overloads: [
      {
        ...signature,
        returns: (bind) => {
          running(bind);
          return typeof returns === "function" ? returns(bind) : returns;
        },
        running,
        compute: runningCompute(running),
      },
    ],
  }));

/** `WindowOverload.compute` of a running function: every partition from its first row to its last. */
export const runningCompute =
  (running: (bind: BindContext) => RunningWindow) =>
  ({ length, args, bind, partitionStart }: WindowPartition): Vector => {
    const partitions = new Int32Array(length);
    let partition = -1;
    for (let i = 0; i < length; i++) {
      if (partitionStart[i] === i) partition++;
      partitions[i] = partition;
    }
    const window = running(bind);
    window.resize(partition + 1);
    return window.step(partitions, args, length);
  };

/** A state of a fixed number of doubles a partition, `empty` before its first row. `step` finds those of partition p from `p * empty.length` on. */
export function runningNumbers(
  empty: readonly number[],
  step: (state: Float64Array, partitions: Int32Array, args: readonly Vector[], length: number) => Vector,
): RunningWindow {
  const width = empty.length;
  let size = 0;
  let state = new Float64Array(0);
  return {
    resize(partitions) {
      if (partitions * width > state.length) {
        const grown = new Float64Array(Math.max(partitions, 2 * size, 16) * width);
        grown.set(state);
        state = grown;
      }
      for (; size < partitions; size++) state.set(empty, size * width);
    },
    step: (partitions, args, length) => step(state, partitions, args, length),
    state: (from, to) => state.slice(from * width, to * width),
    restore: (from, saved) => state.set(saved as Float64Array, from * width),
    bytes: () => state.byteLength,
  };
}

/** How the states of partitions are kept where they are objects. */
export interface RunningObjects<T> {
  readonly create: () => T;
  /** Plain data that structured clone can carry, which nothing changes later. */
  readonly save: (state: T) => unknown;
  readonly load: (saved: unknown) => T;
  /** Bytes one state holds; asked of some of them. */
  readonly bytes: (state: T) => number;
}

/** A state that is an object a partition. `step` finds that of partition p at `states[p]`. */
export function runningObjects<T>(
  kind: RunningObjects<T>,
  step: (states: readonly T[], partitions: Int32Array, args: readonly Vector[], length: number) => Vector,
): RunningWindow {
  const states: T[] = [];
  return {
    resize(partitions) {
      while (states.length < partitions) states.push(kind.create());
    },
    step: (partitions, args, length) => step(states, partitions, args, length),
    state: (from, to) => states.slice(from, to).map(kind.save),
    restore(from, saved) {
      (saved as unknown[]).forEach((one, i) => {
        states[from + i] = kind.load(one);
      });
    },
    // States of one function are about as large as one another.
    bytes: () => (states.length === 0 ? 0 : states.length * Math.max(kind.bytes(states[0]), kind.bytes(states[states.length - 1]))),
  };
}

/** Values of a DOUBLE column, NaN for NULL. Not to be changed. */
export function doublesOf(vector: Vector): Float64Array {
  const { data, validity, length } = vector as FlatVector;
  const values = data as Float64Array;
  if (validity === null) return values;
  const result = new Float64Array(length);
  for (let i = 0; i < length; i++) result[i] = validity[i] === 0 ? Number.NaN : values[i];
  return result;
}

/** Microseconds since 1970-01-01 of a TIMESTAMP or TIMESTAMPTZ column, NaN for NULL. */
export function timesOf(vector: Vector): Float64Array {
  const { data, validity, length } = vector as FlatVector;
  const words = new Int32Array(data.buffer, data.byteOffset, 2 * length);
  const times = new Float64Array(length);
  for (let i = 0; i < length; i++) times[i] = words[2 * i + 1] * 4294967296 + (words[2 * i] >>> 0);
  if (validity !== null) for (let i = 0; i < length; i++) if (validity[i] === 0) times[i] = Number.NaN;
  return times;
}

/** A DOUBLE column of values, NULL for NaN. Takes `data` over. */
export function doubleColumn(data: Float64Array): Vector {
  const length = data.length;
  let validity: Uint8Array | null = null;
  for (let i = 0; i < length; i++) {
    if (!Number.isNaN(data[i])) continue;
    validity ??= new Uint8Array(length).fill(1);
    validity[i] = 0;
    data[i] = 0;
  }
  return { layout: "flat", type: DOUBLE, length, validity, data };
}

/** A BOOLEAN column: 0, 1, and anything else for NULL. Takes `data` over. */
export function booleanColumn(data: Uint8Array): Vector {
  const length = data.length;
  let validity: Uint8Array | null = null;
  for (let i = 0; i < length; i++) {
    if (data[i] <= 1) continue;
    validity ??= new Uint8Array(length).fill(1);
    validity[i] = 0;
    data[i] = 0;
  }
  return { layout: "flat", type: BOOLEAN, length, validity, data };
}

/** A STRUCT column, no row of which is NULL as a whole. */
export const structColumn = (type: DataType, children: readonly Vector[], length: number): Vector => ({
  layout: "struct",
  type,
  length,
  validity: null,
  children,
});

/** What an option may be. */
export const numberOption = (name: string): WindowOption => ({ name, types: [DOUBLE] });
export const wholeOption = (name: string): WindowOption => ({ name, types: [BIGINT] });
export const textOption = (name: string): WindowOption => ({ name, types: [VARCHAR] });
export const booleanOption = (name: string): WindowOption => ({ name, types: [BOOLEAN] });
export const intervalOption = (name: string): WindowOption => ({ name, types: [INTERVAL] });

/** The value of an option; undefined where it is not given, or NULL. */
export function givenOption(bind: BindContext, name: string): Exclude<Value, null> | undefined {
  const at = bind.names.indexOf(name);
  return at < 0 ? undefined : (bind.constants[at] ?? undefined);
}

/** A number among the options, checked. BIGINT comes as a number too. */
export function numberGiven(
  bind: BindContext,
  name: string,
  valid: { readonly test: (value: number) => boolean; readonly words: string },
): number | undefined {
  const value = givenOption(bind, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (!valid.test(number)) throw bindError(`${name} must be ${valid.words}, not ${number}`);
  return number;
}

/** Microseconds of an interval among the options, which is a fixed length of time above zero (a day is 24 hours). */
export function lengthGiven(bind: BindContext, name: string): number | undefined {
  const value = givenOption(bind, name) as IntervalValue | undefined;
  if (value === undefined) return undefined;
  if (value.months !== 0) throw bindError(`${name} must be a fixed length of time, which months and years are not`);
  const micros = value.days * 86_400_000_000 + value.micros;
  if (micros <= 0) throw bindError(`${name} must be above zero`);
  return micros;
}
