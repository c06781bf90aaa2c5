import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OptionValues } from "../../src/formats/index.ts";
import { DATASETS } from "../datasets.ts";
import { comparable, expectSame, type ReadRequest, readFile, reference, temporaryFolder } from "./reference.ts";

const folder = temporaryFolder();
const DATA = DATASETS;
let fileNumber = 0;

function file(content: string | Uint8Array, extension = "csv"): string {
  const path = join(folder, `file${fileNumber++}.${extension}`);
  writeFileSync(path, content);
  return path;
}

const read = (content: string | Uint8Array, options?: OptionValues, request: ReadRequest = {}) =>
  readFile(file(content), { options, ...request });

describe("real files read as DuckDB reads them", () => {
  for (const name of readdirSync(DATA).filter((file) => /\.(csv|tsv)$/.test(file))) {
    test(name, async () => {
      const result = readFile(join(DATA, name));
      expect(result.warnings).toEqual([]);
      expectSame(comparable(result), await reference(`SELECT * FROM read_csv('${join(DATA, name)}')`));
    });
  }
});

/** What is detected without options; each is compared with DuckDB's sniffer. */
const SNIFFED: Record<string, string> = {
  "a header above text alone": "a,b\nc,d\ne,f\n",
  "one record of text is a header": "a,b\n",
  "one record of numbers is data": "1,2\n",
  "one record of both is data": "1,b\n",
  "an empty line of one column is NULL": "a\n1\n\n3\n",
  "empty lines of several columns are none": "a,b\n1,2\n\n3,4\n",
  booleans: "a,b,c,d,e\ntrue,1,t,yes,T\nfalse,0,f,no,F\n",
  "booleans in any case": "a,b,c\ntrue,TRUE,yes\nFalse,FALSE,no\n",
  "booleans and digits are text": "a,b\ntrue,t\n1,0\n",
  timestamps:
    "a,b,d,e\n2020-01-02 03:04:05,2020-01-02T03:04:05Z,2020-01-02 03:04:05.123456,2020-01-02 03:04:05+01\n2020-01-02 03:04:05,2020-01-02T03:04:05Z,2020-01-02 03:04:05.1,2020-01-02 03:04:05+01\n",
  "timestamps to the minute": "b,c\n2020-02-03 13:02,1\n2020-02-03 13:03,1\n",
  "times to the minute": "a,b\n03:04:05,03:04\n03:04:05,03:05\n",
  "times with fractions alone": "a\n00:00:00.5\n23:59:59\n",
  "timestamps with zones alone": "a\n2020-01-01T00:00:00.000Z\n2020-01-01T00:00:00.000Z\n",
  "dates and timestamps are text": "b,c\n2020-02-03,1\n2020-02-03 13:02:01,1\n",
  "American dates": "b\n01/02/2020\n01/13/2020\n",
  "European dates": "b,c\n01/02/2020,1\n23/02/2020,1\n",
  "days come first in dates that fit both": "b,c\n01/02/2020,1\n03/02/2020,1\n",
  "American dates with dashes": "b,c\n01-02-2020,1\n01-23-2020,1\n",
  "American dates of two-digit years": "b,c\n01-02-20,1\n01-23-20,1\n",
  "American timestamps": "b,c\n01/02/2020 01:02:03 PM,1\n01/23/2020 01:02:03 AM,1\n",
  "European timestamps": "b,c\n23/02/2020 13:02:03,1\n01/02/2020 01:02:03,1\n",
  "timestamps with slashes": "b,c\n2020/02/03 13:02:01,1\n2020/02/04 13:02:01,1\n",
  "numbers of all kinds": "a,b,c,f,g\n1,1.5,1e5,007,1_000\n99999999999999999999,.5,1E-5,008,2\n",
  "infinities and signs are text": "d,e\ninf,+5\nnan,-5\n",
  "exponents and bare points": "b,c,d,e\n1e5,1.,.5,-.5\n1E+5,2.,.6,0.1\n",
  "the largest BIGINT": "b\n9223372036854775807\n9223372036854775806\n",
  "one beyond the largest BIGINT": "b\n9223372036854775807\n9223372036854775808\n",
  "leading zeros are text": "b,c,d,e\n00,-5,-0,0\n01,6,-1,0.5\n",
  "integers and fractions": "b,c\n1,1\n1.5,1\n",
  "numbers and words are text": "a,b\n1,x\n2.5,y\nz,w\n",
  "spaces around numbers": "a, b, c\n1, 2, x\n3 , 4, y\n",
  "empty quotes are NULL": 'a,b\n"",1\nx,\n,3\n',
  "a column of NULLs": "a,b\n1,\n2,\n",
  "words for NULL are text": "a,b\n1,NULL\n2,NA\n",
  "names that repeat or are empty": "a,a,A,\n1,2,3,4\n",
  "notes above the table": "# file made by x\nsome note\na,b\n1,2\n3,4\n5,6\n",
  "a comment above the table": "# hello\na,b\n1,2\n3,4\n",
  "delimiters that end every line": "a,b,\n1,2,\n3,4,\n",
  "delimiters that end every record but the header": "a,b\n1,2,\n3,4,\n",
  "quotes inside of fields": 'a,b\n5" pipe,2\n6" pipe,3\n',
  "single quotes": "a,b\n'x,y',2\n'z',3\n",
  "backslashes before quotes": 'a,b\n"x\\"y",2\n"z",3\n',
  "semicolons and decimal commas": "a;b\n1,5;2\n3,25;4\n",
  "quoted numbers": 'a,b\n"1","x"\n"2","y"\n',
  "line breaks in quotes": 'a,b\n"x\ny",1\n"z",2\n',
  "carriage returns": "a,b\r\n1,2\r\n3,4\r\n",
  "carriage returns alone": "a,b\r1,2\r3,4\r",
  "years as column names": "id,2019,2020\nx,1,2\ny,3,4\n",
  "an empty file": "",
  "a header alone": "a,b,c\n",
  "no line break at the end": "a,b\n1,x\n2,y",
  tabs: "a\tb\n1\t2\n",
  bars: "a|b\n1|2\n",
};

