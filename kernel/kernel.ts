import { randomUUID } from "node:crypto";
import type { EngineClient, Parameters } from "../src/engine/index.ts";
import { Comms } from "./comms.ts";
import { errorContent, errorReply } from "./error-display.ts";
import { FileColumns } from "./file-columns.ts";
import { type Handler, Interrupted, type KernelRequest, type KernelState } from "./handler.ts";
import { HANDLERS } from "./handlers/registry.ts";
import type { History } from "./history.ts";
import { LiveCells } from "./live/live-cells.ts";
import { Widgets } from "./live/widgets.ts";
import { type Header, type JsonObject, type Message, makeHeader, type RequestChannel } from "./message.ts";
import { SubshellError, Subshells } from "./subshells.ts";

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
 * 2. `execute_request` waits for its turn in its shell or subshell; all others run at once, also while a query runs
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
  readonly live = new LiveCells();
  readonly comms = new Comms();
  readonly widgets = new Widgets(this.comms);
  readonly subshells: Subshells;
  executionCount = 0;
  readonly #transport: Transport;
  readonly #onShutdown: () => void;
  /** Cells that run: one of the main shell, and one of each subshell. */
  readonly #foreground = new Set<AbortController>();
  readonly #prompts = new Map<string, { resolve(value: string): void; reject(error: Error): void }>();

  constructor(options: KernelOptions) {
    this.engine = options.engine;
    this.files = options.engine.then((engine) => new FileColumns(engine));
    this.history = options.history;
    this.#transport = options.transport;
    this.#onShutdown = options.onShutdown;
    this.subshells = new Subshells((request, aborted, beforeReply) =>
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
    const queue = this.subshells.queueOf(message.header.subshell_id ?? undefined);
    if (queue === undefined) void this.#answer(request, unknownSubshell(handler));
    else if (message.header.msg_type === "execute_request") queue.push(request);
    else void this.#answer(request, handler);
  }

  /** An `input_reply` came. */
  receiveInput(message: Message): void {
    if (message.header.msg_type !== "input_reply") return;
    // Some clients give no parent: then it is the only prompt, or the first.
    const [first] = this.#prompts.keys();
    const asked = message.parent.msg_id ?? first;
    this.#prompts.get(asked)?.resolve(String(message.content.value ?? ""));
    this.#prompts.delete(asked);
  }

  askInput(request: KernelRequest, prompt: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const header = this.#send("stdin", "input_request", { prompt, password: false }, request.message);
      this.#prompts.set(header.msg_id, { resolve, reject });
    });
  }

  startForeground(): { signal: AbortSignal; end(): void } {
    const cell = new AbortController();
    this.#foreground.add(cell);
    return { signal: cell.signal, end: () => this.#foreground.delete(cell) };
  }

  async interrupt(): Promise<string | undefined> {
    if (this.#foreground.size === 0) {
      this.live.stopAll();
      return undefined;
    }
    for (const cell of this.#foreground) cell.abort();
    for (const prompt of this.#prompts.values()) prompt.reject(new Interrupted());
    this.#prompts.clear();
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
    const publishWith: KernelRequest["publishWith"] = (type, content, metadata, buffers) =>
      this.#publish(type, content, message.header, metadata, buffers);
    return { channel, message, content: message.content, publishWith, publish: (type, content) => publishWith(type, content, {}) };
  }

  #publish(type: string, content: JsonObject, parent: Message["parent"], metadata: JsonObject, buffers: readonly Buffer[] = []): void {
    const header = makeHeader(this.session, type);
    this.#transport.send("iopub", { identities: [Buffer.from(type)], header, parent, metadata, content, buffers });
  }

  #send(channel: RequestChannel | "stdin", type: string, content: JsonObject, request: Message): Header {
    const header = makeHeader(this.session, type);
    this.#transport.send(channel, { identities: request.identities, header, parent: request.header, metadata: {}, content, buffers: [] });
    return header;
  }
}

/** Answers a request for a subshell that is not there. */
const unknownSubshell = ({ reply }: Handler): Handler => ({
  reply,
  handle(request, kernel) {
    const id = request.message.header.subshell_id;
    return {
      status: "error",
      ...(reply === "execute_reply" && { execution_count: kernel.executionCount }),
      ...errorContent(new SubshellError(String(id))),
    };
  },
});

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
