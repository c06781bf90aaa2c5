import type { EngineClient, Parameters } from "../src/engine/index.ts";
import type { Comms } from "./comms.ts";
import type { FileColumns } from "./file-columns.ts";
import type { History } from "./history.ts";
import type { LiveCells } from "./live/live-cells.ts";
import type { Widgets } from "./live/widgets.ts";
import type { JsonObject, Message, RequestChannel } from "./message.ts";
import type { Subshells } from "./subshells.ts";

/** What handlers see of the kernel. */
export interface KernelState {
  readonly engine: Promise<EngineClient>;
  readonly history: History;
  readonly files: Promise<FileColumns>;
  /** Values of `$name`, set by `%param`. */
  readonly parameters: Record<string, Parameters[string]>;
  /** Number of the last cell that was stored. */
  executionCount: number;
  /** Asks the client that sent `request` for a line of text. */
  askInput(request: KernelRequest, prompt: string): Promise<string>;
  /** Live outputs of cells that ended. */
  readonly live: LiveCells;
  readonly comms: Comms;
  readonly widgets: Widgets;
  readonly subshells: Subshells;
  /** Begins a cell. The signal says that it was interrupted, whether the engine works on it by then or not. */
  startForeground(): { readonly signal: AbortSignal; end(): void };
  /** Stops what cells wait for; where none does, the live queries. Gives what was lost by it, if anything. */
  interrupt(): Promise<string | undefined>;
}

/** A request on its way through the kernel. */
export interface KernelRequest {
  readonly channel: RequestChannel;
  readonly message: Message;
  readonly content: JsonObject;
  /** Publishes on iopub, as a child of this request. */
  publish(type: string, content: JsonObject): void;
  /** Publishes a message that has metadata of its own. */
  publishWith(type: string, content: JsonObject, metadata: JsonObject, buffers?: readonly Buffer[]): void;
}

/** One message type. Registered in handlers/registry.ts. */
export interface Handler {
  /** Type of the reply; messages of comms have none. */
  readonly reply: string | undefined;
  /** Gives the reply's content. What it throws becomes a reply of status `error`. */
  handle(request: KernelRequest, kernel: KernelState): Promise<JsonObject | undefined> | JsonObject | undefined;
}

/** The cell was interrupted while the engine did not work on it: at a prompt, or between statements. */
export class Interrupted extends Error {
  constructor() {
    super("interrupted");
    this.name = "Interrupted";
  }
}
