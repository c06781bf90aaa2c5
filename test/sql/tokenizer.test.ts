import { describe, expect, test } from "vitest";
import { tokenize } from "../../src/sql/tokenizer.ts";

const values = (text: string): string[] =>
  tokenize(text)
    .list.slice(0, -1)
    .map(({ type, value }) => (type === "op" ? value : `${type}:${value}`));

describe("tokens", () => {
  test.each([
    ['a_1 Größe "A b" "q""q"', ["word:a_1", "word:größe", "quoted:A b", 'quoted:q"q']],
    [
      "1 1_000 1.5 .5 5. 1e5 1.5E-3 0x1F 0b11 0o17",
      ["1", "1_000", "1.5", ".5", "5.", "1e5", "1.5E-3", "0x1F", "0b11", "0o17"].map((n) => `number:${n}`),
    ],
    ["1m 0xfoo", ["number:1", "word:m", "number:0", "word:xfoo"]],
    ["'a''b' '' E'\\n\\x41\\u00e9\\'' e'a''b'", ["string:a'b", "string:", "string:\nAé'", "string:a'b"]],
    ["'a'\n 'b' 'c'", ["string:ab", "string:c"]],
    ["$$a'b$$ $t$ $$ $t$", ["string:a'b", "string: $$ "]],
    ["$1 $name ? #2", ["parameter:1", "parameter:name", "parameter:", "positional:2"]],
    ["x'0aFF' X''", ["blob:0AFF", "blob:"]],
    [
      "a->>b->c::d:=e=>f<=>g<->h!~~*i^@j//k**l",
      [
        "word:a",
        "->>",
        "word:b",
        "->",
        "word:c",
        "::",
        "word:d",
        ":=",
        "word:e",
        "=>",
        "word:f",
        "<=>",
        "word:g",
        "<->",
        "word:h",
        "!~~*",
        "word:i",
        "^@",
        "word:j",
        "//",
        "word:k",
        "**",
        "word:l",
      ],
    ],
    ["1-- comment\n+/* a /* b */ c */2", ["number:1", "+", "number:2"]],
    ["a\u00a0b\u2003c\ufeff", ["word:a", "word:b", "word:c"]],
    ["`", ["`"]],
  ])("%s", (text, expected) => {
    expect(values(text)).toEqual(expected);
    expect(tokenize(text).problem).toBeUndefined();
  });

  test.each([
    ["SELECT 'abc", 7, true],
    ["SELECT 'abc''", 7, true],
    ['SELECT "abc', 7, true],
    ["SELECT /* a /* b */", 7, true],
    ["SELECT $x$ a $$", 7, true],
    ["SELECT E'a\\'", 7, true],
    ["SELECT x'0", 7, true],
    ["SELECT x'0g'", 7, false],
    ['SELECT ""', 7, false],
  ])("%s has a problem", (text, start, incomplete) => {
    const { problem } = tokenize(text);
    expect(problem).toMatchObject({ incomplete, span: { start } });
  });

  test("positions are UTF-16 offsets", () => {
    const [smile, b] = tokenize("'😀' b").list;
    expect([smile.start, smile.end, b.start]).toEqual([0, 4, 5]);
  });
});
