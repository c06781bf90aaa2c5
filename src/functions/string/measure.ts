import { BIGINT, INTEGER } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { listLengthOverload } from "../list/length.ts";
import { codePointLength, graphemes, utf8Length } from "./code-points.ts";

const count = (impl: (text: string) => number) => ({ args: ["varchar" as const], returns: BIGINT, checkRange: false, impl });

const codePoint = (empty: number) => [
  { args: ["varchar" as const], returns: INTEGER, impl: (text: string) => text.codePointAt(0) ?? empty },
];

export const measureEntries: readonly ScalarEntry[] = [
  {
    name: "length",
    aliases: ["len", "char_length", "character_length"],
    doc: doc("Number of characters (code points) of a text, or of elements of a list.", ["value"], "length('Hello🦆')", "6"),
    overloads: [count(codePointLength), listLengthOverload],
  },
  {
    name: "length_grapheme",
    doc: doc("Number of user-perceived characters.", ["text"], "length_grapheme('🤦🏼‍♂️🤦🏽‍♀️')", "2"),
    overloads: [count((text) => graphemes(text).length)],
  },
  { name: "strlen", doc: doc("Number of bytes in UTF-8.", ["text"], "strlen('🦆')", "4"), overloads: [count(utf8Length)] },
  {
    name: "octet_length",
    doc: doc("Number of bytes of a BLOB.", ["blob"], "octet_length('\\xAA\\xBB'::BLOB)", "2"),
    overloads: [{ args: ["blob"], returns: BIGINT, checkRange: false, impl: (blob: Uint8Array) => blob.length }],
  },
  {
    name: "bit_length",
    doc: doc("Number of bits in UTF-8.", ["text"], "bit_length('abc')", "24"),
    overloads: [count((text) => utf8Length(text) * 8)],
  },
  {
    name: "ascii",
    doc: doc("Code point of the first character; 0 for an empty text.", ["text"], "ascii('Ω')", "937"),
    overloads: codePoint(0),
  },
  {
    name: "unicode",
    aliases: ["ord"],
    doc: doc("Code point of the first character; -1 for an empty text.", ["text"], "unicode('ü')", "252"),
    overloads: codePoint(-1),
  },
];
