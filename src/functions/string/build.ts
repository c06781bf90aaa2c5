import type { BindContext } from "../../catalog/function-types.ts";
import { bindError, runtimeError } from "../../core/errors.ts";
import { BLOB, VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { listConcatOverload, listRepeatOverload } from "../list/concat.ts";

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

/** Everything but lists is concatenated as text. */
function concatTypes({ types }: BindContext) {
  const nested = types.find((type) => type.kind === "list");
  if (nested !== undefined) throw bindError("cannot concatenate a list with a value that is not a list", undefined, "cast one of them");
  return types.map(() => VARCHAR);
}

function concatWs(separator: string | null, ...parts: (string | null)[]): string | null {
  return separator === null ? null : parts.filter((part) => part !== null).join(separator);
}

export const buildEntries: readonly ScalarEntry[] = [
  {
    name: "concat",
    doc: doc("Texts (or lists) one after the other; NULLs are left out.", ["value", "..."], "concat('Hello', ' ', 'World')", "Hello World"),
    overloads: [
      listConcatOverload,
      {
        args: ["any"],
        variadic: "any",
        returns: VARCHAR,
        coerce: concatTypes,
        nulls: "handles",
        impl: (...parts: (string | null)[]) => parts.join(""),
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
