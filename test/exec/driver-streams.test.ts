import { describe, expect, it } from "vitest";
import { BIGINT } from "../../src/core/types.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { Driver, type DriverRestore, type OperatorTree } from "../../src/exec/driver.ts";
import { MemoryPool } from "../../src/exec/memory-budget.ts";
import type { Operator, Output, PullResult, SnapshotPart, SourceOperator } from "../../src/exec/operator.ts";
import { Scheduler, type Task } from "../../src/exec/scheduler.ts";
import { batchOf, rowsOf } from "./operator-harness.ts";

const one = (value: number): RecordBatch => batchOf([BIGINT], [[BigInt(value)]]);

type Step = { readonly value?: number; readonly watermark?: number; readonly idle?: true } | "wait";

/** Gives what a script says, a step a pull. */
class Script implements SourceOperator {
  readonly name = "script";
  readonly endless = false;
  readonly #steps: readonly Step[];
  at = 0;
  wake: (() => void) | undefined;

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  pull(out: Output, wake: () => void): PullResult {
    const step = this.#steps[this.at];
    if (step === undefined) return "end";
    this.at++;
    if (step === "wait") {
      this.wake = wake;
      return "waiting";
    }
    if (step.value !== undefined) out.push(one(step.value));
    if (step.watermark !== undefined) out.watermark(step.watermark);
    if (step.idle === true) {
      out.idle();
      return "waiting";
    }
    return "more";
  }

  position(): unknown {
    return this.at;
  }

  restore(position: unknown): void {
    this.at = position as number;
  }
}

/** Notes what reaches it, and passes rows on. */
class Notes implements Operator {
  readonly name = "notes";
  readonly seen: string[] = [];
  timer: number | undefined;
  sum = 0;

  process(input: number, batch: RecordBatch, out: Output): boolean {
    for (const [value] of rowsOf([batch])) {
      this.seen.push(`${input}:${value}`);
      this.sum += Number(value);
    }
    out.push(batch);
    return false;
  }

  resume(): boolean {
    return false;
  }

  onWatermark(watermark: number): boolean {
    this.seen.push(`W${watermark}`);
    return false;
  }

  outputWatermark(watermark: number): number {
    return watermark - 1;
  }

  nextTimer(): number | undefined {
    return this.timer;
  }

  onTimer(now: number): boolean {
    this.seen.push(`T${now}`);
    this.timer = undefined;
    return false;
  }

  onEnd(input: number): boolean {
    this.seen.push(`end${input}`);
    return false;
  }

  snapshot(): readonly SnapshotPart[] {
    const { sum } = this;
    return [{ id: "sum", version: sum, data: () => sum }];
  }

  restore(parts: ReadonlyMap<string, unknown>): void {
    this.sum = parts.get("sum") as number;
  }
}

function driverOf(tree: OperatorTree, more: { clock?: VirtualClock; restore?: DriverRestore; watermarks?: number[] } = {}): Driver {
  return new Driver(tree, () => {}, {
    memory: new MemoryPool(2 ** 40).open(),
    checkInterrupt: () => {},
    wake: () => {},
    clock: more.clock ?? new VirtualClock(0),
    restore: more.restore,
    onWatermark: (watermark) => more.watermarks?.push(watermark),
  });
}

const leaf = (steps: readonly Step[]): { source: Script; planNodes: number[] } => ({ source: new Script(steps), planNodes: [0] });

function run(driver: Driver): string {
  for (let i = 0; i < 1000; i++) {
    const state = driver.run(0);
    if (state !== "more") return state;
  }
  throw new Error("the driver does not come to rest");
}

