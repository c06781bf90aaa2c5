import { BIGINT, BOOLEAN, VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { listContainsOverload } from "../list/contains.ts";
import { mapContainsOverload } from "../nested/map-contains.ts";
import { codePointIndex } from "./code-points.ts";

const test = (impl: (text: string, part: string) => boolean) => ({
  args: ["varchar" as const, "varchar" as const],
  returns: BOOLEAN,
  impl,
});

function position(text: string, part: string): number {
  const at = text.indexOf(part);
  return at === -1 ? 0 : codePointIndex(text, at) + 1;
}

/** Each character of `from` becomes the one at the same place in `to`, or goes where `to` is shorter; the first mention counts. */
function translate(text: string, from: string, to: string): string {
  const targets = [...to];
  const map = new Map<string, string>();
  let i = 0;
  for (const c of from) {
    if (!map.has(c)) map.set(c, targets[i] ?? "");
    i++;
  }
  let result = "";
  for (const c of text) result += map.get(c) ?? c;
  return result;
}

export const searchEntries: readonly ScalarEntry[] = [
  {
    name: "contains",
    doc: doc("Whether a text has a part, a list an element, or a map a key.", ["value", "part"], "contains('abc', 'a')", "true"),
    overloads: [test((text, part) => text.includes(part)), listContainsOverload, mapContainsOverload],
  },
  {
    name: "starts_with",
    aliases: ["prefix", "^@"],
    doc: doc("Whether a text begins with another.", ["text", "start"], "starts_with('abc', 'a')", "true"),
    overloads: [test((text, part) => text.startsWith(part))],
  },
  {
    name: "ends_with",
    aliases: ["suffix"],
    doc: doc("Whether a text ends with another.", ["text", "end"], "ends_with('abc', 'bc')", "true"),
    overloads: [test((text, part) => text.endsWith(part))],
  },
  {
    name: "strpos",
    aliases: ["position", "instr"],
    doc: doc(
      "Position (from 1) of the first occurrence of a part; 0 where there is none.",
      ["text", "part"],
      "strpos('test test', 'es')",
      "2",
    ),
    overloads: [{ args: ["varchar", "varchar"], returns: BIGINT, checkRange: false, impl: position }],
  },
  {
    name: "replace",
    doc: doc("Replaces every occurrence of a part.", ["text", "part", "replacement"], "replace('hello', 'l', '-')", "he--o"),
    overloads: [
      {
        args: ["varchar", "varchar", "varchar"],
        returns: VARCHAR,
        impl: (text: string, part: string, by: string) => (part === "" ? text : text.replaceAll(part, () => by)),
      },
    ],
  },
  {
    name: "translate",
    doc: doc(
      "Replaces characters one by one: each of the second text by the one at its place in the third, or by nothing.",
      ["text", "from", "to"],
      "translate('12345', '143', 'ax')",
      "a2x5",
    ),
    overloads: [{ args: ["varchar", "varchar", "varchar"], returns: VARCHAR, impl: translate }],
  },
];
