import { type ResourceLimits, Worker } from "node:worker_threads";
import type { FunctionInfo } from "../assist/index.ts";
import type { CatalogSnapshot } from "../catalog/catalog.ts";
import { parseByteSize } from "../catalog/settings.ts";
import { bindError, errorFromData, WeirError } from "../core/errors.ts";
import { CatalogFollower } from "./catalog-changes.ts";
import { CodeWatcher } from "./code-watcher.ts";
import { FunctionFollower } from "./function-changes.ts";
import type { DrawnChart, EngineWorkerData, FromEngine, LiveStart, ToEngine } from "./messages.ts";
import type {
  ChartRequest,
  ChartResult,
  EngineClient,
  EngineOptions,
  JobStatus,
  LivePicture,
  RunEvents,
  RunOutcome,
  RunRequest,
  StatementResult,
} from "./protocol.ts";
import { Renderer } from "./renderer.ts";
import { TERMINABLE } from "./terminate.ts";

/** Starts an engine in a worker thread; resolves once it takes statements. */
export async function startEngine(options: EngineOptions = {}): Promise<EngineClient> {
  const host = new EngineHost(options);
  await host.ready;
  return host;
}

/** How long each step of the interrupt ladder may take before the next one. */
const FLAG_PATIENCE_MS = 250;
const TERMINATE_PATIENCE_MS = 1000;
/** Jobs take a last checkpoint when the engine closes. */
const CLOSE_PATIENCE_MS = 2000;
/** Of the engine's own thread in the watch table. */
const ENGINE_SLOT = 0;

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
  readonly events?: RunEvents;
  readonly isRun: boolean;
  /** Numbers of the live outputs that hold this run. */
  readonly holding: Set<number>;
}

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

