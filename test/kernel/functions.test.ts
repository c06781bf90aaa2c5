import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../kernel/message.ts";
import { contents, resultText, startTestKernel, streamText, type TestKernel } from "./start-kernel.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let kernel: TestKernel;
const run = (code: string) => kernel.client.execute(code);
const answer = async (code: string) => {
  const done = await run(code);
  expect(done.reply.content, code).toMatchObject({ status: "ok" });
  return resultText(done);
};
const error = async (code: string) =>
  (await run(code)).reply.content as { status: string; ename: string; evalue: string; traceback: string[] };
const ask = async (type: "complete_request" | "inspect_request", marked: string): Promise<JsonObject> => {
  return (await kernel.client.request(type, { code: marked.replace("|", ""), cursor_pos: marked.indexOf("|"), detail_level: 0 })).reply
    .content;
};
const complete = async (marked: string) => (await ask("complete_request", marked)).matches as string[];
const inspect = async (marked: string) => String(((await ask("inspect_request", marked)).data as JsonObject)["text/plain"] ?? "");

const CELL = `%%function
import { aggregate, type Integer } from "weir-sql/udf";

/** Fahrenheit to Celsius. */
export function celsius(f: number): number {
  return (f - 32) / 1.8;
}

export const total = aggregate({
  init: () => ({ sum: 0 }),
  add(state: { sum: number }, x: number) { state.sum += x; },
  value: (state: { sum: number }): number => state.sum,
});

export function* words(text: string): Iterable<{ word: string; nth: Integer }> {
  for (const [nth, word] of text.split(" ").entries()) yield { word, nth };
}
`;

beforeAll(async () => {
  kernel = await startTestKernel();
});
afterAll(async () => {
  expect(kernel.faults).toEqual([]);
  await kernel.stop();
});

describe("%%function", () => {
  test("says what became a SQL function, with its signature", async () => {
    const text = await answer(CELL);
    expect(text).toMatch(/celsius\(f DOUBLE\)/);
    expect(text).toMatch(/total\(x DOUBLE\)/);
    expect(text).toMatch(/words\(text VARCHAR\)/);
  });

  test("they are called in SQL", async () => {
    await run(CELL);
    expect(await answer("SELECT celsius(212.0) AS c")).toContain("100");
    expect(await answer("SELECT total(range) AS s FROM range(5)")).toContain("10");
    expect(await answer("SELECT word, nth FROM words('to be') ORDER BY nth DESC LIMIT 1")).toMatch(/be\D+1/);
  });

  test("and listed, described, completed, inspected and helped with", async () => {
    await run(CELL);
    expect(await answer("SHOW FUNCTIONS LIKE 'cels%'")).toMatch(
      /celsius.*scalar.*celsius\(f DOUBLE\) → DOUBLE.*session.*Fahrenheit to Celsius\./,
    );
    expect((await answer("%functions")).split("\n").findIndex((line) => line.includes("celsius"))).toBeLessThan(6);
    expect(await answer("%functions total")).toMatch(/kind\W+aggregate/);
    expect(await complete("SELECT cels|")).toEqual(["celsius"]);
    expect(await inspect("SELECT cels|ius(1)")).toMatch(
      /celsius\(f DOUBLE\) → DOUBLE\s+scalar function of this session\s+Fahrenheit to Celsius\./,
    );
    const [page] = (await run("%help celsius")).reply.content.payload as JsonObject[];
    expect(JSON.stringify(page)).toContain("Fahrenheit to Celsius.");
  });

  test("errors name the line of that cell, or of the module where the text stands in SQL", async () => {
    const fails = "export function fails(x: number): number {\n  throw new Error('no');\n}\n";
    await answer(`%%function\n${fails}`);
    expect((await error("SELECT fails(1)")).evalue).toContain("fails(1) failed for row 1: no (line 3 of the %%function cell)");
    await answer(`CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $$${fails}$$`);
    expect((await error("SELECT fails(1)")).evalue).toContain("fails(1) failed for row 1: no (line 2 of the module)");
  });

  test("the cell again puts new ones in their place", async () => {
    await run(CELL);
    await answer("%%function\nexport function celsius(f: number): number { return f }");
    expect(await answer("SELECT celsius(212.0) AS c")).toContain("212");
    await answer("DROP FUNCTION celsius");
    expect(await complete("SELECT cels|")).toEqual([]);
    expect((await error("SELECT celsius(1)")).evalue).toContain('function "celsius" does not exist');
  });

  test.each([
    ["%%function\nexport function f(x: number): number {\n  return x +;\n}", 3],
    ["%%function\n\nexport function f(x): number { return 1 }", 3],
    ["-- a comment\n%%function on_error => 'null'\nexport function f(x: number): Unknown { return 1 }", 3],
    ["%%function on_eror => 'null'\nexport function f(x: number): number { return 1 }", 1],
  ])("an error stands at its line of the cell: %j", async (cell, line) => {
    const { status, evalue, traceback } = await error(cell);
    expect(status).toBe("error");
    expect(evalue).toContain(`(line ${line}, `);
    expect(traceback.join("\n")).toContain(cell.split("\n")[line - 1].trim());
    expect(traceback.join("\n")).toMatch(/^[\s\d|]*\^+/m);
  });

  test("a function that throws ends its query only, and says where", async () => {
    await answer("%%function\nexport function fails(x: number): number {\n  throw new Error('no ' + x);\n}");
    const { evalue, traceback } = await error("SELECT fails(7.0)");
    expect(evalue).toContain("fails");
    expect(evalue).toContain("no 7");
    expect(traceback.join("\n")).toContain("line 3");
    await answer("%%function on_error => 'null'\nexport function lives(x: number): number { throw new Error('no') }");
    expect(await answer("SELECT lives(7.0) IS NULL AS gone")).toContain("true");
    expect(await answer("SELECT 1 AS a")).toContain("1");
  });

  test("what a function prints stands in the cell that calls it", async () => {
    await answer("%%function\nexport function says(x: number): number { console.log(x); return x }");
    expect(streamText(await run("SELECT says(i) FROM range(2) t(i)"), "stdout")).toBe("0\n1\n");
    const much = streamText(await run("SELECT count(says(i)) FROM range(100000) t(i)"), "stdout");
    expect(much.length).toBeLessThan(101_000);
    expect(much).toContain("no more is shown");
    expect(streamText(await run("SELECT 1 AS a"), "stdout")).toBe("");
  });

  test("nothing of SQL is offered in it, and nothing else stands above it", async () => {
    expect(await complete("%%function\nexport function f(): number { return SEL|")).toEqual([]);
    expect(await complete("%%function\nsel|")).toEqual([]);
    expect(await complete("%%function on_|")).toEqual(["on_error => "]);
    expect(await complete("%%func|")).toEqual(["%%function"]);
    expect((await error("%%time\n%%function\nexport function f(): number { return 1 }")).evalue).toContain("%%time cannot stand above");
    expect((await error("%%function\n")).evalue).toContain("%%function needs TypeScript below it");
  });
});

