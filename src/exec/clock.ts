/** Processing time of queries, in microseconds since 1970-01-01 UTC. Nothing in a stream asks the machine's clock but through this. */
export interface Clock {
  /** A virtual clock stands still while anything runs and jumps to the next timer when nothing does. */
  readonly virtual: boolean;
  now(): number;
  /** Calls `wake` once the clock shows `time` or later; gives what cancels it. */
  at(time: number, wake: () => void): () => void;
}

/** The longest delay setTimeout takes. */
const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** The machine's clock. */
export class WallClock implements Clock {
  readonly virtual = false;
  readonly #now: () => number;

  constructor(now: () => number = () => Date.now() * 1000) {
    this.#now = now;
  }

  now(): number {
    return this.#now();
  }

  at(time: number, wake: () => void): () => void {
    const delay = Math.min(LONGEST_DELAY_MS, Math.max(0, Math.ceil((time - this.#now()) / 1000)));
    const timer = setTimeout(wake, delay);
    return () => clearTimeout(timer);
  }
}

interface Timer {
  readonly time: number;
  readonly wake: () => void;
  readonly passive: boolean;
}

/** A clock that `advance` moves: to the next timer, whenever nothing else is left to do. Runs that use it are the same every time. */
export class VirtualClock implements Clock {
  readonly virtual = true;
  #now: number;
  /** Soonest first; of the same time, the one asked for first. */
  readonly #timers: Timer[] = [];
  #passive = false;

  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  at(time: number, wake: () => void): () => void {
    const timer: Timer = { time: Math.max(time, this.#now), wake, passive: this.#passive };
    const after = this.#timers.findIndex((other) => other.time > timer.time);
    this.#timers.splice(after < 0 ? this.#timers.length : after, 0, timer);
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
    };
  }

  /** Whether a timer waits that was not asked for passively. */
  get isAwaited(): boolean {
    return this.#timers.some((timer) => !timer.passive);
  }

  /** Timers asked for while `run` runs are passive. */
  passively<T>(run: () => T): T {
    const before = this.#passive;
    this.#passive = true;
    try {
      return run();
    } finally {
      this.#passive = before;
    }
  }

  /** Moves to the next timer, passive or not, and fires all of its time; false where there is none. */
  advance(): boolean {
    const [next] = this.#timers;
    if (next === undefined) return false;
    this.#now = next.time;
    while (this.#timers.length > 0 && this.#timers[0].time <= this.#now) this.#timers.shift()!.wake();
    return true;
  }
}
