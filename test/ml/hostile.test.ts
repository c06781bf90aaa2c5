import { spawnSync } from "node:child_process";
import { closeSync, ftruncateSync, mkdirSync, openSync, readFileSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { FLOAT as FLOAT_TYPE } from "../../src/core/types.ts";
import { DATA, errorOf, mlSession, onnxModel, score } from "./harness.ts";
import { endlessLoop, FLOAT, graph, IDENTITY, INT64, type ModelSpec, mapsInfo, model, type TensorSpec, tensor } from "./onnx-writer.ts";

const { session, folder, run } = mlSession();

const int64 = (...values: bigint[]): Uint8Array => new Uint8Array(BigInt64Array.from(values).buffer);

let made = 0;
function write(bytes: Uint8Array | string, name = `m${++made}.onnx`): string {
  const path = join(folder, name);
  writeFileSync(path, bytes);
  return path;
}

const create = (path: string, more = "") => run(`CREATE MODEL bad WITH ('path' = '${path}'${more})`);
const refusal = (path: string) => errorOf(create(path));
const refused = (spec: ModelSpec) => refusal(write(model(spec)));

/** Whatever came before: the session answers, and the next model works. */
afterEach(async () => {
  expect(session.models.lookup("bad")).toBeUndefined();
  const path = write(model(IDENTITY));
  await run(`CREATE OR REPLACE MODEL good WITH ('path' = '${path}')`);
  expect(await score(onnxModel(session, "good"), [[FLOAT_TYPE, [1, 2.5]]])).toEqual([[1, 2.5]]);
  expect((await session.query("SELECT 1 + 1 AS two")).rowCount).toBe(1);
});

describe("files that are no models", () => {
  it("one that is not there", async () => {
    const error = await refusal("nowhere.onnx");
    expect(error.message).toMatch(/model "bad": it cannot be loaded from '.*nowhere\.onnx': there is no such file/);
    expect(error.phase).toBe("io");
    expect(error.span).toBeDefined();
  });

  it("a folder", async () => expect((await refusal(folder)).message).toContain("it is a folder"));
  it("an empty file", async () => expect((await refusal(write(""))).message).toContain("the file is empty"));
  it("text", async () => expect((await refusal(write("import numpy as np\n".repeat(50)))).message).toContain("not an ONNX model"));

  it("a device that never ends", async () => {
    expect((await refusal("/dev/zero")).message).toContain("it is not an ordinary file");
  });

  it("truncated ones, at any place", async () => {
    const whole = readFileSync(join(DATA, "models", "rf_iris.onnx"));
    for (const share of [0.001, 0.3, 0.7, 0.999]) {
      const error = await refusal(write(whole.subarray(0, Math.floor(whole.length * share))));
      expect(error.message).toContain('model "bad": it cannot be loaded');
    }
  });

  it("random bytes", async () => {
    // A fixed sequence: the test is the same every time.
    let state = 1;
    for (let i = 0; i < 5; i++) {
      const bytes = Uint8Array.from({ length: 5000 }, () => {
        state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
        return state >>> 16;
      });
      expect((await refusal(write(bytes))).message).toContain('model "bad": it cannot be loaded');
    }
  });

  it("bytes turned over in a right one", async () => {
    const right = readFileSync(join(DATA, "models", "logreg_iris.onnx"));
    for (let at = 3; at < right.length; at += 97) {
      const wrong = Uint8Array.from(right);
      wrong[at] ^= 0xff;
      // Some of them are models still: none may take anything with it.
      await create(write(wrong)).catch((error: Error) => expect(error.message).toContain('model "bad"'));
      session.models.remove("bad").map((left) => left.close());
    }
  });

  it("a file larger than the memory it may have", async () => {
    const path = join(folder, "huge.onnx");
    const file = openSync(path, "w");
    writeSync(file, model(IDENTITY));
    ftruncateSync(file, 5e9);
    closeSync(file);
    expect((await refusal(path)).message).toContain("the file has 5000000000 bytes, more than");
  });
});

describe("graphs that cannot be", () => {
  it("an initializer that claims 100 GB", async () => {
    const huge: TensorSpec = { name: "w", type: FLOAT, dims: [25_000_000_000n], raw: new Uint8Array(16) };
    const spec = { ...IDENTITY, initializers: [huge], nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }] };
    expect((await refused(spec)).message).toContain("it cannot be loaded");
  });

  it("a length beyond the end", async () => {
    const bytes = Uint8Array.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 1, 2, 3]);
    expect((await refusal(write(bytes))).message).toContain("not an ONNX model");
  });

  it("a cycle, and a node that reads itself", async () => {
    const cycle = [
      { op: "Add", inputs: ["x", "b"], outputs: ["a"] },
      { op: "Add", inputs: ["x", "a"], outputs: ["b"] },
      { op: "Identity", inputs: ["a"], outputs: ["y"] },
    ];
    expect((await refused({ ...IDENTITY, nodes: cycle })).message).toContain("it cannot be loaded");
    expect((await refused({ ...IDENTITY, nodes: [{ op: "Add", inputs: ["x", "y"], outputs: ["y"] }] })).message).toContain(
      "cannot be loaded",
    );
  });

  it("functions that call themselves", async () => {
    const call = { op: "F", domain: "own", inputs: ["x"], outputs: ["y"] };
    const error = await refused({
      ...IDENTITY,
      nodes: [call],
      opsets: { own: 1 },
      functions: [{ domain: "own", name: "F", nodes: [call] }],
    });
    expect(error.message).toMatch(/cannot be loaded|its process/);
  });

  it("graphs inside graphs without an end", async () => {
    let inner = graph({ nodes: [], inputs: [], outputs: [] });
    for (let depth = 0; depth < 200; depth++) {
      inner = graph({
        nodes: [{ op: "If", inputs: ["c"], outputs: ["o"], attributes: { then_branch: { graph: inner } } }],
        inputs: [],
        outputs: [],
      });
    }
    const nodes = [
      { op: "If", inputs: ["x"], outputs: ["y"], attributes: { then_branch: { graph: inner }, else_branch: { graph: inner } } },
    ];
    expect((await refused({ ...IDENTITY, nodes })).message).toContain("more than 100 deep");
  });

  it("operators and versions that do not exist", async () => {
    const unknown = await refused({ ...IDENTITY, nodes: [{ op: "Conjure", inputs: ["x"], outputs: ["y"] }] });
    expect(unknown.message).toContain("Conjure");
    expect((await refused({ ...IDENTITY, opsets: { "": 9999 } })).message).toContain("cannot be loaded");
  });

  it("outputs that are no tensors, and values without a type", async () => {
    const maps = await refused({ ...IDENTITY, outputs: [mapsInfo("y")] });
    expect(maps.message).toContain("seq(map(int64,tensor(float)))");
    expect((await refused({ ...IDENTITY, inputs: [{ name: "x", type: 0 }] })).message).toContain('its input "x" is of no known type');
    const complex = await refused({ ...IDENTITY, inputs: [{ name: "x", type: 14, dims: ["n"] }] });
    expect(complex.message).toMatch(/complex64|cannot be loaded/);
  });
});

