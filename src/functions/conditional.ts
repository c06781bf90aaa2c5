import type { BindContext, ScalarOverload } from "../catalog/function-types.ts";
import { commonTypeOf } from "../core/common-type.ts";
import { compareValues } from "../core/compare.ts";
import { bindError, runtimeError } from "../core/errors.ts";
import { type DataType, NULL_TYPE, typeName, VARCHAR } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { doc, registerClass, scalarFamily, typeOfArgument } from "./define.ts";
import { onValues } from "./value-form.ts";

/** Casts values to the type they have in common. */
function toCommon(types: readonly DataType[]): DataType {
  const common = commonTypeOf(types);
  if (common === undefined) throw bindError(`${types.map(typeName).join(" and ")} have no type in common`, undefined, "cast one of them");
  return common;
}

/** The first or last of the arguments in the order of their type; NULLs are passed over. */
const extreme = (sign: 1 | -1): ScalarOverload => ({
  args: ["any"],
  variadic: { sameAs: 0 },
  returns: typeOfArgument(0),
  nulls: "handles",
  mayReturnNull: true,
  checkRange: false,
  specialise: ({ types: [type] }: BindContext) => {
    // Numbers of the narrow variant compare like the bigints of the wide one.
    const impl = (...values: (Value | null)[]) => {
      let best: Value = null;
      for (const value of values) {
        if (value !== null && (best === null || compareValues(type, value, best) * sign > 0)) best = value;
      }
      return best;
    };
    return registerClass(type) === "int64" ? { impl, wide: impl } : { impl };
  },
});

const VERSION = "weir 0.1.0";

export const conditionalFunctions = scalarFamily("conditional", [
  {
    name: "greatest",
    doc: doc("The greatest of several values; NULLs are passed over.", ["value", "..."], "greatest(42, 84)", "84"),
    overloads: [extreme(1)],
  },
  {
    name: "least",
    doc: doc("The least of several values; NULLs are passed over.", ["value", "..."], "least(42, 84)", "42"),
    overloads: [extreme(-1)],
  },
  {
    name: "ifnull",
    doc: doc("The first value, or the second where the first is NULL.", ["value", "replacement"], "ifnull(NULL, 2)", "2"),
    overloads: [
      {
        args: ["any", { sameAs: 0 }],
        returns: typeOfArgument(0),
        nulls: "handles",
        mayReturnNull: true,
        checkRange: false,
        impl: (value, replacement) => value ?? replacement,
        wide: (value, replacement) => value ?? replacement,
      },
    ],
  },
  {
    name: "nullif",
    doc: doc("NULL where both values are equal, else the first.", ["value", "other"], "nullif(1, 1)", "NULL"),
    overloads: [
      {
        args: ["any", "any"],
        returns: ({ types }) => types[0],
        coerce: ({ types }) => types.map(() => toCommon(types)),
        nulls: "handles",
        mayReturnNull: true,
        checkRange: false,
        specialise: ({ types: [type] }) => {
          const impl = (value: Value, other: Value) =>
            value !== null && other !== null && compareValues(type, value, other) === 0 ? null : value;
          return { impl, wide: impl };
        },
      },
    ],
  },
  {
    name: "if",
    doc: doc(
      "The second value where the condition is true, else the third.",
      ["condition", "then", "otherwise"],
      "if(true, 'a', 'b')",
      "a",
    ),
    overloads: [
      {
        args: ["boolean", "any", { sameAs: 1 }],
        returns: typeOfArgument(1),
        nulls: "handles",
        mayReturnNull: true,
        checkRange: false,
        impl: (condition, then, otherwise) => (condition === true ? then : otherwise),
        wide: (condition, then, otherwise) => (condition === true ? then : otherwise),
      },
    ],
  },
  {
    name: "constant_or_null",
    doc: doc("The first value, or NULL where any other is NULL.", ["value", "other", "..."], "constant_or_null(42, 1)", "42"),
    overloads: [
      {
        args: ["any", "any"],
        variadic: "any",
        returns: typeOfArgument(0),
        nulls: "handles",
        mayReturnNull: true,
        checkRange: false,
        specialise: ({ types }) => onValues(types, types[0], (value: Value, ...others: Value[]) => (others.includes(null) ? null : value)),
      },
    ],
  },
  {
    name: "error",
    volatility: "volatile",
    doc: doc("Ends the query with a message.", ["message"], "CASE WHEN false THEN error('no') END", "NULL"),
    overloads: [
      {
        args: ["varchar"],
        returns: NULL_TYPE,
        mayReturnNull: true,
        impl: (message: string) => {
          throw runtimeError(message);
        },
      },
    ],
  },
  {
    name: "version",
    doc: doc("Name and version of this engine.", [], "length(version()) > 0", "true"),
    overloads: [{ args: [], returns: VARCHAR, impl: () => VERSION }],
  },
]);