describe("detected as DuckDB detects", () => {
  for (const [name, content] of Object.entries(SNIFFED)) {
    test(name, async () => {
      const path = file(content);
      expectSame(comparable(readFile(path)), await reference(`SELECT * FROM read_csv('${path}')`));
    });
  }
  test("columns by their own date formats, where DuckDB has one for the file", () => {
    const result = read("a,b,c\n2020-01-02,01/02/2020,01.22.2020\n2020-01-03,23/03/2020,03.23.2020\n");
    expect(comparable(result).types).toEqual(["a DATE", "b DATE", "c DATE"]);
    expect(result.rows[1]).toEqual([18264, 18344, 18344]);
  });
  test("a colon as delimiter, but not in times", () => {
    expect(comparable(read("a:b\n1:2\n3:4\n")).types).toEqual(["a BIGINT", "b BIGINT"]);
    expect(comparable(read("a\n10:20\n11:30\n")).types).toEqual(["a TIME"]);
  });
});

describe("options", () => {
  const both = async (content: string, options: OptionValues, sql: string) => {
    const path = file(content);
    expectSame(comparable(readFile(path, { options })), await reference(`SELECT * FROM read_csv('${path}', ${sql})`));
  };
  test("columns", () =>
    both(
      "1,2020-01-02,x\n",
      { columns: { a: "SMALLINT", b: "DATE", c: "VARCHAR" } },
      "columns = {'a': 'SMALLINT', 'b': 'DATE', 'c': 'VARCHAR'}",
    ));
  test("types by name", () => both("a,b\n1,2\n", { types: { b: "DECIMAL(9,2)" } }, "types = {'b': 'DECIMAL(9,2)'}"));
  test("types by position", () => both("a,b\n1,2\n", { dtypes: ["DOUBLE"] }, "dtypes = ['DOUBLE']"));
  test("names", () => both("1,2\n3,4\n", { names: ["x", "y"] }, "names = ['x', 'y']"));
  test("all_varchar", () => both("a,b\n1,2020-01-01\n", { all_varchar: true }, "all_varchar = true"));
  test("header", () => both("a,b\nc,d\n", { header: false }, "header = false"));
  test("skip", () => both("x\ny\na,b\n1,2\n", { skip: 2 }, "skip = 2"));
  test("nullstr", () => both("a,b\n1,NA\n-,3\n", { nullstr: ["NA", "-"] }, "nullstr = ['NA', '-']"));
  test("nullstr that is a number", () => both("a,b\n1,-99\n-99,3.5\n", { nullstr: "-99" }, "nullstr = '-99'"));
  test("delim and quote", () => both("a^b\n'x^y'^2\n", { delim: "^", quote: "'" }, "delim = '^', quote = ''''"));
  test("comment", () => both("a,b\n1,2\n#3,4\n5,6\n", { comment: "#" }, "comment = '#'"));
  test("dateformat", () => both("a\n1. 2. 2020\n3. 4. 2021\n", { dateformat: "%d. %m. %Y" }, "dateformat = '%d. %m. %Y'"));
  test("dateformat with month names", () =>
    both(
      "a,b\nJan 5 2020,1\nMar 6 2021,2\n",
      { dateformat: "%b %d %Y", types: { a: "DATE" } },
      "dateformat = '%b %d %Y', types = {'a': 'DATE'}",
    ));
  test("timestampformat", () =>
    both("a\n5.1.2020 10h\n6.1.2020 11h\n", { timestampformat: "%d.%m.%Y %Hh" }, "timestampformat = '%d.%m.%Y %Hh'"));
  test("decimal_separator", () => both("a;b\n1,5;2\n3,25;4\n", { decimal_separator: "," }, "decimal_separator = ','"));
  test("null_padding", () => both("a,b,c\n1,2,3\n4,5\n", { null_padding: true, delim: "," }, "null_padding = true, delim = ','"));
  test("normalize_names", () =>
    both("My Col,Ünï-x,1st\n1,2,3\n", { normalize_names: true, header: true }, "normalize_names = true, header = true"));
  test("new_line", () => both("a,b\n1,2\n", { new_line: "\\n" }, "new_line = '\\n'"));
  test("sample_size", () => {
    const content = `a\n${"1\n".repeat(30)}2.5\n`;
    expect(comparable(read(content, { sample_size: 10 })).types).toEqual(["a BIGINT"]);
    // As a cast does
    expect(read(content, { sample_size: 10 }).rows.at(-1)).toEqual([3n]);
    expect(comparable(read(content)).types).toEqual(["a DOUBLE"]);
  });
  test("auto_detect off reads text between commas", () => {
    expect(comparable(read("a;b,2\n", { auto_detect: false }))).toEqual({
      types: ["column0 VARCHAR", "column1 VARCHAR"],
      rows: [["a;b", "2"]],
    });
  });
  test("every type by name", () =>
    both(
      "a,b,c,d,e,f,g,h,i\n1,2,3,4,170141183460469231731687303715884105727,1.5,550e8400-e29b-41d4-a716-446655440000,10:11:12,12345678901234567890.123\n",
      { types: ["TINYINT", "UTINYINT", "UINTEGER", "UBIGINT", "HUGEINT", "FLOAT", "UUID", "TIME", "DECIMAL(30,2)"] },
      "types = ['TINYINT', 'UTINYINT', 'UINTEGER', 'UBIGINT', 'HUGEINT', 'FLOAT', 'UUID', 'TIME', 'DECIMAL(30,2)']",
    ));
  test("a wrong option names the nearest right one", () => {
    expect(() => read("a\n1\n", { delimeter: "," })).toThrow('read_csv has no option "delimeter"');
    try {
      read("a\n1\n", { heder: true });
    } catch (error) {
      expect((error as { hint?: string }).hint).toBe('did you mean "header"?');
    }
  });
  test("wrong values name the option", () => {
    expect(() => read("a\n1\n", { header: "maybe" })).toThrow('option "header" must be true or false, not "maybe"');
    expect(() => read("a\n1\n", { columns: { a: "INTEGR" } })).toThrow('type "integr" does not exist');
    expect(() => read("a\n1\n", { types: { b: "INTEGER" } })).toThrow('the file has no column "b"');
    expect(() => read("a\n1\n", { compression: "gzp" })).toThrow('option "compression" cannot be "gzp"');
  });
});

