import type { ScalarOverload } from "../../catalog/function-types.ts";
import { bindError, runtimeError } from "../../core/errors.ts";
import { VARCHAR } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { doc, type ScalarEntry, typeOfArgument, withWide } from "../define.ts";
import { structExtractOverloads } from "../nested/struct-extract.ts";
import { codePointLength, sliceCodePoints } from "../string/code-points.ts";
import { onValues } from "../value-form.ts";
import { elementType } from "./element-type.ts";

/** Bounds from 1, negative ones from the end, both inclusive; what lies outside is cut off. */
function bounds(length: number, begin: number, end: number): readonly [number, number] {
  const first = begin < 0 ? Math.max(1, length + begin + 1) : Math.max(1, begin);
  const last = end < 0 ? length + end + 1 : Math.min(end, length);
  return [first, last];
}

function slice(elements: readonly Value[], begin: number, end: number, step = 1): readonly Value[] {
  if (step === 0) throw runtimeError("the step of a slice must not be zero");
  // Backwards, the slice is named by its higher end first.
  const [first, last] = step > 0 ? bounds(elements.length, begin, end) : bounds(elements.length, end, begin);
  if (step === 1) return elements.slice(first - 1, Math.max(0, last));
  const result: Value[] = [];
  if (step > 0) for (let i = first; i <= last; i += step) result.push(elements[i - 1]);
  else for (let i = last; i >= first; i += step) result.push(elements[i - 1]);
  return result;
}

function sliceText(text: string, begin: number, end: number): string {
  const [first, last] = bounds(codePointLength(text), begin, end);
  return sliceCodePoints(text, first - 1, Math.max(0, last));
}

/** The character at a position, from 1 or from the end; empty beyond it. */
function characterAt(text: string, position: number): string {
  if (position === 0) return "";
  const index = position > 0 ? position - 1 : codePointLength(text) + position;
  return index < 0 ? "" : sliceCodePoints(text, index, index + 1);
}

const listElement: ScalarOverload = {
  args: ["list", "bigint"],
  returns: ({ types }) => elementType(types[0]),
  mayReturnNull: true,
  specialise: ({ types }) => {
    const at = (elements: readonly Value[], position: number | bigint): Value => {
      const p = Number(position);
      return elements[p > 0 ? p - 1 : p < 0 ? elements.length + p : -1] ?? null;
    };
    return onValues(types, elementType(types[0]), at);
  },
};

const textElement: ScalarOverload = { args: ["varchar", "bigint"], returns: VARCHAR, ...withWide(characterAt) };

/** Elements that conditions or positions choose. */
const whereOverload: ScalarOverload = {
  args: ["list", { listOf: "boolean" }],
  returns: typeOfArgument(0),
  impl: (elements: readonly Value[], mask: readonly (boolean | null)[]) => {
    if (mask.includes(null)) throw runtimeError("a list of conditions must not hold NULL");
    const length = Math.max(elements.length, mask.length);
    return Array.from({ length }, (_, i) => elements[i] ?? null).filter((_, i) => mask[i] === true);
  },
};

const selectOverload: ScalarOverload = {
  args: ["list", { listOf: "bigint" }],
  returns: typeOfArgument(0),
  impl: (elements: readonly Value[], positions: readonly (bigint | null)[]) =>
    positions.map((position) => {
      if (position === null) throw runtimeError("a list of positions must not hold NULL");
      const p = Number(position);
      return elements[p > 0 ? p - 1 : p < 0 ? elements.length + p : -1] ?? null;
    }),
};

function resize(elements: readonly Value[], size: number | bigint | null, filler: Value = null): Value[] {
  const length = Number(size ?? 0);
  if (length < 0 || length > 2 ** 27) throw runtimeError(`a list cannot have ${length} elements`);
  return Array.from({ length }, (_, i) => (i < elements.length ? elements[i] : filler));
}

export const sliceEntries: readonly ScalarEntry[] = [
  {
    name: "list_extract",
    aliases: ["list_element"],
    doc: doc(
      "The element at a position, from 1 or (negative) from the end; NULL beyond it. Of a text: its character.",
      ["list", "position"],
      "list_extract([4, 5, 6], 3)",
      "6",
    ),
    overloads: [listElement, textElement],
  },
  {
    name: "array_extract",
    doc: doc("list_extract, and struct_extract for a struct.", ["value", "key"], "array_extract([4, 5, 6], 3)", "6"),
    overloads: [listElement, textElement, ...structExtractOverloads],
  },
  {
    name: "list_slice",
    aliases: ["array_slice"],
    doc: doc(
      "Elements (or characters) from one position to another, both included, in steps.",
      ["list", "begin", "end", "step"],
      "list_slice([4, 5, 6], 2, 3)",
      "[5, 6]",
    ),
    overloads: [
      { args: ["list", "bigint", "bigint", "bigint"], optional: 1, returns: typeOfArgument(0), ...withWide(slice) },
      { args: ["varchar", "bigint", "bigint"], returns: VARCHAR, ...withWide(sliceText) },
    ],
  },
  {
    name: "list_where",
    aliases: ["array_where"],
    doc: doc(
      "Elements whose condition, in a second list, is true.",
      ["list", "conditions"],
      "list_where([10, 20, 30], [true, false, true])",
      "[10, 30]",
    ),
    overloads: [whereOverload],
  },
  {
    name: "list_select",
    aliases: ["array_select"],
    doc: doc("Elements at the positions that a second list names.", ["list", "positions"], "list_select([10, 20, 30], [1, 3])", "[10, 30]"),
    overloads: [selectOverload],
  },
  {
    name: "list_resize",
    aliases: ["array_resize"],
    doc: doc(
      "A list cut or filled up (with NULL, or a value) to a size.",
      ["list", "size", "filler"],
      "list_resize([1, 2], 4, 0)",
      "[1, 2, 0, 0]",
    ),
    overloads: [
      {
        args: ["list", "bigint", "any"],
        optional: 1,
        returns: typeOfArgument(0),
        nulls: "handles",
        mayReturnNull: true,
        coerce: ({ types }) => (types.length < 3 ? types : [types[0], types[1], elementType(types[0])]),
        specialise: ({ types }) =>
          onValues(types, types[0], (elements: readonly Value[] | null, size: bigint | null, filler?: Value) =>
            elements === null ? null : resize(elements, size, filler ?? null),
          ),
      },
    ],
  },
  {
    name: "array_pop_back",
    doc: doc("A list without its last element.", ["list"], "array_pop_back([4, 5, 6])", "[4, 5]"),
    overloads: [{ args: ["list"], returns: typeOfArgument(0), impl: (elements: readonly Value[]) => elements.slice(0, -1) }],
  },
  {
    name: "array_pop_front",
    doc: doc("A list without its first element.", ["list"], "array_pop_front([4, 5, 6])", "[5, 6]"),
    overloads: [{ args: ["list"], returns: typeOfArgument(0), impl: (elements: readonly Value[]) => elements.slice(1) }],
  },
  {
    name: "array_length",
    doc: doc("Number of elements of a list.", ["list", "dimension"], "array_length([1, 2, 3])", "3"),
    overloads: [
      {
        args: ["list", "bigint"],
        optional: 1,
        returns: { kind: "bigint" },
        checkRange: false,
        impl: (elements: readonly Value[], dimension = 1) => {
          if (dimension !== 1) throw bindError(`array_length knows dimension 1 only, and got ${dimension}`);
          return elements.length;
        },
      },
    ],
  },
];
