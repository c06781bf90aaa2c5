import { type Clock, VirtualClock, WallClock } from "../exec/clock.ts";

/** A session's clock: the machine's, or a virtual one (`SET clock = 'virtual'`), which goes on from the time it was set. */
export class SessionClock implements Clock {
  readonly #wall: WallClock;
  #virtual: VirtualClock | undefined;

  constructor(now: () => number) {
    this.#wall = new WallClock(now);
  }

  get virtual(): boolean {
    return this.#virtual !== undefined;
  }

  set virtual(wanted: boolean) {
    if (wanted !== this.virtual) this.#virtual = wanted ? new VirtualClock(this.#wall.now()) : undefined;
  }

  now(): number {
    return (this.#virtual ?? this.#wall).now();
  }

  at(time: number, wake: () => void): () => void {
    return (this.#virtual ?? this.#wall).at(time, wake);
  }

  passively<T>(run: () => T): T {
    return this.#virtual === undefined ? run() : this.#virtual.passively(run);
  }

  /** Lets a virtual clock jump to its next timer, where somebody waits for one; whether it did. */
  advance(): boolean {
    return this.#virtual?.isAwaited === true && this.#virtual.advance();
  }
}
