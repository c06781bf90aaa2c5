import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../kernel/message.ts";
import { createStream, displaysOf, LiveOutputs, until } from "./live-outputs.ts";
import { contents, LONG_QUERY, resultText, startTestKernel, streamText, type TestKernel, types } from "./start-kernel.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let kernel: TestKernel;
let outputs: LiveOutputs;
/** A cell run by a person, as JupyterLab sends it. */
const run = (code: string, metadata: JsonObject = {}) => kernel.client.execute(code, { metadata, onInput: () => "" });
/** A cell run by a program. */
const runUnattended = (code: string) => kernel.client.execute(code);
const isRunning = (id: string) =>
  /^running|^waiting/.test(outputs.text(id).split("\n").at(-1) ?? "") || /^running|^waiting/.test(outputs.text(id));

async function startLive(code: string, metadata: JsonObject = {}): Promise<string> {
  const done = await run(code, metadata);
  expect(done.reply.content.status).toBe("ok");
  const [id] = displaysOf(done);
  return id;
}

beforeAll(async () => {
  kernel = await startTestKernel();
  outputs = new LiveOutputs(kernel);
  expect((await run(createStream("trades"))).reply.content.status).toBe("ok");
});
afterEach(async () => {
  await run("%stop");
});
afterAll(async () => {
  expect(kernel.faults).toEqual([]);
  await kernel.stop();
});

describe("a query without an end", () => {
  test("ends its cell at once with an empty table, and goes on in its output", async () => {
    const done = await run("SELECT * FROM trades");
    expect(types(done)).toEqual(["busy", "execute_input", "display_data", "idle"]);
    const [id] = displaysOf(done);
    const first = contents(done, "display_data")[0].data as JsonObject;
    expect(Object.keys(first).sort()).toEqual(["text/html", "text/plain"]);
    expect(first["text/plain"]).toMatch(/symbol/);
    await until(() => outputs.count(id) > 5 && /symbol_/.test(outputs.text(id)));
    expect(new Set((outputs.frames.get(id) ?? []).map((data) => Object.keys(data).sort().join()))).toEqual(
      new Set(["text/html,text/plain"]),
    );
    expect(outputs.text(id)).toMatch(/^running · [\d,]+ rows .* watermark 2\d\d\d-/);
    expect(outputs.text(id)).toMatch(/the last 25 of/);
  });

  test.each(["window_start, window_end, ", ""])("over windows shows those that are open, before any has closed (%s)", async (bounds) => {
    const id = await startLive(
      `SELECT ${bounds}symbol, count(*) AS n FROM TUMBLE(TABLE trades, DESCRIPTOR(ts), INTERVAL '1' DAY) GROUP BY window_start, window_end, symbol`,
    );
    await until(() => /symbol_/.test(outputs.text(id)));
    expect(outputs.text(id)).toMatch(/the first open window closes at 2\d\d\d-\d\d-\d\d/);
    expect(String(outputs.last(id)["text/html"])).toContain("opacity");
  });

  test("that fails after its cell shows what a cell would, with the place in its text and the trace", async () => {
    await run(
      "%%function\nlet rows = 0;\nexport function fails(x: number): number {\n  if (rows++ > 2048) throw new RangeError('no more');\n  return x;\n}",
    );
    const id = await startLive("-- prices\nSELECT symbol,\n  fails(price) AS price FROM trades");
    await until(() => /^failed/.test(outputs.text(id)));
    const lines = outputs.text(id).split("\n");
    const at = lines.findIndex((line) => line.startsWith("RuntimeError"));
    expect(lines.slice(at, at + 4)).toEqual([
      expect.stringMatching(
        /^RuntimeError: fails\(.*\) failed for row \d+: RangeError: no more \(line 4 of the %%function cell\) \(line 3, column 3\)$/,
      ),
      "3 |   fails(price) AS price FROM trades",
      "      ^^^^^^^^^^^^",
      'at line 4 of the %%function cell, in fails: if (rows++ > 2048) throw new RangeError("no more");',
    ]);
    expect(String(outputs.last(id)["text/html"])).toContain('<pre class="x">RuntimeError: fails(');
  });

  test("that shares its work with another has its own place for their error", async () => {
    await run(
      "%%function\nlet rows = 0;\nexport function fails(x: number): number {\n  if (rows++ > 6000) throw new RangeError('no more');\n  return x;\n}",
    );
    const ids = [await startLive("SELECT fails(price) AS price FROM trades"), await startLive("SELECT\nfails(price) AS price FROM trades")];
    await until(() => ids.every((id) => /^failed/.test(outputs.text(id))));
    expect(outputs.text(ids[0])).toContain("\n1 | SELECT fails(price) AS price FROM trades\n           ^^^^^^^^^^^^\nat line 4");
    expect(outputs.text(ids[1])).toContain("\n2 | fails(price) AS price FROM trades\n    ^^^^^^^^^^^^\nat line 4");
  });

  test.each([
    ["calls of a row", "export function picky(x: number): number { if (x > 0) throw new Error('no'); return x }"],
    ["asynchronous calls", "export async function picky(x: number): Promise<number> { throw new Error('no') }"],
  ])("tells of calls that failed while it lives: %s", async (_, source) => {
    await run(`%%function on_error => 'null'\n${source}`);
    const id = await startLive("SELECT ts, picky(price) AS p FROM trades");
    const counted = () =>
      /warning: picky failed (\d+) times and gave NULL; first: picky\(.*\) failed(?: for row \d+)?: no/.exec(outputs.text(id))?.[1];
    await until(() => counted() !== undefined);
    expect(isRunning(id)).toBe(true);
    const first = counted();
    await until(() => counted() !== first);
    await run("%stop");
    await until(() => /^stopped/.test(outputs.text(id)));
    expect(Number(counted())).toBeGreaterThan(Number(first));
  });

  test("leaves the kernel to other cells, completion and inspection", async () => {
    const id = await startLive("SELECT * FROM trades");
    expect(resultText(await run("SELECT 6 * 7 AS n"))).toContain("42");
    const { reply } = await kernel.client.request("complete_request", { code: "SELECT * FROM tra", cursor_pos: 17 });
    expect(reply.content.matches).toContain("trades");
    expect(isRunning(id)).toBe(true);
  });

  test("is a chart under %%chart, with the same MIME types and the same spec in every frame but for its data and figures", async () => {
    const id = await startLive("%%chart line x=ts y=price\nSELECT ts, price FROM trades");
    await until(() => outputs.count(id) > 6);
    const frames = outputs.frames.get(id) ?? [];
    const mimes = new Set(frames.map((data) => Object.keys(data).sort().join()));
    expect(mimes).toEqual(new Set(["application/vnd.vegalite.v5+json,image/png,text/plain"]));
    const shapes = frames.map((data) => {
      const { data: _rows, title: _figures, ...spec } = data["application/vnd.vegalite.v5+json"] as JsonObject;
      return JSON.stringify(spec);
    });
    expect(new Set(shapes).size).toBe(1);
    await run("%stop");
    await until(() => !isRunning(id));
    // The last picture is told at once, and again when it is drawn.
    const png = () => Buffer.from(String(outputs.last(id)["image/png"]), "base64");
    await until(() => png().length > 2000);
    expect(png().subarray(1, 4).toString()).toBe("PNG");
    expect(JSON.stringify(outputs.last(id))).toContain("stopped");
  });

  test("whose chart cannot be drawn is an error of its cell, and does not run on", async () => {
    const failed = await run("%%chart line x=nope\nSELECT * FROM trades");
    expect(failed.reply.content).toMatchObject({ status: "error", evalue: expect.stringContaining('no column "nope"') });
    expect(streamText(await run("%stop"), "stdout")).toBe("no live query is running\n");
  });

  test("several share the kernel, each in its output", async () => {
    const ids = [
      await startLive("SELECT * FROM trades"),
      await startLive("SELECT symbol FROM trades"),
      await startLive("SELECT price FROM trades"),
    ];
    expect(new Set(ids).size).toBe(3);
    await until(() => ids.every((id) => outputs.count(id) > 4));
    expect(outputs.text(ids[1])).not.toContain("price");
  });
});

