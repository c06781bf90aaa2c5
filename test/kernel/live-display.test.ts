import { expect, test } from "vitest";
import { FrameBudget } from "../../kernel/live/frame-budget.ts";
import { LiveDisplay } from "../../kernel/live/live-display.ts";
import type { Screen, ShownPicture } from "../../kernel/live/screen.ts";
import type { ErrorData, LiveOutput, LivePicture } from "../../src/engine/index.ts";
import { picture } from "./live-picture.ts";

/** A query that changes at every turn of the event loop until it is stopped. It counts how often it was asked. */
class Restless implements LiveOutput {
  readonly name = "q1";
  readonly span = { start: 0, end: 1 };
  readonly held = false;
  asked = 0;
  pending = 0;
  version = 0;
  #state: LivePicture["state"] = "running";
  #isOver = false;
  readonly #failure: Error | undefined;
  constructor(failure?: Error) {
    this.#failure = failure;
  }
  async next(): Promise<LivePicture | undefined> {
    if (this.#isOver) return undefined;
    this.asked += 1;
    this.pending += 1;
    expect(this.pending).toBe(1);
    await new Promise((resolve) => setImmediate(resolve));
    this.pending -= 1;
    this.version += 1;
    if (this.#failure !== undefined) throw this.#failure;
    this.#isOver = this.#state !== "running";
    return picture({ state: this.#state, rowCount: this.version });
  }
  stop(): void {
    this.#state = "stopped";
  }
}

class SlowScreen implements Screen {
  readonly view = { kind: "table", maxRows: 5 } as const;
  readonly intervalMs = 100;
  readonly shown: number[] = [];
  readonly states: string[] = [];
  readonly finished: unknown[] = [];
  failure: readonly string[] = [];
  readonly #milliseconds: number;
  constructor(milliseconds = 0) {
    this.#milliseconds = milliseconds;
  }
  async show({ rowCount, state, failure }: ShownPicture): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, this.#milliseconds));
    this.shown.push(rowCount);
    this.states.push(state);
    this.failure = failure;
    return 10;
  }
  finish(data: unknown): void {
    this.finished.push(data);
  }
}

const failureText = ({ name, message }: ErrorData) => [`${name}: ${message}`];
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test("a picture is asked for when there is room for it, and the last is always shown", async () => {
  const query = new Restless();
  const screen = new SlowScreen();
  const display = new LiveDisplay(query, screen, new FrameBudget(), failureText);
  await display.first;
  expect(screen.shown).toEqual([1]);
  await pause(450);
  expect(query.asked).toBeLessThanOrEqual(6);
  display.stop();
  await display.over;
  expect(screen.states.at(-1)).toBe("stopped");
  expect(query.asked).toBe(screen.shown.length);
});

test("a slow screen gets the latest picture, one at a time", async () => {
  const query = new Restless();
  const screen = new SlowScreen(200);
  const display = new LiveDisplay(query, screen, new FrameBudget(), failureText);
  await pause(700);
  expect(query.asked).toBeLessThanOrEqual(4);
  display.stop();
  await display.over;
});

test("a view that cannot be drawn rejects the first picture, and stops its query", async () => {
  const query = new Restless(new Error("no column x"));
  const display = new LiveDisplay(query, new SlowScreen(), new FrameBudget(), failureText);
  await expect(display.first).rejects.toThrow("no column x");
  await display.over;
  const after = new LiveDisplay(query, new SlowScreen(), new FrameBudget(), failureText);
  await after.over;
});

test("a dropped display shows nothing more, not even its result", async () => {
  const query = new Restless();
  const screen = new SlowScreen();
  const display = new LiveDisplay(query, screen, new FrameBudget(), failureText);
  await display.first;
  display.drop();
  const count = screen.shown.length;
  display.stop();
  await display.finish({ "text/plain": "rows" });
  expect(screen.shown).toHaveLength(count);
  expect(screen.finished).toEqual([]);
});

test("a paused display asks for nothing; its query goes on, and can be stopped", async () => {
  const query = new Restless();
  const screen = new SlowScreen();
  const display = new LiveDisplay(query, screen, new FrameBudget(), failureText);
  await display.first;
  display.pause();
  await pause(250);
  const asked = query.asked;
  await pause(250);
  expect(query.asked).toBe(asked);
  display.resume();
  await pause(250);
  expect(query.asked).toBeGreaterThan(asked);
  display.pause();
  display.stop();
  await display.over;
  expect(screen.states.at(-1)).toBe("stopped");
});

test("an ordinary result takes the place of the pictures after the last of them", async () => {
  const query = new Restless();
  const screen = new SlowScreen();
  const display = new LiveDisplay(query, screen, new FrameBudget(), failureText);
  await display.first;
  const finished = display.finish({ "text/plain": "rows" });
  display.stop();
  await finished;
  expect(screen.states.at(-1)).toBe("stopped");
  expect(screen.finished).toEqual([{ "text/plain": "rows" }]);
});

test("what goes wrong later is shown in the output", async () => {
  const query = new Restless();
  const screen = new SlowScreen();
  const display = new LiveDisplay(query, screen, new FrameBudget(), failureText);
  await display.first;
  query.next = async () => {
    throw new Error("the engine stopped");
  };
  await display.over;
  expect(screen.states.at(-1)).toBe("failed");
  expect(screen.failure).toEqual(["Error: the engine stopped"]);
});
