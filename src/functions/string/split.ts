import { list, VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry, withWide } from "../define.ts";

/** An empty separator splits into characters; a NULL one does not split. */
export function split(text: string | null, separator: string | null): string[] | null {
  if (text === null) return null;
  if (separator === null || text === "") return [text];
  return separator === "" ? [...text] : text.split(separator);
}

function splitPart(text: string, separator: string, position: number): string {
  if (position === 0) return "";
  const parts = split(text, separator)!;
  return parts[position > 0 ? position - 1 : parts.length + position] ?? "";
}

export const splitEntries: readonly ScalarEntry[] = [
  {
    name: "string_split",
    aliases: ["split", "str_split", "string_to_array"],
    doc: doc("The parts of a text between separators.", ["text", "separator"], "string_split('hello-world', '-')", "[hello, world]"),
    overloads: [{ args: ["varchar", "varchar"], returns: list(VARCHAR), nulls: "handles", impl: split }],
  },
  {
    name: "split_part",
    doc: doc(
      "One part (from 1; negative: from the end) of a text between separators; empty where there is none.",
      ["text", "separator", "position"],
      "split_part('a;b;c', ';', 2)",
      "b",
    ),
    overloads: [{ args: ["varchar", "varchar", "bigint"], returns: VARCHAR, ...withWide(splitPart) }],
  },
];
