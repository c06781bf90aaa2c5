import { type EndReason, type WatchSlot, WatchTable } from "../exec/watch-table.ts";
import { theTerminator } from "./terminate.ts";

const LOOK_EVERY_MS = 50;
/** After its code was ended a thread is left alone for so long. */
const REST_MS = 1000;

/** What is known of a thread from the looks before. */
interface Seen {
  mark: string | undefined;
  since: number;
}

/**
 * Looks at what the threads of an engine say they are at, from a thread that runs none of the user's code, and ends what takes longer than the limit or
 * what nobody waits for any more.
 */
export class CodeWatcher {
  readonly table = new WatchTable();
  readonly #slots: readonly WatchSlot[] = this.table.slots();
  readonly #seen: Seen[] = this.#slots.map(() => ({ mark: undefined, since: 0 }));
  readonly #onEnded: (slot: number) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #terminator = theTerminator();

  /** `onEnded`: the code of the thread in a slot was ended; it is to be told to recover. */
  constructor(onEnded: (slot: number) => void) {
    this.#onEnded = onEnded;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Ends the code that a thread is in, whatever it is. */
  async end(slot: number, reason: EndReason): Promise<void> {
    this.#slots[slot].ending(reason);
    if (await this.#terminator.terminate(this.#slots[slot].threadId)) this.#onEnded(slot);
  }

  /** Number of the piece that a thread is at, 0 between two. */
  pieceOf(slot: number): number {
    return this.#slots[slot].piece;
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const now = performance.now();
    const { limitMs } = this.table;
    this.#slots.forEach((slot, i) => {
      const seen = this.#seen[i];
      const { mark } = slot;
      if (mark !== seen.mark) {
        seen.mark = mark;
        seen.since = now;
      }
      if (mark === undefined || now < seen.since) return;
      const isTooLong = limitMs > 0 && now - seen.since > limitMs;
      if (!isTooLong && !slot.isGivenUp) return;
      seen.since = now + REST_MS;
      void this.end(i, isTooLong ? "timeout" : "interrupt");
    });
  }
}
