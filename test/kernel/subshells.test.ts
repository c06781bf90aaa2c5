import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { JsonObject } from "../../kernel/message.ts";
import { LONG_QUERY, resultText, startTestKernel, type TestKernel, types } from "./start-kernel.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let kernel: TestKernel;
beforeAll(async () => {
  kernel = await startTestKernel();
});
afterAll(async () => {
  expect(kernel.faults).toEqual([]);
  await kernel.stop();
});

const control = async (type: string, content: JsonObject = {}) =>
  (await kernel.client.request(type, content, { channel: "control" })).reply.content;
const create = async () => String((await control("create_subshell_request")).subshell_id);

test("they are announced, made, listed and deleted", async () => {
  expect((await control("kernel_info_request")).supported_features).toEqual(["kernel subshells"]);
  const ids = [await create(), await create()];
  expect(await control("list_subshell_request")).toEqual({ status: "ok", subshell_id: ids });
  expect(await control("delete_subshell_request", { subshell_id: ids[0] })).toEqual({ status: "ok" });
  expect((await control("list_subshell_request")).subshell_id).toEqual([ids[1]]);
  expect(await control("delete_subshell_request", { subshell_id: ids[0] })).toMatchObject({ status: "error", ename: "SubshellError" });
  await control("delete_subshell_request", { subshell_id: ids[1] });
});

test("a cell of a subshell runs while one of the main shell does, and they share tables", async () => {
  await kernel.client.execute("CREATE TABLE shared AS SELECT 5 AS five");
  const subshell = await create();
  const long = kernel.client.execute(LONG_QUERY);
  const short = await kernel.client.execute("SELECT five + 1 AS six FROM shared", { subshell });
  expect(resultText(short)).toContain("6");
  expect(types(short)).toEqual(["busy", "execute_input", "execute_result", "idle"]);
  expect(short.reply.parent).toMatchObject({ subshell_id: subshell });
  await kernel.client.interrupt();
  expect((await long).reply.content.status).toBe("error");
  await control("delete_subshell_request", { subshell_id: subshell });
});

test("cells of one subshell run in order, and a failure aborts those of its own shell only", async () => {
  const subshell = await create();
  const slowFailure = "SELECT sum(range) FROM range(5000000); SELECT * FROM no_such_table";
  const [failed, aborted, main] = await Promise.all([
    kernel.client.execute(slowFailure, { subshell }),
    kernel.client.execute("SELECT 1", { subshell }),
    kernel.client.execute("SELECT 2"),
  ]);
  expect([failed, aborted, main].map(({ reply }) => reply.content.status)).toEqual(["error", "aborted", "ok"]);
});

test("a request for a subshell that is not there fails and runs nothing", async () => {
  const { reply } = await kernel.client.execute("CREATE TABLE ghost AS SELECT 1", { subshell: "no-such-subshell" });
  expect(reply.content).toMatchObject({ status: "error", ename: "SubshellError", evalue: "there is no subshell no-such-subshell" });
  expect((await kernel.client.execute("SELECT * FROM ghost")).reply.content.status).toBe("error");
});

test("prompts of two shells get their own answers", async () => {
  const subshell = await create();
  const [one, two] = await Promise.all([
    kernel.client.execute("SELECT $first AS a", { onInput: async () => pauseThen("11") }),
    kernel.client.execute("SELECT $second AS a", { subshell, onInput: () => "22" }),
  ]);
  expect(resultText(one)).toContain("11");
  expect(resultText(two)).toContain("22");
});

const pauseThen = (text: string) => new Promise<string>((resolve) => setTimeout(resolve, 100, text));
