import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { KernelClient, startKernel } from "../../kernel/client.ts";
import { writeConnectionFile } from "../../kernel/connection-file.ts";
import { ARGV, resultText, startTestKernel } from "./start-kernel.ts";

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "weir process "));
afterAll(() => rmSync(folder, { recursive: true }));
const env = { ...process.env, JUPYTER_DATA_DIR: folder };

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test.skipIf(process.platform === "win32")("a kernel whose parent dies ends", async () => {
  const file = join(folder, "orphan.json");
  const connection = await writeConnectionFile(file);
  const argv = ARGV.map((part) => part.replace("{connection_file}", file));
  const script = `const { spawn } = require("node:child_process");
    const child = spawn(${JSON.stringify(argv[0])}, ${JSON.stringify(argv.slice(1))}, { stdio: "ignore", detached: true });
    require("node:fs").writeFileSync(${JSON.stringify(join(folder, "pid"))}, String(child.pid));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["-e", script], { env, stdio: "ignore" });
  const client = new KernelClient(connection);
  await client.ready();
  const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
  expect(isAlive(pid)).toBe(true);
  parent.kill("SIGKILL");
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 100));
  client.close();
});

test.skipIf(process.platform === "win32")("SIGINT is left to front ends, SIGTERM ends a kernel", async () => {
  const kernel = await startTestKernel();
  kernel.process.kill("SIGINT");
  expect(resultText(await kernel.client.execute("SELECT 42 AS n"))).toContain("42");
  const exited = new Promise((resolve) => kernel.process.once("exit", resolve));
  kernel.process.kill("SIGTERM");
  expect(await exited).toBe(0);
  await kernel.stop();
});

test("shutdown while a query runs, asked on the shell channel, for a restart", async () => {
  const kernel = await startTestKernel();
  const exited = new Promise((resolve) => kernel.process.once("exit", resolve));
  kernel.client.send("shell", "execute_request", { code: "SELECT sum(a.range * b.range % 7) FROM range(1000000) a, range(1000000) b" });
  const { reply } = await kernel.client.request("shutdown_request", { restart: true });
  expect(reply.content).toEqual({ status: "ok", restart: true });
  expect(await exited).toBe(0);
  await kernel.stop();
});

test("clients that come and go in a storm leave the kernel well", async () => {
  const kernel = await startTestKernel();
  for (let wave = 0; wave < 5; wave++) {
    const clients = Array.from({ length: 8 }, () => new KernelClient(kernel.connection));
    // Where answers are waited for, the clients first wait until they hear the kernel: a subscription takes a moment to reach it.
    if (wave % 2 === 0) await Promise.all(clients.map((client) => client.ready()));
    const asked = clients.map((client) => client.execute("SELECT 1").catch(() => undefined));
    if (wave % 2 === 0) await Promise.all(asked);
    for (const client of clients) client.close();
  }
  expect(resultText(await kernel.client.execute("SELECT 42 AS n"))).toContain("42");
  expect(kernel.faults).toEqual([]);
  await kernel.stop();
});

test("a kernel that cannot start says why", async () => {
  const argv = [...ARGV.slice(0, -1), join(folder, "no such file.json")];
  await expect(startKernel(argv, { env })).rejects.toThrow(/no such file\.json/);
  const kernel = await startTestKernel();
  const taken = join(folder, "taken.json");
  writeFileSync(taken, JSON.stringify(kernel.connection));
  await expect(startKernel([...ARGV.slice(0, -1), taken], { env })).rejects.toThrow(/in use/i);
  await kernel.stop();
});
