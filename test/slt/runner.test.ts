import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { parseSlt } from "../../cli/slt/parse-slt.ts";
import { emptyReport, type RunSltOptions, runSltFile, type SltReport } from "../../cli/slt/run-slt.ts";
import { duckDbEngine } from "./engine.ts";

const folder = mkdtempSync(join(tmpdir(), "weir-slt-runner-"));
afterAll(() => rmSync(folder, { recursive: true }));

let files = 0;
async function run(text: string, options: RunSltOptions = {}): Promise<SltReport> {
  const file = join(folder, `${files++}.test`);
  writeFileSync(file, text);
  const report = emptyReport();
  await runSltFile(file, report, options);
  return report;
}
const counts = ({ passed, failed, unsupported, skipped }: SltReport) => ({ passed, failed, unsupported, skipped });
const all = (passed: number) => ({ passed, failed: 0, unsupported: 0, skipped: 0 });

describe("the sqllogictest runner", () => {
  it("passes what is right and names what is not", async () => {
    const report = await run(
      "query II\nSELECT 1, 2\n----\n1\t2\n\nquery I\nSELECT 1\n----\n2\n\nstatement ok\nSELEC\n\nstatement error\nSELECT 1\n",
    );
    expect(counts(report)).toEqual({ passed: 1, failed: 3, unsupported: 0, skipped: 0 });
    expect(report.failures.map(({ line, reason }) => [line, reason])).toEqual([
      [6, "row 1, column 1: expected 2, got 1"],
      [11, expect.stringContaining("unexpected error: syntax error")],
      [14, "expected an error"],
    ]);
    expect([...report.reasons.keys()]).toContain("failed: row …, column …: another value");
  });

  it("reads rows, values a line, sorted rows, hashes, patterns, empty texts and NULL", async () => {
    const text = [
      "query IT\nSELECT 1, 'a' UNION ALL SELECT 2, 'b' ORDER BY 1\n----\n1\na\n2\nb",
      "query I rowsort\nSELECT * FROM (VALUES (3), (1)) t(x)\n----\n1\n3",
      "query II valuesort\nSELECT 2, 1\n----\n1\n2",
      "query I\nSELECT * FROM range(3)\n----\n3 values hashing to 996dc30fa92a088d53929ed16588ec72",
      "query T\nSELECT 'abc'\n----\n<REGEX>:a.c",
      "query T\nSELECT 'abc'\n----\n<!REGEX>:x.*",
      "query TT\nSELECT '', NULL\n----\n(empty)\tNULL",
      "query R\nSELECT 1.0000000000001\n----\n1.0",
      "query I\nSELECT true\n----\n1",
      "query I\nSELECT 5",
      "query I nosort first\nSELECT 5\n----\n5",
      "query I nosort first\nSELECT 6 - 1\n----\n5",
      "statement maybe\nSELECT nope\n----\nwhatever",
    ];
    const report = await run(`${text.join("\n\n")}\n`);
    expect(report.failures).toEqual([]);
    expect(counts(report)).toEqual(all(text.length));
  });

  it("unrolls loops over numbers, lists and groups of types, inside one another", async () => {
    const text = `
loop i 1 4

loop j 0 \${i}

query I
SELECT \${i} + \${j} > 0
----
true

endloop

endloop

foreach type <integral> !uhugeint double

query I
SELECT 1::\${type}
----
1

endloop

foreach a,b 1,2 3,4

query I
SELECT \${b} - \${a}
----
1

endloop

concurrentloop k 0 2

onlyif k=1
query I
SELECT \${k}
----
1

endloop
`;
    expect(counts(await run(text))).toEqual({ passed: 6 + 10 + 2 + 1, failed: 0, unsupported: 0, skipped: 1 });
  });

  it("leaves out what a file leaves out", async () => {
    const query = "query I\nSELECT 1\n----\n1\n\n";
    expect(counts(await run(`skipif duckdb\n${query}onlyif postgres\n${query}${query}`))).toEqual({ ...all(1), skipped: 2 });
    expect(counts(await run(`mode skip\n\n${query}mode unskip\n\nmode output_hash\n\n${query}`))).toEqual({ ...all(1), skipped: 1 });
    expect(counts(await run(`require parquet\n\nrequire vector_size 2048\n\nrequire notwindows\n\n${query}`))).toEqual(all(1));
    expect(counts(await run(`require httpfs\n\n${query}${query}`))).toEqual({ ...all(0), skipped: 2 });
    expect(counts(await run(`${query}halt\n\n${query}`))).toEqual(all(1));
    expect(counts(await run(`load x.db\n\n${query}`))).toEqual({ ...all(1), unsupported: 1 });
  });

  it("counts what is not there yet, and what follows from it", async () => {
    const report = await run("statement ok\nCREATE SEQUENCE s\n\nquery I\nSELECT nextval('s')\n----\n1\n\nquery I\nSELECT 1\n----\n1\n");
    expect(counts(report)).toEqual({ passed: 1, failed: 0, unsupported: 2, skipped: 0 });
    expect([...report.reasons]).toContainEqual(["unsupported: CREATE SEQUENCE is not there yet", 1]);
  });

  it("holds errors to their messages when asked", async () => {
    const text = 'statement error\nSELECT nope\n----\ncolumn "nope" does not exist\n\nstatement error\nSELECT nope\n----\nsomething else\n';
    expect(counts(await run(text))).toEqual(all(2));
    expect(counts(await run(text, { messages: true }))).toEqual({ passed: 1, failed: 1, unsupported: 0, skipped: 0 });
  });

  it("takes expected rows from DuckDB", async () => {
    const rows: (readonly string[])[] = [];
    await run("statement ok\nCREATE TABLE t AS SELECT [1, NULL] AS l, '' AS e\n\nquery TT\nSELECT * FROM t\n----\n", {
      engine: duckDbEngine,
      onActual: (_, actual) => rows.push(actual),
    });
    expect(rows).toEqual([["[1, NULL]\t(empty)"]]);
  });

  it("knows where expected rows stand in a file", () => {
    const [record] = parseSlt("query I\nSELECT 1\n----\n1\n");
    expect(record).toMatchObject({ kind: "query", expectedLines: [3, 4], expected: ["1"] });
  });
});
