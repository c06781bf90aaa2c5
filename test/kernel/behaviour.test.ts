import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { stripAnsi } from "../../kernel/ansi.ts";
import { KernelClient } from "../../kernel/client.ts";
import type { JsonObject } from "../../kernel/message.ts";
import { Wire } from "../../kernel/wire.ts";
import { LONG_QUERY, resultText, startTestKernel, streamText, type TestKernel, types } from "./start-kernel.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let kernel: TestKernel;
const run = (code: string, content: JsonObject = {}) => kernel.client.execute(code, { content });
const ask = async (type: string, content: JsonObject) => (await kernel.client.request(type, content)).reply.content;
const failure = async (code: string) => {
  const { reply } = await run(code);
  expect(reply.content.status).toBe("error");
  return (reply.content.traceback as string[]).map(stripAnsi);
};

/** Waits until the kernel works on a query. */
async function started(running: Promise<unknown>): Promise<void> {
  await Promise.race([running, new Promise((resolve) => setTimeout(resolve, 150))]);
}

beforeAll(async () => {
  kernel = await startTestKernel();
});
afterAll(async () => {
  expect(kernel.faults).toEqual([]);
  await kernel.stop();
});

describe("execution", () => {
  test("silent cells show nothing, count nothing and are not remembered", async () => {
    const before = (await run("SELECT 1")).reply.content.execution_count;
    const silent = await run("SELECT 'unheard'", { silent: true, user_expressions: { two: "1 + 1" } });
    expect(types(silent)).toEqual(["busy", "idle"]);
    expect(silent.reply.content).toMatchObject({ status: "ok", execution_count: before });
    expect(JSON.stringify(silent.reply.content.user_expressions)).toContain("2");
    const history = await ask("history_request", { hist_access_type: "search", pattern: "*unheard*", n: 5, raw: true, output: false });
    expect(history.history).toEqual([]);
  });

  test("store_history false shows its result and counts nothing", async () => {
    const before = (await run("SELECT 1")).reply.content.execution_count;
    const unstored = await run("SELECT 2 AS two", { store_history: false });
    expect(unstored.reply.content.execution_count).toBe(before);
    expect(resultText(unstored)).toContain("two");
  });

  test("user_expressions are SQL; one that fails does not fail the cell", async () => {
    const { reply } = await run("SELECT 1", { user_expressions: { good: "6 * 7", query: "SELECT 'x' AS y", bad: "no_such_column" } });
    const values = reply.content.user_expressions as Record<string, JsonObject>;
    expect(reply.content.status).toBe("ok");
    expect(values.good).toMatchObject({ status: "ok", data: { "text/plain": expect.stringContaining("42") } });
    expect(values.query.data).toHaveProperty("text/html");
    expect(values.bad).toMatchObject({ status: "error", ename: "BindError" });
  });

  test("a cell that fails aborts those queued behind it, and later ones run", async () => {
    const slowFailure = "SELECT sum(range) FROM range(5000000); SELECT * FROM no_such_table";
    const cells = [run(slowFailure), run("SELECT 1"), run("SELECT 2")];
    const statuses = (await Promise.all(cells)).map(({ reply }) => reply.content.status);
    expect(statuses).toEqual(["error", "aborted", "aborted"]);
    expect((await run("SELECT 3")).reply.content.status).toBe("ok");
  });

  test("stop_on_error false lets the next cells run", async () => {
    const cells = [run("SELECT * FROM no_such_table", { stop_on_error: false }), run("SELECT 1")];
    expect((await Promise.all(cells)).map(({ reply }) => reply.content.status)).toEqual(["error", "ok"]);
  });

  test("results are kept as _, by their cell's number, and by name", async () => {
    const { reply } = await run("%%as kept\nSELECT 41 AS n");
    expect(resultText(await run("SELECT n + 1 AS more FROM _"))).toContain("42");
    expect(resultText(await run(`SELECT n FROM _${reply.content.execution_count}`))).toContain("41");
    expect(resultText(await run("SELECT n FROM kept"))).toContain("41");
  });

  test("an error names the place in the cell, under magics too, and gives a hint", async () => {
    await run("CREATE OR REPLACE TABLE places AS SELECT 1 AS price");
    expect(await failure("%%as a\n%%chart line\nSELECT 1;\nSELECT '😀', prce FROM places")).toEqual([
      expect.stringMatching(/^BindError: .*prce.* \(line 4, column 13\)$/),
      "4 | SELECT '😀', prce FROM places",
      expect.stringMatching(/^ +\^{4}$/),
      expect.stringMatching(/^hint: .*price/),
    ]);
    expect((await failure("%explain SELECT * FROM plces"))[1]).toBe("1 | %explain SELECT * FROM plces");
    expect((await failure("%explain SELECT * FROM plces"))[2]).toBe(`${" ".repeat(27)}^^^^^`);
  });

  test("a failed cell gives one error output and no result", async () => {
    expect(types(await run("SELECT * FROM no_such_table"))).toEqual(["busy", "execute_input", "error", "idle"]);
  });

  test("warnings go to stderr", async () => {
    const rows = Array.from({ length: 50 }, (_, i) => `${i},${i * 2}`);
    writeFileSync(join(kernel.folder, "messy.csv"), ["a,b", ...rows, "1,2,3,4", ...rows].join("\n"));
    const done = await run("SELECT count(*) FROM 'messy.csv'");
    expect(done.reply.content.status).toBe("ok");
    expect(streamText(done, "stderr")).toMatch(/^warning: .*messy\.csv/);
  });

  test("a parameter without a value is asked for, or is an error where nobody answers", async () => {
    expect((await failure("SELECT\n $missing"))[0]).toBe("BindError: parameter $missing has no value (line 2, column 2)");
    await run("%param given = 7");
    expect(resultText(await run("SELECT $given * 6 AS n"))).toContain("42");
    const asked = await kernel.client.execute("SELECT $missing AS n", { onInput: () => "5" });
    expect(resultText(asked)).toContain("5");
  });
});

