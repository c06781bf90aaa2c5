import { type DataType, physicalOf } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";

/**
 * How an argument is read in a generated loop: as one number, as 32-bit words (low word first), as the low word alone (`short2`: 64-bit integers of a batch
 * that all fit in 32 bits), or not at all.
 */
export type ArgumentForm = "number" | "words2" | "words4" | "short2" | "unread";

export interface SlotArgument {
  readonly load: string;
  readonly number: string;
  /** Signed 32-bit words, low first; the only one of a number is the number. */
  readonly words: readonly string[];
  /** The value as a signed number of 32 bits, where the batch allows it. */
  readonly short?: string;
}

/** One piece of state of an aggregate: some slots of the group's record, and how a row changes them. Text is the engine's own, never the query's. */
export interface SlotPart {
  /** Parts with the same key and arguments are the same. */
  readonly key: string;
  /** Slots of an empty group. A part without slots only asks that rows be counted. */
  readonly init: readonly number[];
  /** False where only NULL or not matters. */
  readonly reads: boolean;
  readonly step: (slots: readonly string[], args: readonly SlotArgument[]) => string;
  readonly undo?: (slots: readonly string[], args: readonly SlotArgument[]) => string;
  readonly merge: (to: Float64Array, at: number, from: Float64Array, fromAt: number) => void;
  readonly carry?: (state: Float64Array, at: number) => void;
  /** In place of `step` and `undo` where a function does it: adds the number `value` to the slots at `at` (`sign` 1) or takes it out (-1). Only in paged loops. */
  readonly change?: (state: Float64Array, at: number, value: number, sign: number) => void;
}

export function argumentForm(type: DataType): ArgumentForm {
  switch (physicalOf(type)) {
    case "i64":
    case "u64":
      return "words2";
    case "i128":
      return "words4";
    case "bytes":
    case "interval":
    case "list":
    case "struct":
      return "unread";
    default:
      return "number";
  }
}

/** The form for one batch: signed 64-bit integers that all fit in 32 bits are read and added as one number instead of two words. */
export function batchForm(form: ArgumentForm, vector: Vector): ArgumentForm {
  if (form !== "words2" || physicalOf(vector.type) !== "i64") return form;
  const words = formWords(form, vector) as Int32Array;
  let unlike = 0;
  for (let i = 0; i < words.length; i += 2) unlike |= words[i + 1] ^ (words[i] >> 31);
  return unlike === 0 ? "short2" : form;
}

/** What the loop indexes: the data itself, or its 32-bit words. */
export function formWords(form: ArgumentForm, vector: Vector): unknown {
  if (form === "unread") return null;
  const { data } = vector as FlatVector;
  return form === "number" ? data : new Int32Array(data.buffer, data.byteOffset, (data.byteLength / 4) | 0);
}

const WORD = 4294967296;

/** Rows whose arguments are all non-NULL. */
export const COUNT: SlotPart = { key: "count", init: [], reads: false, step: () => "", undo: () => "", merge: () => {} };

/** Plain sum of doubles, as DuckDB's. */
export const FLOAT_SUM: SlotPart = {
  key: "sum",
  init: [0],
  reads: true,
  step: ([sum], [x]) => `${sum} += ${x.number};`,
  merge: (to, at, from, fromAt) => {
    to[at] += from[fromAt];
  },
};

/**
 * Exact sum of integers of `words` 32-bit words: each word is summed on its own in a double, with one more slot on top for what they carry.
 * The value is the sum of slot k times 2^(32 k).
 */
export function exactSum(words: number, unsigned: boolean): SlotPart {
  const change =
    (sign: string) =>
    (slots: readonly string[], [x]: readonly SlotArgument[]) =>
      x.short !== undefined
        ? `${slots[0]} ${sign}= ${x.short};`
        : x.words
            .map((word, k) => `${slots[k]} ${sign}= ${k < x.words.length - 1 || (unsigned && words > 1) ? `(${word} >>> 0)` : word};`)
            .join(" ");
  return {
    key: "exact-sum",
    init: new Array(words + 1).fill(0),
    reads: true,
    step: change("+"),
    undo: change("-"),
    merge: (to, at, from, fromAt) => {
      for (let k = 0; k <= words; k++) to[at + k] += from[fromAt + k];
    },
    carry: (state, at) => {
      for (let k = 0; k < words; k++) {
        const carried = Math.floor(state[at + k] / WORD);
        state[at + k] -= carried * WORD;
        state[at + k + 1] += carried;
      }
    },
  };
}