describe("stopping", () => {
  test("the stop button with nothing in the foreground stops what is live, and is ok", async () => {
    const ids = [await startLive("SELECT * FROM trades"), await startLive("SELECT symbol FROM trades")];
    expect((await kernel.client.interrupt()).reply.content).toEqual({ status: "ok" });
    await until(() => ids.every((id) => outputs.text(id).startsWith("stopped")));
  });

  test("the stop button while a cell runs ends that cell alone, with an error", async () => {
    const id = await startLive("SELECT * FROM trades");
    const long = run(LONG_QUERY);
    await new Promise((resolve) => setTimeout(resolve, 200));
    await kernel.client.interrupt();
    expect((await long).reply.content).toMatchObject({ status: "error", ename: "Interrupted" });
    const count = outputs.count(id);
    await until(() => outputs.count(id) > count + 2);
    expect(isRunning(id)).toBe(true);
  });

  test("%stop ends one by its name, or all, and says which", async () => {
    const first = await startLive("%%as prices\nSELECT * FROM trades");
    const second = await run("SELECT symbol FROM trades");
    expect(streamText(await run("%stop prices"), "stdout")).toBe("stopped prices\n");
    await until(() => outputs.text(first).startsWith("stopped"));
    const [other] = displaysOf(second);
    expect(isRunning(other)).toBe(true);
    expect(streamText(await run("%stop"), "stdout")).toBe(`stopped q${second.reply.content.execution_count}\n`);
    expect(streamText(await run("%stop"), "stdout")).toBe("no live query is running\n");
    expect((await run("%stop nothing_like_it")).reply.content.evalue).toContain('there is no query "nothing_like_it"');
  });

  test("%queries lists them", async () => {
    await startLive("%%as prices\nSELECT * FROM trades");
    expect(resultText(await run("%queries"))).toMatch(/prices\s+running/i);
  });

  test("a cell that is run again takes the place of its query", async () => {
    const first = await startLive("SELECT * FROM trades", { cellId: "one" });
    const other = await startLive("SELECT * FROM trades", { cellId: "two" });
    const again = await startLive("SELECT symbol FROM trades", { cellId: "one" });
    const count = outputs.count(first);
    await until(() => outputs.count(again) > 3);
    expect(outputs.count(first)).toBe(count);
    expect(isRunning(other)).toBe(true);
    expect(streamText(await run("%stop"), "stdout").split(", ")).toHaveLength(2);
  });

  test("without a cell's id, the same text does", async () => {
    const first = await startLive("SELECT * FROM trades");
    const again = await startLive("SELECT * FROM trades\n");
    const count = outputs.count(first);
    await until(() => outputs.count(again) > 3);
    expect(outputs.count(first)).toBe(count);
    expect(streamText(await run("%stop"), "stdout").split(", ")).toHaveLength(1);
  });

  test("the query of a cell that was deleted ends", async () => {
    await startLive("SELECT * FROM trades", { cellId: "three" });
    await run("SELECT 1", { cellId: "four", deletedCells: ["three"] });
    expect(streamText(await run("%stop"), "stdout")).toBe("no live query is running\n");
  });
});