describe("a driver of streams", () => {
  it("tells an operator the minimum of its inputs' watermarks, and passes it on as the operator says", () => {
    const notes = new Notes();
    const left = leaf([
      { value: 1, watermark: 10 },
      { value: 2, watermark: 30 },
    ]);
    const right = leaf([{ value: 3, watermark: 20 }, { watermark: 25 }]);
    const watermarks: number[] = [];
    expect(run(driverOf({ operator: notes, inputs: [left, right], planNodes: [0] }, { watermarks }))).toBe("done");
    // The input that is furthest behind is read first; one that has ended holds nobody back.
    expect(notes.seen).toEqual(["0:1", "1:3", "W10", "0:2", "W20", "W25", "end1", "W30", "end0"]);
    expect(watermarks).toEqual([9, 19, 24, 29]);
  });

  it("leaves idle inputs out of the minimum", () => {
    const notes = new Notes();
    const left = leaf([
      { watermark: 5, idle: true },
      { value: 1, watermark: 50 },
    ]);
    const right = leaf([{ watermark: 7 }, { watermark: 40 }, "wait"]);
    const driver = driverOf({ operator: notes, inputs: [left, right], planNodes: [0] });
    expect(run(driver)).toBe("waiting");
    expect(notes.seen).toEqual(["W7", "W40"]);
  });

  it("goes on with other sources while one waits, and with that one when it calls", () => {
    const notes = new Notes();
    const left = leaf(["wait", { value: 1 }]);
    const right = leaf([{ value: 2 }, "wait", { value: 3 }]);
    const driver = driverOf({ operator: notes, inputs: [left, right], planNodes: [0] });
    expect(run(driver)).toBe("waiting");
    expect(notes.seen).toEqual(["1:2"]);
    left.source.wake?.();
    expect(run(driver)).toBe("waiting");
    expect(notes.seen).toEqual(["1:2", "0:1", "end0"]);
    right.source.wake?.();
    expect(run(driver)).toBe("done");
    expect(notes.seen.slice(3)).toEqual(["1:3", "end1"]);
  });

  it("calls an operator when its timer is due", () => {
    const clock = new VirtualClock(0);
    const notes = new Notes();
    notes.timer = 500;
    const input = leaf([{ value: 1 }, "wait"]);
    const driver = driverOf({ operator: notes, inputs: [input], planNodes: [0] }, { clock });
    expect(run(driver)).toBe("waiting");
    expect(notes.seen).toEqual(["0:1"]);
    expect(clock.advance()).toBe(true);
    expect(run(driver)).toBe("waiting");
    expect(notes.seen).toEqual(["0:1", "T500"]);
    expect(clock.advance()).toBe(false);
  });

  it("takes a snapshot between two batches, from which another run goes on", () => {
    const steps: Step[] = [
      { value: 1, watermark: 1 },
      { value: 2, watermark: 2 },
      { value: 4, watermark: 4 },
    ];
    const first = new Notes();
    const driver = driverOf({ operator: first, inputs: [leaf(steps)], planNodes: [0] });
    while (first.sum < 3) driver.run(0);
    let restore: DriverRestore | undefined;
    driver.checkpoint(({ operators, sources }) => {
      restore = {
        operators: new Map(operators.map(({ id, parts }) => [id, new Map(parts.map((part) => [part.id, part.data()]))])),
        sources: new Map(sources.map((source) => [source.id, source])),
        ended: new Set(),
      };
    });
    driver.run(0);
    while (restore === undefined) driver.run(0);
    const second = new Notes();
    expect(run(driverOf({ operator: second, inputs: [leaf(steps)], planNodes: [0] }, { restore }))).toBe("done");
    expect(second.sum).toBe(7);
    expect(second.seen.filter((seen) => seen.startsWith("0:"))).toEqual(["0:4"]);
  });
});

describe("a virtual clock", () => {
  it("jumps to the next timer when every task waits", async () => {
    const clock = new VirtualClock(0);
    const scheduler = new Scheduler({ onIdle: () => clock.advance() });
    const woken: number[] = [];
    await new Promise<void>((resolve) => {
      const task: Task = {
        foreground: true,
        run: () => {
          woken.push(clock.now());
          if (woken.length === 4) {
            resolve();
            return "done";
          }
          clock.at(clock.now() + 3600e6, () => scheduler.wake(task));
          return "waiting";
        },
      };
      scheduler.add(task);
    });
    expect(woken).toEqual([0, 3600e6, 7200e6, 10800e6]);
  });

  it("fires timers in order, and those of one time in the order they were asked for", () => {
    const clock = new VirtualClock(100);
    const fired: string[] = [];
    clock.at(300, () => fired.push("c"));
    clock.at(200, () => fired.push("a"));
    const cancel = clock.at(200, () => fired.push("x"));
    clock.at(200, () => fired.push("b"));
    cancel();
    clock.advance();
    expect([fired, clock.now()]).toEqual([["a", "b"], 200]);
    clock.advance();
    expect([fired, clock.now()]).toEqual([["a", "b", "c"], 300]);
    expect(clock.advance()).toBe(false);
  });
});
