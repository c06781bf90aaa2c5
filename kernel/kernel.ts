import { randomUUID } from "node:crypto";
import type { EngineClient, Parameters } from "../src/engine/index.ts";
import { errorReply } from "./error-display.ts";
import { ExecuteQueue } from "./execute-queue.ts";
import { FileColumns } from "./file-columns.ts";
import { type Handler, Interrupted, type KernelRequest, type KernelState } from "./handler.ts";
import { HANDLERS } from "./handlers/registry.ts";
import type { History } from "./history.ts";
import { type JsonObject, type Message, makeHeader, type RequestChannel } from "./message.ts";

/** What the kernel needs of whatever carries its messages. */
export interface Transport {
  send(channel: RequestChannel | "stdin" | "iopub", message: Message): void;
}

export interface KernelOptions {
  /** The engine as it starts: messages that do not need it are answered meanwhile. */
  readonly engine: Promise<EngineClient>;
  readonly history: History;
  readonly transport: Transport;
  /** Called once, after the reply to `shutdown_request` was sent. */
  readonly onShutdown: () => void;
}

/**
 * The kernel without its sockets. A request's life:
 * 1. `dispatch` looks its type up in the table of handlers; unknown types are ignored
 * 2. `execute_request` waits for its turn; all others run at once, also while a query runs
 * 3. `answer` publishes busy, calls the handler, sends its reply, and publishes idle
 */
export class Kernel implements KernelState {
  /** Session id of this process, in every header. */
  readonly session = randomUUID();
  readonly engine: Promise<EngineClient>;
  readonly history: History;
  readonly files: Promise<FileColumns>;
  /** Values of `$name`, set by `%param`. */
  readonly parameters: Record<string, Parameters[string]> = {};
  executionCount = 0;
  readonly #transport: Transport;
  readonly #onShutdown: () => void;
  readonly #queue: ExecuteQueue;
  #foreground: AbortController | undefined;
  #prompt: { resolve(value: string): void; reject(error: Error): void } | undefined;

  constructor(options: KernelOptions) {
    this.engine = options.engine;
    this.files = options.engine.then((engine) => new FileColumns(engine));
    this.history = options.history;
    this.#transport = options.transport;
    this.#onShutdown = options.onShutdown;
    this.#queue = new ExecuteQueue((request, aborted, beforeReply) =>
      this.#answer(request, aborted ? abortedHandler : HANDLERS.execute_request, beforeReply),
    );
  }

  /** Says once that the process is here. */
  announce(): void {
    this.#publish("status", { execution_state: "starting" }, {}, {});
  }

  welcome(topic: string): void {
    this.#publish("iopub_welcome", { subscription: topic }, {}, {});
  }

  dispatch(channel: RequestChannel, message: Message): void {
    const handler = HANDLERS[message.header.msg_type];
    if (handler === undefined) return;
    const request = this.#request(channel, message);
    if (message.header.msg_type === "execute_request") this.#queue.push(request);
    else void this.#answer(request, handler);
  }

  /** An `input_reply` came. */
  receiveInput(message: Message): void {
    if (message.header.msg_type !== "input_reply") return;
    this.#prompt?.resolve(String(message.content.value ?? ""));
    this.#prompt = undefined;
  }

  askInput(request: KernelRequest, prompt: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#prompt = { resolve, reject };
      this.#send("stdin", "input_request", { prompt, password: false }, request.message);
    });
  }

  startForeground(): AbortSignal {
    this.#foreground = new AbortController();
    return this.#foreground.signal;
  }

  async interrupt(): Promise<string | undefined> {
    this.#foreground?.abort();
    this.#prompt?.reject(new Interrupted());
    this.#prompt = undefined;
    return (await (await this.engine).interrupt()).lost;
  }

  shutdown(): void {
    this.#onShutdown();
  }

  /** Busy, the handler, its reply, idle: for every request, in this order. */
  async #answer(request: KernelRequest, handler: Handler, beforeReply?: (content: JsonObject) => Promise<void>): Promise<void> {
    request.publish("status", { execution_state: "busy" });
    let content: JsonObject | undefined;
    try {
      content = await handler.handle(request, this);
    } catch (error) {
      content = errorReply(error);
    }
    if (handler.reply !== undefined && content !== undefined) {
      await beforeReply?.(content);
      this.#send(request.channel, handler.reply, content, request.message);
    }
    if (handler.reply === "shutdown_reply" && content !== undefined) request.publish("shutdown_reply", content);
    request.publish("status", { execution_state: "idle" });
    if (handler.reply === "shutdown_reply") this.shutdown();
  }

  #request(channel: RequestChannel, message: Message): KernelRequest {
    const publishWith = (type: string, content: JsonObject, metadata: JsonObject) => this.#publish(type, content, message.header, metadata);
    return { channel, message, content: message.content, publishWith, publish: (type, content) => publishWith(type, content, {}) };
  }

  #publish(type: string, content: JsonObject, parent: Message["parent"], metadata: JsonObject): void {
    const header = makeHeader(this.session, type);
    this.#transport.send("iopub", { identities: [Buffer.from(type)], header, parent, metadata, content, buffers: [] });
  }

  #send(channel: RequestChannel | "stdin", type: string, content: JsonObject, request: Message): void {
    const header = makeHeader(this.session, type);
    this.#transport.send(channel, { identities: request.identities, header, parent: request.header, metadata: {}, content, buffers: [] });
  }
}

/** Answers cells that were queued behind one that failed. */
const abortedHandler: Handler = {
  reply: "execute_reply",
  handle: (_request, kernel) => ({
    status: "aborted",
    execution_count: kernel.executionCount,
    ename: "Aborted",
    evalue: "a cell before this one failed",
    traceback: [],
  }),
};
