import type { BindContext } from "../../catalog/function-types.ts";
import { bindError, runtimeError } from "../../core/errors.ts";
import { BLOB, type DataType, typeName, VARCHAR } from "../../core/types.ts";
import type { Value } from "../../core/value.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { listRepeatOverload } from "../list/concat.ts";
import { sameLists } from "../list/element-type.ts";

/** Longest text V8 can hold, less some room. */
const MAX_LENGTH = 2 ** 29 - 24;

function repeat(text: string, count: number): string {
  if (count <= 0 || text === "") return "";
  if (text.length * count > MAX_LENGTH) throw runtimeError(`repeat gives ${text.length * count} characters, beyond the longest text`);
  return text.repeat(count);
}

function repeatBlob(blob: Uint8Array, count: number): Uint8Array {
  const result = new Uint8Array(Math.max(0, blob.length * count));
  for (let at = 0; at < result.length; at += blob.length) result.set(blob, at);
  return result;
}

const isList = (type: DataType) => type.kind === "list";

/** Lists go with lists; everything else is concatenated as text. */
function concatTypes(bind: BindContext): readonly DataType[] {
  const { types } = bind;
  if (!types.some(isList)) return types.map(() => VARCHAR);
  const other = types.find((type) => !isList(type) && type.kind !== "null");
  if (other !== undefined) throw bindError(`cannot concatenate a list with ${typeName(other)}`, undefined, "cast one of them");
  return sameLists(bind);
}

const concatTexts = (...parts: (string | null)[]) => parts.join("");
const concatLists = (...lists: (readonly Value[] | null)[]) => lists.flatMap((one) => one ?? []);

function concatWs(separator: string | null, ...parts: (string | null)[]): string | null {
  return separator === null ? null : parts.filter((part) => part !== null).join(separator);
}

export const buildEntries: readonly ScalarEntry[] = [
  {
    name: "concat",
    doc: doc("Texts (or lists) one after the other; NULLs are left out.", ["value", "..."], "concat('Hello', ' ', 'World')", "Hello World"),
    overloads: [
      {
        args: ["any"],
        variadic: "any",
        returns: ({ types }) => types[0],
        coerce: concatTypes,
        nulls: "handles",
        specialise: ({ types }) => ({ impl: isList(types[0]) ? concatLists : concatTexts }),
      },
    ],
  },
  {
    name: "concat_ws",
    doc: doc(
      "Texts with a separator between them; NULLs are left out.",
      ["separator", "value", "..."],
      "concat_ws(', ', 'Banana', 'Apple', 'Melon')",
      "Banana, Apple, Melon",
    ),
    overloads: [
      {
        args: ["varchar", "any"],
        variadic: "any",
        returns: VARCHAR,
        coerce: ({ types }) => types.map(() => VARCHAR),
        nulls: "handles",
        impl: concatWs,
      },
    ],
  },
  {
    name: "repeat",
    doc: doc("A text, BLOB or list several times over.", ["value", "count"], "repeat('A', 5)", "AAAAA"),
    overloads: [
      { args: ["varchar", "bigint"], returns: VARCHAR, impl: repeat },
      { args: ["blob", "bigint"], returns: BLOB, impl: repeatBlob },
      listRepeatOverload,
    ],
  },
];
