import { describe, expect, test } from "vitest";
import { differences as all } from "./harness.ts";

const TEXTS = [
  "'hello'",
  "''",
  "'hello world'",
  "'HELLO'",
  "'héllo'",
  "'a👍b'",
  "'a' || chr(10) || 'b'",
  "'a.b'",
  "'ab12cd3'",
  "NULL::VARCHAR",
];
const PATTERNS = [
  "'ell'",
  "'^h'",
  "'o$'",
  "'(l)(l)'",
  "'l+'",
  "''",
  "'x*'",
  "'.'",
  "'a.b'",
  "'[a-z]+'",
  "'\\d+'",
  "'\\w'",
  "'(x)?l'",
  "'('",
  "'(?=a)'",
  "'(?i)HELLO'",
  "'[[:alpha:]]+'",
  "'\\bworld'",
  "'a|b'",
  "NULL::VARCHAR",
  "'^'",
  "'$'",
  "'(?P<n>l)'",
  "'\\x{1F44D}'",
  "'\\p{Lu}'",
  "'(a+)+$'",
];

/** An invalid pattern or option is an error here too where the text is NULL only if some other text is not; see docs/differences.md. */
const differences: typeof all = async (...args) =>
  (await all(...args)).filter((text) => !/\(NULL::VARCHAR, .*Invalid Input.*Weir null$/.test(text));

// Bare anchors are matched anew behind each match by DuckDB; see docs/differences.md.
const UNANCHORED = PATTERNS.filter((pattern) => pattern !== "'^'" && pattern !== "'$'");

describe("matching", () => {
  test.each(["regexp_matches", "regexp_full_match"])("%s", async (name) => {
    expect(await differences(name, [TEXTS, PATTERNS])).toEqual([]);
    expect(
      await differences(name, [
        TEXTS,
        ["'HELLO'", "'a.b'", "'^b'", "'a$'"],
        ["'i'", "'c'", "'l'", "'s'", "'m'", "'n'", "'p'", "'il'", "'g'", "'z'", "''", "'is'"],
      ]),
    ).toEqual([]);
  });
  test("nested repetition takes linear time", async () => {
    expect(await differences("regexp_matches", [["repeat('a', 5000) || 'b'"], ["'(a+)+$'", "'(a|a)*c'", "'(.*)(.*)(.*)x'"]])).toEqual([]);
  });
});

test("regexp_replace", async () => {
  const replacements = ["'X'", "''", "'[\\0]'", "'\\2-\\1'", "'\\\\'", "'\\x'", "'$1'", "NULL::VARCHAR", "'$&'"];
  expect(await differences("regexp_replace", [TEXTS.slice(0, 7), PATTERNS.slice(0, 14), replacements])).toEqual([]);
  expect(await differences("regexp_replace", [TEXTS, PATTERNS, ["'X'", "'[\\0]'"], ["'g'", "'gi'"]])).toEqual([]);
  expect(await differences("regexp_replace", [["'a.b.c'"], ["'.'"], ["'X'"], ["'gl'", "'l'", "'z'"]])).toEqual([]);
});

test("regexp_extract", async () => {
  expect(await differences("regexp_extract", [TEXTS, PATTERNS])).toEqual([]);
  expect(await differences("regexp_extract", [TEXTS, PATTERNS.slice(0, 13), ["0", "1", "2", "9", "10", "-1", "NULL::INTEGER"]])).toEqual(
    [],
  );
  expect(await differences("regexp_extract", [TEXTS, ["'(L)(L)?'"], ["0", "1", "2"], ["'i'", "'c'"]])).toEqual([]);
  expect(
    await differences("regexp_extract", [
      TEXTS,
      ["'(\\w)(x)?(\\w)'", "'zz(a)(b)(c)'"],
      ["['a', 'b', 'c']", "['a']", "['a', 'a']", "['a', 'b', 'c', 'd']"],
    ]),
  ).toEqual([]);
});

test("regexp_extract_all", async () => {
  expect(await differences("regexp_extract_all", [TEXTS, UNANCHORED])).toEqual([]);
  expect(await differences("regexp_extract_all", [TEXTS, PATTERNS.slice(0, 13), ["0", "1", "2", "-1", "NULL::INTEGER"]])).toEqual([]);
  expect(await differences("regexp_extract_all", [TEXTS, ["'(L)(x)?'"], ["0", "1", "2"], ["'i'"]])).toEqual([]);
  expect(await differences("regexp_extract_all", [TEXTS, ["'(\\w)(x)?(\\w)'"], ["['a', 'b', 'c']", "['a']"]])).toEqual([]);
});

test("regexp_split_to_array", async () => {
  expect(await differences("regexp_split_to_array", [TEXTS, UNANCHORED])).toEqual([]);
  expect(await differences("regexp_split_to_array", [TEXTS, ["'L'"], ["'i'", "'c'"]])).toEqual([]);
});

test("regexp_escape", async () => {
  expect(await differences("regexp_escape", [[...TEXTS, "'a.b*c?é$^|()[]{}\\/- _:;,!\"#%&@`~<>='''"]])).toEqual([]);
});