describe("packs", () => {
  const pack = () => {
    const folder = join(kernel.folder, "mine");
    mkdirSync(join(folder, "test"), { recursive: true });
    const fn = { name: "twice", kind: "scalar", params: [{ name: "x", type: "DOUBLE" }], returns: "DOUBLE", doc: "Two times x." };
    const manifest = {
      name: "mine",
      version: "1.0.0",
      description: "Of mine.",
      license: "MIT",
      modules: ["mine.ts"],
      functions: [fn],
      models: [],
    };
    writeFileSync(join(folder, "udf.json"), JSON.stringify(manifest));
    writeFileSync(join(folder, "mine.ts"), "/** Two times x. */\nexport function twice(x: number): number { return x * 2 }\n");
    return folder;
  };

  test("are listed, loaded, called by both names, completed and dropped", async () => {
    pack();
    expect(await answer("%packs")).toContain("finance");
    await answer("INSTALL PACK './mine'");
    expect(await complete("LOAD mi|")).toEqual(["mine"]);
    expect(await complete("SELECT mine.|")).toEqual(["twice"]);
    expect(await inspect("SELECT mine.tw|ice(1)")).toMatch(/Two times x\..*|LOAD mine/s);
    expect(await complete("SELECT twi|")).toEqual([]);
    await answer("LOAD mine");
    expect(await answer("SELECT mine.twice(4.0) AS a, twice(5.0) AS b")).toMatch(/8\.0\s+10\.0/);
    expect(await complete("SELECT twi|")).toEqual(["twice"]);
    expect(await answer("SHOW FUNCTIONS LIKE 'mine.%'")).toMatch(/mine\.twice.*mine.*Two times x\./);
    expect(await answer("%packs mine")).toContain("mine.twice");
    await answer("DROP PACK mine");
    expect((await error("SELECT mine.twice(1.0)")).status).toBe("error");
  });
});

test("what comes from npm is asked about; a no leaves all as it is", async () => {
  const prompts: string[] = [];
  const onInput = (prompt: string) => {
    prompts.push(prompt);
    return "no";
  };
  const done = await kernel.client.execute("INSTALL PACK 'weir-pack-that-is-nowhere'; SELECT 1 AS a", { onInput });
  expect(done.reply.content).toMatchObject({ status: "ok" });
  expect(prompts).toEqual([expect.stringMatching(/npm package weir-pack-that-is-nowhere.*\[y\/N\] $/)]);
  expect(JSON.stringify(contents(done, "display_data"))).toContain("was not installed");
  expect((await error("INSTALL PACK 'weir-pack-that-is-nowhere'")).evalue).toContain("nobody can be asked here");
});

describe("models", () => {
  // the models of the notebooks, beside the build
  const MODEL = new URL("../../../notebooks/models/churn.onnx", import.meta.url);

  test("are listed, described, completed and inspected", async () => {
    cpSync(MODEL, join(kernel.folder, "iris.onnx"));
    expect(await complete("CREATE MODEL iris WITH ('path' = 'iri|")).toEqual(["iris.onnx"]);
    await answer("CREATE MODEL iris WITH ('provider' = 'onnx', 'path' = 'iris.onnx')");
    expect(await answer("%models")).toMatch(/iris\D+1.*onnx/);
    expect(await answer("%models iris")).toMatch(/sha256/);
    expect(await complete("SELECT predict('ir|")).toEqual(["iris"]);
    expect(await inspect("DESCRIBE MODEL ir|is")).toMatch(/model iris@1[\s\S]*input/);
    await answer("DROP MODEL iris@1");
    expect(await complete("DROP MODEL ir|")).toEqual([]);
  });
});

test("warnings and output of the cells above stayed empty", async () => {
  expect(streamText(await run(CELL), "stderr")).toBe("");
  expect(contents(await run(CELL), "error")).toEqual([]);
});
