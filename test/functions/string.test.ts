import { describe, expect, test } from "vitest";
import { lower, upper } from "../../src/functions/string/case.ts";
import { differences, duckdb, evaluate, registry } from "./harness.ts";

const TEXTS = [
  "'hello'",
  "''",
  "'héllo wörld'",
  "'👍x👎'",
  "'a' || chr(769) || 'b'",
  "'  spaced  '",
  "NULL::VARCHAR",
  "'ABC,def,,x'",
  "'👨‍👩‍👧ab'",
];
const POSITIONS = ["0", "1", "2", "-1", "-3", "10", "-10", "NULL::BIGINT"];

describe("one text", () => {
  const names = [
    "lower",
    "upper",
    "length",
    "strlen",
    "bit_length",
    "length_grapheme",
    "reverse",
    "trim",
    "ltrim",
    "rtrim",
    "ascii",
    "unicode",
    "ord",
    "md5",
    "sha1",
    "sha256",
    "hex",
    "bin",
    "url_encode",
    "url_decode",
    "strip_accents",
    "nfc_normalize",
    "encode",
    "concat",
    "parse_path",
    "parse_filename",
    "parse_dirname",
    "parse_dirpath",
  ];
  test.each(names)("%s", async (name) => {
    const more = [
      "chr(160) || 'x' || chr(12288)",
      "chr(9) || 'x'",
      "'a b&c/é~-_.!*()'",
      "'a%20b+c%zz%C3%A9%'",
      "'/a/b/c.tar.gz'",
      "'a\\b/c'",
      "'.hidden'",
      "'x//y/'",
      "'ΑΣ'",
      "'ß'",
      "'🇩🇪🇫🇷x'",
    ];
    expect(await differences(name, [[...TEXTS, ...more]])).toEqual([]);
  });
});

describe("case mapping", () => {
  test.each([
    ["lower", lower],
    ["upper", upper],
  ] as const)("%s of every character", async (name, f) => {
    const reader = await (await duckdb()).runAndReadAll(
      `SELECT c, chr(c::INTEGER), ${name}(chr(c::INTEGER)) FROM range(1, 70000) t(c) WHERE c NOT BETWEEN 55296 AND 57343`,
    );
    // Letters of newer versions of Unicode, which DuckDB does not know yet, or this runtime.
    const recent = (code: number) =>
      [411, 612, 7305, 7306].includes(code) || (code >= 42955 && code <= 42973) || (code >= 68944 && code <= 68997);
    const wrong = reader.getRows().filter(([code, c, expected]) => !recent(Number(code)) && f(c as string) !== expected);
    expect(wrong.map(([code, , expected]) => `${code}: ${expected}`)).toEqual([]);
  });
});

describe("parts of a text", () => {
  const lengths = ["0", "1", "2", "-1", "-2", "7", "-20", "4294967295", "4294967296", "-9223372036854775807"];
  test("substring", async () => {
    expect(await differences("substring", [TEXTS, POSITIONS])).toEqual([]);
    expect(await differences("substring", [TEXTS, POSITIONS, lengths])).toEqual([]);
  });
  test("substring_grapheme", async () => {
    // Positions before the start follow substring's rules here; see docs/differences.md.
    expect(await differences("substring_grapheme", [TEXTS, POSITIONS])).toEqual([]);
    expect(await differences("substring_grapheme", [TEXTS, ["1", "2", "-1"], ["0", "1", "2", "7"]])).toEqual([]);
  });
  test.each(["left", "right", "left_grapheme", "right_grapheme"])("%s", async (name) => {
    expect(await differences(name, [TEXTS, [...POSITIONS, "-9007199254740993"]])).toEqual([]);
  });
  test.each(["lpad", "rpad"])("%s", async (name) => {
    expect(
      await differences(name, [TEXTS, ["0", "3", "8", "-1", "NULL::INTEGER"], ["'x'", "'xy'", "'é👍'", "''", "NULL::VARCHAR"]]),
    ).toEqual([]);
  });
  test.each(["trim", "ltrim", "rtrim"])("%s of characters", async (name) => {
    expect(
      await differences(name, [
        ["'xxaxx'", "'👍a👍'", "'éhé'", "''", "NULL::VARCHAR"],
        ["'x'", "'👍'", "'é'", "''", "'ax'", "NULL::VARCHAR"],
      ]),
    ).toEqual([]);
  });
  test("split", async () => {
    expect(await differences("string_split", [TEXTS, ["','", "''", "'l'", "'ll'", "'👍'", "NULL::VARCHAR"]])).toEqual([]);
    expect(
      await differences("split_part", [TEXTS, ["','", "''", "'l'", "NULL::VARCHAR"], ["1", "2", "-1", "0", "9", "-9", "NULL::BIGINT"]]),
    ).toEqual([]);
  });
});

