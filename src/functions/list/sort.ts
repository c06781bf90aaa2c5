import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { compareValues } from "../../core/compare.ts";
import { runtimeError, unsupported } from "../../core/errors.ts";
import { BIGINT, list } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { doc, type ScalarEntry, typeOfArgument } from "../define.ts";
import { elementType } from "./element-type.ts";

interface Order {
  readonly descending: boolean;
  readonly nullsFirst: boolean;
}

const word = (bind: BindContext, position: number): string | undefined => {
  if (bind.types.length <= position) return undefined;
  const constant = bind.constants[position];
  if (typeof constant !== "string") throw unsupported("the order of a list must be given by constants");
  return constant.trim().toUpperCase();
};

function direction(text: string): boolean {
  if (text === "ASC" || text === "ASCENDING") return false;
  if (text === "DESC" || text === "DESCENDING") return true;
  throw runtimeError(`unknown order '${text}'`, undefined, "ASC or DESC");
}

function nullOrder(text: string): boolean {
  if (text === "NULLS FIRST") return true;
  if (text === "NULLS LAST") return false;
  throw runtimeError(`unknown order of NULLs '${text}'`, undefined, "NULLS FIRST or NULLS LAST");
}

const orderOf = (bind: BindContext): Order => ({
  descending: direction(word(bind, 1) ?? "ASC"),
  nullsFirst: nullOrder(word(bind, 2) ?? "NULLS LAST"),
});

const reverseOrderOf = (bind: BindContext): Order => ({ descending: true, nullsFirst: nullOrder(word(bind, 1) ?? "NULLS LAST") });

/** Compares elements; NULLs go where the order says, whatever the direction. */
function comparator(bind: BindContext, { descending, nullsFirst }: Order): (a: Value, b: Value) => number {
  const type = elementType(bind.types[0]);
  return (a, b) => {
    if (a === null || b === null) return a === b ? 0 : (a === null) === nullsFirst ? -1 : 1;
    return descending ? compareValues(type, b, a) : compareValues(type, a, b);
  };
}

const sorting = (words: number, order: (bind: BindContext) => Order): ScalarOverload => ({
  args: ["list", ...(Array(words).fill("varchar") as "varchar"[])],
  optional: words,
  returns: typeOfArgument(0),
  specialise: (bind) => {
    const compare = comparator(bind, order(bind));
    return { impl: (elements: readonly Value[]) => [...elements].sort(compare) };
  },
});

export const sortEntries: readonly ScalarEntry[] = [
  {
    name: "list_sort",
    aliases: ["array_sort"],
    doc: doc(
      "Sorts a list; NULLs come last unless said otherwise.",
      ["list", "order", "null_order"],
      "list_sort([3, 6, 1, 2])",
      "[1, 2, 3, 6]",
    ),
    overloads: [sorting(2, orderOf)],
  },
  {
    name: "list_reverse_sort",
    aliases: ["array_reverse_sort"],
    doc: doc(
      "Sorts a list downwards; NULLs come last unless said otherwise.",
      ["list", "null_order"],
      "list_reverse_sort([3, 6, 1, 2])",
      "[6, 3, 2, 1]",
    ),
    overloads: [sorting(1, reverseOrderOf)],
  },
  {
    name: "list_grade_up",
    aliases: ["array_grade_up", "grade_up"],
    doc: doc("Positions of the elements in sorted order.", ["list", "order", "null_order"], "list_grade_up([3, 6, 1, 2])", "[3, 4, 1, 2]"),
    overloads: [
      {
        args: ["list", "varchar", "varchar"],
        optional: 2,
        returns: list(BIGINT),
        specialise: (bind) => {
          const compare = comparator(bind, orderOf(bind));
          return {
            impl: (elements: readonly Value[]) =>
              elements
                .map((_, i) => i)
                .sort((a, b) => compare(elements[a], elements[b]))
                .map((i) => BigInt(i + 1)),
          };
        },
      },
    ],
  },
  {
    name: "list_reverse",
    aliases: ["array_reverse"],
    doc: doc("A list backwards.", ["list"], "list_reverse([3, 6, 1, 2])", "[2, 1, 6, 3]"),
    overloads: [{ args: ["list"], returns: typeOfArgument(0), impl: (elements: readonly Value[]) => [...elements].reverse() }],
  },
];
