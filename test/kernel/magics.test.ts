import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { VEGALITE_MIME } from "../../kernel/display.ts";
import { MAGICS } from "../../kernel/magics/registry.ts";
import type { JsonObject } from "../../kernel/message.ts";
import { contents, resultText, startTestKernel, streamText, type TestKernel, types } from "./start-kernel.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let kernel: TestKernel;
const run = (code: string) => kernel.client.execute(code);
const error = async (code: string) => (await run(code)).reply.content;

beforeAll(async () => {
  kernel = await startTestKernel();
  await run("CREATE TABLE t AS SELECT range AS n, range % 3 AS k FROM range(30)");
});
afterAll(async () => {
  expect(kernel.faults).toEqual([]);
  await kernel.stop();
});

const charts = async (code: string) => {
  const done = await run(code);
  expect(done.reply.content).toMatchObject({ status: "ok" });
  return contents(done, "execute_result").map((content) => content.data as JsonObject);
};

test("%%chart shows a spec, a picture and a text instead of the table", async () => {
  const [data, ...others] = await charts("%%chart line x=n y=k title='a b'\nSELECT n, k FROM t ORDER BY n");
  expect(others).toEqual([]);
  expect(Object.keys(data).sort()).toEqual([VEGALITE_MIME, "image/png", "text/plain"].sort());
  expect(Buffer.from(String(data["image/png"]), "base64").subarray(1, 4).toString()).toBe("PNG");
});

test("%chart and an empty %%chart draw the last result", async () => {
  await run("SELECT k, count(*) AS c FROM t GROUP BY k");
  expect((await charts("%chart bar x=k y=c"))[0]).toHaveProperty([VEGALITE_MIME]);
  expect((await charts("%%chart"))[0]).toHaveProperty([VEGALITE_MIME]);
});

test("magics combine, and a named result is kept whole", async () => {
  expect(await charts("%%as counts\n%%chart bar\nSELECT k, count(*) AS c FROM t GROUP BY k")).toHaveLength(1);
  expect(resultText(await run("SELECT sum(c) AS s FROM counts"))).toContain("30");
});

test("%%vegalite takes a spec with a query, or with a result", async () => {
  const spec = '{"mark": "bar", "encoding": {"x": {"field": "k"}, "y": {"field": "c", "type": "quantitative"}}}';
  const [data] = await charts(`%%vegalite\n${spec}\nSELECT k, count(*) AS c FROM t GROUP BY k`);
  expect(JSON.stringify(data[VEGALITE_MIME])).toContain('"mark":"bar"');
  expect(await charts(`%%vegalite _\n${spec}`)).toHaveLength(1);
  expect(await error('%%vegalite\n{"mark": bar}\nSELECT 1')).toMatchObject({ status: "error", evalue: expect.stringContaining("line 2") });
  const loading = await error('%%vegalite\n{"mark": "bar", "data": {"url": "file:///etc/passwd"}}\nSELECT 1 AS a');
  expect(loading.status).toBe("error");
});

test("%explain, %verify, %time stand in front of a statement and above a cell", async () => {
  expect(resultText(await run("%explain SELECT count(*) FROM t"))).toMatch(/scan|aggregate/i);
  expect(resultText(await run("%%explain analyze\nSELECT count(*) FROM t"))).toMatch(/ms|rows/i);
  expect(resultText(await run("%verify SELECT k, count(*) FROM t GROUP BY k"))).toMatch(/agrees: 3 rows, 2 columns/);
  const timed = await run("%time SELECT count(*) FROM t");
  expect(streamText(timed, "stdout")).toMatch(/^[\d.]+ m?s {2}SELECT count\(\*\) FROM t\n$/);
  expect(types(timed)).toContain("execute_result");
});

test("%tables, %set, %param, %echo, %clear", async () => {
  expect(resultText(await run("%tables"))).toContain("t");
  await run("%set threads = 1");
  expect(streamText(await run("%set"), "stdout")).toMatch(/^threads +(?:=) 1$/m);
  await run("%set timezone = Europe/Berlin");
  expect(streamText(await run("%set"), "stdout")).toMatch(/Europe\/Berlin/);
  expect(streamText(await run("%set TimeZone"), "stdout")).toBe("TimeZone = Europe/Berlin\n");
  expect((await error("%set TimeZon")).evalue).toContain("no setting TimeZon");
  expect(resultText(await run("%tables t"))).toMatch(/n +BIGINT/);
  await run("%param who = 'the world'");
  expect(streamText(await run("%echo hello $who, $nobody"), "stdout")).toBe("hello the world, $nobody\n");
  expect(contents(await run("%clear"), "clear_output")).toEqual([{ wait: false }]);
});

test("%help fills a page for every magic and for functions", async () => {
  for (const topic of ["", ...MAGICS.keys(), "abs", "read_csv", "topics", "datetime", "JOIN"]) {
    const { reply } = await run(`%help ${topic}`);
    const [page] = reply.content.payload as JsonObject[];
    expect(String((page.data as JsonObject)["text/plain"]).length).toBeGreaterThan(40);
  }
});

test("mistakes are told with what was meant", async () => {
  expect((await error("%chrt")).traceback).toEqual(expect.arrayContaining([expect.stringContaining("did you mean %chart?")]));
  expect((await error("%%explian\nSELECT 1")).traceback).toEqual(
    expect.arrayContaining([expect.stringContaining("did you mean %%explain?")]),
  );
  expect((await error("%help time_bukcet")).traceback).toEqual(expect.arrayContaining([expect.stringContaining("time_bucket")]));
  expect((await error("%as x")).evalue).toContain("two percent signs");
  expect((await error("SELECT 1;\n%%as x")).evalue).toContain("at the top");
  expect((await error("%%as 1x\nSELECT 1")).evalue).toContain("1x");
  expect((await error("%%as select\nSELECT 1")).evalue).toContain("a word of SQL");
  expect((await error("%set no_such_setting = 1")).status).toBe("error");
  expect((await error("%%chart bar x=nothing\nSELECT 1 AS a")).status).toBe("error");
  expect((await error("%%chart\nCREATE TABLE u AS SELECT 1 AS a")).evalue).toContain("no rows to draw");
});

test("settings of what is shown are honoured", async () => {
  await run("SET max_rows_shown = 2; SET errors = 'full'");
  expect(resultText(await run("SELECT n FROM t"))).toMatch(/^30 rows[\s\S]*… 28 more/);
  expect(String((await error("SELECT nosuch")).traceback)).toMatch(/\bat .*\.js:\d+/);
  await run("SET max_rows_shown = 1000; SET errors = 'short'");
  expect(String((await error("SELECT nosuch")).traceback)).not.toMatch(/\bat .*\.js:\d+/);
});

test("whole results can be copied to a file", async () => {
  await run("SELECT * FROM t");
  expect((await error("COPY _ TO 'all.parquet'")).status).toBe("ok");
  expect(existsSync(join(kernel.folder, "all.parquet"))).toBe(true);
});