describe("searching", () => {
  test.each(["contains", "starts_with", "ends_with", "strpos", "prefix", "suffix", "instr"])("%s", async (name) => {
    expect(await differences(name, [TEXTS, ["'l'", "''", "'hello'", "'👍'", "'x'", "'👎'", "NULL::VARCHAR", "'zz'"]])).toEqual([]);
  });
  test("replace and translate", async () => {
    const parts = ["'l'", "''", "'ll'", "'👍'", "'$&'", "NULL::VARCHAR", "'él'"];
    expect(await differences("replace", [[...TEXTS, "'a$&b'"], parts, parts])).toEqual([]);
    expect(await differences("translate", [TEXTS, parts, parts])).toEqual([]);
  });
  test("like", async () => {
    const texts = [
      "'hello'",
      "''",
      "'h'",
      "'héllo'",
      "'👍o'",
      "'a%c'",
      "'a_c'",
      "'aXbXc'",
      "NULL::VARCHAR",
      "'HELLO'",
      "'ab' || chr(10) || 'c'",
    ];
    const patterns = [
      "'%'",
      "''",
      "'h%'",
      "'%o'",
      "'%ell%'",
      "'h_llo'",
      "'_'",
      "'__'",
      "'%l%o'",
      "'%%'",
      "'h%l%'",
      "'_%_'",
      "'%X%X%'",
      "'a%c'",
      "'a_c'",
      "'%b_c'",
      "NULL::VARCHAR",
      "'HELL_'",
      "'%aab%'",
      "'h%h'",
    ];
    for (const name of ["~~", "!~~", "~~*", "!~~*"]) expect(await differences(name, [texts, patterns])).toEqual([]);
    for (const name of ["like_escape", "not_like_escape", "ilike_escape", "not_ilike_escape"]) {
      expect(
        await differences(name, [
          texts,
          ["'a$%c'", "'a$_c'", "'A$%C'", "'%$%%'", "'a$$'", "'h$ello'"],
          ["'$'", "''", "'x'", "'xx'", "NULL::VARCHAR"],
        ]),
      ).toEqual([]);
    }
  });
  test("glob", async () => {
    const texts = ["'abc'", "''", "'a]c'", "'a-c'", "'a*c'", "'aéc'", "'aac'", "'aXbXc'", "'a\\c'"];
    const patterns = [
      "'*'",
      "''",
      "'a?c'",
      "'a[a-c]c'",
      "'a[!a]c'",
      "'a[^a]c'",
      "'a[]]c'",
      "'a\\*c'",
      "'a[b'",
      "'[]'",
      "'a[a-]c'",
      "'*X*X*'",
      "'a**c'",
      "'a[!]]c'",
      "'a[-]c'",
      "'[c-a]*'",
      "'a??c'",
      "'*[!a-b]'",
      "'a\\'",
      "'a[\\]]c'",
    ];
    expect(await differences("~~~", [texts, patterns])).toEqual([]);
  });
});

