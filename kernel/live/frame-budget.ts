/** Bytes a second that all live outputs of a kernel may publish together: half of what a Jupyter server lets through. */
const BYTES_PER_SECOND = 500_000;
/** An output that published nothing for so long takes no share. */
const ACTIVE_MS = 2000;

interface Share {
  bytes: number;
  publishedAt: number;
}

/**
 * When each live output may publish next. Every active output gets the same frame rate, as high as the sizes of their latest frames together allow, and never
 * above its own: the rate gives way before anything is left out of a frame.
 */
export class FrameBudget {
  readonly #shares = new Map<object, Share>();
  readonly #now: () => number;

  /** `now` in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A frame was shown; `bytes` is 0 where it was the same as the one before. */
  published(output: object, bytes: number): void {
    this.#shares.set(output, { bytes, publishedAt: this.#now() });
  }

  /** Milliseconds until this output, whose frames are at least `intervalMs` apart, may publish again; 0 for one that has not yet. */
  waitOf(output: object, intervalMs: number): number {
    const own = this.#shares.get(output);
    if (own === undefined) return 0;
    const now = this.#now();
    let bytes = 0;
    for (const [other, share] of this.#shares) if (other === output || now - share.publishedAt < ACTIVE_MS) bytes += share.bytes;
    const interval = Math.max(intervalMs, (bytes / BYTES_PER_SECOND) * 1000);
    return Math.max(0, own.publishedAt + interval - now);
  }

  forget(output: object): void {
    this.#shares.delete(output);
  }
}
