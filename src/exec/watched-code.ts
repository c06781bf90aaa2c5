import type { WeirError } from "../core/errors.ts";
import { inTurn } from "../core/turn.ts";
import type { CodeOwner, CodeWatch } from "./code-watch.ts";

/** Code of the user's own that is no query's: what is evaluated while a statement is planned, and modules. */
export class WatchedCode implements CodeOwner {
  readonly userFunctions: readonly string[];
  readonly codeName: string | undefined;
  #fail: (error: WeirError) => void = () => {};

  /** `codeName`: what it is, where it is no function: `the code of this module`. */
  constructor(functions: readonly string[], codeName?: string) {
    this.codeName = codeName;
    this.userFunctions = codeName === undefined ? functions : [codeName];
  }

  /**
   * Runs it; rejects too where it was ended from outside, which leaves its own promise for ever open. `waits`: it may be at work after an `await` too.
   */
  async run<T>(watch: CodeWatch, work: () => Promise<T>, waits: boolean): Promise<T> {
    const ended = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    ended.catch(() => {});
    const leave = waits ? watch.between(this) : undefined;
    try {
      // In a turn of its own: what ends it must leave the one that waits here alone.
      const done = new Promise<T>((resolve, reject) => {
        inTurn(() => void watch.during(this, async () => work()).then(resolve, reject));
      });
      return await Promise.race([done, ended]);
    } finally {
      leave?.();
    }
  }

  abandon(error: WeirError): void {
    this.#fail(error);
  }
}
