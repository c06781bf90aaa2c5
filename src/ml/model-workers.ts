import { setMaxListeners } from "node:events";
import { WeirError } from "../core/errors.ts";
import { type Exchange, ModelProcess, type ProcessLimits, type ReceivedAnswer } from "./model-process.ts";
import { type Answer, type LoadRequest, makeFrame } from "./model-protocol.ts";

export type Loaded = Extract<Answer, { kind: "loaded" }>;

export interface WorkersOptions {
  /** How messages call the model: `model "m"`. */
  readonly label: string;
  readonly path: string;
  readonly threads: number;
  /** Asked whenever a process starts. */
  readonly limits: () => ProcessLimits;
  /** Most processes at once, asked whenever another would pay. */
  readonly most: () => number;
}

interface ModelWorker {
  readonly process: ModelProcess;
  /** Has loaded the model. */
  ready: boolean;
}

/** Batches in a process and its pipe: one runs, and others wait, so that short runs never wait for the engine to have its turn again. */
const IN_PIPE = 2;
const SHORT_IN_PIPE = 4;
/** Batches that run for less than this are not worth another process. */
const WORTH_ANOTHER_MS = 4;
/** Processes without work are ended after this long; the next use starts one again. */
const IDLE_MS = 60_000;
const LARGEST_FILE = 2 ** 31 - 1;

/** The processes of one version of a model: the first starts with the first use, others when batches take long and wait. */
export class ModelWorkers {
  readonly #options: WorkersOptions;
  #workers: ModelWorker[] = [];
  #queue: Exchange[] = [];
  #hash: string | undefined;
  #closed = false;
  #idle: NodeJS.Timeout | undefined;

  constructor(options: WorkersOptions) {
    this.#options = options;
  }

  /** Ids of the processes that run. */
  get pids(): readonly number[] {
    return this.#workers.flatMap(({ process }) => process.pid ?? []);
  }

  /** Loads the model for the first time. From then on its file must stay as it is. */
  async load(): Promise<Loaded> {
    const loaded = await this.#start().catch((error: WeirError) => {
      throw this.#error(error);
    });
    this.#hash = loaded.hash;
    this.#dispatch();
    return loaded;
  }

  /** Most batches that it pays to hand over at once: what the pipes hold, and one that is made meanwhile. */
  get concurrency(): number {
    return Math.max(Math.max(1, this.#options.most()) * IN_PIPE, SHORT_IN_PIPE) + 1;
  }

  /** Sends one frame of kind "run" and gives what comes back, which may be an error of the model. */
  run(frame: Uint8Array, signal: AbortSignal): Promise<ReceivedAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw this.#error(new WeirError("runtime", "it was dropped"));
      if (signal.aborted) throw this.#error(interrupted());
      const exchange: Exchange = {
        doing: "scoring",
        frame,
        answered: (answer) => {
          signal.removeEventListener("abort", abort);
          resolve(answer);
          this.#dispatch();
        },
        failed: (error) => {
          signal.removeEventListener("abort", abort);
          reject(this.#error(error));
        },
      };
      const abort = () => {
        exchange.abandonedAt = performance.now();
        this.#queue = this.#queue.filter((waiting) => waiting !== exchange);
        reject(this.#error(interrupted()));
      };
      // Every batch under way listens to the signal of its query.
      setMaxListeners(0, signal);
      signal.addEventListener("abort", abort, { once: true });
      this.#queue.push(exchange);
      this.#dispatch();
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#idle);
    const dropped = new WeirError("runtime", "it was dropped");
    for (const { process } of this.#workers) process.kill(dropped);
    for (const exchange of this.#queue.splice(0)) exchange.failed(dropped);
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const free = this.#workers.filter(({ process, ready }) => ready && process.load < roomOf(process));
      if (free.length === 0) break;
      const least = free.reduce((best, other) => (other.process.load < best.process.load ? other : best));
      least.process.send(this.#queue.shift() as Exchange);
    }
    if (this.#queue.length > 0 && this.#wantsAnother()) this.#startForQueue();
    this.#restLater();
  }

  #wantsAnother(): boolean {
    if (this.#closed) return false;
    if (this.#workers.length === 0) return true;
    const settled = this.#workers.every(({ process, ready }) => ready && process.lastRunMs > WORTH_ANOTHER_MS);
    return settled && this.#workers.length < this.#options.most();
  }

  #startForQueue(): void {
    this.#start().then(
      () => this.#dispatch(),
      (error: WeirError) => {
        // Another process more is not needed for the batches to go on; the only one is.
        if (this.#workers.length === 0) for (const exchange of this.#queue.splice(0)) exchange.failed(error);
      },
    );
  }

  #start(): Promise<Loaded> {
    const limits = this.#options.limits();
    return new Promise((resolve, reject) => {
      const process = new ModelProcess(limits, (notBegun) => {
        this.#forget(worker);
        this.#queue.unshift(...notBegun.filter((exchange) => exchange.abandonedAt === undefined));
        if (!this.#closed) this.#dispatch();
        else for (const exchange of this.#queue.splice(0)) exchange.failed(new WeirError("runtime", "it was dropped"));
      });
      const worker: ModelWorker = { process, ready: false };
      this.#workers.push(worker);
      const { path, threads } = this.#options;
      const maxBytes = Math.min(limits.memoryBytes, LARGEST_FILE);
      const request: LoadRequest = { kind: "load", path, threads, maxBytes, ...(this.#hash !== undefined && { hash: this.#hash }) };
      process.send({
        doing: "loading",
        frame: makeFrame(request, []).frame,
        answered: ({ note }) => {
          if (note.kind === "loaded") {
            worker.ready = true;
            resolve(note);
            return;
          }
          const message = note.kind === "error" ? note.message : "its process answered something else";
          const phase = note.kind === "error" && note.of === "file" ? "io" : "runtime";
          this.#forget(worker);
          process.kill(new WeirError(phase, message));
          reject(new WeirError(phase, `it cannot be loaded from '${path}': ${message}`));
        },
        failed: reject,
      });
    });
  }

  #forget(worker: ModelWorker): void {
    this.#workers = this.#workers.filter((other) => other !== worker);
  }

  #restLater(): void {
    clearTimeout(this.#idle);
    if (this.#closed || this.#queue.length > 0 || this.#workers.some(({ process }) => process.load > 0)) return;
    this.#idle = setTimeout(() => {
      for (const { process } of this.#workers) process.kill(new WeirError("runtime", "it had nothing to do"));
    }, IDLE_MS);
    this.#idle.unref();
  }

  #error(error: WeirError): WeirError {
    const message = `${this.#options.label}: ${error.message}`;
    return new WeirError(error.phase, message, { hint: error.hint, cause: error });
  }
}

/** A process that has not run yet may be a slow one. */
const roomOf = ({ lastRunMs }: ModelProcess): number => (lastRunMs > 0 && lastRunMs < WORTH_ANOTHER_MS ? SHORT_IN_PIPE : IN_PIPE);

const interrupted = () => new WeirError("interrupt", "the query has ended");
