import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { INTEGER } from "../../src/core/types.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { RowTokenizer } from "../../src/formats/csv/row-tokenizer.ts";
import { bindFile, createFileWriter, isFilePath, openSource } from "../../src/formats/index.ts";
import { comparable, duckdb, expectSame, readFile, reference, temporaryFolder } from "./reference.ts";

const folder = temporaryFolder();
mkdirSync(join(folder, "deep/er"), { recursive: true });
writeFileSync(join(folder, "a1.csv"), "x,y\n1,one\n2,two\n");
writeFileSync(join(folder, "a2.csv"), "x,y\n3.5,three\n");
writeFileSync(join(folder, "b1.csv"), "y,z\nfour,2020-01-01\n");
writeFileSync(join(folder, "deep/er/a3.csv"), "x,y\n4,x\n");
writeFileSync(join(folder, ".hidden.csv"), "x,y\n9,9\n");

const fails = (act: () => unknown): { message: string; hint?: string } => {
  try {
    act();
  } catch (error) {
    return error as { message: string; hint?: string };
  }
  throw new Error("nothing was thrown");
};

describe("paths and globs", () => {
  const files = (pattern: string | string[]) => {
    const { source } = bindFile(pattern, { cwd: folder });
    return source.kind === "file" ? source.files.map((file) => file.slice(folder.length + 1)) : [];
  };
  test("one file, and a list in its order", () => {
    expect(files("a1.csv")).toEqual(["a1.csv"]);
    expect(files(["a2.csv", "a1.csv"])).toEqual(["a2.csv", "a1.csv"]);
    expect(files(join(folder, "a1.csv"))).toEqual(["a1.csv"]);
  });
  test("*, ?, [], {} and **; hidden files are left out", () => {
    expect(files("a*.csv")).toEqual(["a1.csv", "a2.csv"]);
    expect(files("a?.csv")).toEqual(["a1.csv", "a2.csv"]);
    expect(files("a[2-9].csv")).toEqual(["a2.csv"]);
    expect(files("{a2,a1}.csv")).toEqual(["a1.csv", "a2.csv"]);
    expect(files("**/a*.csv")).toEqual(["a1.csv", "a2.csv", "deep/er/a3.csv"]);
    expect(files("deep/*/*.csv")).toEqual(["deep/er/a3.csv"]);
  });
  test("a missing file names the nearest", () => {
    const error = fails(() => files("a11.csv"));
    expect(error.message).toBe('no such file "a11.csv"');
    expect(error.hint).toBe('did you mean "a1.csv"?');
    expect(fails(() => files("nowhere/a1.csv")).hint).toMatch(/there is no folder/);
    expect(fails(() => files("q*.csv")).message).toBe('no file matches "q*.csv"');
    expect(fails(() => files("deep")).message).toBe('"deep" is a folder');
  });
  test("a name without its ending, the home folder and addresses", () => {
    expect(fails(() => files("b1")).hint).toBe('did you mean "b1.csv"?');
    expect(fails(() => files("~/no-such-folder/x.csv")).hint).toBe(`there is no folder "${join(homedir(), "no-such-folder")}"`);
    expect(fails(() => files("https://example.org/x.csv")).message).toContain("not over https");
  });
  test("a folder that is not there is named when a file is written", () => {
    for (const name of ["x.csv", "x.parquet", "x.arrow", "x.json"]) {
      const error = fails(() => createFileWriter(`nowhere/${name}`, [{ name: "a", type: INTEGER }], { cwd: folder }));
      expect(error.hint).toBe(`there is no folder "${join(folder, "nowhere")}"`);
    }
    expect(fails(() => createFileWriter("x.doc", [], { cwd: folder })).hint).toBe("say (FORMAT name): csv, json, parquet, arrow");
  });
  test("files whose columns are in another order, or without names, or others", () => {
    writeFileSync(join(folder, "o1.csv"), "a,c\n1,x\n");
    writeFileSync(join(folder, "o2.csv"), "C,A\ny,2\n");
    writeFileSync(join(folder, "o3.csv"), "3,z\n4,w\n");
    writeFileSync(join(folder, "o4.csv"), "a,b\n5,v\n");
    const rows = (...names: string[]) => readFile(names.map((name) => join(folder, name))).rows;
    expect(rows("o1.csv", "o2.csv")).toEqual([
      [1n, "x"],
      [2n, "y"],
    ]);
    expect(rows("o1.csv", "o3.csv")).toEqual([
      [1n, "x"],
      [3n, "z"],
      [4n, "w"],
    ]);
    const error = fails(() => rows("o1.csv", "o4.csv"));
    expect(error.message).toMatch(/has a column "b", and those of .*o1.csv" are "a", "c"$/);
    expect(error.hint).toContain("union_by_name = true");
  });
  test("a format that cannot be told", () => {
    writeFileSync(join(folder, "data.xyz"), "a\n1\n");
    expect(fails(() => files("data.xyz")).message).toMatch(/cannot be told from its name/);
    expect(fails(() => bindFile("a1.csv", { cwd: folder, format: "cvs" })).hint).toBe('did you mean "csv"?');
    expect(["x.csv", "x.csv.gz", "x.parquet", "x.doc"].map(isFilePath)).toEqual([true, true, true, false]);
  });
});

describe("several files as one", () => {
  test("types meet, names come from the first", async () => {
    expectSame(comparable(readFile(join(folder, "a?.csv"))), await reference(`SELECT * FROM read_csv('${folder}/a?.csv')`));
  });
  test("by name, with what is missing NULL", async () => {
    const paths = [join(folder, "a1.csv"), join(folder, "b1.csv")];
    const result = readFile(paths, { options: { union_by_name: true } });
    expectSame(comparable(result), await reference(`SELECT * FROM read_csv(['${paths.join("','")}'], union_by_name = true)`));
    expect(readFile(paths, { options: { union_by_name: true }, columns: [2, 0] }).rows).toEqual([
      [null, 1n],
      [null, 2n],
      [18262, null],
    ]);
  });
  test("with the file's name", () => {
    const result = readFile(join(folder, "a?.csv"), { options: { filename: true } });
    expect(result.rows.map((row) => row[2])).toEqual([join(folder, "a1.csv"), join(folder, "a1.csv"), join(folder, "a2.csv")]);
    expect(readFile(join(folder, "a1.csv"), { options: { filename: "source" } }).schema[2].name).toBe("source");
  });
  test("files of different width are an error with the way out", () => {
    writeFileSync(join(folder, "wide.csv"), "x,y,z\n1,2,3\n");
    const error = fails(() => readFile([join(folder, "a1.csv"), join(folder, "wide.csv")]));
    expect(error.message).toMatch(/the files differ: .*wide.csv" has 3 columns/);
    expect(error.hint).toBe("union_by_name = true matches columns by name");
  });
  test("Parquet files, their row counts added", async () => {
    for (const n of [1, 2]) await duckdb.run(`COPY (SELECT ${n} n, range i FROM range(${n * 1000})) TO '${folder}/p${n}.parquet'`);
    const result = readFile(join(folder, "p*.parquet"));
    expect(result.source.kind === "file" && result.source.rowCount).toBe(3000);
    expectSame(comparable(result), await reference(`SELECT * FROM '${folder}/p*.parquet'`));
  });
});

test("a table in memory is cut into runs of batches", () => {
  const batches = Array.from({ length: 20 }, (_, b) => {
    const values = Array.from({ length: 16_384 }, (_, i) => b * 16_384 + i);
    return { columns: [vectorFromValues(INTEGER, values)], length: values.length };
  });
  const spec = { kind: "memory" as const, schema: [{ name: "a", type: INTEGER }], batches, rowCount: 20 * 16_384 };
  const morsels = openSource(spec, { columns: [0], predicates: [], limit: undefined });
  expect(morsels.morselCount).toBe(3);
  let rows = 0;
  for (let i = 0; i < morsels.morselCount; i++) {
    const reader = morsels.open(i);
    for (let batch = reader.next(); batch !== null; batch = reader.next()) rows += batch.length;
  }
  expect(rows).toBe(spec.rowCount);
});

test("skipping a record ends where reading it does", () => {
  const text = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\\", " ", "\r"), minLength: 1, maxLength: 16 });
  fc.assert(
    fc.property(text, fc.constantFrom(34, 92), fc.boolean(), (content, escapeByte, atEnd) => {
      const bytes = Buffer.from(content);
      const tokenizer = new RowTokenizer({ delimiter: 44, quote: 34, escape: escapeByte, newline: 10 });
      expect(tokenizer.skip(bytes, 0, bytes.length, atEnd)).toBe(tokenizer.read(bytes, 0, bytes.length, atEnd));
    }),
    { numRuns: 3000 },
  );
});
