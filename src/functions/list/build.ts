import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { bindError, runtimeError } from "../../core/errors.ts";
import { addInterval, addIntervalInZone } from "../../core/interval.ts";
import { isFiniteTimestamp, type Micros } from "../../core/time.ts";
import { findZone } from "../../core/time-zone.ts";
import { BIGINT, type DataType, list, NULL_TYPE, struct, TIMESTAMP, TIMESTAMPTZ, VARCHAR } from "../../core/types.ts";
import type { IntervalValue, Value } from "../../core/value.ts";
import { doc, type ScalarEntry, typeOfArgument } from "../define.ts";
import { onValues } from "../value-form.ts";
import { listConcatOverload } from "./concat.ts";
import { elementType, listAndElement } from "./element-type.ts";

type Elements = readonly Value[];

/** Lists longer than this are refused before memory runs out. */
const MAX_ELEMENTS = 2 ** 25;

const tooLong = () =>
  runtimeError(`a list of more than ${MAX_ELEMENTS} elements is refused`, undefined, "use generate_series or range as a table");

function numbers(start: bigint, stop: bigint, step: bigint, inclusive: boolean): bigint[] {
  const result: bigint[] = [];
  if (step === 0n) return result;
  const end = inclusive ? stop + (step > 0n ? 1n : -1n) : stop;
  if ((end - start) / step > BigInt(MAX_ELEMENTS)) throw tooLong();
  for (let i = start; step > 0n ? i < end : i > end; i += step) result.push(i);
  return result;
}

function checkStep({ months, days, micros }: IntervalValue): -1 | 0 | 1 {
  const parts = [months, days, micros];
  const up = parts.some((part) => part > 0);
  const down = parts.some((part) => part < 0);
  if (up && down) throw runtimeError("the step of a range must not mix positive and negative parts");
  return up ? 1 : down ? -1 : 0;
}

type Add = (micros: Micros, by: IntervalValue) => Micros | undefined;

function times(start: Micros, stop: Micros, step: IntervalValue, inclusive: boolean, add: Add): Value[] {
  const sign = checkStep(step);
  if (!isFiniteTimestamp(start) || !isFiniteTimestamp(stop)) throw runtimeError("a range of times must have finite ends");
  const result: Value[] = [];
  if (sign === 0) return result;
  let at: Micros | undefined = start;
  while (at !== undefined && (sign > 0 ? at < stop : at > stop)) {
    result.push(BigInt(at));
    if (result.length > MAX_ELEMENTS) throw tooLong();
    at = add(at, step);
  }
  // Numbers and bigints of one value are not identical.
  if (inclusive && at !== undefined && BigInt(at) === BigInt(stop)) result.push(BigInt(at));
  return result;
}

const series = (inclusive: boolean): ScalarOverload[] => {
  const returns = list(BIGINT);
  const ofTimes = (type: DataType): ScalarOverload => ({
    args: [{ exactly: type }, { exactly: type }, "interval"],
    returns: list(type),
    specialise: ({ timeZone }) => {
      const zone = findZone(timeZone);
      const add: Add = type.kind === "timestamp" ? addInterval : (micros, by) => addIntervalInZone(micros, by, zone);
      const impl = (start: Micros, stop: Micros, step: IntervalValue) => times(start, stop, step, inclusive, add);
      return { impl, wide: impl };
    },
  });
  const counted = (f: (...values: bigint[]) => bigint[]) => (bind: BindContext) => onValues(bind.types, returns, f);
  return [
    { args: ["bigint"], returns, specialise: counted((stop) => numbers(0n, stop, 1n, inclusive)) },
    { args: ["bigint", "bigint"], returns, specialise: counted((start, stop) => numbers(start, stop, 1n, inclusive)) },
    { args: ["bigint", "bigint", "bigint"], returns, specialise: counted((start, stop, step) => numbers(start, stop, step, inclusive)) },
    ofTimes(TIMESTAMP),
    ofTimes(TIMESTAMPTZ),
  ];
};

const elementAndList = (bind: BindContext) => {
  const [listType, element] = listAndElement({
    ...bind,
    types: [bind.types[1], bind.types[0]],
    constants: [bind.constants[1], bind.constants[0]],
  });
  return [element, listType];
};

const appendOverload: ScalarOverload = {
  args: ["list", "any"],
  returns: typeOfArgument(0),
  coerce: listAndElement,
  nulls: "handles",
  specialise: ({ types }) => onValues(types, types[0], (elements: Elements | null, element: Value) => [...(elements ?? []), element]),
};

const prependOverload: ScalarOverload = {
  args: ["any", "list"],
  returns: typeOfArgument(1),
  coerce: elementAndList,
  nulls: "handles",
  specialise: ({ types }) => onValues(types, types[1], (element: Value, elements: Elements | null) => [element, ...(elements ?? [])]),
};

/** list_zip's lists, without the flag that may stand last. */
const zipped = (types: readonly DataType[]) => (types[types.length - 1]?.kind === "boolean" ? types.slice(0, -1) : types);

