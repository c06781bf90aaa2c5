import { type ChildProcess, fork } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, FLOAT as FLOAT_TYPE, INTEGER, list, UBIGINT, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { vectorFromValues } from "../../src/core/vector-builder.ts";
import { fromHalf, toHalf } from "../../src/ml/half.ts";
import { errorOf, mlSession, onnxModel, score, scoreVectors, valuesOf } from "./harness.ts";
import { endlessLoop, FLOAT, IDENTITY, type ModelSpec, model } from "./onnx-writer.ts";

const { session, folder, run } = mlSession();

let made = 0;
async function create(spec: ModelSpec, properties = "") {
  const name = `m${++made}`;
  writeFileSync(join(folder, `${name}.onnx`), model(spec));
  await run(`CREATE MODEL ${name} WITH ('path' = '${join(folder, name)}.onnx'${properties})`);
  return onnxModel(session, name);
}

/** `y = x` with elements of one type. */
const identity = (type: number, dims: (number | string)[] = ["n"]): ModelSpec => ({
  ...IDENTITY,
  inputs: [{ name: "x", type, dims }],
  outputs: [{ name: "y", type, dims }],
});

describe("NULLs", () => {
  const values: Value[] = [1, null, 3];

  it("give NULL by default, and are not scored", async () => {
    const one = await create(identity(FLOAT));
    expect(await score(one, [[DOUBLE, values]])).toEqual([values]);
    expect(await score(one, [[DOUBLE, [null, null]]])).toEqual([[null, null]]);
    const lists = await create(identity(FLOAT, ["n", "k"]));
    expect(await score(lists, [[list(DOUBLE), [[1, 2], null, [3, null]]]])).toEqual([[[1, 2], null, null]]);
  });

  it("are NaN for floating inputs with 'nan', and NULL for others", async () => {
    const float = await create(identity(FLOAT), ", 'nulls' = 'nan'");
    expect(await score(float, [[DOUBLE, values]])).toEqual([[1, Number.NaN, 3]]);
    const lists = await create(identity(FLOAT, ["n", "k"]), ", 'nulls' = 'nan'");
    expect(await score(lists, [[list(DOUBLE), [[1, 2], null, [3, null]]]])).toEqual([[[1, 2], null, [3, Number.NaN]]]);
    const texts = await create(identity(8), ", 'nulls' = 'nan'");
    expect(await score(texts, [[VARCHAR, ["a", null]]])).toEqual([["a", null]]);
  });

  it("are an error that names the row with 'error'", async () => {
    const one = await create(identity(FLOAT), ", 'nulls' = 'error'");
    const error = await errorOf(score(one, [[DOUBLE, values]]));
    expect(error.message).toMatch(/^model "m\d+" cannot score row 2 of a batch of 3 \(x = NULL\): input "x" is NULL$/);
  });
});

describe("numbers", () => {
  /** ONNX type, SQL type of the column, values that fit, and one that does not. */
  const CASES: readonly (readonly [string, number, DataType, readonly Value[], Value?])[] = [
    ["float32", 1, DOUBLE, [1.5, -2, Infinity, Number.NaN], 1e300],
    ["float64", 11, DOUBLE, [1e300, -2, Infinity]],
    ["float64 of BIGINT", 11, BIGINT, [2n ** 53n, -7n]],
    ["float16", 10, DOUBLE, [1.5, -0.25, 65504], 70000],
    ["int8", 3, INTEGER, [-128, 127], 128],
    ["uint8", 2, INTEGER, [0, 255], -1],
    ["int16", 5, INTEGER, [-32768, 32767], 40000],
    ["uint16", 4, INTEGER, [0, 65535], -1],
    ["int32", 6, BIGINT, [-2147483648n, 2147483647n], 2147483648n],
    ["uint32", 12, BIGINT, [0n, 4294967295n], -1n],
    ["int64", 7, BIGINT, [-(2n ** 63n), 2n ** 63n - 1n]],
    ["int64 of INTEGER", 7, INTEGER, [-5, 5]],
    ["int64 of UBIGINT", 7, UBIGINT, [0n, 5n], 2n ** 63n],
    ["uint64", 13, BIGINT, [0n, 2n ** 63n - 1n], -1n],
    ["uint64 of INTEGER", 13, INTEGER, [0, 7], -7],
    ["bool", 9, BOOLEAN, [true, false]],
  ];

  for (const [name, type, sql, fits, misses] of CASES) {
    it(name, async () => {
      const one = await create(identity(type));
      const [given] = await score(one, [[sql, fits]]);
      expect(given.map(Number)).toEqual(fits.map(Number));
      if (misses === undefined) return;
      const error = await errorOf(score(one, [[sql, [...fits, misses]]]));
      expect(error.message).toContain(`row ${fits.length + 1} of a batch of ${fits.length + 1} (x = `);
      expect(error.message).toMatch(/is out of the range of \w+, which input "x" takes$/);
    });
  }

  it("columns of different types side by side", async () => {
    const one = await create(identity(FLOAT, ["n", 20]));
    const columns = Array.from({ length: 20 }, (_, c): [DataType, Value[]] =>
      c % 3 === 0 ? [BIGINT, [BigInt(c), -1n]] : c % 3 === 1 ? [DOUBLE, [c, 0.5]] : [INTEGER, [c, null]],
    );
    expect(await score(one, columns)).toEqual([[columns.map(([, values]) => Number(values[0])), null]]);
  });

  it("half floats, both ways", () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      if ((bits & 0x7c00) === 0x7c00) continue;
      expect(Object.is(fromHalf(toHalf(fromHalf(bits))), fromHalf(bits))).toBe(true);
    }
    expect(fromHalf(toHalf(65519.9))).toBe(65504);
    expect(fromHalf(toHalf(65520))).toBe(Infinity);
    expect(fromHalf(toHalf(2 ** -25))).toBe(0);
    expect(fromHalf(toHalf(2 ** -25 * 1.01))).toBe(2 ** -24);
    expect(fromHalf(toHalf(1 + 2 ** -11))).toBe(1);
  });
});

