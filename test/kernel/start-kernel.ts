import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Exchange, type RunningKernel, startKernel } from "../../kernel/client.ts";
import type { JsonObject, Message } from "../../kernel/message.ts";
import { messageFaults } from "./message-schemas.ts";

/** The built command. */
export const COMMAND = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
export const ARGV = [process.execPath, COMMAND, "kernel", "start", "--connection-file", "{connection_file}"];

/** Runs for minutes, if it is let. */
export const LONG_QUERY = "SELECT sum(a.range * b.range % 7) AS s FROM range(1000000) a, range(1000000) b";

export interface TestKernel extends RunningKernel {
  /** The kernel's working folder, with its data folder in it. */
  readonly folder: string;
  /** What was wrong with messages that came, all of them checked. */
  readonly faults: string[];
}

/** A real kernel in a process of its own, in an empty folder. Every message it sends is checked against its schema. */
export async function startTestKernel(): Promise<TestKernel> {
  const folder = mkdtempSync(join(tmpdir(), "weir test "));
  const kernel = await startKernel(ARGV, { cwd: folder, env: { ...process.env, JUPYTER_DATA_DIR: join(folder, "jupyter") } });
  const faults: string[] = [];
  kernel.client.listen((_channel, message) => faults.push(...messageFaults(message)));
  const stop = async () => {
    await kernel.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...kernel, folder, faults, stop };
}

export const ofType = (exchange: Exchange, type: string): Message[] =>
  exchange.published.filter((message) => message.header.msg_type === type);

export const contents = (exchange: Exchange, type: string): JsonObject[] => ofType(exchange, type).map((message) => message.content);

export const types = (exchange: Exchange): string[] =>
  exchange.published.map(({ header, content }) => (header.msg_type === "status" ? String(content.execution_state) : header.msg_type));

/** Text of one stream. */
export const streamText = (exchange: Exchange, name: string): string =>
  contents(exchange, "stream")
    .filter((content) => content.name === name)
    .map((content) => content.text)
    .join("");

/** text/plain of the result. */
export function resultText(exchange: Exchange): string {
  const data = contents(exchange, "execute_result")[0]?.data as JsonObject | undefined;
  return String(data?.["text/plain"] ?? "");
}
