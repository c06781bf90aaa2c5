import type { ScalarOverload } from "../../catalog/function-types.ts";
import { type DataType, list, UINTEGER, USMALLINT, UTINYINT, VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";

const valuesOf = (type: DataType): readonly string[] => (type.kind === "enum" ? type.values : []);

/** What the type alone tells, whatever the value: NULL::mood will do. */
const ofType = (returns: DataType, read: (values: readonly string[]) => unknown): ScalarOverload[] => [
  {
    args: ["enum"],
    returns,
    nulls: "handles",
    specialise: ({ types }) => {
      const result = read(valuesOf(types[0]));
      return { impl: () => result };
    },
  },
];

const codeType = (type: DataType) => {
  const { length } = valuesOf(type);
  return length <= 256 ? UTINYINT : length <= 65536 ? USMALLINT : UINTEGER;
};

const MOOD = "::ENUM('sad', 'ok', 'happy')";

export const enumEntries: readonly ScalarEntry[] = [
  {
    name: "enum_first",
    doc: doc("The first value of an ENUM type.", ["value"], `enum_first(NULL${MOOD})`, "sad"),
    overloads: ofType(VARCHAR, (values) => values[0]),
  },
  {
    name: "enum_last",
    doc: doc("The last value of an ENUM type.", ["value"], `enum_last(NULL${MOOD})`, "happy"),
    overloads: ofType(VARCHAR, (values) => values[values.length - 1]),
  },
  {
    name: "enum_range",
    doc: doc("All values of an ENUM type.", ["value"], `enum_range(NULL${MOOD})`, "[sad, ok, happy]"),
    overloads: ofType(list(VARCHAR), (values) => values),
  },
  {
    name: "enum_code",
    doc: doc("Place of a value in its ENUM type, from 0.", ["value"], `enum_code('happy'${MOOD})`, "2"),
    overloads: [
      {
        args: ["enum"],
        returns: ({ types }) => codeType(types[0]),
        specialise: ({ types }) => {
          const places = new Map(valuesOf(types[0]).map((value, place) => [value, place]));
          return { impl: (value: string) => places.get(value) };
        },
      },
    ],
  },
];