describe("building", () => {
  test("concat", async () => {
    const values = ["'a'", "1", "NULL", "2.5", "true", "DATE '2020-01-01'", "1.0::DOUBLE", "''"];
    expect(await differences("concat", [values, values])).toEqual([]);
    expect(await differences("concat_ws", [["','", "NULL::VARCHAR", "''"], values, [...values, "[1, 2]"]])).toEqual([]);
    expect(
      await differences("concat", [
        ["[1]", "NULL::INTEGER[]", "[]::INTEGER[]"],
        ["[2, NULL]", "[2.5]", "NULL::INTEGER[]", "NULL", "3"],
      ]),
    ).toEqual([]);
  });
  test("repeat", async () => {
    const counts = ["0", "1", "3", "-1", "NULL::BIGINT"];
    expect(await differences("repeat", [[...TEXTS, "'\\xAAb'::BLOB", "[1, NULL]", "NULL::INTEGER[]"], counts])).toEqual([]);
  });
  test("format", async () => {
    const integers = [
      "0",
      "5",
      "-1234567",
      "9223372036854775807",
      "255::UTINYINT",
      "NULL::INTEGER",
      "170141183460469231731687303715884105727::HUGEINT",
      "true",
      "'x'",
    ];
    const formats = [
      "'{}'",
      "'{:d}'",
      "'{:5d}|{:<12d}|{:^12d}|{:012d}|{:+d}'",
      "'{:,}'",
      "'{:_}'",
      "'{:t.}'",
      "'{:x}'",
      "'{:#X}'",
      "'{:#o}'",
      "'{:b}'",
      "'{:#b}'",
      "'{:=+5d}'",
      "'{:08b}'",
      "'{:s}'",
      "'{:.2f}'",
      "'{:c}'",
      "'{{}}'",
      "'{'",
      "'x'",
    ];
    expect(await differences("format", [formats.filter((f) => !f.includes("|")), integers])).toEqual([]);
    expect(await differences("format", [formats.slice(2, 3), ["1"], ["-2"], ["3"], ["-4"], ["5"]])).toEqual([]);
    const floats = [
      "0::DOUBLE",
      "-0.0::DOUBLE",
      "1::DOUBLE",
      "1.5",
      "2.5::DOUBLE",
      "-1234567.891::DOUBLE",
      "1e20::DOUBLE",
      "1e-5::DOUBLE",
      "123456789.123::DOUBLE",
      "0.1::FLOAT",
      "'inf'::DOUBLE",
      "'nan'::DOUBLE",
      "1e16",
      "99999.5::DOUBLE",
      "NULL::DOUBLE",
    ];
    const floatFormats = [
      "'{}'",
      "'{:f}'",
      "'{:.0f}'",
      "'{:.3f}'",
      "'{:e}'",
      "'{:.1e}'",
      "'{:E}'",
      "'{:g}'",
      "'{:G}'",
      "'{:,.2f}'",
      "'{:10.2f}|'",
      "'{:<10.2f}|'",
      "'{:^10.2f}|'",
      "'{:+.2f}'",
      "'{: .2f}'",
      "'{:06.1f}'",
      "'{:.10g}'",
    ];
    expect(await differences("format", [floatFormats, floats])).toEqual([]);
    const texts = [
      "'{}'",
      "'{:s}'",
      "'{:>10}|'",
      "'{:*^10}|'",
      "'{:<10}|'",
      "'{:.2}'",
      "'{:10.1}|'",
      "'{0} {0}'",
      "'{1}'",
      "'{a}'",
      "'{:x}'",
    ];
    expect(await differences("format", [texts, ["'a'", "'héé'", "''", "DATE '2020-02-03'", "[1, 2]", "NULL::VARCHAR", "'👍👍'"]])).toEqual(
      [],
    );
  });
  test("printf", async () => {
    const formats = [
      "'%d'",
      "'%05d|%-5d'",
      "'%5d'",
      "'%-5d|'",
      "'%05d'",
      "'%+d'",
      "'% d'",
      "'%x'",
      "'%#X'",
      "'%o'",
      "'%i'",
      "'%u'",
      "'%lld'",
      "'%,d'",
      "'%s'",
      "'%f'",
      "'%c'",
      "'%%'",
      "'100%'",
      "'%z'",
      "'%1$d %1$d'",
    ];
    expect(await differences("printf", [formats, ["0", "65", "1234567", "true", "NULL::INTEGER", "'x'", "1.5"]])).toEqual([]);
    const floatFormats = ["'%f'", "'%.2f'", "'%10.3f|'", "'%-10.1f|'", "'%010.2f'", "'%e'", "'%G'", "'%g'", "'%.0f'", "'%+.1f'"];
    expect(
      await differences("printf", [
        floatFormats,
        ["0::DOUBLE", "1.5::DOUBLE", "-2.5::DOUBLE", "1e20::DOUBLE", "0.00001::DOUBLE", "'inf'::DOUBLE", "1.005::DOUBLE"],
      ]),
    ).toEqual([]);
    expect(await differences("printf", [["'%5s|%-5s|%.2s'"], ["'a'"], ["'bé'"], ["'cde'", "'👍👍👍'"]])).toEqual([]);
    expect(
      await differences("printf", [
        ["'%*d'", "'%.*f'"],
        ["5", "2"],
        ["3", "1.5::DOUBLE"],
      ]),
    ).toEqual([]);
  });
});

