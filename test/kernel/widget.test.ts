import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { JsonObject, Message } from "../../kernel/message.ts";
import { createStream, displaysOf, LiveOutputs, until } from "./live-outputs.ts";
import { contents, startTestKernel, type TestKernel } from "./start-kernel.ts";

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

/** Live outputs as widgets, as a page with anywidget would talk to them. */

let kernel: TestKernel;
let outputs: LiveOutputs;
const comms: Message[] = [];
const run = (code: string, metadata: JsonObject = {}) => kernel.client.execute(code, { metadata, onInput: () => "" });

beforeAll(async () => {
  kernel = await startTestKernel();
  outputs = new LiveOutputs(kernel);
  kernel.client.listen((channel, message) => {
    if (channel === "iopub" && message.header.msg_type.startsWith("comm_")) comms.push(message);
  });
  await run(`${createStream("trades")}; SET live_widget = true`);
});
afterAll(async () => {
  expect(kernel.faults).toEqual([]);
  await kernel.stop();
});

/** A live widget: its model's id, its first state, and what came for it since. */
async function openWidget(code: string, metadata: JsonObject = {}) {
  const done = await run(code, metadata);
  expect(done.reply.content.status).toBe("ok");
  const [opened] = contents(done, "comm_open");
  const id = String(opened.comm_id);
  const received = () => comms.filter((message) => message.content.comm_id === id && message.header.msg_type === "comm_msg");
  const frames = () =>
    received()
      .map((message) => ((message.content.data as JsonObject).state as JsonObject | undefined)?.frame as JsonObject | undefined)
      .filter((frame) => frame !== undefined);
  const list = <T>(key: string) => (frames().at(-1)?.[key] ?? []) as T[];
  const say = (content: JsonObject) => kernel.client.send("shell", "comm_msg", { comm_id: id, data: { method: "custom", content } });
  return { done, id, opened, received, frames, list, say, display: displaysOf(done)[0] };
}

test("a widget opens a model of anywidget, and its display shows that model, with text for those that cannot", async () => {
  const widget = await openWidget("SELECT * FROM trades");
  expect(widget.opened.target_name).toBe("jupyter.widget");
  const { state } = widget.opened.data as { state: JsonObject };
  expect(state).toMatchObject({ _model_module: "anywidget", _model_name: "AnyModel", _view_name: "AnyView" });
  expect(state._esm).toContain("export default");
  expect(state.frame).toMatchObject({ columns: [{ name: "ts" }, { name: "symbol" }, { name: "price" }] });
  const data = contents(widget.done, "display_data")[0].data as JsonObject;
  expect(data["application/vnd.jupyter.widget-view+json"]).toMatchObject({ model_id: widget.id });
  expect(data["text/html"]).toContain("anywidget");
  expect(outputs.count(widget.display)).toBe(1);
  await until(() => widget.frames().length > 3 && widget.list("rows").length === 200);
});

test("a chart sends its spec once, and then rows alone", async () => {
  const widget = await openWidget("%%chart line x=ts y=price\nSELECT ts, price FROM trades");
  const { state } = widget.opened.data as { state: JsonObject };
  expect(state.spec).toMatchObject({ width: 560 });
  expect(state.spec).not.toHaveProperty("data");
  await until(() => widget.frames().length > 5);
  expect(widget.received().some((message) => "spec" in ((message.content.data as JsonObject).state as JsonObject))).toBe(false);
  expect(widget.list("values").length).toBeGreaterThan(10);
});

test("what the user does: pause, resume, zoom, stop; the last state of the output has the plain forms too", async () => {
  const widget = await openWidget("%%chart line x=ts y=price\nSELECT ts, price FROM trades -- controls");
  await until(() => widget.frames().length > 3);
  widget.say({ type: "pause" });
  await new Promise((resolve) => setTimeout(resolve, 400));
  const paused = widget.frames().length;
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(widget.frames().length).toBe(paused);
  widget.say({ type: "resume" });
  await until(() => widget.frames().length > paused + 2);
  const values = widget.list<{ x: number }>("values");
  const range = [values[0].x, values[0].x + 100];
  widget.say({ type: "zoom", range });
  const isWithin = () => widget.list<{ x: number }>("values").every(({ x }) => x <= range[1] + 50);
  await until(isWithin);
  widget.say({ type: "zoom", range: null });
  await until(() => !isWithin());
  widget.say({ type: "stop" });
  await until(() => widget.frames().at(-1)?.state === "stopped" && "image/png" in outputs.last(widget.display));
  expect(Object.keys(outputs.last(widget.display)).sort()).toEqual([
    "application/vnd.jupyter.widget-view+json",
    "application/vnd.vegalite.v5+json",
    "image/png",
    "text/plain",
  ]);
});

test("a page that is loaded again finds the open models and their states", async () => {
  const widget = await openWidget("SELECT * FROM trades -- again");
  const info = await kernel.client.request("comm_info_request", { target_name: "jupyter.widget" });
  expect(info.reply.content.comms).toHaveProperty([widget.id], { target_name: "jupyter.widget" });
  const comm_id = randomUUID();
  kernel.client.send("shell", "comm_open", { comm_id, target_name: "jupyter.widget.control", data: {} });
  kernel.client.send("shell", "comm_msg", { comm_id, data: { method: "request_states" } });
  const answer = () => comms.find((message) => message.content.comm_id === comm_id && message.header.msg_type === "comm_msg");
  await until(() => answer() !== undefined);
  const states = { [widget.id]: expect.objectContaining({ model_name: "AnyModel", model_module: "anywidget" }) };
  expect(answer()?.content.data).toMatchObject({ method: "update_states", states });
  const before = widget.received().length;
  kernel.client.send("shell", "comm_msg", { comm_id: widget.id, data: { method: "request_state" } });
  await until(() =>
    widget
      .received()
      .slice(before)
      .some((message) => "_esm" in ((message.content.data as JsonObject).state as JsonObject)),
  );
});

test("the charting library is sent when a page asks for it", async () => {
  const widget = await openWidget("SELECT * FROM trades -- library");
  widget.say({ type: "libraries" });
  const sent = () => widget.received().find((message) => (message.content.data as JsonObject).method === "custom");
  await until(() => sent() !== undefined);
  expect(sent()?.buffers).toHaveLength(2);
  expect(sent()?.buffers[0].length).toBeGreaterThan(100_000);
});

test("a page that draws slower than pictures come gets the latest when it is ready", async () => {
  const widget = await openWidget("SELECT symbol FROM trades -- slow");
  await until(() => widget.frames().length > 2);
  widget.say({ type: "drawn" });
  // From here on it is watched: no picture comes before the one before it was drawn, for a second.
  const before = widget.frames().length;
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect(widget.frames().length - before).toBeLessThanOrEqual(2);
});

test("a cell that is run again closes its model", async () => {
  const widget = await openWidget("SELECT price FROM trades", { cellId: "closing" });
  await run("SELECT 1", { cellId: "closing" });
  expect(comms.some((message) => message.header.msg_type === "comm_close" && message.content.comm_id === widget.id)).toBe(true);
});

test("where nobody is there, the output is plain", async () => {
  await run("SET live_seconds_unattended = 1");
  const done = await kernel.client.execute("SELECT * FROM trades");
  await run("RESET live_seconds_unattended");
  expect(contents(done, "comm_open")).toEqual([]);
  expect(Object.keys(outputs.last(displaysOf(done)[0])).sort()).toEqual(["text/html", "text/plain"]);
});
