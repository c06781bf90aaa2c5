import { Worker } from "node:worker_threads";
import { errorFromData, WeirError } from "../../core/errors.ts";
import type { Fragment, FromWorker, ToWorker } from "./fragment.ts";

/** What a parallel run hears of its workers. */
export interface RunListener {
  onMessage(worker: number, message: FromWorker): void;
  onError(error: WeirError): void;
}

/**
 * Worker threads for parallel plans, started when first needed and used again. Several runs share them; within a worker they take turns.
 * They keep the process alive only while something runs on them.
 */
export class WorkerPool {
  /** How many work on a query together, its own thread included. */
  readonly threads: number;
  /** Threads besides the query's own. */
  readonly size: number;
  #workers: Worker[] = [];
  readonly #runs = new Map<number, RunListener>();
  #nextRun = 1;

  constructor(threads: number) {
    this.threads = threads;
    this.size = Math.max(0, threads - 1);
  }

  /** Starts the workers ahead of time, so that the first parallel query need not wait for them. */
  start(): void {
    while (this.#workers.length < this.size) this.#workers.push(this.#startWorker(this.#workers.length));
  }

  #startWorker(index: number): Worker {
    const worker = new Worker(new URL("./pool-worker.js", import.meta.url));
    worker.on("message", (message: FromWorker) => this.#runs.get(message.run)?.onMessage(index, message));
    worker.on("error", (cause) => this.#failed(worker, new WeirError("internal", `a pool worker failed: ${cause.message}`, { cause })));
    worker.on("exit", (code) => this.#failed(worker, new WeirError("internal", `a pool worker ended with status ${code}`)));
    if (this.#runs.size === 0) worker.unref();
    return worker;
  }

  /** A worker that died takes the runs it served with it; the next run starts a new one. */
  #failed(worker: Worker, error: WeirError): void {
    if (!this.#workers.includes(worker)) return;
    for (const other of this.#workers) void other.terminate();
    this.#workers = [];
    for (const listener of [...this.#runs.values()]) listener.onError(error);
  }

  /** Runs a fragment on every worker; `forget` it when it is over. */
  run(fragment: Fragment, listener: RunListener): number {
    this.start();
    const run = this.#nextRun++;
    for (const worker of this.#workers) worker.ref();
    this.#runs.set(run, {
      onMessage: (worker, message) =>
        message.kind === "error" ? listener.onError(errorFromData(message.error)) : listener.onMessage(worker, message),
      onError: (error) => listener.onError(error),
    });
    const message: ToWorker = { kind: "run", run, fragment };
    for (const worker of this.#workers) worker.postMessage(message);
    return run;
  }

  /** Messages of the run that still come are dropped. */
  forget(run: number): void {
    this.#runs.delete(run);
    if (this.#runs.size === 0) for (const worker of this.#workers) worker.unref();
  }

  /** Ends the workers. What runs on them fails. */
  async close(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    const closed = new WeirError("interrupt", "query interrupted: its worker threads were closed");
    for (const listener of [...this.#runs.values()]) listener.onError(closed);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