describe("bytes and digits", () => {
  const integers = [
    "0",
    "5",
    "255",
    "-1",
    "127::TINYINT",
    "255::UTINYINT",
    "9223372036854775807",
    "(-9223372036854775808)::BIGINT",
    "18446744073709551615::UBIGINT",
    "(-1)::HUGEINT",
    "12345678901234567890123::HUGEINT",
    "NULL::BIGINT",
  ];
  test("hex and bin", async () => {
    for (const name of ["hex", "to_hex", "bin"]) expect(await differences(name, [integers])).toEqual([]);
    expect(await differences("unhex", [["'616263'", "'6'", "'zz'", "''", "'aB'", "'616'", "NULL::VARCHAR"]])).toEqual([]);
    expect(await differences("unbin", [["'0101'", "'2'", "''", "'111111111'", "NULL::VARCHAR"]])).toEqual([]);
  });
  test("blobs", async () => {
    const blobs = [
      "''::BLOB",
      "'abc'::BLOB",
      "'\\xFF\\x00'::BLOB",
      "'\\xC3\\xA9'::BLOB",
      "'a\\xC3x'::BLOB",
      "'\\xE2\\x82'::BLOB",
      "NULL::BLOB",
    ];
    for (const name of ["octet_length", "to_base64", "hex", "md5", "sha1", "sha256", "decode"])
      expect(await differences(name, [blobs])).toEqual([]);
    expect(await differences("from_base64", [["'YWJj'", "'YWI='", "'YQ=='", "''", "'YWJ'", "'Y=Jj'", "'!!!!'", "NULL::VARCHAR"]])).toEqual(
      [],
    );
    expect(await differences("decode", [blobs.slice(0, 4), ["'strict'", "'replace'", "'ignore'", "'other'"]])).toEqual([]);
  });
  test("chr", async () =>
    expect(await differences("chr", [["65", "0", "233", "128077", "-1", "1114112", "55296", "NULL::INTEGER"]])).toEqual([]));
  test("to_base", async () => {
    expect(
      await differences("to_base", [
        ["0", "42", "-1", "9223372036854775807", "NULL::BIGINT"],
        ["2", "16", "36", "37", "1"],
      ]),
    ).toEqual([]);
    expect(
      await differences("to_base", [
        ["0", "42"],
        ["2", "16"],
        ["0", "10", "64", "65", "-1"],
      ]),
    ).toEqual([]);
  });
  test("sizes", async () => {
    const sizes = [
      "0",
      "1",
      "-1",
      "999",
      "1000",
      "1023",
      "1024",
      "1536",
      "16000",
      "-16000",
      "1048575",
      "1048576",
      "123456789012",
      "9223372036854775807",
      "(-9223372036854775808)::BIGINT",
      "NULL::BIGINT",
    ];
    for (const name of ["format_bytes", "formatReadableSize", "formatReadableDecimalSize"])
      expect(await differences(name, [sizes])).toEqual([]);
  });
  test("bar", async () => {
    const numbers = ["0::DOUBLE", "3::DOUBLE", "-1::DOUBLE", "9.99::DOUBLE", "20::DOUBLE", "'nan'::DOUBLE", "'inf'::DOUBLE"];
    expect(await differences("bar", [numbers, ["0::DOUBLE", "10::DOUBLE"], ["10::DOUBLE", "0::DOUBLE"]])).toEqual([]);
    expect(
      await differences("bar", [
        numbers,
        ["0::DOUBLE"],
        ["10::DOUBLE"],
        ["7::DOUBLE", "1::DOUBLE", "0::DOUBLE", "1001::DOUBLE", "7.5::DOUBLE"],
      ]),
    ).toEqual([]);
  });
});

describe("similarity", () => {
  const words = [
    "'duck'",
    "'duckdb'",
    "'luck'",
    "''",
    "'dwayne'",
    "'duane'",
    "'héé'",
    "'martha'",
    "'marhta'",
    "'ca'",
    "'abc'",
    "NULL::VARCHAR",
    "'👍'",
  ];
  test.each(["levenshtein", "damerau_levenshtein", "hamming", "jaccard", "jaro_similarity", "jaro_winkler_similarity"])(
    "%s",
    async (name) => {
      expect(await differences(name, [words, words], { ulps: 2 })).toEqual([]);
    },
  );
  test.each(["jaro_similarity", "jaro_winkler_similarity"])("%s with a cutoff", async (name) => {
    expect(await differences(name, [words, words, ["0.5::DOUBLE", "0.9::DOUBLE"]], { ulps: 2 })).toEqual([]);
  });
});

describe("paths", () => {
  const paths = ["'/a/b/c.csv'", "'a\\b/c.d'", "'c.csv'", "''", "'/'", "'a/'", "'/a'"];
  const options = ["'system'", "'both_slash'", "'backslash'", "'forward_slash'"];
  test.each(["parse_path", "parse_dirname", "parse_dirpath"])("%s", async (name) => {
    expect(await differences(name, [paths, options])).toEqual([]);
  });
  test("parse_filename", async () => {
    expect(await differences("parse_filename", [[...paths, "'.x'", "'a.b.c'"], ["true", "false"], options])).toEqual([]);
    expect(
      await differences("parse_filename", [
        [...paths, "'.x'", "'a.b.c'"],
        ["true", "false"],
      ]),
    ).toEqual([]);
  });
});

test("uuid is random and well-formed", () => {
  const definition = registry.lookup("uuid");
  if (definition?.kind !== "scalar") throw new Error("uuid is missing");
  const call = () =>
    evaluate("uuid", [], { overload: definition.overloads[0], types: [] }, { names: [], constants: [], timeZone: "UTC", nowMicros: 0 })
      .value;
  expect(call()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(call()).not.toBe(call());
});
