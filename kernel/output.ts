import { randomUUID } from "node:crypto";
import type { Progress } from "../src/engine/index.ts";
import type { KernelRequest } from "./handler.ts";
import type { Display } from "./live/screen.ts";
import type { JsonObject, MimeBundle } from "./message.ts";
import { progressBundle } from "./progress-display.ts";

/** What one cell shows. A silent cell shows nothing. */
export class Output {
  /** Payloads of the reply: pages. */
  readonly payload: JsonObject[] = [];
  /** text/plain of the result, for the history. */
  resultText: string | undefined;
  readonly #request: KernelRequest;
  readonly #silent: boolean;
  readonly #executionCount: number;
  #shown = 0;
  #progressId: string | undefined;
  #lastProgress: Progress | undefined;

  constructor(request: KernelRequest, silent: boolean, executionCount: number) {
    this.#request = request;
    this.#silent = silent;
    this.#executionCount = executionCount;
  }

  stream(name: "stdout" | "stderr", text: string): void {
    if (!this.#silent) this.#shown += 1;
    this.#publish("stream", { name, text });
  }

  /** The cell's result (its last), or something it shows on the way. */
  show(data: MimeBundle, isResult: boolean): void {
    this.endProgress();
    this.#shown += 1;
    if (isResult) {
      this.resultText = String(data["text/plain"] ?? "");
      this.#publish("execute_result", { execution_count: this.#executionCount, data, metadata: {} });
    } else {
      this.#publish("display_data", { data, metadata: {}, transient: {} });
    }
  }

  /** One output that is shown again and again, also after the cell ended. */
  display(): Display {
    const id = randomUUID();
    let isShown = false;
    return {
      show: (data) => {
        if (!isShown) {
          this.endProgress();
          this.#shown += 1;
        }
        this.#publish(isShown ? "update_display_data" : "display_data", { data, metadata: {}, transient: { display_id: id } });
        isShown = true;
      },
    };
  }

  error(content: JsonObject): void {
    this.endProgress();
    this.#publish("error", content);
  }

  /** Empties the cell's output; with `wait`, when the next output comes. */
  clear(wait: boolean): void {
    this.#shown = 0;
    this.#progressId = undefined;
    this.#publish("clear_output", { wait });
  }

  /** Text for the front end's pager. */
  page(data: MimeBundle): void {
    if (!this.#silent) this.payload.push({ source: "page", data, start: 0 });
  }

  /** One output that is updated while a query runs. */
  progress(progress: Progress): void {
    const data = progressBundle(progress);
    this.#lastProgress = progress;
    if (this.#progressId === undefined) {
      this.#progressId = this.#request.message.header.msg_id + "-progress-" + this.#shown;
      this.#publish("display_data", { data, metadata: {}, transient: { display_id: this.#progressId } });
    } else {
      this.#publish("update_display_data", { data, metadata: {}, transient: { display_id: this.#progressId } });
    }
  }

  /** The progress goes away where it stands alone; below other outputs, which must stay, it says what was read. */
  endProgress(): void {
    if (this.#progressId === undefined || this.#lastProgress === undefined) return;
    if (this.#shown === 0) {
      this.clear(true);
      return;
    }
    const data = progressBundle(this.#lastProgress, true);
    this.#publish("update_display_data", { data, metadata: {}, transient: { display_id: this.#progressId } });
    this.#progressId = undefined;
  }

  #publish(type: string, content: JsonObject): void {
    if (!this.#silent) this.#request.publish(type, content);
  }
}