describe("messy files", () => {
  test("records that cannot be read are skipped and reported with line, reason and text", () => {
    const good = "1,2.5,x\n".repeat(25_000);
    const result = read(`a,b,c\n${good}oops,1,y\n2,3\n4,5,z,extra\n"7,1,q\n5,6.5,last\n`);
    expect(result.rows.length).toBe(25_001);
    expect(result.rows.at(-1)).toEqual([5n, 6.5, "last"]);
    expect(result.warnings.length).toBe(1);
    expect(result.warnings[0].rejectedCount).toBe(4);
    expect(result.warnings[0].rejected.map(({ line, reason, text }) => [line, reason, text])).toEqual([
      [25_002, 'column "a": cannot read "oops" as BIGINT', "oops,1,y"],
      [25_003, "expected 3 columns, found 2", "2,3"],
      [25_004, "expected 3 columns, found 4", "4,5,z,extra"],
      [25_005, "a quote is opened and never closed", '"7,1,q'],
    ]);
  });
  test("with ignore_errors = false the first is an error that names the line", () => {
    expect(() => read(`a\n${"1\n".repeat(30_000)}x\n`, { ignore_errors: false })).toThrow(
      /line 30002: column "a": cannot read "x" as BIGINT/,
    );
  });
  test("text after a closing quote", () => {
    const content = 'a,b\n"x" y,1\n"z",2\n';
    expect(read(content, { quote: '"', escape: '"' }).warnings[0].rejected[0].reason).toBe("text follows a closing quote");
    expect(read(content, { quote: '"', escape: '"', strict_mode: false }).rows).toEqual([
      ['"x" y', 1n],
      ["z", 2n],
    ]);
  });
  test("bytes that are not UTF-8 in one record", () => {
    const bad = Buffer.concat([
      Buffer.from("a,b\nä,1\nö,2\nü,3\né,3\nè,3\n"),
      Buffer.from([0x78, 0xc3, 0x28, 0x2c, 0x31, 0x0a]),
      Buffer.from("y,2\n"),
    ]);
    const result = read(bad);
    expect(result.rows.length).toBe(6);
    expect(result.warnings[0].rejected[0].reason).toBe('column "a" is not valid UTF-8');
  });
  test("ragged tables", () => {
    const result = read("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n");
    expect(result.rows).toEqual([
      [1n, 2n, 3n],
      [10n, 11n, 12n],
    ]);
    expect(result.warnings[0].rejectedCount).toBe(2);
  });
  test("with null_padding, narrower records are records, wherever they stand", () => {
    const result = read("a,b,c,d\n1,2,3,4\n5,6,7,8\n9,10,11,12,13\n14,15\n16,17,18,19\n", { null_padding: true });
    expect(result.schema.map((field) => field.name)).toEqual(["a", "b", "c", "d", "column4"]);
    expect(result.rows.map((row) => row[0])).toEqual([1n, 5n, 9n, 14n, 16n]);
    expect(result.rows[2][4]).toBe(13n);
    expect(result.warnings).toEqual([]);
  });
  test("lines above the table are reported, unless they are comments or skip leaves them out", () => {
    const content = "Report: sales\nmade by x\n\nday;n\nMon;1\nTue;2\n";
    const [warning] = read(content).warnings;
    expect(warning.message).toContain("2 lines");
    expect(warning.message).toContain("skip = 2");
    expect(warning.rejected.map(({ line, text }) => [line, text])).toEqual([
      [1, "Report: sales"],
      [2, "made by x"],
    ]);
    expect(read(content, { skip: 2 }).warnings).toEqual([]);
    expect(read(content, { skip: 2 }).rows).toEqual(read(content).rows);
    expect(read("# made by x\na,b\n1,2\n3,4\n").warnings).toEqual([]);
  });
  test("a line that names the separator for spreadsheet programs", () => {
    const { schema, rows, warnings } = read("sep=;\r\na;b\r\n1,5;2\r\n");
    expect(schema.map((field) => field.name)).toEqual(["a", "b"]);
    expect(rows).toEqual([["1,5", 2n]]);
    expect(warnings).toEqual([]);
  });
  test("apostrophes are no quotes where double quotes begin fields", () => {
    const result = read('weight,price,share\n12 kg,$1,234.50,45%\n13 kg,"$2,000.00",5%\n');
    expect(result.schema.map((field) => field.name)).toEqual(["weight", "price", "share"]);
    expect(result.rows).toEqual([["13 kg", "$2,000.00", "5%"]]);
    expect(result.warnings[0].rejected[0].line).toBe(2);
  });
  test("content of another format is an error, or a note where it is text", () => {
    expect(() => read("PK\x03\x04 and so on\n")).toThrow("zip archive");
    expect(() => read("PAR1 and so on\n")).toThrow("is a Parquet file");
    expect(read('{"a":1}\n{"a":2}\n').warnings[0].message).toContain("looks like JSON");
    expect(read("<!DOCTYPE html>\n<html>\n").warnings[0].message).toContain("web page");
  });
  test("a header with more names than the records have fields", () => {
    expect(read("a,b,c\n1,2\n3,4\n5,6\n").rows).toEqual([
      [1n, 2n, null],
      [3n, 4n, null],
      [5n, 6n, null],
    ]);
  });
});

