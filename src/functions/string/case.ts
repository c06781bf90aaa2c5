import { VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { graphemes, isAscii } from "./code-points.ts";

/**
 * DuckDB maps case one character to one character (Unicode's simple mapping). JavaScript's full mapping is used where it gives one
 * character; these are the letters for which the two differ in another way.
 */
const SIMPLE_LOWER = new Map([["İ", "i"]]);
const SIMPLE_UPPER = new Map([["ß", "ẞ"]]);
// Greek letters with iota subscript: their simple upper case is the titlecase letter, which the full mapping splits in two.
for (let code = 0x1f80; code < 0x1fb0; code++) {
  if ((code & 8) === 0) SIMPLE_UPPER.set(String.fromCharCode(code), String.fromCharCode(code + 8));
}
for (const code of [0x1fb3, 0x1fc3, 0x1ff3]) SIMPLE_UPPER.set(String.fromCharCode(code), String.fromCharCode(code + 9));

const isSingle = (text: string) => text.length === 1 || (text.length === 2 && text.codePointAt(0)! > 0xffff);

function mapEach(text: string, map: (c: string) => string, exceptions: ReadonlyMap<string, string>): string {
  let result = "";
  for (const c of text) {
    const special = exceptions.get(c);
    if (special !== undefined) {
      result += special;
      continue;
    }
    const mapped = map(c);
    result += isSingle(mapped) ? mapped : c;
  }
  return result;
}

export const lower = (text: string): string => (isAscii(text) ? text.toLowerCase() : mapEach(text, (c) => c.toLowerCase(), SIMPLE_LOWER));

export const upper = (text: string): string => (isAscii(text) ? text.toUpperCase() : mapEach(text, (c) => c.toUpperCase(), SIMPLE_UPPER));

const stripAccents = (text: string): string => (isAscii(text) ? text : text.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC"));

const text1 = (impl: (text: string) => string) => [{ args: ["varchar" as const], returns: VARCHAR, impl }];

export const caseEntries: readonly ScalarEntry[] = [
  { name: "lower", aliases: ["lcase"], doc: doc("Text in lower case.", ["text"], "lower('Hello')", "hello"), overloads: text1(lower) },
  { name: "upper", aliases: ["ucase"], doc: doc("Text in upper case.", ["text"], "upper('Hello')", "HELLO"), overloads: text1(upper) },
  {
    name: "strip_accents",
    doc: doc("Text without accents.", ["text"], "strip_accents('mühleisen')", "muhleisen"),
    overloads: text1(stripAccents),
  },
  {
    name: "nfc_normalize",
    doc: doc("Text in Unicode's NFC form, so that equal characters compare equal.", ["text"], "nfc_normalize('ardèch')", "ardèch"),
    overloads: text1((text) => text.normalize("NFC")),
  },
  {
    name: "reverse",
    doc: doc("Text backwards; user-perceived characters stay whole.", ["text"], "reverse('hello')", "olleh"),
    overloads: text1((text) => graphemes(text).reverse().join("")),
  },
];
