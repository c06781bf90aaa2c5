import { setTimeout as pause } from "node:timers/promises";
import type { KernelRequest } from "./handler.ts";
import type { JsonObject } from "./message.ts";

/** Time for requests that are on their way to come in, before a failed cell says so and aborts them. */
const DRAIN_MS = 10;

/** Runs a request. `beforeReply` is called with the reply's content before it is sent. */
export type RunRequest = (request: KernelRequest, aborted: boolean, beforeReply: (content: JsonObject) => Promise<void>) => Promise<void>;

/**
 * Runs cells one at a time, in order. When one fails that asked for it (`stop_on_error`), those that came before its reply are aborted:
 * whoever sends a cell after that reply means it to run.
 */
export class ExecuteQueue {
  readonly #waiting: KernelRequest[] = [];
  readonly #run: RunRequest;
  #running = false;

  constructor(run: RunRequest) {
    this.#run = run;
  }

  push(request: KernelRequest): void {
    this.#waiting.push(request);
    if (!this.#running) void this.#drain();
  }

  async #drain(): Promise<void> {
    this.#running = true;
    for (let request = this.#waiting.shift(); request !== undefined; request = this.#waiting.shift()) {
      const stopsOthers = request.content.stop_on_error !== false;
      let aborted: KernelRequest[] = [];
      await this.#run(request, false, async (reply) => {
        if (reply.status !== "error" || !stopsOthers) return;
        await pause(DRAIN_MS);
        aborted = this.#waiting.splice(0);
      });
      for (const later of aborted) await this.#run(later, true, async () => {});
    }
    this.#running = false;
  }
}
