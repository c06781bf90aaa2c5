import { setImmediate as turn } from "node:timers/promises";
import type { KernelRequest } from "./handler.ts";
import type { JsonObject } from "./message.ts";

/** Turns of the event loop that a failed cell waits for requests that are on their way, before it aborts what is queued. */
const DRAIN_TURNS = 3;

/** Runs cells one at a time, in order. When one fails that asked for it (`stop_on_error`), those queued behind it are aborted. */
export class ExecuteQueue {
  readonly #waiting: KernelRequest[] = [];
  readonly #run: (request: KernelRequest, aborted: boolean) => Promise<JsonObject | undefined>;
  #running = false;

  constructor(run: (request: KernelRequest, aborted: boolean) => Promise<JsonObject | undefined>) {
    this.#run = run;
  }

  push(request: KernelRequest): void {
    this.#waiting.push(request);
    if (!this.#running) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#running = true;
    for (let request = this.#waiting.shift(); request !== undefined; request = this.#waiting.shift()) {
      const reply = await this.#run(request, false);
      if (reply?.status === "error" && request.content.stop_on_error !== false) await this.#abortWaiting();
    }
    this.#running = false;
  }

  async #abortWaiting(): Promise<void> {
    for (let i = 0; i < DRAIN_TURNS; i++) await turn();
    for (const request of this.#waiting.splice(0)) await this.#run(request, true);
  }
}