describe("a query that holds its cell", () => {
  test("FOR INTERVAL: pictures meanwhile, then its result, which is kept", async () => {
    const done = await run("SELECT * FROM trades FOR INTERVAL '1' SECOND");
    expect(done.reply.content.status).toBe("ok");
    const [id] = displaysOf(done);
    expect(types(done).filter((type) => type === "update_display_data").length).toBeGreaterThan(2);
    expect(types(done)).not.toContain("execute_result");
    expect(outputs.text(id)).toMatch(/^ended · [\d,]+ rows .*\n[\d,]+ rows\n/);
    const kept = resultText(await run("SELECT count(*) AS n FROM _")).match(/(\d+)$/)?.[1];
    expect(outputs.text(id).replaceAll(",", "")).toMatch(new RegExp(`\\n${kept} rows\\n`));
  });

  test("interrupted, it is ok with what it has", async () => {
    const held = run("SELECT * FROM trades FOR INTERVAL '1' HOUR");
    await until(() => [...outputs.frames.values()].some((frames) => isRunningText(frames.at(-1))));
    await kernel.client.interrupt();
    const done = await held;
    expect(done.reply.content.status).toBe("ok");
    expect(outputs.text(displaysOf(done)[0])).toMatch(/^stopped · [\d,]+ rows?/);
  });

  test("as a chart it ends as the chart of the whole result", async () => {
    const done = await run("%%chart line x=ts y=price\nSELECT ts, price FROM trades FOR INTERVAL '1' SECOND");
    const [id] = displaysOf(done);
    expect(displaysOf(done)).toHaveLength(1);
    expect(types(done)).not.toContain("execute_result");
    expect(JSON.stringify(outputs.last(id)["application/vnd.vegalite.v5+json"])).toContain("ended · ");
    expect(String(outputs.last(id)["image/png"]).length).toBeGreaterThan(2000);
  });
});

test("where nobody is there, a query without an end holds its cell and ends after the stated default, with a warning", async () => {
  await run("SET live_seconds_unattended = 1");
  const done = await runUnattended("SELECT * FROM trades");
  await run("RESET live_seconds_unattended");
  expect(done.reply.content.status).toBe("ok");
  expect(streamText(done, "stderr")).toMatch(/^warning: q\d+ has no end .* it ends after 1 s .*live_seconds_unattended/);
  expect(outputs.text(displaysOf(done)[0])).toMatch(/^stopped · [\d,]+ rows?/);
});

test("a kernel with live queries shuts down", async () => {
  const ending = await startTestKernel();
  await ending.client.execute(createStream("trades"));
  await ending.client.execute("SELECT * FROM trades", { onInput: () => "" });
  await ending.client.execute("%%chart line x=ts y=price\nSELECT ts, price FROM trades", { onInput: () => "" });
  const exited = new Promise<number | null>((resolve) => ending.process.once("exit", resolve));
  await ending.client.request("shutdown_request", { restart: false }, { channel: "control" });
  expect(await exited).toBe(0);
  await ending.stop();
});

const isRunningText = (data: JsonObject | undefined) => /^running · [1-9]/.test(String(data?.["text/plain"]));
