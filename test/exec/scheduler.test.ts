import { describe, expect, it } from "vitest";
import { Scheduler, type Task } from "../../src/exec/scheduler.ts";

/** Burns its slices until it has had so many of them. */
class Busy implements Task {
  readonly foreground: boolean;
  slices = 0;
  readonly #enough: number;
  readonly finished: Promise<void>;
  #finish!: () => void;

  constructor(enough: number, foreground: boolean) {
    this.#enough = enough;
    this.foreground = foreground;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  run(deadline: number): "more" | "done" {
    while (performance.now() < deadline);
    if (++this.slices < this.#enough) return "more";
    this.#finish();
    return "done";
  }
}

describe("scheduler", () => {
  it("lets a short query finish while a long one runs", async () => {
    const scheduler = new Scheduler();
    const long = new Busy(200, true);
    const short = new Busy(3, true);
    scheduler.add(long);
    scheduler.add(short);
    await short.finished;
    expect(long.slices).toBeLessThanOrEqual(4);
    await long.finished;
    expect(scheduler.size).toBe(0);
  });

  it("prefers the foreground without starving the background", async () => {
    const scheduler = new Scheduler();
    const background = new Busy(1000, false);
    const foreground = new Busy(20, true);
    scheduler.add(background);
    scheduler.add(foreground);
    await foreground.finished;
    expect(background.slices).toBeGreaterThanOrEqual(2);
    expect(background.slices).toBeLessThanOrEqual(7);
  });

  it("handles timers and messages between slices", async () => {
    const scheduler = new Scheduler();
    const long = new Busy(100, true);
    scheduler.add(long);
    await new Promise((resolve) => setTimeout(resolve, 1));
    expect(long.slices).toBeLessThan(50);
  });

  it("leaves a waiting task alone until it is woken, even from inside its own slice", async () => {
    const scheduler = new Scheduler();
    const states: ("waiting" | "more" | "done")[] = ["waiting", "waiting", "done"];
    let runs = 0;
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const task: Task = {
      foreground: true,
      run() {
        runs++;
        if (runs === 2) scheduler.wake(task);
        if (runs === 3) finish();
        return states[runs - 1];
      },
    };
    scheduler.add(task);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(runs).toBe(1);
    scheduler.wake(task);
    await finished;
    await new Promise((resolve) => setImmediate(resolve));
    expect(scheduler.size).toBe(0);
  });
});