describe("encodings and compression", () => {
  const table = "name,n\nGrüße,1\nnaïve,2\n";
  const rows = [
    ["Grüße", 1n],
    ["naïve", 2n],
  ];
  test("UTF-8 with a byte order mark", () => expect(read(`\ufeff${table}`).rows).toEqual(rows));
  test("UTF-16, both ways round", () => {
    const little = Buffer.from(`\ufeff${table}`, "utf16le");
    expect(read(little).rows).toEqual(rows);
    expect(read(Buffer.from(little).swap16()).rows).toEqual(rows);
  });
  test("latin-1", () => expect(read(Buffer.from(table, "latin1")).rows).toEqual(rows));
  test("gzip by its first bytes, whatever the name", () => {
    expect(readFile(file(gzipSync(table), "csv.gz")).rows).toEqual(rows);
    expect(readFile(file(gzipSync(table), "csv")).rows).toEqual(rows);
  });
  test("gzip of more than a morsel, with line breaks in quotes", () => {
    const lines = Array.from({ length: 300_000 }, (_, i) => `${i},"line ${i}\nof ""two"" lines"`);
    const result = readFile(file(gzipSync(`n,t\n${lines.join("\n")}\n`), "csv.gz"));
    expect(result.rows.length).toBe(300_000);
    expect(result.rows.every(([n, t], i) => n === BigInt(i) && t === `line ${i}\nof "two" lines`)).toBe(true);
  });
});