class EngineHost implements EngineClient {
  ready!: Promise<void>;
  readonly #options: EngineOptions;
  #print: (text: string) => void = (text) => process.stdout.write(text);
  readonly #renderer = new Renderer();
  #worker!: Worker;
  #interrupt!: Int32Array;
  #watcher!: CodeWatcher;
  #nextId = 1;
  #waiting = new Map<number, Waiting>();
  #catalog = new CatalogFollower();
  #functions = new FunctionFollower();
  #settings: Readonly<Record<string, string>> = {};
  #interrupting: Promise<{ lost: string | undefined }> | undefined;
  #closed = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#start();
  }

  run(request: RunRequest, events?: RunEvents): Promise<RunOutcome> {
    return this.#send<RunOutcome>({ kind: "run", request, asks: events?.onConfirm !== undefined }, true, events);
  }

  async chart(request: ChartRequest): Promise<ChartResult> {
    const drawn = await this.#send<DrawnChart>({ kind: "chart", request });
    return { ...drawn, png: await this.#renderer.render(drawn.spec) };
  }

  stopLive(name?: string): Promise<readonly string[]> {
    return this.#send<readonly string[]>({ kind: "stopLive", name });
  }

  jobs(): Promise<readonly JobStatus[]> {
    return this.#send<readonly JobStatus[]>({ kind: "jobs" });
  }

  render(spec: Readonly<Record<string, unknown>>, scale?: number): Promise<Uint8Array> {
    return this.#renderer.render(spec, scale);
  }

  summarize(name: string): Promise<StatementResult> {
    return this.#send<StatementResult>({ kind: "summarize", name });
  }

  catalog(): CatalogSnapshot {
    return this.#catalog.snapshot;
  }

  functions(): readonly FunctionInfo[] {
    return this.#functions.all;
  }

  settings(): Readonly<Record<string, string>> {
    return this.#settings;
  }

  onPrint(listener: (text: string) => void): void {
    this.#print = listener;
  }

  interrupt(): Promise<{ lost: string | undefined }> {
    this.#interrupting ??= this.#climb().finally(() => {
      this.#interrupting = undefined;
    });
    return this.#interrupting;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    Atomics.store(this.#interrupt, 0, 1);
    const ended = new Promise((resolve) => this.#worker.once("exit", resolve));
    this.#worker.postMessage({ kind: "close", id: 0 } satisfies ToEngine);
    await Promise.race([ended, patience(CLOSE_PATIENCE_MS).then(() => this.#worker.terminate())]);
    this.#watcher.close();
    await this.#renderer.close();
  }

  #start(): void {
    this.#catalog = new CatalogFollower();
    this.#functions = new FunctionFollower();
    this.#interrupt = new Int32Array(new SharedArrayBuffer(4));
    this.#watcher?.close();
    this.#watcher = new CodeWatcher((slot) => this.#recover(slot));
    const workerData: EngineWorkerData = { options: this.#options, interrupt: this.#interrupt, watch: this.#watcher.table.words };
    const worker = new Worker(new URL("./worker.js", import.meta.url), {
      workerData,
      execArgv: [...TERMINABLE],
      resourceLimits: heapLimits(this.#options.heapLimit),
      stdout: true,
    });
    worker.stdout.setEncoding("utf8").on("data", (text: string) => this.#print(text));
    this.#worker = worker;
    this.ready = new Promise((resolve, reject) => {
      worker.on("message", (message: FromEngine) => {
        if (message.kind === "ready") resolve();
        else this.#receive(message);
      });
      worker.on("error", (error) => {
        reject(error);
        this.#died(worker, error);
      });
      worker.on("exit", () => this.#died(worker, new Error("the engine ended")));
    });
  }

  /** The engine thread is gone, by a crash or an exhausted heap: what waits for it fails, and a new one takes its place. */
  #died(worker: Worker, error: Error): void {
    if (worker !== this.#worker || this.#closed) return;
    this.#failAll(
      new WeirError("internal", `the engine stopped (${error.message}); its tables, views, functions and results are lost`, {
        cause: error,
        hint: "run the cells that make them again; RESUME JOB continues a job from its last checkpoint",
      }),
    );
    this.#start();
  }

  #failAll(error: Error): void {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject } of waiting) reject(error);
  }

  async #climb(): Promise<{ lost: string | undefined }> {
    const running = () => [...this.#waiting.values()].filter((waiting) => waiting.isRun);
    const runs = () => running().length;
    if (runs() === 0) return { lost: undefined };
    // A run that a live query holds ends well, with what the query has.
    const holding = running().flatMap((waiting) => [...waiting.holding]);
    for (const live of holding) this.#worker.postMessage({ kind: "stopLive", id: 0, live } satisfies ToEngine);
    const isHeld = running().every((waiting) => waiting.holding.size > 0);
    if (isHeld && (await waitFor(() => runs() === 0, FLAG_PATIENCE_MS))) return { lost: undefined };
    Atomics.store(this.#interrupt, 0, 1);
    let isAnswering = false;
    void this.#send<undefined>({ kind: "interrupted" }).then(
      () => {
        isAnswering = true;
      },
      () => undefined,
    );
    if (await waitFor(() => runs() === 0, FLAG_PATIENCE_MS)) return { lost: undefined };
    if (!isAnswering) {
      // A single call that never looks at the flag: end the code it is in, and keep the thread. What else runs there goes on.
      await Promise.race([this.#watcher.end(ENGINE_SLOT, "interrupt"), patience(TERMINATE_PATIENCE_MS)]);
    }
    if (await waitFor(() => runs() === 0, FLAG_PATIENCE_MS)) return { lost: undefined };
    this.#worker.postMessage({ kind: "abandonRuns", id: 0 } satisfies ToEngine);
    if (await waitFor(() => runs() === 0, TERMINATE_PATIENCE_MS)) return { lost: undefined };
    const old = this.#worker;
    const lost = this.#catalog.snapshot.entries.map((entry) => entry.name);
    this.#start();
    this.#failAll(new WeirError("interrupt", "query interrupted"));
    await old.terminate();
    await this.ready;
    return { lost: `the engine had to be restarted${lost.length === 0 ? "" : `; lost: ${lost.join(", ")}`}` };
  }

  /** Twice, since what ends a thread's code at a moment at which it is in none ends the next thing it does. */
  #recover(slot: number): void {
    for (let i = 0; i < 2; i++) this.#worker.postMessage({ kind: "recover", id: 0, slot } satisfies ToEngine);
  }

  #receive(message: Exclude<FromEngine, { kind: "ready" }>): void {
    if (message.kind === "catalog") {
      this.#catalog.apply(message.changes);
      return;
    }
    if (message.kind === "functions") {
      this.#functions.apply(message.changes);
      return;
    }
    if (message.kind === "settings") {
      this.#settings = message.settings;
      return;
    }
    const waiting = this.#waiting.get(message.id);
    if (waiting === undefined) return;
    if (message.kind === "result") waiting.events?.onResult?.(message.result);
    else if (message.kind === "progress") waiting.events?.onProgress?.(message.progress);
    else if (message.kind === "confirm") this.#ask(waiting, message.id, message.question);
    else if (message.kind === "live") this.#startLive(waiting, message.live);
    else if (message.kind === "liveEnded") waiting.holding.delete(message.live);
    else {
      this.#waiting.delete(message.id);
      if (message.kind === "done") waiting.resolve(message.value as never);
      else waiting.reject(errorFromData(message.error));
    }
  }

  /** No answer, as where the cell is interrupted, is a no. */
  #ask({ events }: Waiting, run: number, question: string): void {
    const worker = this.#worker;
    const answer = (yes: boolean) => worker.postMessage({ kind: "confirmed", id: 0, run, yes } satisfies ToEngine);
    events?.onConfirm?.(question).then(answer, () => answer(false));
  }

  #startLive(waiting: Waiting, { number, name, span, held }: LiveStart): void {
    if (held) waiting.holding.add(number);
    waiting.events?.onLive?.({
      name,
      span,
      held,
      next: (view) => this.#send<LivePicture | undefined>({ kind: "next", live: number, view }),
      stop: () => this.#worker.postMessage({ kind: "stopLive", id: 0, live: number } satisfies ToEngine),
    });
  }

  #send<T>(message: WithoutId<ToEngine>, isRun = false, events?: RunEvents): Promise<T> {
    if (this.#closed) return Promise.reject(new WeirError("internal", "the engine is closed"));
    const id = this.#nextId++;
    return new Promise<T>((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as (value: never) => void, reject, events, isRun, holding: new Set() });
      this.#worker.postMessage({ ...message, id } as ToEngine);
    });
  }
}

function heapLimits(limit: string | number | undefined): ResourceLimits {
  if (limit === undefined) return {};
  const bytes = parseByteSize(String(limit));
  if (bytes === undefined) throw bindError(`heapLimit cannot be '${limit}'`, undefined, "a size such as '512MB' or '4GB'");
  return { maxOldGenerationSizeMb: Math.max(64, Math.floor(bytes / 1e6)) };
}

const patience = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds).unref());

async function waitFor(condition: () => boolean, milliseconds: number): Promise<boolean> {
  const end = performance.now() + milliseconds;
  while (performance.now() < end) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return condition();
}
