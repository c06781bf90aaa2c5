import type { BindContext, ScalarOverload } from "../../catalog/function-types.ts";
import { BOOLEAN, INTEGER, UBIGINT } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { doc, type ScalarEntry, typeOfArgument } from "../define.ts";
import { equalityOf, keyOf } from "../equality.ts";
import { onValues } from "../value-form.ts";
import { listContainsOverload } from "./contains.ts";
import { elementType, listAndElement, sameLists } from "./element-type.ts";

type Elements = readonly Value[];

const keyOfElements = ({ types }: BindContext) => keyOf(elementType(types[0]));

/** Position of a value in a list, from 1; NULL is found like a value. */
const positionOverload: ScalarOverload = {
  args: ["list", "any"],
  returns: INTEGER,
  coerce: listAndElement,
  nulls: "handles",
  mayReturnNull: true,
  specialise: ({ types }) => {
    const equal = equalityOf(elementType(types[0]));
    return onValues(types, INTEGER, (elements: Elements | null, wanted: Value) => {
      if (elements === null) return null;
      const index = elements.findIndex((element) => (element === null || wanted === null ? element === wanted : equal(element, wanted)));
      return index === -1 ? null : index + 1;
    });
  },
};

/** A test of two lists as sets. NULLs do not count. */
const setTest = (test: (left: Set<unknown>, right: Set<unknown>) => boolean): ScalarOverload => ({
  args: ["list", "list"],
  returns: BOOLEAN,
  coerce: sameLists,
  specialise: (bind) => {
    const key = keyOfElements(bind);
    const setOf = (elements: Elements) => new Set(elements.filter((element) => element !== null).map(key));
    return { impl: (left: Elements, right: Elements) => test(setOf(left), setOf(right)) };
  },
});

const hasAny = setTest((left, right) => [...right].some((key) => left.has(key)));
const hasAll = setTest((left, right) => [...right].every((key) => left.has(key)));

/** Distinct non-NULL elements, in the order of their first appearance. */
function distinct(elements: Elements, key: (value: Value) => unknown): Value[] {
  const seen = new Map<unknown, Value>();
  for (const element of elements) {
    if (element === null) continue;
    const k = key(element);
    if (!seen.has(k)) seen.set(k, element);
  }
  return [...seen.values()];
}

export const setEntries: readonly ScalarEntry[] = [
  {
    name: "list_contains",
    aliases: ["list_has", "array_contains", "array_has"],
    doc: doc("Whether a list has an element.", ["list", "element"], "list_contains([1, 2, NULL], 1)", "true"),
    overloads: [listContainsOverload],
  },
  {
    name: "list_position",
    aliases: ["list_indexof", "array_position", "array_indexof"],
    doc: doc(
      "Position of an element in a list, from 1; NULL where it is not there.",
      ["list", "element"],
      "list_position([1, 2, NULL], 2)",
      "2",
    ),
    overloads: [positionOverload],
  },
  {
    name: "list_has_any",
    aliases: ["array_has_any", "&&"],
    doc: doc("Whether two lists have an element in common.", ["a", "b"], "list_has_any([1, 2, 3], [2, 3, 4])", "true"),
    overloads: [hasAny],
  },
  {
    name: "list_has_all",
    aliases: ["array_has_all", "@>"],
    doc: doc("Whether a list has every element of another.", ["a", "b"], "list_has_all([4, 5, 6], [4, 6])", "true"),
    overloads: [hasAll],
  },
  {
    name: "<@",
    doc: doc("Whether every element of a list is in another.", ["a", "b"], "[4, 6] <@ [4, 5, 6]", "true"),
    overloads: [setTest((left, right) => [...left].every((key) => right.has(key)))],
  },
  {
    name: "list_distinct",
    aliases: ["array_distinct"],
    doc: doc(
      "Distinct elements in the order of their first appearance, without NULL.",
      ["list"],
      "list_sort(list_distinct([1, 1, NULL, -3, 1, 5]))",
      "[-3, 1, 5]",
    ),
    overloads: [
      {
        args: ["list"],
        returns: typeOfArgument(0),
        specialise: (bind) => {
          const key = keyOfElements(bind);
          return { impl: (elements: Elements) => distinct(elements, key) };
        },
      },
    ],
  },
  {
    name: "list_unique",
    aliases: ["array_unique"],
    doc: doc("Number of distinct elements, NULL not counted.", ["list"], "list_unique([1, 1, NULL, -3, 1, 5])", "3"),
    overloads: [
      {
        args: ["list"],
        returns: UBIGINT,
        checkRange: false,
        specialise: (bind) => {
          const key = keyOfElements(bind);
          return { impl: (elements: Elements) => distinct(elements, key).length };
        },
      },
    ],
  },
  {
    name: "list_intersect",
    aliases: ["array_intersect"],
    doc: doc("Distinct elements that two lists have in common.", ["a", "b"], "list_sort(list_intersect([1, 2, 3], [2, 3, 4]))", "[2, 3]"),
    overloads: [
      {
        args: ["list", "list"],
        returns: typeOfArgument(0),
        coerce: sameLists,
        nulls: "handles",
        mayReturnNull: true,
        specialise: (bind) => {
          const key = keyOfElements(bind);
          return {
            impl: (left: Elements | null, right: Elements | null) => {
              if (left === null) return null;
              const wanted = new Set((right ?? []).map(key));
              return distinct(left, key).filter((element) => wanted.has(key(element)));
            },
          };
        },
      },
    ],
  },
];
