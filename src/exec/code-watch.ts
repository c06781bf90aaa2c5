import { threadId } from "node:worker_threads";
import { WeirError } from "../core/errors.ts";
import { interruptedError } from "./context.ts";
import { type WatchSlot, WatchTable } from "./watch-table.ts";

/** Whoever runs functions of the user's own, and is told when their code was ended from outside. */
export interface CodeOwner {
  /** Names of the user's functions that it may be in; empty or absent: none. */
  readonly userFunctions?: readonly string[];
  /** What its code is, where that is not its functions: `the code of this module`. */
  readonly codeName?: string;
  /** Its code was ended in the middle: gives up what it holds and tells whoever waits. */
  abandon?(error: WeirError): void;
}

const BEAT_MS = 100;

/** A thread's own side of the table: says what it is at, and knows afterwards whose code was ended. */
export class CodeWatch {
  readonly table: WatchTable;
  readonly slot: WatchSlot;
  #pieces = 0;
  #owner: CodeOwner | undefined;
  readonly #async = new Set<CodeOwner>();
  #beating: NodeJS.Timeout | undefined;

  constructor(table = new WatchTable(), slot = 0) {
    this.table = table;
    this.slot = table.slot(slot);
    this.slot.begin(threadId);
  }

  /** A piece of work begins. What was under way is to be given to `leave`. */
  enter(owner: CodeOwner): CodeOwner | undefined {
    const outer = this.#owner;
    this.#owner = owner;
    this.tick(owner);
    return outer;
  }

  /** A piece goes on with something else: its time counts anew. Does nothing between pieces. */
  tick(owner: CodeOwner): void {
    if (this.#owner !== owner) return;
    this.#pieces = (this.#pieces % (2 ** 31 - 1)) + 1;
    this.slot.piece = hasUserFunctions(owner) ? this.#pieces : -this.#pieces;
  }

  /** The piece of work has ended. */
  leave(outer: CodeOwner | undefined): void {
    this.#owner = outer;
    if (outer === undefined) this.slot.piece = 0;
    else this.tick(outer);
  }

  /** Runs a piece that is no task's. */
  during<T>(owner: CodeOwner, work: () => T): T {
    const outer = this.enter(owner);
    try {
      return work();
    } finally {
      this.leave(outer);
    }
  }

  /** The owner's functions may run between pieces too, after an `await`, until what is given is called. */
  between(owner: CodeOwner): () => void {
    this.#async.add(owner);
    this.slot.asyncOwners = this.#async.size;
    this.#beating ??= setInterval(() => this.slot.beat(), BEAT_MS).unref();
    return () => {
      this.#async.delete(owner);
      this.slot.asyncOwners = this.#async.size;
      if (this.#async.size > 0) return;
      clearInterval(this.#beating);
      this.#beating = undefined;
    };
  }

  /** Something went wrong in the user's code between pieces: those whose functions may run there fail. Gives how many there are. */
  failBetween(error: WeirError): number {
    const owners = [...this.#async];
    for (const owner of owners) owner.abandon?.(error);
    return owners.length;
  }

  /**
   * After this thread's code was ended from outside: whoever was at work is told. That is the one whose piece never came to its end; else, where a function
   * ran between pieces for too long, all that have such functions.
   */
  recover(): void {
    const owner = this.#owner;
    const reason = this.slot.endReason;
    if (owner === undefined && reason === undefined) return;
    this.#owner = undefined;
    this.slot.recovered();
    const owners = owner !== undefined ? [owner] : reason === "timeout" ? [...this.#async] : [];
    for (const one of owners) {
      const isTimeout = reason === "timeout" && hasUserFunctions(one);
      one.abandon?.(isTimeout ? timeoutError(one, this.table.limitMs) : interruptedError());
    }
  }
}

const hasUserFunctions = ({ userFunctions }: CodeOwner): boolean => userFunctions !== undefined && userFunctions.length > 0;

/** Code of the user's own took longer than it may. */
function timeoutError({ userFunctions = [], codeName }: CodeOwner, limitMs: number): WeirError {
  const names = userFunctions.map((name) => `"${name}"`).join(", ");
  const who = codeName ?? (userFunctions.length === 1 ? `function ${names}` : `one of the functions ${names}`);
  const limit = `${limitMs / 1000} ${limitMs === 1000 ? "second" : "seconds"}`;
  return new WeirError("timeout", `${who} took longer than function_timeout (${limit}) and was ended`, {
    hint: "it may run for ever; SET function_timeout = '1 minute' gives functions more time for a piece of work, a batch of rows at most",
    functions: codeName === undefined ? userFunctions : [],
  });
}
