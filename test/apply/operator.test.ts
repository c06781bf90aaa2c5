import { describe, expect, it } from "vitest";
import type { ColumnFunction } from "../../src/catalog/function-types.ts";
import { DELETE, INSERT } from "../../src/core/changes.ts";
import { DOUBLE } from "../../src/core/types.ts";
import { type RecordBatch, type Vector, vectorBytes } from "../../src/core/vector.ts";
import { Apply } from "../../src/exec/apply.ts";
import { VirtualClock } from "../../src/exec/clock.ts";
import { Driver, type DriverSnapshot, type OperatorTree } from "../../src/exec/driver.ts";
import { MemoryPool } from "../../src/exec/memory-budget.ts";
import type { Operator, Output, PullResult, SourceOperator } from "../../src/exec/operator.ts";
import { UnionAll } from "../../src/exec/union-all.ts";
import { batchOf, rowsOf } from "../exec/operator-harness.ts";
import { mapped } from "./column-functions.ts";

/** Calls that are answered when the test says so, in the order it says. */
class Hand {
  readonly asked: number[][] = [];
  readonly #answers: { resolve: (vectors: readonly Vector[]) => void; reject: (error: unknown) => void; vectors: readonly Vector[] }[] = [];
  signal: AbortSignal | undefined;
  closed = 0;

  functionOf(options: Pick<ColumnFunction, "batchRows" | "concurrency" | "ordered"> = {}): ColumnFunction {
    return {
      ...options,
      call: (args, length, signal) => {
        this.signal = signal;
        this.asked.push(rowsOf([{ columns: args, length }]).map(([value]) => value as number));
        return new Promise((resolve, reject) => {
          this.#answers.push({ resolve, reject, vectors: mapped(args, length, (x) => x * 10) });
        });
      },
      close: () => {
        this.closed++;
      },
    };
  }

  async answer(call: number): Promise<void> {
    const { resolve, vectors } = this.#answers[call];
    resolve(vectors);
    await settle();
  }

  async fail(call: number, error: unknown): Promise<void> {
    this.#answers[call].reject(error);
    await settle();
  }
}

const settle = () => new Promise((resolve) => setImmediate(resolve));

type Step = { readonly rows?: readonly number[]; readonly kinds?: Uint8Array; readonly watermark?: number; readonly idle?: true };

/** Gives what a script says, a step a pull; then it ends, or waits for ever. */
class Script implements SourceOperator {
  readonly name = "script";
  readonly endless: boolean | undefined;
  readonly #steps: readonly Step[];
  at = 0;

  constructor(steps: readonly Step[], endless: boolean | undefined) {
    this.#steps = steps;
    this.endless = endless;
  }

  pull(out: Output): PullResult {
    const step = this.#steps[this.at];
    if (step === undefined) return this.endless === true ? "waiting" : "end";
    this.at++;
    if (step.rows !== undefined) {
      out.push({
        ...batchOf(
          [DOUBLE],
          step.rows.map((x) => [x]),
        ),
        ...(step.kinds !== undefined && { kinds: step.kinds }),
      });
    }
    if (step.watermark !== undefined) out.watermark(step.watermark);
    if (step.idle === true) out.idle();
    return "more";
  }

  position(): unknown {
    return this.at;
  }
}

