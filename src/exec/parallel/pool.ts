import { isMainThread, resourceLimits, Worker } from "node:worker_threads";
import { errorFromData, WeirError } from "../../core/errors.ts";
import { type WatchSlot, WatchTable } from "../watch-table.ts";
import type { Fragment, FromWorker, ToWorker } from "./fragment.ts";

/** What a parallel run hears of its workers. */
export interface RunListener {
  onMessage(worker: number, message: FromWorker): void;
  onError(error: WeirError): void;
}

/** What a worker is started with. */
export interface PoolWorkerData {
  /** Words of the WatchTable, and the worker's slot in it. */
  readonly watch: Int32Array;
  readonly slot: number;
  /** Where functions of the user's own print. */
  readonly print: "stdout" | "stderr";
}

/** How long a worker may stay in one call of a function after its run is over, before it is to be ended; and before the whole thread is. */
const STUCK_MS = 250;
const HOPELESS_MS = 3000;

/**
 * Worker threads for parallel plans, started when first needed and used again. Several runs share them; within a worker they take turns.
 * They keep the process alive only while something runs on them.
 */
export class WorkerPool {
  /** How many work on a query together, its own thread included. */
  readonly threads: number;
  /** Threads besides the query's own. */
  readonly size: number;
  readonly #watch: WatchTable;
  readonly #print: PoolWorkerData["print"];
  #workers: (Worker | undefined)[] = [];
  readonly #runs = new Map<number, RunListener>();
  #nextRun = 1;

  constructor(threads: number, watch = new WatchTable(), print: PoolWorkerData["print"] = "stdout") {
    this.threads = threads;
    this.size = Math.max(0, threads - 1);
    this.#watch = watch;
    this.#print = print;
  }

  /** Starts the workers ahead of time, so that the first parallel query need not wait for them. */
  start(): void {
    for (let i = 0; i < this.size; i++) this.#workers[i] ??= this.#startWorker(i);
  }

  #startWorker(index: number): Worker {
    const workerData: PoolWorkerData = { watch: this.#watch.words, slot: slotOf(index), print: this.#print };
    const limits = isMainThread ? {} : { resourceLimits };
    const worker = new Worker(new URL("./pool-worker.js", import.meta.url), { workerData, ...limits });
    worker.on("message", (message: FromWorker) => this.#runs.get(message.run)?.onMessage(index, message));
    worker.on("error", (cause) => this.#lost(index, worker, lostError(cause)));
    worker.on("exit", (code) => this.#lost(index, worker, new WeirError("internal", `a pool worker ended with status ${code}`)));
    if (this.#runs.size === 0) worker.unref();
    return worker;
  }

  /** A worker that died takes the runs it served with it; the next run starts a new one. */
  #lost(index: number, worker: Worker, error: WeirError): void {
    if (this.#workers[index] !== worker) return;
    this.#workers[index] = undefined;
    for (const listener of [...this.#runs.values()]) listener.onError(error);
  }

  /** Runs a fragment on every worker; `forget` it when it is over. */
  run(fragment: Fragment, listener: RunListener): number {
    this.start();
    const run = this.#nextRun++ % 2 ** 31;
    for (const worker of this.#workers) worker?.ref();
    this.#runs.set(run, {
      onMessage: (worker, message) =>
        message.kind === "error" ? listener.onError(errorFromData(message.error)) : listener.onMessage(worker, message),
      onError: (error) => listener.onError(error),
    });
    this.#post({ kind: "run", run, fragment });
    return run;
  }

  /** Messages of the run that still come are dropped. A worker that cannot leave it is made to. */
  forget(run: number): void {
    if (!this.#runs.delete(run)) return;
    this.#workers.forEach((worker, index) => {
      if (this.#runs.size === 0) worker?.unref();
      const slot = this.#watch.slot(slotOf(index));
      if (worker !== undefined && slot.run === run) this.#freeLater(index, worker, slot, run);
    });
  }

  /** A function of the user's own may never return. Whoever watches the table ends it; where nobody does, the worker is given up. */
  #freeLater(index: number, worker: Worker, slot: WatchSlot, run: number): void {
    const { mark } = slot;
    const isStuck = () => this.#workers[index] === worker && slot.run === run && mark !== undefined && slot.mark === mark;
    const replace = () => {
      if (!isStuck()) return;
      this.#lost(index, worker, new WeirError("interrupt", "a worker thread was replaced: a function of another query did not return"));
      void worker.terminate();
    };
    setTimeout(() => {
      if (!this.#watch.isWatched) replace();
      else if (isStuck()) {
        slot.giveUp();
        setTimeout(replace, HOPELESS_MS).unref();
      }
    }, STUCK_MS).unref();
  }

  /** The code of a worker was ended from outside; `index` from 0. */
  recover(index: number): void {
    this.#workers[index]?.postMessage({ kind: "recover" } satisfies ToWorker);
  }

  /** Nothing calls these modules any more. */
  forgetModules(hashes: readonly string[]): void {
    this.#post({ kind: "forget", hashes });
  }

  #post(message: ToWorker): void {
    for (const worker of this.#workers) worker?.postMessage(message);
  }

  /** Ends the workers. What runs on them fails. */
  async close(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    const closed = new WeirError("interrupt", "query interrupted: its worker threads were closed");
    for (const listener of [...this.#runs.values()]) listener.onError(closed);
    await Promise.all(workers.map((worker) => worker?.terminate()));
  }
}

/** Slot 0 of the table is the engine's own thread. */
const slotOf = (index: number): number => index + 1;

function lostError(cause: Error): WeirError {
  const isFull = "code" in cause && cause.code === "ERR_WORKER_OUT_OF_MEMORY";
  return new WeirError(isFull ? "memory" : "internal", `a pool worker failed: ${cause.message}`, { cause });
}
