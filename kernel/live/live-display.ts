import { setTimeout as pause } from "node:timers/promises";
import type { ErrorData, LiveOutput } from "../../src/engine/index.ts";
import type { MimeBundle } from "../message.ts";
import type { FrameBudget } from "./frame-budget.ts";
import type { Screen, ShownPicture } from "./screen.ts";

/**
 * Carries pictures of one live query to its screen. A picture is asked for when the budget has room for it, and not before the one before it is shown: there is
 * no queue anywhere, and a slow screen gets the latest.
 */
export class LiveDisplay {
  readonly output: LiveOutput;
  /** The first picture is on the screen. Rejects where the view cannot be drawn, or the engine is gone; the query is stopped then. */
  readonly first: Promise<void>;
  /** The last picture is on the screen, or none will come any more. Never rejects. */
  readonly over: Promise<void>;
  readonly #screen: Screen;
  readonly #budget: FrameBudget;
  readonly #failureText: (error: ErrorData) => readonly string[];
  #isDropped = false;
  #last: ShownPicture | undefined;
  #isPaused = false;
  #resume: (() => void) | undefined;
  /** The last picture was shown, and its screen still has something to let go of. */
  get outlives(): boolean {
    return this.#screen.close !== undefined;
  }

  /** Ends a pause between frames early: the last picture should not wait. */
  readonly #hurry = new AbortController();

  /** `failureText`: lines that the cell would show of an error. */
  constructor(output: LiveOutput, screen: Screen, budget: FrameBudget, failureText: (error: ErrorData) => readonly string[]) {
    this.output = output;
    this.#failureText = failureText;
    this.#screen = screen;
    this.#budget = budget;
    let shown = (): void => {};
    let failed = (_error: unknown): void => {};
    this.first = new Promise((resolve, reject) => {
      shown = resolve;
      failed = reject;
    });
    this.first.catch(() => undefined);
    this.over = this.#carry(shown)
      .catch((error) => {
        failed(error);
        output.stop();
        return this.#showFailure(error);
      })
      .finally(() => budget.forget(this));
  }

  /** Shows nothing more: the output is gone or belongs to another query. */
  drop(): void {
    this.#isDropped = true;
    this.#screen.close?.();
    this.resume();
    this.#hurry.abort();
  }

  stop(): void {
    this.output.stop();
    this.resume();
    this.#hurry.abort();
  }

  /** Stops showing, not the query. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#resume?.();
  }

  /** Puts the query's ordinary result in the place of its pictures, once the last of them was shown. */
  async finish(data: MimeBundle): Promise<void> {
    await this.over;
    if (!this.#isDropped) this.#screen.finish(data);
  }

  async #carry(shown: () => void): Promise<void> {
    for (;;) {
      await this.#turn();
      const picture = await this.output.next(this.#screen.view);
      if (picture === undefined || this.#isDropped) return shown();
      const failure = picture.error === undefined ? [] : this.#failureText(picture.error);
      await this.#show({ ...picture, failure });
      shown();
      if (picture.state !== "running") return;
    }
  }

  /** What went wrong after the cell ended has no other place than its output: the engine is gone, or the chart cannot be drawn any more. */
  async #showFailure(cause: unknown): Promise<void> {
    if (this.#last === undefined || this.#isDropped) return;
    const { name, message, hint } = cause as Error & { hint?: string };
    const error = { phase: "internal", name, message, ...(hint !== undefined && { hint }) } as const;
    const failure = this.#failureText(error);
    // A chart that cannot be drawn cannot draw this either; its text and figures stand there by then
    await Promise.resolve(this.#screen.show({ ...this.#last, state: "failed", error, failure })).catch(() => undefined);
  }

  async #show(picture: ShownPicture): Promise<void> {
    const bytes = await this.#screen.show(picture);
    this.#last = picture;
    this.#budget.published(this, bytes);
  }

  async #turn(): Promise<void> {
    if (this.#isPaused) {
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    const wait = this.#budget.waitOf(this, this.#screen.intervalMs);
    if (wait > 0 && !this.#hurry.signal.aborted) await pause(wait, undefined, { signal: this.#hurry.signal }).catch(() => undefined);
  }
}