describe("while a query runs", () => {
  let running: ReturnType<typeof run>;
  beforeAll(async () => {
    await run("CREATE OR REPLACE TABLE kept_table AS SELECT 5 AS five");
    running = run(LONG_QUERY);
    await started(running);
  });

  test("everything but execute is answered", async () => {
    expect((await ask("kernel_info_request", {})).status).toBe("ok");
    expect((await ask("complete_request", { code: "SELECT * FROM kept_t", cursor_pos: 20 })).matches).toEqual(["kept_table"]);
    expect((await ask("inspect_request", { code: "abs", cursor_pos: 3, detail_level: 0 })).found).toBe(true);
    expect((await ask("is_complete_request", { code: "SELECT" })).status).toBe("incomplete");
    expect((await ask("comm_info_request", {})).status).toBe("ok");
    expect((await ask("history_request", { hist_access_type: "tail", n: 1, raw: true, output: false })).status).toBe("ok");
    const control = await kernel.client.request("kernel_info_request", {}, { channel: "control" });
    expect(types(control)).toEqual(["busy", "idle"]);
  });

  test("the heartbeat does not wait for it", async () => {
    for (let beat = 0; beat < 20; beat++) await kernel.client.heartbeat();
    expect(await Promise.race([running.then(() => "over"), Promise.resolve("still running")])).toBe("still running");
  });

  test("interrupt ends it with an error, aborts what waits, and keeps tables", async () => {
    const waiting = run("SELECT 1");
    await kernel.client.interrupt();
    const { reply } = await running;
    expect(reply.content).toMatchObject({ status: "error", ename: "Interrupted" });
    expect((await waiting).reply.content.status).toBe("aborted");
    expect(resultText(await run("SELECT five FROM kept_table"))).toContain("5");
  });

  test("a prompt can be interrupted", async () => {
    const prompted = kernel.client.execute("SELECT $never_given", {
      onInput: async () => {
        await kernel.client.interrupt();
        return "too late";
      },
    });
    expect((await prompted).reply.content).toMatchObject({ status: "error", ename: "Interrupted" });
    expect((await run("SELECT 1")).reply.content.status).toBe("ok");
  });
});

