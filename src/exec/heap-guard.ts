import { getHeapStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { isMainThread, resourceLimits } from "node:worker_threads";
import { WeirError } from "../core/errors.ts";
import { formatBytes } from "./memory-budget.ts";

/**
 * Share of the JavaScript heap beyond which a query has to end: the next allocation might end the whole thread. V8 gives up where some collections in a row
 * leave more than 0.8 of it.
 */
const HEAP_SHARE = 0.75;
/** For so long after a query was ended those that are not guilty are spared, while what it held is let go. */
const SPARE_MS = 2000;
/** Below this share of it no query is held guilty of what fills it. */
const GUILTY_SHARE = 0.1;

/** What a thread's own limit leaves for objects that live on; the heap's limit has young ones too. */
const OLD_GENERATION = isMainThread
  ? Number.POSITIVE_INFINITY
  : (resourceLimits.maxOldGenerationSizeMb ?? Number.POSITIVE_INFINITY) * 2 ** 20;

/** A query (or a thread's part of one) that works in slices. */
export interface HeapUser {
  /** Names of the user's functions that it calls. */
  readonly userFunctions: readonly string[];
  /** By how much the heap grew in its slices, less what was collected in them, bytes. Kept by the guard. */
  heapGrowth: number;
  /** Ends it, between two slices of it. */
  fail(error: WeirError): void;
}

/**
 * Looks at the thread's JavaScript heap between slices. Columns are outside of it: this is about strings, objects and large nested values, and about what
 * functions of the user's own keep. Where it is nearly full, one query has to end: the one in whose slices it grew most.
 */
export class HeapGuard {
  readonly #users = new Set<HeapUser>();
  #last = 0;
  #sparedUntil = 0;

  /** A query begins; what is given is to be called when it ends. */
  open(user: HeapUser): () => void {
    this.#users.add(user);
    return () => this.#users.delete(user);
  }

  /** After a slice of `current`, or in one. Throws where it is the one that has to end. */
  check(current: HeapUser): void {
    const { used_heap_size: used, heap_size_limit: total } = getHeapStatistics();
    const limit = Math.min(total, OLD_GENERATION);
    this.#count(current, used);
    if (used < limit * HEAP_SHARE) return;
    const isSpared = performance.now() < this.#sparedUntil;
    if (isSpared && current.heapGrowth <= limit * GUILTY_SHARE) return;
    collectGarbage();
    const { used_heap_size: kept } = getHeapStatistics();
    this.#count(current, kept);
    if (kept < limit * HEAP_SHARE) return;
    const [most] = [...this.#users].sort((a, b) => b.heapGrowth - a.heapGrowth);
    const isGuilty = most !== undefined && most.heapGrowth > limit * GUILTY_SHARE;
    if (!isGuilty && isSpared) return;
    const victim = isGuilty ? most : current;
    const error = heapError(victim, kept, limit);
    this.#sparedUntil = performance.now() + SPARE_MS;
    if (victim === current) throw error;
    victim.fail(error);
  }

  /** What was collected may have been another's, so that nobody's growth falls below nothing. */
  #count(current: HeapUser, used: number): void {
    current.heapGrowth = Math.max(0, current.heapGrowth + used - this.#last);
    this.#last = used;
  }
}

function heapError({ userFunctions }: HeapUser, used: number, limit: number): WeirError {
  const full = `out of memory: JavaScript values hold ${formatBytes(used)} of a heap of ${formatBytes(limit)}`;
  if (userFunctions.length === 0) {
    return new WeirError("memory", full, { hint: "keep fewer rows, groups or long texts (filter earlier, add a LIMIT)" });
  }
  const names = userFunctions.map((name) => `"${name}"`).join(", ");
  const calls = userFunctions.length === 1 ? "the function" : "the functions";
  return new WeirError("memory", `${full}; the query calls ${calls} ${names}`, {
    hint: "look for what a function keeps in variables of its module; they begin anew with the next query",
    functions: userFunctions,
  });
}

let gc: (() => void) | undefined;

/** What nobody refers to any more counts as used until it is collected. */
function collectGarbage(): void {
  if (gc === undefined) {
    setFlagsFromString("--expose-gc");
    gc = runInNewContext("gc") as () => void;
  }
  gc();
}