function zip(truncate: boolean, lists: readonly (Elements | null)[]): Value[] {
  const lengths = lists.map((one) => one?.length ?? 0);
  const length = truncate ? Math.min(...lengths) : Math.max(...lengths);
  return Array.from({ length }, (_, i) => lists.map((one) => one?.[i] ?? null));
}

function text(elements: readonly (string | null)[], separator: string | null): string | null {
  const present = elements.filter((element) => element !== null);
  return present.length === 0 && elements.length > 0 ? null : present.join(separator ?? ",");
}

export const listBuildEntries: readonly ScalarEntry[] = [
  {
    name: "list_value",
    aliases: ["list_pack", "array_value"],
    doc: doc("A list of values, of their common type.", ["value", "..."], "list_value(4, 5, 6)", "[4, 5, 6]"),
    overloads: [
      { args: [], returns: list(NULL_TYPE), impl: () => [] },
      {
        args: ["any"],
        variadic: { sameAs: 0 },
        returns: ({ types }) => list(types[0]),
        nulls: "handles",
        specialise: ({ types }) => onValues(types, list(types[0]), (...elements: Value[]) => elements),
      },
    ],
  },
  {
    name: "list_concat",
    aliases: ["list_cat", "array_concat", "array_cat"],
    doc: doc("Lists one after the other; NULL lists count as empty.", ["list", "..."], "list_concat([2, 3], [4, 5, 6])", "[2, 3, 4, 5, 6]"),
    overloads: [listConcatOverload],
  },
  {
    name: "list_append",
    aliases: ["array_append", "array_push_back"],
    doc: doc("A list with one more element at its end.", ["list", "element"], "list_append([2, 3], 4)", "[2, 3, 4]"),
    overloads: [appendOverload],
  },
  {
    name: "list_prepend",
    aliases: ["array_prepend"],
    doc: doc("A list with one more element at its start.", ["element", "list"], "list_prepend(3, [4, 5, 6])", "[3, 4, 5, 6]"),
    overloads: [prependOverload],
  },
  {
    name: "array_push_front",
    doc: doc("A list with one more element at its start.", ["list", "element"], "array_push_front([4, 5, 6], 3)", "[3, 4, 5, 6]"),
    overloads: [
      {
        ...appendOverload,
        specialise: ({ types }) => onValues(types, types[0], (elements: Elements | null, element: Value) => [element, ...(elements ?? [])]),
      },
    ],
  },
  {
    name: "flatten",
    doc: doc("The lists of a list, one after the other.", ["lists"], "flatten([[1, 2, 3, 4], [5, 6]])", "[1, 2, 3, 4, 5, 6]"),
    overloads: [
      {
        args: [{ listOf: "list" }],
        returns: ({ types }) => elementType(types[0]),
        impl: (lists: readonly (Elements | null)[]) => lists.flatMap((one) => one ?? []),
      },
    ],
  },
  {
    name: "list_zip",
    aliases: ["array_zip"],
    doc: doc(
      "A list of structs of what several lists have at each position. Shorter lists are filled with NULL, or (with a last argument of true) longer ones cut.",
      ["list", "..."],
      "list_zip([1, 2], ['a', 'b'])",
      "[(1, a), (2, b)]",
    ),
    overloads: [
      {
        args: ["any"],
        variadic: "any",
        returns: ({ types }) => list(struct(zipped(types).map((type) => ({ name: "", type: elementType(type) })))),
        nulls: "handles",
        specialise: ({ types }) => {
          const count = zipped(types).length;
          if (zipped(types).some((type) => type.kind !== "list" && type.kind !== "null"))
            throw bindError("list_zip takes lists, and a boolean at the end");
          return {
            impl: (...args: (Elements | boolean | null)[]) => zip(args[count] === true, args.slice(0, count) as (Elements | null)[]),
          };
        },
      },
    ],
  },
  {
    name: "range",
    doc: doc(
      "Numbers or times from a start (0) up to, but without, an end, in steps.",
      ["start", "stop", "step"],
      "range(2, 5)",
      "[2, 3, 4]",
    ),
    overloads: series(false),
  },
  {
    name: "generate_series",
    doc: doc(
      "Numbers or times from a start (0) up to and with an end, in steps.",
      ["start", "stop", "step"],
      "generate_series(2, 5)",
      "[2, 3, 4, 5]",
    ),
    overloads: series(true),
  },
  {
    name: "array_to_string",
    aliases: ["list_to_string", "array_to_string_comma_default"],
    doc: doc(
      "Elements as text with a separator between them; NULLs are left out.",
      ["list", "separator"],
      "array_to_string([1, 2, 3], '-')",
      "1-2-3",
    ),
    overloads: [
      {
        args: ["list", "varchar"],
        returns: VARCHAR,
        coerce: () => [list(VARCHAR), VARCHAR],
        nulls: "handles",
        mayReturnNull: true,
        impl: (elements: readonly (string | null)[] | null, separator: string | null) =>
          elements === null ? null : text(elements, separator),
      },
    ],
  },
];