describe("clients", () => {
  test("two at once get their own replies, and both see all outputs", async () => {
    const second = new KernelClient(kernel.connection);
    await second.ready();
    const seen: string[] = [];
    second.listen((channel, message) => {
      if (channel === "iopub" && message.header.msg_type === "execute_input") seen.push(String(message.content.code));
    });
    const [one, two] = await Promise.all([run("SELECT 'first' AS a"), second.execute("SELECT 'second' AS a")]);
    expect(one.reply.parent).toMatchObject({ session: kernel.client.session });
    expect(two.reply.parent).toMatchObject({ session: second.session });
    expect(resultText(two)).toContain("second");
    expect(seen.sort()).toEqual(["SELECT 'first' AS a", "SELECT 'second' AS a"]);
    second.close();
    expect((await run("SELECT 1")).reply.content.status).toBe("ok");
  });

  test("a client that comes is welcomed on iopub", async () => {
    const third = new KernelClient(kernel.connection);
    const welcome = new Promise<JsonObject>((resolve) => {
      third.listen((_channel, message) => message.header.msg_type === "iopub_welcome" && resolve(message.content));
    });
    expect(await welcome).toEqual({ subscription: "" });
    third.close();
  });

  test("forged, replayed and broken messages are dropped", async () => {
    const stranger = new KernelClient({ ...kernel.connection, key: "another key" });
    stranger.send("shell", "execute_request", { code: "CREATE TABLE forged AS SELECT 1", silent: false });
    kernel.client.sendFrames("shell", [Buffer.from("no message at all")]);
    const header = {
      msg_id: "replay-1",
      session: "s",
      username: "u",
      date: new Date().toISOString(),
      msg_type: "execute_request",
      version: "5.5",
    };
    const content = { code: "CREATE TABLE replayed AS SELECT 1", silent: true, store_history: false };
    const frames = new Wire(kernel.connection.key).encode({ identities: [], header, parent: {}, metadata: {}, content, buffers: [] });
    let answers = 0;
    const end = kernel.client.listen((channel, message) => {
      if (channel === "shell" && message.parent.msg_id === "replay-1") answers += 1;
    });
    kernel.client.sendFrames("shell", frames);
    kernel.client.sendFrames("shell", frames);
    await run("SELECT 1");
    end();
    expect(answers).toBe(1);
    expect((await run("SELECT * FROM forged")).reply.content.status).toBe("error");
    stranger.close();
  });

  test("unknown messages are ignored", async () => {
    let answered = false;
    const sent = kernel.client.send("shell", "no_such_request", {});
    const end = kernel.client.listen((_channel, message) => {
      if (message.parent.msg_id === sent.header.msg_id) answered = true;
    });
    await ask("kernel_info_request", {});
    end();
    expect(answered).toBe(false);
  });
});

describe("completion and inspection", () => {
  test("cursors count code points", async () => {
    await run("CREATE OR REPLACE TABLE astral AS SELECT 1 AS column_one");
    const code = "SELECT '😀😀', column_o FROM astral";
    const cursor_pos = [...code.slice(0, code.indexOf(" FROM"))].length;
    const reply = await ask("complete_request", { code, cursor_pos });
    expect(reply).toMatchObject({ matches: ["column_one"], cursor_start: cursor_pos - 8, cursor_end: cursor_pos });
    expect((reply.metadata as JsonObject)._jupyter_types_experimental).toEqual([
      { start: cursor_pos - 8, end: cursor_pos, text: "column_one", type: "column", signature: "INTEGER" },
    ]);
  });

  test("columns of a file are offered the first time", async () => {
    writeFileSync(join(kernel.folder, "birds.csv"), "species,wingspan\nowl,100\n");
    const code = "SELECT wing FROM 'birds.csv'";
    expect((await ask("complete_request", { code, cursor_pos: 11 })).matches).toEqual(["wingspan"]);
  });

  test("magics and their arguments", async () => {
    const matches = async (code: string, cursor_pos = code.length) => (await ask("complete_request", { code, cursor_pos })).matches;
    expect(await matches("%%ch")).toEqual(["%%chart"]);
    expect(await matches("%ti")).toEqual(["%time"]);
    expect(await matches("%%chart li")).toEqual(["line"]);
    expect(await matches("%%chart line x=\nSELECT 1 AS day, 2 AS price", 15)).toEqual(["day", "price"]);
    expect(await matches("%set thr")).toEqual(["threads"]);
    expect(await matches("%help chr")).toContain("chr");
    expect(await matches("%explain SEL")).toEqual(["SELECT"]);
  });

  test("a table is shown with its statistics and rows, a function with its signature", async () => {
    await run("CREATE OR REPLACE TABLE seen AS SELECT range AS n FROM range(10)");
    const look = async () =>
      (await ask("inspect_request", { code: "SELECT * FROM seen", cursor_pos: 16, detail_level: 0 })).data as Record<string, string>;
    let data = await look();
    // the first answer may go without statistics, where they take long
    for (let again = 0; again < 5 && !data["text/plain"].includes("max"); again++) data = await look();
    expect(Object.keys(data).sort()).toEqual(["text/html", "text/markdown", "text/plain"]);
    expect(data["text/plain"]).toMatch(/^table seen: 10 rows/);
    expect(data["text/plain"]).toContain("max");
    const scalar = await ask("inspect_request", { code: "SELECT abs(1)", cursor_pos: 9, detail_level: 0 });
    expect((scalar.data as Record<string, string>)["text/plain"]).toMatch(/^abs\(/);
    expect(await ask("inspect_request", { code: "no_such_thing", cursor_pos: 3, detail_level: 0 })).toMatchObject({
      found: false,
      data: {},
    });
  });
});
