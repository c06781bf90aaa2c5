import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../../kernel/message.ts";
import { contents, LONG_QUERY, startTestKernel, streamText, type TestKernel, types } from "./start-kernel.ts";

/** The checks of runtimed/kernel-testbed, by its names and tiers, written anew against this kernel over real sockets. */

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let kernel: TestKernel;
const run = (code: string, content: JsonObject = {}) => kernel.client.execute(code, { content });
const ask = async (type: string, content: JsonObject) => (await kernel.client.request(type, content)).reply.content;

beforeAll(async () => {
  kernel = await startTestKernel();
});
afterAll(async () => {
  expect(kernel.faults).toEqual([]);
  await kernel.stop();
});

describe("tier 1: basic protocol", () => {
  test("heartbeat_responds", async () => {
    expect(await kernel.client.heartbeat()).toBeGreaterThan(0);
  });

  test("kernel_info_reply_valid, has_language_info, has_protocol_version", async () => {
    const info = await ask("kernel_info_request", {});
    expect(info).toMatchObject({ status: "ok", protocol_version: "5.5", language_info: { name: "sql", file_extension: ".sql" } });
  });

  test("execute_stdout", async () => {
    expect(streamText(await run("%echo hello, world"), "stdout")).toBe("hello, world\n");
  });

  test("execute_stderr", async () => {
    expect(streamText(await run("%echo --stderr an error"), "stderr")).toBe("an error\n");
  });

  test("execute_reply_ok", async () => {
    expect((await run("SELECT 1")).reply.content.status).toBe("ok");
  });

  test("status_busy_idle_lifecycle, execute_input_broadcast", async () => {
    expect(types(await run("SELECT 1"))).toEqual(["busy", "execute_input", "execute_result", "idle"]);
  });
});

describe("tier 2: interactive features", () => {
  test("complete_request", async () => {
    await run("CREATE OR REPLACE TABLE animals AS SELECT 'cat' AS species");
    const reply = await ask("complete_request", { code: "SELECT * FROM anim", cursor_pos: 18 });
    expect(reply).toMatchObject({ status: "ok", matches: ["animals"], cursor_start: 14, cursor_end: 18 });
  });

  test("inspect_request", async () => {
    await run("CREATE OR REPLACE TABLE animals AS SELECT 'cat' AS species");
    const reply = await ask("inspect_request", { code: "SELECT * FROM animals", cursor_pos: 18, detail_level: 0 });
    expect(reply).toMatchObject({ status: "ok", found: true });
  });

  test("is_complete_complete", async () => {
    expect(await ask("is_complete_request", { code: "SELECT 1" })).toEqual({ status: "complete" });
  });

  test("is_complete_incomplete", async () => {
    expect(await ask("is_complete_request", { code: "SELECT (1 +" })).toEqual({ status: "incomplete", indent: "  " });
  });

  test("history_request", async () => {
    await run("SELECT 'remember me'");
    const reply = await ask("history_request", { hist_access_type: "tail", n: 10, output: false, raw: true });
    expect((reply.history as unknown[][]).at(-1)?.[2]).toBe("SELECT 'remember me'");
  });

  test("comm_info_request", async () => {
    expect(await ask("comm_info_request", {})).toEqual({ status: "ok", comms: {} });
  });

  test("error_handling", async () => {
    const failed = await run("SELEC 1");
    expect(failed.reply.content.status).toBe("error");
    expect(contents(failed, "error")).toHaveLength(1);
  });
});

describe("tier 3: rich output", () => {
  test("display_data", async () => {
    expect(types(await run("SELECT 1; SELECT 2"))).toEqual(["busy", "execute_input", "display_data", "execute_result", "idle"]);
  });

  test("update_display_data", async () => {
    const running = run(LONG_QUERY);
    await new Promise<void>((resolve) => {
      const end = kernel.client.listen((_channel, message) => {
        if (message.header.msg_type !== "update_display_data") return;
        end();
        resolve();
      });
    });
    await kernel.client.interrupt();
    const done = await running;
    const ids = contents(done, "display_data").map((content) => (content.transient as JsonObject).display_id);
    expect(ids).toHaveLength(1);
    for (const update of contents(done, "update_display_data")) expect((update.transient as JsonObject).display_id).toBe(ids[0]);
  });

  test("execute_result, rich_execute_result", async () => {
    const [result] = contents(await run("SELECT 1"), "execute_result");
    expect(Object.keys(result.data as JsonObject).sort()).toEqual(["text/html", "text/plain"]);
  });
});

describe("tier 4: advanced features", () => {
  test("stdin_input_request", async () => {
    const prompts: string[] = [];
    const done = await kernel.client.execute("SELECT $typed || '!' AS said", {
      onInput: (prompt) => {
        prompts.push(prompt);
        return "hello";
      },
    });
    expect(prompts).toEqual(["$typed = "]);
    expect(JSON.stringify(contents(done, "execute_result"))).toContain("hello!");
  });

  test("comms_lifecycle", async () => {
    const comm_id = randomUUID();
    const closed = new Promise<JsonObject>((resolve) => {
      const end = kernel.client.listen((channel, message) => {
        if (message.header.msg_type !== "comm_close" || channel !== "iopub") return;
        end();
        resolve(message.content);
      });
    });
    kernel.client.send("shell", "comm_open", { comm_id, target_name: "no.such.target", data: {} });
    expect(await closed).toEqual({ comm_id, data: {} });
    expect((await run("SELECT 1")).reply.content.status).toBe("ok");
  });

  test("interrupt_request", async () => {
    expect((await kernel.client.interrupt()).reply.content).toEqual({ status: "ok" });
  });

  test("execution_count_increments", async () => {
    const first = (await run("SELECT 1")).reply.content.execution_count as number;
    expect((await run("SELECT 1")).reply.content.execution_count).toBe(first + 1);
  });

  test("parent_header_correlation", async () => {
    const done = await run("%echo hello");
    const ids = [done.reply, ...done.published].map((message) => message.parent.msg_id);
    expect(new Set(ids).size).toBe(1);
    expect(done.reply.parent).toMatchObject({ session: kernel.client.session, msg_type: "execute_request" });
  });
});

test("shutdown_reply", async () => {
  const ending = await startTestKernel();
  const exited = new Promise<number | null>((resolve) => ending.process.once("exit", resolve));
  const { reply, published } = await ending.client.request("shutdown_request", { restart: false }, { channel: "control" });
  expect(reply.content).toEqual({ status: "ok", restart: false });
  expect(published.map((message) => message.header.msg_type)).toContain("shutdown_reply");
  expect(await exited).toBe(0);
  expect(ending.faults).toEqual([]);
  await ending.stop();
});