/** Notes what comes out: rows as their answers, watermarks as W1, an idle input as "idle". */
class Sink implements Operator {
  readonly name = "sink";
  readonly seen: string[] = [];
  readonly batches: RecordBatch[] = [];
  process(_input: number, batch: RecordBatch, out: Output): boolean {
    this.batches.push(batch);
    this.seen.push(
      rowsOf([batch])
        .map((row) => row.at(-1))
        .join(" "),
    );
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
  onIdle(): void {
    this.seen.push("idle");
  }
  onEnd(): boolean {
    this.seen.push("end");
    return false;
  }
}

const apply = (call: ColumnFunction, constant = false): Apply =>
  new Apply({
    name: "f",
    span: { start: 7, end: 11 },
    call,
    args: Object.assign((batch: RecordBatch) => ({ columns: [batch.columns[0]], length: batch.length }), { report: [] }),
    argTypes: [DOUBLE],
    outputs: [DOUBLE],
    constant,
  });

function setUp(call: ColumnFunction, steps: readonly Step[], endless: boolean | undefined = undefined, constant = false) {
  const sink = new Sink();
  const operator = apply(call, constant);
  const source = new Script(steps, endless);
  const tree: OperatorTree = { operator: sink, inputs: [{ operator, inputs: [{ source, planNodes: [] }], planNodes: [] }], planNodes: [] };
  return { sink, operator, source, ...drive(tree) };
}

function drive(tree: OperatorTree) {
  const memory = new MemoryPool(2 ** 40).open();
  let wakes = 0;
  const wake = () => {
    wakes++;
  };
  const driver = new Driver(tree, () => {}, { memory, checkInterrupt: () => {}, wake, clock: new VirtualClock(0) });
  const run = (): string => {
    for (let i = 0; i < 10_000; i++) {
      const state = driver.run(0);
      if (state !== "more") return state;
    }
    throw new Error("the driver does not come to rest");
  };
  return { driver, run, memory, wakes: () => wakes };
}

describe("rows and watermarks", () => {
  const steps: Step[] = [{ rows: [1], watermark: 1 }, { rows: [2] }, { rows: [3], watermark: 3 }, { idle: true }, { rows: [4] }];

  it("leave in order, whatever the order of the answers", async () => {
    const hand = new Hand();
    const { sink, run, wakes } = setUp(hand.functionOf({ concurrency: 4 }), steps, false);
    expect(run()).toBe("waiting");
    expect(hand.asked).toEqual([[1], [2], [3], [4]]);
    await hand.answer(3);
    await hand.answer(1);
    expect(run()).toBe("waiting");
    expect(sink.seen).toEqual([]);
    expect(wakes()).toBe(2);
    await hand.answer(0);
    expect(run()).toBe("waiting");
    expect(sink.seen).toEqual(["10", "W1", "20"]);
    await hand.answer(2);
    expect(run()).toBe("done");
    expect(sink.seen).toEqual(["10", "W1", "20", "30", "W3", "idle", "40", "end"]);
  });

  it("leave as answers come where order does not count, but never past a watermark", async () => {
    const hand = new Hand();
    const { sink, run } = setUp(hand.functionOf({ concurrency: 4, ordered: false }), steps, false);
    run();
    await hand.answer(3);
    await hand.answer(2);
    run();
    expect(sink.seen).toEqual([]);
    await hand.answer(0);
    run();
    expect(sink.seen).toEqual(["10", "W1", "30"]);
    await hand.answer(1);
    expect(run()).toBe("done");
    expect(sink.seen).toEqual(["10", "W1", "30", "20", "W3", "idle", "40", "end"]);
  });

  it("keep their kinds and watermarks, and changes their order", async () => {
    const hand = new Hand();
    const changes: Step[] = [
      { rows: [1, 2], kinds: Uint8Array.of(INSERT, INSERT) },
      { rows: [2, 3], kinds: Uint8Array.of(DELETE, INSERT) },
      { rows: [4] },
    ];
    const { sink, run } = setUp(hand.functionOf({ concurrency: 5, ordered: false }), changes, false);
    run();
    await hand.answer(2);
    await hand.answer(1);
    run();
    expect(sink.seen).toEqual([]);
    await hand.answer(0);
    expect(run()).toBe("done");
    expect(sink.seen).toEqual(["10 20", "20 30", "40", "end"]);
    expect(sink.batches.map(({ kinds }) => kinds && [...kinds])).toEqual([[INSERT, INSERT], [DELETE, INSERT], undefined]);
  });
});

describe("a batch of changes", () => {
  it("keeps its order where calls divide it", async () => {
    const hand = new Hand();
    const steps: Step[] = [{ rows: [1, 1, 2], kinds: Uint8Array.of(INSERT, DELETE, INSERT) }];
    const { sink, run } = setUp(hand.functionOf({ batchRows: 1, concurrency: 3, ordered: false }), steps);
    run();
    await hand.answer(2);
    await hand.answer(1);
    run();
    expect(sink.seen).toEqual([]);
    await hand.answer(0);
    expect(run()).toBe("done");
    expect(sink.seen).toEqual(["10 10 20", "end"]);
  });
});

describe("calls", () => {
  it("are made at once for a small batch, and for those together that come while all are under way", async () => {
    const hand = new Hand();
    const { sink, run } = setUp(
      hand.functionOf({ batchRows: 4 }),
      [{ rows: [1] }, { rows: [2] }, { rows: [3], watermark: 3 }, { rows: [4] }],
      false,
    );
    run();
    expect(hand.asked).toEqual([[1]]);
    await hand.answer(0);
    run();
    expect(hand.asked).toEqual([[1], [2, 3, 4]]);
    await hand.answer(1);
    expect(run()).toBe("done");
    expect(sink.seen).toEqual(["10", "20", "30", "W3", "40", "end"]);
  });

  it("divide a large batch, whose rows leave together again where they can", async () => {
    const hand = new Hand();
    const { sink, run } = setUp(hand.functionOf({ batchRows: 2, concurrency: 3 }), [{ rows: [1, 2, 3, 4, 5, 6, 7] }]);
    run();
    expect(hand.asked).toEqual([
      [1, 2],
      [3, 4],
      [5, 6],
    ]);
    await hand.answer(2);
    await hand.answer(1);
    run();
    expect(hand.asked).toEqual([[1, 2], [3, 4], [5, 6], [7]]);
    await hand.answer(0);
    run();
    expect(sink.seen).toEqual(["10 20 30 40 50 60"]);
    await hand.answer(3);
    expect(run()).toBe("done");
    expect(sink.seen).toEqual(["10 20 30 40 50 60", "70", "end"]);
  });

  it("hold the source back while there are too many", async () => {
    const hand = new Hand();
    const steps = Array.from({ length: 100 }, (_, i): Step => ({ rows: [i] }));
    const { source, run } = setUp(hand.functionOf({ batchRows: 2, concurrency: 2 }), steps, false);
    run();
    const pulled = source.at;
    expect(pulled).toBeLessThan(12);
    run();
    expect(source.at).toBe(pulled);
    for (let call = 0; run() !== "done"; call++) await hand.answer(call);
    expect(source.at).toBe(100);
    expect(Math.max(...hand.asked.map((rows) => rows.length))).toBe(2);
  });

  it("are one call for all rows where the arguments are constant", async () => {
    const hand = new Hand();
    const { sink, run } = setUp(hand.functionOf({ concurrency: 3 }), [{ rows: [5, 5] }, { rows: [5] }], false, true);
    run();
    expect(hand.asked).toEqual([[5]]);
    await hand.answer(0);
    expect(run()).toBe("done");
    expect(hand.asked).toEqual([[5]]);
    expect(sink.seen.join(" ")).toBe("50 50 50 end");
  });

  it("let go of what has left, however long rows are waiting at any time", async () => {
    const hand = new Hand();
    const steps = Array.from({ length: 400 }, (_, i): Step => ({ rows: [i], watermark: i }));
    const { run, memory, sink } = setUp(hand.functionOf({ batchRows: 3, concurrency: 2 }), steps, false);
    let most = 0;
    for (let call = 0; run() !== "done"; call++) {
      most = Math.max(most, memory.used);
      await hand.answer(call);
    }
    const [column] = batchOf([DOUBLE], [[1]]).columns;
    expect(most).toBeLessThan(20 * 3 * vectorBytes(column));
    expect(sink.seen.filter((text) => text.startsWith("W")).length).toBe(400);
  });

  it("charge what is under way, and give it back", async () => {
    const hand = new Hand();
    const { run, memory, operator, driver } = setUp(hand.functionOf(), [{ rows: [1, 2, 3] }], false);
    run();
    const [column] = batchOf([DOUBLE], [[1], [2], [3]]).columns;
    expect(memory.used).toBe(2 * vectorBytes(column));
    await hand.answer(0);
    expect(run()).toBe("done");
    expect(memory.used).toBe(0);
    expect(operator.notes[0]).toMatch(/^f: 1 call for 3 rows, [\d.]+ ms waited for$/);
    driver.close();
    expect(hand.closed).toBe(1);
  });
});

describe("a checkpoint", () => {
  it("waits until all calls are through, and no source is pulled meanwhile", async () => {
    const hand = new Hand();
    const { driver, run, source, sink } = setUp(hand.functionOf({ concurrency: 2 }), [{ rows: [1] }, { rows: [2], watermark: 2 }], true);
    run();
    let taken: DriverSnapshot | undefined;
    let quiet = 0;
    driver.checkpoint((snapshot) => {
      taken = snapshot;
    });
    driver.whenQuiet(() => quiet++);
    await hand.answer(1);
    expect(run()).toBe("waiting");
    expect(driver.awaitsAnswers).toBe(true);
    expect(taken).toBeUndefined();
    await hand.answer(0);
    run();
    expect(taken?.sources).toEqual([expect.objectContaining({ position: source.at })]);
    expect(quiet).toBe(1);
    expect(sink.seen).toEqual(["10", "20", "W2"]);
    expect(driver.awaitsAnswers).toBe(false);
  });

  it("stops sources that have more", async () => {
    const hand = new Hand();
    const steps = Array.from({ length: 50 }, (_, i): Step => ({ rows: [i] }));
    const { driver, run, source } = setUp(hand.functionOf({ batchRows: 1, concurrency: 2 }), steps, false);
    run();
    const before = source.at;
    let at: number | undefined;
    driver.checkpoint(() => {
      at = source.at;
    });
    for (let call = 0; at === undefined; call++) {
      await hand.answer(call);
      run();
    }
    expect(at).toBe(before);
  });
});

describe("tables with calls", () => {
  it("are read one after the other, so that rows come in the same order every time", async () => {
    const hand = new Hand();
    const sink = new Sink();
    const left: OperatorTree = {
      operator: apply(hand.functionOf()),
      inputs: [{ source: new Script([{ rows: [1] }], undefined), planNodes: [] }],
      planNodes: [],
    };
    const right: OperatorTree = { source: new Script([{ rows: [2] }], undefined), planNodes: [] };
    const union: OperatorTree = { operator: new UnionAll(), inputs: [left, right], planNodes: [] };
    const { run } = drive({ operator: sink, inputs: [union], planNodes: [] });
    expect(run()).toBe("waiting");
    expect(sink.seen).toEqual([]);
    await hand.answer(0);
    expect(run()).toBe("done");
    expect(sink.seen).toEqual(["10", "2", "end"]);
  });
});

describe("a call that goes wrong", () => {
  const failing = async (answer: (hand: Hand) => Promise<void>, call?: ColumnFunction) => {
    const hand = new Hand();
    const { run } = setUp(call ?? hand.functionOf({ concurrency: 2 }), [{ rows: [1, 2] }, { rows: [3] }], false);
    run();
    await answer(hand);
    return run;
  };

  it("ends the query with the place of the call", async () => {
    const run = await failing((hand) => hand.fail(1, new Error("no route to host")));
    expect(run).toThrow(expect.objectContaining({ phase: "runtime", message: "f: no route to host", span: { start: 7, end: 11 } }));
  });

  it("is told once, however many fail", async () => {
    const run = await failing(async (hand) => {
      await hand.fail(0, new Error("first"));
      await hand.fail(1, new Error("second"));
    });
    expect(run).toThrow("f: first");
  });

  it("is one whose answer has other rows or columns", async () => {
    const wrong = (vectors: readonly Vector[]): ColumnFunction => ({ call: () => vectors });
    const { run } = setUp(wrong(batchOf([DOUBLE], [[1]]).columns), [{ rows: [1, 2] }]);
    expect(run).toThrow("f gave 1 values for 2 rows");
    const none = setUp(wrong([]), [{ rows: [1, 2] }]);
    expect(none.run).toThrow("f gave 0 columns, not 1");
    const nothing = setUp({ call: () => undefined as unknown as Vector[] }, [{ rows: [1, 2] }]);
    expect(nothing.run).toThrow(expect.objectContaining({ phase: "runtime" }));
  });

  it("tells calls under way that nobody waits any more, and is deaf to their answers", async () => {
    const hand = new Hand();
    const { run, driver, sink } = setUp(hand.functionOf({ concurrency: 2 }), [{ rows: [1] }, { rows: [2] }], false);
    run();
    expect(hand.signal?.aborted).toBe(false);
    driver.close();
    expect(hand.signal?.aborted).toBe(true);
    expect(hand.closed).toBe(1);
    await hand.answer(0);
    await hand.fail(1, new Error("too late"));
    expect(sink.seen).toEqual([]);
  });
});
