import { runtimeError } from "../../core/errors.ts";
import { type RecordBatch, sliceBatch } from "../../core/vector.ts";
import type { Sink, SinkContext } from "../connector.ts";
import { jsonLines } from "../formats/row-text.ts";
import type { CheckedProperties } from "../properties.ts";

const DEFAULT_TIMEOUT = 30_000_000;
const FIRST_PAUSE = 250_000;
const LONGEST_PAUSE = 30_000_000;
/** Bodies that may wait their turn. */
const QUEUED = 4;

/** Posts rows as NDJSON, one request after another. */
export class HttpSink implements Sink {
  readonly #properties: CheckedProperties;
  readonly #context: SinkContext;
  readonly #batchRows: number;
  readonly #retries: number;
  readonly #bodies: string[] = [];
  readonly #abort = new AbortController();
  #wakes: (() => void)[] = [];
  #sending: Promise<void> | undefined;
  #failure: Error | undefined;

  constructor(properties: CheckedProperties, context: SinkContext) {
    this.#properties = properties;
    this.#context = context;
    this.#batchRows = properties.number("batch_rows") ?? 1000;
    this.#retries = properties.number("retries") ?? 10;
  }

  write(batch: RecordBatch): void {
    if (this.#failure !== undefined) throw this.#failure;
    for (let row = 0; row < batch.length; row += this.#batchRows) {
      this.#bodies.push(jsonLines(this.#context.schema, sliceBatch(batch, row, Math.min(batch.length, row + this.#batchRows))));
    }
    this.#sending ??= this.#send();
  }

  ready(wake: () => void): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#bodies.length < QUEUED) return true;
    this.#wakes.push(wake);
    return false;
  }

  drained(wake: () => void): boolean {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#bodies.length === 0) return true;
    this.#wakes.push(wake);
    return false;
  }

  async #send(): Promise<void> {
    let tries = 0;
    while (this.#bodies.length > 0 && this.#failure === undefined && !this.#abort.signal.aborted) {
      const { problem, final } = await this.#post(this.#bodies[0]);
      if (problem === undefined) {
        tries = 0;
        this.#bodies.shift();
        if (this.#bodies.length < QUEUED) this.#wake();
      } else if (final || tries++ >= this.#retries) {
        this.#failure = runtimeError(`cannot post rows to ${this.#properties.redact(this.#properties.text("url") as string)}: ${problem}`);
        this.#wake();
      } else await this.#pause(Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** (tries - 1)));
    }
    this.#sending = undefined;
  }

  #pause(micros: number): Promise<void> {
    const { clock } = this.#context;
    return new Promise((resolve) => {
      const cancel = clock.at(clock.now() + micros, resolve);
      this.#abort.signal.addEventListener("abort", () => {
        cancel();
        resolve();
      });
    });
  }

  /** What went wrong; `final` when trying again would not help. */
  async #post(body: string): Promise<{ problem?: string; final: boolean }> {
    const headers = new Headers(this.#properties.record("headers") ?? {});
    if (!headers.has("content-type")) headers.set("content-type", "application/x-ndjson");
    const timeout = AbortSignal.timeout(Math.ceil((this.#properties.number("timeout") ?? DEFAULT_TIMEOUT) / 1000));
    try {
      const signal = AbortSignal.any([timeout, this.#abort.signal]);
      const response = await fetch(this.#properties.text("url") as string, { method: "POST", headers, body, signal });
      await response.arrayBuffer();
      if (response.ok) return { final: false };
      const final = response.status >= 400 && response.status < 500 && response.status !== 408 && response.status !== 429;
      return { problem: `the answer was ${response.status} ${response.statusText}`.trimEnd(), final };
    } catch (error) {
      const { cause } = error as Error;
      return { problem: this.#properties.redact(cause instanceof Error ? cause.message : (error as Error).message), final: false };
    }
  }

  #wake(): void {
    for (const wake of this.#wakes.splice(0)) wake();
  }

  flush(): void {}

  snapshot(): null {
    return null;
  }

  committed(): void {}

  restore(): void {}

  async finish(): Promise<void> {
    await this.#sending;
    if (this.#failure !== undefined) throw this.#failure;
  }

  close(): void {
    this.#abort.abort();
  }
}