/** Least or greatest of floating numbers: NaN is above every other number. */
export function floatExtreme(greatest: boolean): SlotPart {
  // An empty minimum is NaN, which everything replaces; only the count tells it from a minimum over nothing but NaN.
  // One comparison decides for most rows; a NaN on either side fails it, and is looked at then.
  return greatest
    ? {
        key: "max",
        init: [-Infinity],
        reads: true,
        step: ([m], [{ number: x }]) => `if (!(${x} <= ${m})) { if (${m} === ${m}) ${m} = ${x}; }`,
        merge: (to, at, from, fromAt) => {
          const x = from[fromAt];
          if (x > to[at] || Number.isNaN(x)) to[at] = x;
        },
      }
    : {
        key: "min",
        init: [Number.NaN],
        reads: true,
        step: ([m], [{ number: x }]) => `if (!(${x} >= ${m})) { if (${x} === ${x} || ${m} !== ${m}) ${m} = ${x}; }`,
        merge: (to, at, from, fromAt) => {
          const x = from[fromAt];
          if (x < to[at] || Number.isNaN(to[at])) to[at] = x;
        },
      };
}

/** Least or greatest of integers of `words` 32-bit words, highest word in the first slot. */
export function integerExtreme(greatest: boolean, words: number, unsigned: boolean): SlotPart {
  const worst = greatest ? -Infinity : Infinity;
  const better = greatest ? ">" : "<";
  const operands = (x: SlotArgument) => {
    if (words === 1) return [x.number];
    return x.words.map((word, k) => (k < words - 1 || unsigned ? `(${word} >>> 0)` : word)).reverse();
  };
  return {
    key: greatest ? "max" : "min",
    init: new Array(words).fill(worst),
    reads: true,
    step: (slots, [x]) => {
      const values = operands(x);
      let condition = "";
      for (let k = words - 1; k >= 0; k--) {
        const beats = `${values[k]} ${better} ${slots[k]}`;
        condition = condition === "" ? beats : `${beats} || (${values[k]} === ${slots[k]} && (${condition}))`;
      }
      return `if (${condition}) { ${values.map((value, k) => `${slots[k]} = ${value};`).join(" ")} }`;
    },
    merge: (to, at, from, fromAt) => {
      for (let k = 0; k < words; k++) {
        const [x, y] = [from[fromAt + k], to[at + k]];
        if (x === y) continue;
        if (greatest ? x > y : x < y) for (let j = 0; j < words; j++) to[at + j] = from[fromAt + j];
        return;
      }
    },
  };
}

/** Bits of integers, 32 to a slot, low word first. */
export function bitPart(operator: "&" | "|" | "^", words: number): SlotPart {
  return {
    key: `bit ${operator}`,
    init: new Array(words).fill(operator === "&" ? -1 : 0),
    reads: true,
    step: (slots, [x]) => slots.map((slot, k) => `${slot} = ${slot} ${operator} ${x.words[k]};`).join(" "),
    merge: (to, at, from, fromAt) => {
      for (let k = 0; k < words; k++) {
        const [a, b] = [to[at + k], from[fromAt + k]];
        to[at + k] = operator === "&" ? a & b : operator === "|" ? a | b : a ^ b;
      }
    },
  };
}

/** A part over doubles with a step of its own; slots that only add up are merged by adding. */
export const floatPart = (key: string, init: readonly number[], step: SlotPart["step"], merge: SlotPart["merge"]): SlotPart => ({
  key,
  init,
  reads: true,
  step,
  merge,
});

export const addSlots =
  (count: number): SlotPart["merge"] =>
  (to, at, from, fromAt) => {
    for (let k = 0; k < count; k++) to[at + k] += from[fromAt + k];
  };
