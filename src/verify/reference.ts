import { Worker } from "node:worker_threads";
import { errorFromData } from "../core/errors.ts";
import type { Schema } from "../core/types.ts";
import type { RecordBatch } from "../core/vector.ts";
import type { DuckDbRequest, DuckDbResponse, DuckDbRows } from "./duckdb-worker.ts";

export type { DuckDbRows };

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;

/** DuckDB as the reference: a database in memory, in a thread of its own that starts at the first use. */
export class DuckDbReference {
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, { resolve: (rows: DuckDbRows | undefined) => void; reject: (error: Error) => void }>();

  async run(sql: string): Promise<void> {
    await this.#send({ kind: "run", sql });
  }

  async query(sql: string): Promise<DuckDbRows> {
    const rows = await this.#send({ kind: "query", sql });
    if (rows === undefined) throw new Error("a query came back without rows");
    return rows;
  }

  /** Creates or replaces a table with these rows. */
  async load(table: string, schema: Schema, batches: readonly RecordBatch[]): Promise<void> {
    await this.#send({ kind: "load", table, schema, batches });
  }

  interrupt(): void {
    this.#worker?.postMessage("interrupt");
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.ref();
    worker.postMessage("stop");
    await ended;
  }

  #send(request: WithoutId<DuckDbRequest>): Promise<DuckDbRows | undefined> {
    const worker = this.#start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      worker.ref();
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ ...request, id });
    });
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL("./duckdb-worker.js", import.meta.url));
    worker.on("message", (response: DuckDbResponse) => {
      const waiting = this.#waiting.get(response.id);
      this.#waiting.delete(response.id);
      if ("error" in response) waiting?.reject(errorFromData(response.error));
      else waiting?.resolve(response.rows);
      // An idle reference does not keep the process alive.
      if (this.#waiting.size === 0) worker.unref();
    });
    worker.on("error", (error) => {
      for (const waiting of this.#waiting.values()) waiting.reject(error);
      this.#waiting.clear();
      this.#worker = undefined;
    });
    this.#worker = worker;
    return worker;
  }
}