describe("batches", () => {
  it("a row that the model fails on is named with its inputs", async () => {
    const gather = await create({
      ...IDENTITY,
      inputs: [{ name: "place", type: 7, dims: ["n"] }],
      initializers: [{ name: "data", type: FLOAT, dims: [3], raw: new Uint8Array(Float32Array.of(7, 8, 9).buffer) }],
      nodes: [{ op: "Gather", inputs: ["data", "place"], outputs: ["y"] }],
    });
    const places = Array.from({ length: 1000 }, (_, i) => BigInt(i === 617 ? 99 : i % 3));
    const error = await errorOf(score(gather, [[BIGINT, places]]));
    expect(error.message).toMatch(/cannot score row 618 of a batch of 1000 \(place = 99\): .*out of (data )?bounds/);
    expect(await score(gather, [[BIGINT, [0n, 2n]]])).toEqual([[7, 9]]);
  });

  it("of one fixed size are filled up", async () => {
    const fixed = await create(identity(FLOAT, [4]));
    const values = Array.from({ length: 10 }, (_, i) => i);
    expect(await score(fixed, [[FLOAT_TYPE, values]])).toEqual([values]);
    expect(fixed.open([0]).batchRows).toBe(4);
  });

  it("without rows need no model", async () => {
    const one = await create(identity(FLOAT));
    expect(await score(one, [[FLOAT_TYPE, []]])).toEqual([[]]);
  });

  it("many at once come back each with its own rows", async () => {
    const one = await create(identity(FLOAT));
    const use = one.open([0]);
    const { signal } = new AbortController();
    const calls = Array.from({ length: 50 }, async (_, i) => {
      const rows = 1 + ((i * 977) % 5000);
      const vector = vectorFromValues(
        DOUBLE,
        Array.from({ length: rows }, (_, row) => i * 10_000 + row),
      );
      const [values] = valuesOf(await use.call([vector], rows, signal));
      return values.length === rows && values.every((value, row) => value === Math.fround(i * 10_000 + row));
    });
    expect(await Promise.all(calls)).toEqual(new Array(50).fill(true));
  });

  it("outputs that are not wanted are not computed columns", async () => {
    await run("CREATE MODEL forest WITH ('path' = 'rf_iris.onnx')");
    const forest = onnxModel(session, "forest");
    const columns = [5.1, 3.5, 1.4, 0.2].map((value) => vectorFromValues(DOUBLE, [value]));
    expect(valuesOf(await scoreVectors(forest, columns, 1, [0]))).toEqual([[0n]]);
    expect(await scoreVectors(forest, columns, 1, [1, 0])).toHaveLength(2);
  });

  it("that take long are spread over processes, but over one with one thread", async () => {
    writeFileSync(join(folder, "slow.onnx"), model(endlessLoop(2_000n)));
    await run("SET threads = 2");
    await run(`CREATE MODEL slow WITH ('path' = '${join(folder, "slow.onnx")}')`);
    const slow = onnxModel(session, "slow");
    await Promise.all(Array.from({ length: 30 }, () => score(slow, [[FLOAT_TYPE, [1]]])));
    expect(slow.pids).toHaveLength(2);
    await run("SET threads = 1");
    await run(`CREATE OR REPLACE MODEL slow WITH ('path' = '${join(folder, "slow.onnx")}')`);
    await Promise.all(Array.from({ length: 30 }, () => score(onnxModel(session, "slow"), [[FLOAT_TYPE, [1]]])));
    expect(onnxModel(session, "slow").pids).toHaveLength(1);
  });
});

describe("the process of a model", () => {
  const PARENT = fileURLToPath(new URL("./parent-main.js", import.meta.url));

  /** Starts an engine with a model; gives it and the id of the model's process. */
  async function engine(state: string): Promise<{ parent: ChildProcess; pid: number }> {
    const path = join(folder, "endless.onnx");
    writeFileSync(path, model(endlessLoop(2n ** 62n)));
    const parent = fork(PARENT, [path, state], { execArgv: [] });
    const pid = await new Promise<number>((resolve) => parent.once("message", (message) => resolve(Number(message))));
    return { parent, pid };
  }

  it("ends with the engine, even in the middle of a run", async () => {
    const { parent, pid } = await engine("busy");
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAlive(pid)).toBe(true);
    parent.kill("SIGKILL");
    await until(() => !isAlive(pid));
  });

  it("ends with the engine that exits, and keeps none from ending", async () => {
    for (const state of ["exit", "ends"]) {
      const { parent, pid } = await engine(state);
      await until(() => parent.exitCode !== null);
      expect(parent.exitCode).toBe(0);
      await until(() => !isAlive(pid));
    }
  });

  it("ends with DROP MODEL", async () => {
    await run("CREATE MODEL gone WITH ('path' = 'rf_iris.onnx')");
    const [pid] = onnxModel(session, "gone").pids;
    expect(isAlive(pid)).toBe(true);
    await run("DROP MODEL gone");
    await until(() => !isAlive(pid));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
}
