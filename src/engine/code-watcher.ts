import { type EndReason, type WatchSlot, WatchTable } from "../exec/watch-table.ts";
import { theTerminator } from "./terminate.ts";

const LOOK_EVERY_MS = 50;
/** How long a thread may take to hear that its code was ended. What keeps it from that is ended too: calls of the same function that had waited. */
const RECOVER_MS = 100;

/** What is known of a thread from the looks before. */
interface Seen {
  mark: string | undefined;
  since: number;
  /** The thread is being reached. */
  isEnding: boolean;
}

/**
 * Looks at what the threads of an engine say they are at, from a thread that runs none of the user's code, and ends what takes longer than the limit or
 * what nobody waits for any more.
 */
export class CodeWatcher {
  readonly table = new WatchTable();
  readonly #slots: readonly WatchSlot[] = this.table.slots();
  readonly #seen: Seen[] = this.#slots.map(() => ({ mark: undefined, since: 0, isEnding: false }));
  readonly #onEnded: (slot: number) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #terminator = theTerminator();

  /** `onEnded`: the code of the thread in a slot was ended; it is to be told to recover. */
  constructor(onEnded: (slot: number) => void) {
    this.#onEnded = onEnded;
    this.table.watch();
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS).unref();
  }

  /** Ends the code that a thread is in, whatever it is. */
  async end(slot: number, reason: EndReason): Promise<void> {
    const seen = this.#seen[slot];
    seen.isEnding = true;
    this.#slots[slot].ending(reason);
    const isReached = await this.#terminator.terminate(this.#slots[slot].threadId);
    seen.isEnding = false;
    seen.since = performance.now();
    if (isReached) this.#onEnded(slot);
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
      if (mark === undefined || seen.isEnding) return;
      const reason = slot.endReason;
      const took = now - seen.since;
      if (reason !== undefined && took > RECOVER_MS) void this.end(i, reason);
      else if (slot.isGivenUp) void this.end(i, "interrupt");
      else if (limitMs > 0 && took > limitMs) void this.end(i, "timeout");
    });
  }
}