describe("weights in other files", () => {
  const weights = (location: string, more: Record<string, string> = {}): ModelSpec => ({
    ...IDENTITY,
    initializers: [{ name: "w", type: FLOAT, dims: [1], external: { location, ...more } }],
    nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
  });

  it("are read where they are in the model's folder", async () => {
    mkdirSync(join(folder, "parts"), { recursive: true });
    write(new Uint8Array(Float32Array.of(7, 40).buffer), "parts/w.bin");
    const path = write(model(weights("parts/w.bin", { offset: "4", length: "4" })));
    await run(`CREATE MODEL external WITH ('path' = '${path}')`);
    expect(await score(onnxModel(session, "external"), [[FLOAT_TYPE, [1, 2]]])).toEqual([[41, 42]]);
  });

  it("are refused outside it", async () => {
    expect((await refused(weights("/etc/passwd"))).message).toContain('the file "/etc/passwd", which is outside its folder');
    expect((await refused(weights("../../etc/passwd"))).message).toContain("which is outside its folder");
    symlinkSync("/etc/passwd", join(folder, "link.bin"));
    expect((await refused(weights("link.bin"))).message).toContain("which is outside its folder");
  });

  it("are refused where they are missing, too short, or the model itself", async () => {
    expect((await refused(weights("gone.bin"))).message).toContain('"gone.bin", which is not there');
    write(new Uint8Array(2), "short.bin");
    expect((await refused(weights("short.bin", { length: "4" }))).message).toContain("which has 2 bytes");
    write(model(weights("self.onnx")), "self.onnx");
    expect((await refusal(join(folder, "self.onnx"))).message).toContain("which is the model itself");
    expect((await refused(weights("short.bin", { offset: "-4" }))).message).toContain("the offset '-4'");
  });

  it("are refused in the constants of nodes too", async () => {
    const value = { tensor: tensor({ name: "c", type: FLOAT, dims: [1], external: { location: "/etc/passwd" } }) };
    const nodes = [
      { op: "Constant", inputs: [], outputs: ["w"], attributes: { value } },
      { op: "Add", inputs: ["x", "w"], outputs: ["y"] },
    ];
    expect((await refused({ ...IDENTITY, nodes })).message).toContain("which is outside its folder");
  });
});