describe("files of several morsels", () => {
  const shuffled = (count: number) =>
    Array.from({ length: count }, (_, i) => (i * 7 + 3) % count).filter((m, i, all) => all.indexOf(m) === i);
  const orders: ReadRequest["order"][] = [undefined, (n) => Array.from({ length: n }, (_, i) => n - 1 - i), shuffled];

  test("line breaks in quotes, morsels in any order", () => {
    const records: [bigint, string][] = [];
    for (let i = 0; i < 400_000; i++)
      records.push([BigInt(i), i % 3 === 0 ? `a "quoted"\nline, ${i}\n\n1,2` : i % 5 === 0 ? `x${i}\r\n"` : `plain ${i}`]);
    const path = file(`n,t\n${records.map(([n, t]) => `${n},${/[",\n]/.test(t) ? `"${t.replaceAll('"', '""')}"` : t}`).join("\n")}\n`);
    for (const order of orders) {
      const result = readFile(path, { order });
      expect(result.warnings).toEqual([]);
      expect(result.rows.length).toBe(records.length);
      expect(result.rows.findIndex(([n, t], i) => n !== records[i][0] || t !== records[i][1])).toBe(-1);
    }
  });
  test("quotes only late in the file", () => {
    const plain = "1,abcdefghijklmnopqrstuvwxyz\n".repeat(400_000);
    const path = file(`n,t\n${plain}2,"x\n3,y\n4,z"\n${plain}`);
    for (const order of orders) {
      const { rows } = readFile(path, { order });
      expect(rows.length).toBe(800_001);
      expect(rows[400_000]).toEqual([2n, "x\n3,y\n4,z"]);
    }
  });
  test("one record longer than a morsel", () => {
    const long = "x".repeat(9_000_000);
    const { rows } = read(`a,b\n1,w\n2,${long}\n3,z\n`);
    expect(rows.map(([n, text]) => [n, (text as string).length])).toEqual([
      [1n, 1],
      [2n, 9_000_000],
      [3n, 1],
    ]);
  });
  test("more distinct texts than a dictionary holds", () => {
    const lines = Array.from({ length: 200_000 }, (_, i) => `${i < 40_000 ? "same" : `text ${i}`},${i % 10}`);
    const { rows } = read(`a,b\n${lines.join("\n")}\n`);
    expect(rows.findIndex(([a, b], i) => `${a},${b}` !== lines[i])).toBe(-1);
  });
  test("a projection reads the same values", () => {
    const path = file(`a,b,c\n${Array.from({ length: 1000 }, (_, i) => `${i},"t,${i}",${i / 4}`).join("\n")}\n`);
    const all = readFile(path).rows;
    for (const columns of [[0], [1], [2], [2, 0], [1, 1], []]) {
      expect(readFile(path, { columns }).rows).toEqual(all.map((row) => columns.map((column) => row[column])));
    }
  });
});

describe("properties", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", '"', ",", "\n", "\r", " ", ";", "'", "\\", "é", "漢"), maxLength: 12 });
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  test("any text survives quoting", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text, fc.boolean()), { minLength: 1, maxLength: 30 }), (rows) => {
        const lines = rows.map(([a, b, bare]) => `${quoted(a)},${bare && /^[ab;é漢]+$/.test(b) ? b : quoted(b)}`);
        const result = read(`x,y\n${lines.join("\n")}\n`, {
          delim: ",",
          quote: '"',
          escape: '"',
          header: true,
          all_varchar: true,
          skip: 0,
        });
        expect(result.warnings).toEqual([]);
        expect(result.rows).toEqual(rows.map(([a, b]) => [a === "" ? null : a, b === "" ? null : b]));
      }),
      { numRuns: 200 },
    );
  });
  test("numbers are the nearest doubles, as Number() reads them", () => {
    const number = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.integer({ min: -99999, max: 99999 }).map((n) => (n / 100).toFixed(2)),
      fc.tuple(fc.bigInt(-(10n ** 20n), 10n ** 20n), fc.nat(999_999)).map(([a, b]) => `${a}.${b}`),
    );
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 50 }), (numbers) => {
        const result = read(`x,y\n${numbers.map((n) => `${n},${n}`).join("\n")}\n`, { types: ["DOUBLE", "DOUBLE"] });
        expect(result.rows).toEqual(numbers.map((n) => [Number(n), Number(n)]));
      }),
      { numRuns: 100 },
    );
  });
  test("integers of every size", () => {
    const size = fc.constantFrom(10n, 1000n, 10n ** 6n, 10n ** 12n, 2n ** 53n, 2n ** 63n - 1n);
    const integer = size.chain((max) => fc.bigInt(-max, max));
    fc.assert(
      fc.property(fc.array(integer, { minLength: 1, maxLength: 50 }), (numbers) => {
        const result = read(`x,y\n${numbers.map((n) => `${n},${n}`).join("\n")}\n`, { types: ["BIGINT", "HUGEINT"] });
        expect(result.rows).toEqual(numbers.map((n) => [n, n]));
      }),
      { numRuns: 100 },
    );
  });
});
