import { Worker } from "node:worker_threads";
import { type ErrorData, errorFromData } from "../core/errors.ts";

/** The thread that draws PNGs, started at the first chart. */
export class Renderer {
  #worker: Worker | undefined;
  #nextId = 1;
  readonly #waiting = new Map<number, { resolve: (png: Uint8Array) => void; reject: (error: Error) => void }>();

  render(spec: unknown, scale?: number): Promise<Uint8Array> {
    const worker = this.#start();
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, spec, scale });
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    const ended = new Promise((resolve) => worker.once("exit", resolve));
    worker.postMessage("stop");
    await ended;
  }

  #start(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = new Worker(new URL("../charts/render-worker.js", import.meta.url));
    worker.on("message", ({ id, png, error }: { id: number; png?: Uint8Array; error?: ErrorData }) => {
      const waiting = this.#waiting.get(id);
      this.#waiting.delete(id);
      if (png !== undefined) waiting?.resolve(png);
      else waiting?.reject(errorFromData(error as ErrorData));
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
