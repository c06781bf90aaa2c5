import { WeirError } from "../../core/errors.ts";
import { formatBytes } from "../memory-budget.ts";
import type { MemoryBudget } from "../operator.ts";

const NEXT_MORSEL = 0;
const STOPPED = 1;
const GIVEN_MORSELS = 2;
const USED_PAGES = 3;
const LIMIT_PAGES = 4;
const WORDS = 5;

const PAGE_BYTES = 65_536;
/** Morsels that threads may be ahead of the first one not given out yet; it bounds what is held for the sake of order. */
const MORSELS_AHEAD = 64;

/** What the threads of one parallel run share: the next morsel, whether to stop, and the memory they hold. */
export class Control {
  readonly words: Int32Array;

  constructor(words: Int32Array = new Int32Array(new SharedArrayBuffer(WORDS * 4))) {
    this.words = words;
  }

  static withLimit(limitBytes: number): Control {
    const control = new Control();
    control.words[LIMIT_PAGES] = Math.max(1, Math.min(2 ** 31 - 1, Math.floor(limitBytes / PAGE_BYTES)));
    return control;
  }

  /** The next morsel to be read; "wait" while the run is too far ahead of what was given out. At or over the source's count: none is left. */
  takeMorsel(): number | "wait" {
    if (Atomics.load(this.words, NEXT_MORSEL) >= Atomics.load(this.words, GIVEN_MORSELS) + MORSELS_AHEAD) return "wait";
    return Atomics.add(this.words, NEXT_MORSEL, 1);
  }

  get morselsTaken(): number {
    return Atomics.load(this.words, NEXT_MORSEL);
  }

  /** Results of all morsels before `morsel` went downstream, or are in somebody's state. */
  given(morsel: number): void {
    Atomics.store(this.words, GIVEN_MORSELS, Math.min(morsel, 2 ** 30));
  }

  stop(): void {
    Atomics.store(this.words, STOPPED, 1);
  }

  get stopped(): boolean {
    return Atomics.load(this.words, STOPPED) !== 0;
  }

  /** Bytes held by workers. */
  get usedBytes(): number {
    return Atomics.load(this.words, USED_PAGES) * PAGE_BYTES;
  }

  get limitBytes(): number {
    return Atomics.load(this.words, LIMIT_PAGES) * PAGE_BYTES;
  }

  addPages(pages: number): number {
    return Atomics.add(this.words, USED_PAGES, pages) + pages;
  }
}

/** A worker's account: whole pages of it are counted in shared memory, where the query's own thread sees them. */
export class WorkerMemory implements MemoryBudget {
  readonly #control: Control;
  #pages = 0;
  used = 0;

  constructor(control: Control) {
    this.#control = control;
  }

  get limit(): number {
    return this.#control.limitBytes;
  }

  charge(operator: string, bytes: number): void {
    this.used += bytes;
    const pages = Math.ceil(this.used / PAGE_BYTES);
    if (pages === this.#pages) return;
    const total = this.#control.addPages(pages - this.#pages) * PAGE_BYTES;
    const grew = pages > this.#pages;
    this.#pages = pages;
    if (grew && total > this.limit) {
      const message = `out of memory: ${operator} went over memory_limit; worker threads hold ${formatBytes(total)} of ${formatBytes(this.limit)} left`;
      throw new WeirError("memory", message, {
        hint: "raise it with SET memory_limit = '…', or keep fewer rows, groups or columns (filter earlier, add a LIMIT)",
      });
    }
  }

  release(): void {
    this.#control.addPages(-this.#pages);
    this.#pages = 0;
    this.used = 0;
  }
}
