import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Connection, writeConnectionFile } from "./connection-file.ts";
import { type JsonObject, type Message, makeHeader, type RequestChannel } from "./message.ts";
import { type ClientChannel, type ClientSockets, connectClientSockets } from "./sockets.ts";
import { Wire, WireError } from "./wire.ts";

/** How long a kernel may take to answer its first message. */
const READY_MS = 20_000;
const READY_RETRY_MS = 200;
/** How long a kernel may take to end after it was asked to. */
const EXIT_MS = 3000;

/** The reply to a request, and what was published on its behalf up to idle. */
export interface Exchange {
  readonly reply: Message;
  readonly published: readonly Message[];
}

interface RequestOptions {
  readonly channel?: RequestChannel;
  readonly metadata?: JsonObject;
  /** The subshell that the request is for. */
  readonly subshell?: string;
  /** Each message published for this request, as it comes. */
  onPublished?(message: Message): void;
  /** Answers a prompt. */
  onInput?(prompt: string): string | Promise<string>;
}

interface Pending {
  readonly options: RequestOptions;
  readonly published: Message[];
  reply: Message | undefined;
  idle: boolean;
  resolve(exchange: Exchange): void;
  reject(error: Error): void;
}

/** A Jupyter client without a front end, over ZeroMQ. */
export class KernelClient {
  readonly session = randomUUID();
  readonly #sockets: ClientSockets;
  readonly #wire: Wire;
  readonly #pending = new Map<string, Pending>();
  /** Why the last message that could not be read was dropped. */
  #dropped: WireError | undefined;
  readonly #listeners = new Set<(channel: ClientChannel, message: Message) => void>();

  constructor(connection: Connection) {
    this.#wire = new Wire(connection.key);
    this.#sockets = connectClientSockets(connection, this.session, (channel, frames) => this.#decode(channel, frames));
  }

  /** Waits until the kernel answers and its publications arrive. Gives the content of `kernel_info_reply`. */
  async ready(timeoutMs = READY_MS): Promise<JsonObject> {
    const deadline = Date.now() + timeoutMs;
    while (Date.now() < deadline) {
      const wait = new Promise<undefined>((resolve) => setTimeout(resolve, READY_RETRY_MS, undefined));
      const exchange = await Promise.race([this.request("kernel_info_request", {}), wait]);
      if (exchange !== undefined) return exchange.reply.content;
    }
    const dropped = this.#dropped === undefined ? "" : ` (${this.#dropped.message})`;
    throw new Error(`the kernel did not answer within ${timeoutMs / 1000} s${dropped}`);
  }

  /** Sends a request; resolves when its reply and its idle status are both there. */
  request(type: string, content: JsonObject, options: RequestOptions = {}): Promise<Exchange> {
    const message = this.send(options.channel ?? "shell", type, content, {}, options);
    return new Promise((resolve, reject) => {
      this.#pending.set(message.header.msg_id, { options, published: [], reply: undefined, idle: false, resolve, reject });
    });
  }

  execute(code: string, options: RequestOptions & { readonly content?: JsonObject } = {}): Promise<Exchange> {
    const content = {
      code,
      silent: false,
      store_history: true,
      user_expressions: {},
      allow_stdin: options.onInput !== undefined,
      stop_on_error: true,
    };
    return this.request("execute_request", { ...content, ...options.content }, options);
  }

  interrupt(): Promise<Exchange> {
    return this.request("interrupt_request", {}, { channel: "control" });
  }

  /** Sends a message and waits for nothing. */
  send(
    channel: RequestChannel | "stdin",
    type: string,
    content: JsonObject,
    parent: Message["parent"] = {},
    { metadata = {}, subshell }: { readonly metadata?: JsonObject; readonly subshell?: string } = {},
  ): Message {
    const header = { ...makeHeader(this.session, type), ...(subshell !== undefined && { subshell_id: subshell }) };
    const message: Message = { identities: [], header, parent, metadata, content, buffers: [] };
    void this.#sockets[channel].send(this.#wire.encode(message));
    return message;
  }

  /** Sends frames as they are. */
  sendFrames(channel: RequestChannel | "stdin", frames: readonly Buffer[]): void {
    void this.#sockets[channel].send(frames);
  }

  /** Round trip of a heartbeat, in milliseconds. */
  async heartbeat(): Promise<number> {
    const start = performance.now();
    const payload = Buffer.from(randomUUID());
    const echo = await this.#sockets.beat(payload);
    if (!echo.equals(payload)) throw new Error("the heartbeat came back changed");
    return performance.now() - start;
  }

  /** Sees every message that comes. Returns what ends it. */
  listen(listener: (channel: ClientChannel, message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** All requests that wait fail with this error. */
  fail(error: Error): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  close(): void {
    this.fail(new Error("the client was closed"));
    this.#sockets.close();
  }

  #decode(channel: ClientChannel, frames: Buffer[]): void {
    try {
      this.#receive(channel, this.#wire.decode(frames));
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#dropped = error;
    }
  }

  #receive(channel: ClientChannel, message: Message): void {
    for (const listener of this.#listeners) listener(channel, message);
    const id = message.parent.msg_id;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (id === undefined || pending === undefined) return;
    if (channel === "stdin") void this.#answerPrompt(message, pending);
    else if (channel === "iopub") {
      pending.published.push(message);
      pending.options.onPublished?.(message);
      pending.idle ||= message.header.msg_type === "status" && message.content.execution_state === "idle";
    } else pending.reply = message;
    if (pending.reply !== undefined && pending.idle) {
      this.#pending.delete(id);
      pending.resolve({ reply: pending.reply, published: pending.published });
    }
  }

  async #answerPrompt(message: Message, pending: Pending): Promise<void> {
    const value = await pending.options.onInput?.(String(message.content.prompt ?? ""));
    if (value !== undefined) this.send("stdin", "input_reply", { value }, message.header);
  }
}

export interface RunningKernel {
  readonly client: KernelClient;
  readonly connection: Connection;
  readonly process: ChildProcess;
  /** Asks the kernel to end, and sees to it. */
  stop(): Promise<void>;
}

/** Starts a kernel as a child process, by the argv of a kernelspec, and waits until it is ready. */
export async function startKernel(
  argv: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<RunningKernel> {
  const folder = await mkdtemp(join(tmpdir(), "weir-"));
  const file = join(folder, "connection.json");
  const connection = await writeConnectionFile(file);
  const [command, ...args] = argv.map((part) => part.replaceAll("{connection_file}", file));
  const child = spawn(command, args, { cwd: options.cwd, env: options.env ?? process.env, stdio: ["ignore", "inherit", "pipe"] });
  let errors = "";
  child.stderr.on("data", (data) => {
    errors += data;
  });
  const client = new KernelClient(connection);
  const exited = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      errors += error.message;
      resolve();
    });
    child.once("exit", () => resolve());
  });
  const died = exited.then(() => {
    const error = new Error(`the kernel ended${errors === "" ? "" : `: ${errors.trim()}`}`);
    client.fail(error);
    throw error;
  });
  died.catch(() => undefined);
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      client.send("control", "shutdown_request", { restart: false });
      const timer = setTimeout(() => child.kill("SIGKILL"), EXIT_MS);
      await exited;
      clearTimeout(timer);
    }
    client.close();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await Promise.race([client.ready(), died]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { client, connection, process: child, stop };
}
