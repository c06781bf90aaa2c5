import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { DOUBLE, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { readModel } from "../../src/ml/onnx-graph.ts";
import { pruneModel } from "../../src/ml/prune-graph.ts";
import { DATA, mlSession, onnxModel, score } from "./harness.ts";
import { BOOL, FLOAT, graph, INT64, type ModelSpec, model } from "./onnx-writer.ts";

const refuse = (location: string): never => {
  throw new Error(location);
};
const read = (bytes: Uint8Array) => readModel(bytes, refuse);
const shipped = (name: string) => read(readFileSync(join(DATA, "models", `${name}.onnx`))).bytes;
const outputsOf = (bytes: Uint8Array | undefined) => bytes && read(bytes).info.outputs.map(({ name }) => name);
const holds = (bytes: Uint8Array | undefined, word: string) => bytes !== undefined && Buffer.from(bytes).includes(word);

const classifier = (transform: string, coefficients: readonly number[], intercepts: readonly number[], classes: number): ModelSpec => ({
  opsets: { "ai.onnx.ml": 1 },
  nodes: [
    {
      op: "LinearClassifier",
      domain: "ai.onnx.ml",
      inputs: ["x"],
      outputs: ["label", "scores"],
      attributes: {
        classlabels_ints: Array.from({ length: classes }, (_, i) => BigInt(i * 10)),
        coefficients,
        intercepts,
        multi_class: 1n,
        post_transform: transform,
      },
    },
  ],
  inputs: [{ name: "x", type: FLOAT, dims: ["n", 2] }],
  outputs: [
    { name: "label", type: INT64, dims: ["n"] },
    { name: "scores", type: FLOAT, dims: ["n", classes] },
  ],
});

/** Two heads over `k`, which the loop of the first reads from inside its body. */
const TWO_HEADS: ModelSpec = {
  nodes: [
    { op: "Sqrt", inputs: ["x"], outputs: ["k"] },
    {
      op: "Loop",
      inputs: ["trips", "go", "x"],
      outputs: ["y"],
      attributes: {
        body: {
          graph: graph({
            nodes: [
              { op: "Identity", inputs: ["cond"], outputs: ["again"] },
              { op: "Add", inputs: ["v", "k"], outputs: ["w"] },
            ],
            inputs: [
              { name: "i", type: INT64, dims: [] },
              { name: "cond", type: BOOL, dims: [] },
              { name: "v", type: FLOAT },
            ],
            outputs: [
              { name: "again", type: BOOL, dims: [] },
              { name: "w", type: FLOAT },
            ],
          }),
        },
      },
    },
    { op: "Exp", inputs: ["x"], outputs: ["z"] },
  ],
  inputs: [{ name: "x", type: FLOAT, dims: ["n"] }],
  outputs: [
    { name: "y", type: FLOAT, dims: ["n"] },
    { name: "z", type: FLOAT, dims: ["n"] },
  ],
  initializers: [
    { name: "trips", type: INT64, dims: [], raw: new Uint8Array(BigInt64Array.of(3n).buffer) },
    { name: "go", type: BOOL, dims: [], raw: Uint8Array.of(1) },
  ],
};

describe("a model for some of its outputs", () => {
  const { session, folder, run } = mlSession();
  let made = 0;

  async function open(spec: ModelSpec) {
    const name = `made_${made++}`;
    const path = join(folder, `${name}.onnx`);
    writeFileSync(path, model(spec));
    await run(`CREATE MODEL ${name} WITH ('path' = '${path}')`);
    return onnxModel(session, name);
  }

  it("has neither the nodes that they do not need nor the function over scores that nobody reads", () => {
    const bytes = shipped("logreg_iris");
    expect(holds(bytes, "SOFTMAX")).toBe(true);
    const label = pruneModel(bytes, ["output_label"]);
    expect(outputsOf(label)).toEqual(["output_label"]);
    expect(holds(label, "SOFTMAX")).toBe(false);
    expect(holds(label, "Normalizer")).toBe(false);
    const heads = read(model(TWO_HEADS)).bytes;
    expect(holds(pruneModel(heads, ["z"]), "Loop")).toBe(false);
    expect(holds(pruneModel(heads, ["y"]), "Exp")).toBe(false);
    expect(holds(pruneModel(heads, ["y"]), "Sqrt")).toBe(true);
  });

  it("is not made where it saves nothing", () => {
    expect(pruneModel(shipped("rf_iris"), ["output_label"])).toBeUndefined();
    expect(pruneModel(shipped("logreg_iris"), ["output_probability"])).toBeUndefined();
    expect(pruneModel(read(model(classifier("NONE", [1, 0, 0, 1], [0, 0], 2))).bytes, ["label"])).toBeUndefined();
  });

  it("gives what the whole one gives, values that inner graphs read included", async () => {
    const heads = await open(TWO_HEADS);
    const column = [[DOUBLE, [0, 1, 4, 9]]] as const;
    const [y, z] = await score(heads, column);
    expect(y).toEqual([0, 4, 10, 18]);
    expect(await score(heads, column, [0])).toEqual([y]);
    expect(await score(heads, column, [1])).toEqual([z]);
  });

  const numbers = [-1e30, -3, -1, -1e-7, -0, 0, 1e-7, 0.5, 1, 2.5, 88, 1e30];
  const pairs = numbers.flatMap((a) => numbers.map((b) => [a, b] as const));
  const columns = [0, 1].map((i) => [DOUBLE, pairs.map((pair) => pair[i])] as const);

  for (const transform of ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"]) {
    it(`labels as the whole one does: linear classifiers with ${transform}, ties and zeros among the scores`, async () => {
      for (const spec of [
        classifier(transform, [1, -1], [0], 2),
        classifier(transform, [1, 0, 0, 1], [0, 0], 2),
        classifier(transform, [1, 0, 0, 1, 0.5, 0.5], [0, 0, 0], 3),
        classifier(transform, [-1, 2, 1, 1, 0, -2], [0.25, -0.5, 0], 3),
      ]) {
        const made = await open(spec);
        const [labels] = await score(made, columns);
        expect(new Set(labels).size).toBeGreaterThan(1);
        expect(await score(made, columns, [0])).toEqual([labels]);
      }
    });
  }

  it("labels as the whole one does: a pipeline with texts", async () => {
    await run("CREATE MODEL titanic WITH ('path' = 'pipeline_titanic.onnx')");
    const titanic = onnxModel(session, "titanic");
    const rows = Array.from({ length: 1000 }, (_, i) => i);
    const texts = (...of: readonly string[]) => [VARCHAR, rows.map((i): Value => of[(i * 7 + (i >> 3)) % of.length])] as const;
    const doubles = (step: number, span: number) => [DOUBLE, rows.map((i): Value => ((i * step) % 997) * (span / 997))] as const;
    const given = [texts("1", "2", "3"), texts("male", "female"), doubles(379, 80), doubles(541, 200), texts("S", "C", "Q")];
    const [labels] = await score(titanic, given);
    expect(new Set(labels).size).toBe(2);
    expect(await score(titanic, given, [0])).toEqual([labels]);
  });
});