describe("runs that do not end well", () => {
  /** A graph that fills memory from the number of rows: x is only read for it. */
  const bomb: ModelSpec = {
    ...IDENTITY,
    nodes: [
      { op: "Shape", inputs: ["x"], outputs: ["rows"] },
      { op: "Mul", inputs: ["rows", "many"], outputs: ["shape"] },
      { op: "ConstantOfShape", inputs: ["shape"], outputs: ["ones"] },
      { op: "ReduceSum", inputs: ["ones"], outputs: ["sum"], attributes: { keepdims: 1n } },
      { op: "Add", inputs: ["x", "sum"], outputs: ["y"] },
    ],
  };
  const many = (count: bigint): TensorSpec => ({ name: "many", type: INT64, dims: [1], raw: int64(count) });

  const loop = endlessLoop(9_000_000_000_000_000_000n);

  it("more memory than there is: the model's error or its end, and no more", async () => {
    const path = write(model({ ...bomb, initializers: [many(1_000_000_000_000n)] }));
    await run(`CREATE OR REPLACE MODEL hungry WITH ('path' = '${path}')`);
    const error = await errorOf(score(onnxModel(session, "hungry"), [[FLOAT_TYPE, [1]]]));
    expect(error.message).toContain('model "hungry"');
  });

  it("more memory than it may have", async () => {
    const path = write(model({ ...bomb, initializers: [many(1_000_000_000n)] }));
    await run(`CREATE OR REPLACE MODEL hungry WITH ('path' = '${path}', 'memory_limit' = '300MB')`);
    const hungry = onnxModel(session, "hungry");
    const error = await errorOf(score(hungry, [[FLOAT_TYPE, [1]]]));
    expect(error.message).toBe('model "hungry": scoring took more than 300 MB and was ended');
    expect(error.phase).toBe("memory");
    expect(error.hint).toContain("model_memory_limit");
  });

  it("a loop without an end, and the process after it", async () => {
    const path = write(model(loop));
    await run(`CREATE OR REPLACE MODEL endless WITH ('path' = '${path}', 'timeout' = '300 ms')`);
    const endless = onnxModel(session, "endless");
    const before = endless.pids;
    const error = await errorOf(score(endless, [[FLOAT_TYPE, [1]]]));
    expect(error.message).toBe('model "endless": scoring took longer than 0.3 s and was ended');
    expect(error.hint).toContain("model_timeout");
    await errorOf(score(endless, [[FLOAT_TYPE, [1]]]));
    expect(endless.pids).not.toEqual(before);
  });

  it("a query that ends takes its run with it", async () => {
    const path = write(model(loop));
    await run(`CREATE OR REPLACE MODEL endless WITH ('path' = '${path}')`);
    const endless = onnxModel(session, "endless");
    const abort = new AbortController();
    const [pid] = endless.pids;
    const scoring = errorOf(score(endless, [[FLOAT_TYPE, [1]]], [0], abort.signal));
    setTimeout(() => abort.abort(), 50);
    expect((await scoring).phase).toBe("interrupt");
    await waitUntil(() => !endless.pids.includes(pid));
  });

  it("a process that is killed fails its batch, and the ones behind it are scored by the next", async () => {
    const path = write(model(loop));
    await run(`CREATE OR REPLACE MODEL victim WITH ('path' = '${path}')`);
    const victim = onnxModel(session, "victim");
    const first = errorOf(score(victim, [[FLOAT_TYPE, [1]]]));
    const second = errorOf(score(victim, [[FLOAT_TYPE, [2]]]));
    const [pid] = victim.pids;
    process.kill(pid, "SIGSEGV");
    expect((await first).message).toBe('model "victim": its process was ended by SIGSEGV while scoring');
    await waitUntil(() => victim.pids.length === 1 && victim.pids[0] !== pid);
    victim.close();
    expect((await second).message).toContain("it was dropped");
    expect((await errorOf(score(victim, [[FLOAT_TYPE, [1]]]))).message).toContain("it was dropped");
  });

  it("a file that changed is not loaded again", async () => {
    const path = write(model(IDENTITY), "changing.onnx");
    await run(`CREATE OR REPLACE MODEL changing WITH ('path' = '${path}')`);
    const changing = onnxModel(session, "changing");
    write(model({ ...IDENTITY, producer: "another" }), "changing.onnx");
    process.kill(changing.pids[0], "SIGKILL");
    await waitUntil(() => changing.pids.length === 0);
    expect((await errorOf(score(changing, [[FLOAT_TYPE, [1]]]))).message).toContain("the file has changed since CREATE MODEL");
  });

  it("the process sees no variables of the environment", async () => {
    const { status, stdout } = spawnSync("cat", [`/proc/${onnxModel(session, "good").pids[0]}/environ`]);
    if (status === 0) expect(stdout.toString()).toBe("");
  });
});

async function waitUntil(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
