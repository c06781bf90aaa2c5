import { commonType } from "../../core/common-type.ts";
import { runtimeError } from "../../core/errors.ts";
import { type DataType, list } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { doc, type ScalarEntry, typeOfArgument } from "../define.ts";
import { onValues } from "../value-form.ts";
import { elementType } from "./element-type.ts";

/** Lambdas arrive as functions on values. Positions count from 1. */
type Elements = readonly Value[];
type Lambda = (...values: Value[]) => Value;

const position = (index: number) => BigInt(index + 1);

/** Type of what a reduction gives: that of its start, widened to what the lambda makes of it. */
const accumulatorType = (types: readonly DataType[]): DataType => {
  const start = types.length > 2 ? types[2] : elementType(types[0]);
  return commonType(start, types[1]) ?? start;
};

function reduce(elements: Elements, lambda: Lambda, start?: Value): Value {
  if (elements.length === 0 && start === undefined) throw runtimeError("list_reduce of an empty list needs an initial value");
  let result = start === undefined ? elements[0] : start;
  const first = start === undefined ? 1 : 0;
  for (let i = first; i < elements.length; i++) result = lambda(result, elements[i], position(i));
  return result;
}

export const higherOrderEntries: readonly ScalarEntry[] = [
  {
    name: "list_transform",
    aliases: ["array_transform", "list_apply", "array_apply", "apply"],
    doc: doc(
      "A list of what a lambda makes of each element (and its position).",
      ["list", "lambda"],
      "list_transform([1, 2, NULL, 3], lambda x: x + 1)",
      "[2, 3, NULL, 4]",
    ),
    overloads: [
      {
        args: ["list", { lambdaOver: 2 }],
        returns: ({ types }) => list(types[1]),
        impl: (elements: Elements, lambda: Lambda) => elements.map((element, i) => lambda(element, position(i))),
      },
    ],
  },
  {
    name: "list_filter",
    aliases: ["array_filter", "filter"],
    doc: doc(
      "Elements for which a lambda (of element and position) is true.",
      ["list", "lambda"],
      "list_filter([3, 4, 5], lambda x: x > 4)",
      "[5]",
    ),
    overloads: [
      {
        args: ["list", { lambdaOver: 2 }],
        returns: typeOfArgument(0),
        coerce: ({ types }) => [types[0], { kind: "boolean" }],
        impl: (elements: Elements, lambda: Lambda) => elements.filter((element, i) => lambda(element, position(i)) === true),
      },
    ],
  },
  {
    name: "list_reduce",
    aliases: ["array_reduce", "reduce"],
    doc: doc(
      "One value out of a list: a lambda of the result so far and the next element (and its position), from the first element or an initial value on.",
      ["list", "lambda", "initial"],
      "list_reduce([1, 2, 3], lambda a, x: a + x)",
      "6",
    ),
    overloads: [
      {
        args: ["list", { lambdaOver: 3 }],
        returns: ({ types }) => accumulatorType(types),
        mayReturnNull: true,
        coerce: ({ types }) => [list(accumulatorType(types)), accumulatorType(types)],
        specialise: ({ types }) => onValues([types[0]], accumulatorType(types), reduce),
      },
      {
        args: ["list", { lambdaOver: 3 }, "any"],
        returns: ({ types }) => accumulatorType(types),
        nulls: "handles",
        mayReturnNull: true,
        coerce: ({ types }) => [types[0], accumulatorType(types), accumulatorType(types)],
        specialise: ({ types }) =>
          onValues(types, accumulatorType(types), (elements: Elements | null, lambda: Lambda, start: Value) =>
            elements === null ? null : reduce(elements, lambda, start),
          ),
      },
    ],
  },
];
