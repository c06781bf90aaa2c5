import { randomUUID } from "node:crypto";
import { ExecuteQueue, type RunRequest } from "./execute-queue.ts";

/** A request named a subshell that does not exist. */
export class SubshellError extends Error {
  constructor(id: string) {
    super(`there is no subshell ${id}`);
    this.name = "SubshellError";
  }
}

/** The main shell and its subshells (JEP 91): cells of each run in order, and those of different shells at the same time. They share everything else. */
export class Subshells {
  readonly #run: RunRequest;
  readonly #main: ExecuteQueue;
  readonly #queues = new Map<string, ExecuteQueue>();

  constructor(run: RunRequest) {
    this.#run = run;
    this.#main = new ExecuteQueue(run);
  }

  get ids(): string[] {
    return [...this.#queues.keys()];
  }

  /** The main shell's queue without an id; undefined for an id that is not there. */
  queueOf(id: string | undefined): ExecuteQueue | undefined {
    return id === undefined ? this.#main : this.#queues.get(id);
  }

  create(): string {
    const id = randomUUID();
    this.#queues.set(id, new ExecuteQueue(this.#run));
    return id;
  }

  /** Cells that it has still run to their end. Throws `SubshellError`. */
  delete(id: string): void {
    if (!this.#queues.delete(id)) throw new SubshellError(id);
  }
}
