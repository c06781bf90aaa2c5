import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { OptionValues } from "../../src/formats/index.ts";
import { readFile, temporaryFolder } from "./reference.ts";

const folder = temporaryFolder();
let fileNumber = 0;

function read(content: string, options?: OptionValues) {
  const path = join(folder, `file${fileNumber++}.json`);
  writeFileSync(path, content);
  return readFile(path, { options });
}

const MARK = "\uFEFF";
const TWO = [[1n], [2n]];

test.each([
  ["an array", '[{"a":1},{"a":2}]'],
  ["an array, and lines behind it", '[{"a":1},\n{"a":2}]\n\n'],
  ["lines", '{"a":1}\n{"a":2}\n'],
  ["a last line without its break", '{"a":1}\n{"a":2}'],
  ["values in one line", '{"a":1} {"a":2}'],
  ["values without anything between them", '{"a":1}{"a":2}'],
  ["values, and blanks behind them", '{"a":1}{"a":2}  \n'],
  ["lines behind a byte order mark", `${MARK}{"a":1}\n{"a":2}\n`],
  ["an array behind a byte order mark", `${MARK}[{"a":1},{"a":2}]`],
])("%s: every value is read", (_, content) => {
  const { rows, warnings } = read(content);
  expect(rows).toEqual(TWO);
  expect(warnings).toEqual([]);
});

test("a number that ends with the file is whole", () => {
  expect(read("[1, 2, 34").rows).toEqual([[1n], [2n], [34n]]);
  expect(read("1 2 34").rows).toEqual([[1n], [2n], [34n]]);
});

test("an array that was cut off is read and reported, or an error", () => {
  const whole = read('[{"a":1},{"a":2}');
  expect(whole.rows).toEqual(TWO);
  expect(whole.warnings.map((warning) => warning.message)).toEqual([expect.stringContaining("ends before its array does")]);
  const part = read('[{"a":1},{"a":2},{"a":');
  expect(part.rows).toEqual(TWO);
  expect(part.warnings.map((warning) => warning.rejectedCount)).toEqual([0, 1]);
  expect(() => read('[{"a":1},{"a":2}', { ignore_errors: false })).toThrow("ends before its array does");
});

test("what follows an array is reported, and the array is read", () => {
  const { rows, warnings } = read('[{"a":1},{"a":2}]garbage');
  expect(rows).toEqual(TWO);
  expect(warnings[0].rejected[0].text).toBe("garbage");
});
