import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { caretLines } from "../../src/core/errors.ts";
import { BIGINT, BOOLEAN, type DataType, DOUBLE, FLOAT as FLOAT_TYPE, INTEGER, list, typeName, VARCHAR } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { errorOf, mlSession, onnxModel, score } from "./harness.ts";
import { FLOAT, IDENTITY, INT64, type ModelSpec, mapsInfo, model, type NodeSpec, STRING, sequenceInfo } from "./onnx-writer.ts";

const { session, folder, warnings, run } = mlSession();

let made = 0;
async function create(spec: ModelSpec, clauses = "", properties = ""): Promise<string> {
  const name = `m${++made}`;
  writeFileSync(join(folder, `${name}.onnx`), model(spec));
  await run(`CREATE MODEL ${name} ${clauses} WITH ('path' = '${join(folder, name)}.onnx'${properties})`);
  return name;
}

/** Message of a refused statement with the line it points at. */
async function refusal(sql: string): Promise<string> {
  const error = await errorOf(run(sql));
  const place = error.span === undefined ? "" : sql.slice(error.span.start, error.span.end);
  expect(error.span === undefined || caretLines(sql, error.span)).toBeTruthy();
  return `${error.message} | ${error.hint ?? ""} | ${place}`;
}

const shown = (name: string) => {
  const { inputs, outputs } = onnxModel(session, name);
  const columns = (schema: typeof inputs) => schema.map((field) => `${field.name} ${typeName(field.type)}`).join(", ");
  return `(${columns(inputs)}) -> (${columns(outputs)})`;
};

const TITANIC = "WITH ('path' = 'pipeline_titanic.onnx')";
const IRIS = "WITH ('path' = 'rf_iris.onnx')";

describe("INPUT and OUTPUT", () => {
  it("name the columns of a tensor, or take it as one LIST", async () => {
    await run(`CREATE MODEL iris INPUT (sl FLOAT, sw FLOAT, pl DOUBLE, pw INTEGER) OUTPUT (output_label BIGINT) ${IRIS}`);
    expect(shown("iris")).toBe("(sl FLOAT, sw FLOAT, pl DOUBLE, pw INTEGER) -> (output_label BIGINT)");
    await run(`CREATE MODEL iris_list INPUT (features DOUBLE[]) OUTPUT (output_probability FLOAT[]) ${IRIS}`);
    expect(shown("iris_list")).toBe("(features DOUBLE[]) -> (output_probability FLOAT[])");
    const [p] = await score(onnxModel(session, "iris_list"), [[list(DOUBLE), [[5.1, 3.5, 1.4, 0.2]]]]);
    expect(p[0]).toHaveLength(3);
  });

  it("go by name in any order, and that is the order by position", async () => {
    await run(`CREATE MODEL t1 INPUT (embarked VARCHAR, age DOUBLE, sex VARCHAR, fare FLOAT, pclass VARCHAR) ${TITANIC}`);
    await run(`CREATE MODEL t2 ${TITANIC}`);
    const ordered = await score(onnxModel(session, "t1"), [
      [VARCHAR, ["S"]],
      [DOUBLE, [30]],
      [VARCHAR, ["male"]],
      [DOUBLE, [7]],
      [VARCHAR, ["3"]],
    ]);
    const plain = await score(onnxModel(session, "t2"), [
      [VARCHAR, ["3"]],
      [VARCHAR, ["male"]],
      [DOUBLE, [30]],
      [DOUBLE, [7]],
      [VARCHAR, ["S"]],
    ]);
    expect(ordered).toEqual(plain);
  });

  it("go by position where no name fits, which is told", async () => {
    warnings.length = 0;
    await run(
      `CREATE MODEL t3 INPUT (klasse VARCHAR, g VARCHAR, years FLOAT, price FLOAT, port VARCHAR) OUTPUT (survived BIGINT, odds MAP(BIGINT, DOUBLE)) ${TITANIC}`,
    );
    expect(shown("t3")).toBe(
      "(klasse VARCHAR, g VARCHAR, years FLOAT, price FLOAT, port VARCHAR) -> (survived BIGINT, odds MAP(BIGINT, DOUBLE))",
    );
    expect(warnings).toEqual([
      "inputs were bound by position: pclass string[?, 1], sex string[?, 1], age float32[?, 1], fare float32[?, 1], embarked string[?, 1]",
      "outputs were bound by position: output_label int64[?], output_probability float32[?, 2]",
    ]);
  });

  it("are refused where names, types or numbers do not fit, at the column", async () => {
    const all = "pclass VARCHAR, sex VARCHAR, age FLOAT, fare FLOAT";
    expect(await refusal(`CREATE MODEL x INPUT (${all}, embarkd VARCHAR) ${TITANIC}`)).toBe(
      'model "x" has no input "embarkd" | did you mean "embarked"? | embarkd VARCHAR',
    );
    expect(await refusal(`CREATE MODEL x INPUT (${all}) ${TITANIC}`)).toMatch(/^INPUT leaves out "embarked" \|/);
    expect(await refusal(`CREATE MODEL x INPUT (${all}, embarked VARCHAR, extra FLOAT) ${TITANIC}`)).toMatch(
      /no input .*"extra".*\| extra FLOAT$/,
    );
    expect(await refusal(`CREATE MODEL x INPUT (${all.replace("age FLOAT", "age VARCHAR")}, embarked VARCHAR) ${TITANIC}`)).toBe(
      'column "age" is VARCHAR, but input age float32[?, 1] of model "x" takes FLOAT | age FLOAT | age VARCHAR',
    );
    expect(await refusal(`CREATE MODEL x INPUT (a FLOAT, b FLOAT, c FLOAT) ${IRIS}`)).toMatch(
      /^input float_input float32\[\?, 4\] of model "x" takes 4 columns, or one LIST; INPUT has 3 for it/,
    );
    expect(await refusal(`CREATE MODEL x OUTPUT (output_labl BIGINT) ${IRIS}`)).toBe(
      'model "x" has no output "output_labl" | did you mean "output_label"? | output_labl BIGINT',
    );
    expect(await refusal(`CREATE MODEL x OUTPUT (output_label VARCHAR) ${IRIS}`)).toBe(
      'column "output_label" is VARCHAR, but output output_label int64[?] of model "x" gives BIGINT | output_label BIGINT | output_label VARCHAR',
    );
  });

  it("class probabilities as a column a class", async () => {
    await run(`CREATE MODEL wide WITH ('path' = 'rf_iris.onnx', 'probabilities' = 'columns')`);
    expect(shown("wide").split(" -> ")[1]).toBe(
      "(output_label BIGINT, output_probability_0 FLOAT, output_probability_1 FLOAT, output_probability_2 FLOAT)",
    );
    const wide = onnxModel(session, "wide");
    expect(wide.probabilities).toEqual({ outputs: [1, 2, 3], classes: [0n, 1n, 2n] });
    const columns: [DataType, Value[]][] = [5.1, 3.5, 1.4, 0.2].map((value) => [DOUBLE, [value, 6]]);
    const [label, ...classes] = await score(wide, columns);
    expect(label).toEqual([0n, 2n]);
    expect(classes.map((values) => values[0] as number).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });
});

describe("arguments", () => {
  const of = (name: string, ...types: DataType[]) =>
    onnxModel(session, name)
      .inputsFor(types)
      .map(({ type }) => typeName(type))
      .join(", ");

  it("are taken as they are where the model's type holds them, else cast", async () => {
    await run(`CREATE MODEL a1 ${IRIS}`);
    expect(of("a1", DOUBLE, INTEGER, BIGINT, BOOLEAN)).toBe("DOUBLE, INTEGER, BIGINT, BOOLEAN");
    expect(of("a1", { kind: "decimal", precision: 5, scale: 1 }, { kind: "null" }, DOUBLE, DOUBLE)).toBe("DOUBLE, FLOAT, DOUBLE, DOUBLE");
    expect(of("a1", list(INTEGER))).toBe("INTEGER[]");
  });

  it("are refused in the wrong number or type", async () => {
    await run(`CREATE MODEL a2 ${IRIS}`);
    const three = errorOf(Promise.resolve().then(() => of("a2", DOUBLE, DOUBLE, DOUBLE)));
    expect((await three).message).toBe('model "a2" takes 4 inputs, not 3');
    const text = await errorOf(Promise.resolve().then(() => of("a2", DOUBLE, DOUBLE, VARCHAR, DOUBLE)));
    expect(text.message).toBe('input "float_input_3" of model "a2" takes FLOAT, not VARCHAR');
    expect(text.hint).toBe("CAST(… AS FLOAT)");
  });

  it("fill a tensor of open width, but not with fewer than the trees read", async () => {
    await run("CREATE MODEL open WITH ('path' = 'treecl.onnx')");
    expect(shown("open")).toMatch(/^\(input FLOAT\[\]\) ->/);
    const columns = Array.from({ length: 20 }, (): [DataType, Value[]] => [DOUBLE, [1, 2]]);
    const lists = await score(onnxModel(session, "open"), [[list(DOUBLE), [new Array(20).fill(1), new Array(20).fill(2)]]]);
    expect(await score(onnxModel(session, "open"), columns)).toEqual(lists);
    expect((await errorOf(score(onnxModel(session, "open"), columns.slice(1)))).message).toContain("takes 1 input, not 19");
    const short = await errorOf(score(onnxModel(session, "open"), [[list(DOUBLE), [[1, 2, 3]]]]));
    expect(short.message).toContain('a list of 3 values came where input "input" needs at least 20');
  });
});

describe("outputs of graphs", () => {
  const probabilities: NodeSpec = { op: "Softmax", inputs: ["x"], outputs: ["p"], attributes: { axis: 1n } };
  const zip = (input: string, output: string, labels: readonly string[] | readonly bigint[]): NodeSpec => ({
    op: "ZipMap",
    domain: "ai.onnx.ml",
    inputs: [input],
    outputs: [output],
    attributes: { [typeof labels[0] === "string" ? "classlabels_strings" : "classlabels_int64s"]: labels },
  });
  const wide: ModelSpec = { ...IDENTITY, opsets: { "ai.onnx.ml": 1 }, inputs: [{ name: "x", type: FLOAT, dims: ["", 2] }] };

  it("ZipMaps of texts, several in a graph, and behind an Identity", async () => {
    const name = await create({
      ...wide,
      nodes: [
        probabilities,
        zip("p", "first", ["no", "yes"]),
        zip("p", "inner", [7n, -9_007_199_254_740_993n]),
        { op: "Identity", inputs: ["inner"], outputs: ["second"] },
      ],
      outputs: [mapsInfo("first"), mapsInfo("second")],
    });
    expect(shown(name)).toBe("(x_1 FLOAT, x_2 FLOAT) -> (first MAP(VARCHAR, FLOAT), second MAP(BIGINT, FLOAT))");
    const half = 0.5;
    const [first, second] = await score(onnxModel(session, name), [
      [DOUBLE, [1]],
      [DOUBLE, [1]],
    ]);
    expect(first).toEqual([
      [
        ["no", half],
        ["yes", half],
      ],
    ]);
    expect(second).toEqual([
      [
        [7n, half],
        [-9_007_199_254_740_993n, half],
      ],
    ]);
    expect(onnxModel(session, name).facts).toContainEqual(["rewritten", "ZipMap removed"]);
  });

  it("what is no tensor can be left out", async () => {
    const sequence: NodeSpec = { op: "SequenceConstruct", inputs: ["p", "p"], outputs: ["s"] };
    const spec = { ...wide, nodes: [probabilities, sequence], outputs: [{ name: "p", type: FLOAT, dims: ["", 2] }, sequenceInfo("s")] };
    const error = await errorOf(create(spec));
    expect(error.message).toMatch(/^output "s" of model "m\d+" is a sequence, not a tensor/);
    expect(error.hint).toBe("OUTPUT (…) may leave it out");
    const name = await create(spec, "OUTPUT (p FLOAT[])");
    const columns: [DataType, Value[]][] = [
      [DOUBLE, [1]],
      [DOUBLE, [1]],
    ];
    expect(await score(onnxModel(session, name), columns)).toEqual([[[0.5, 0.5]]]);
  });

  it("nested lists, and one without a shape as OUTPUT says", async () => {
    const reshape: ModelSpec = {
      ...wide,
      inputs: [{ name: "x", type: FLOAT, dims: ["", 4] }],
      initializers: [{ name: "shape", type: INT64, dims: [3], raw: new Uint8Array(BigInt64Array.of(-1n, 2n, 2n).buffer) }],
      nodes: [{ op: "Reshape", inputs: ["x", "shape"], outputs: ["y"] }],
      outputs: [{ name: "y", type: FLOAT, dims: ["", 2, 2] }],
    };
    const nested = await create(reshape);
    expect(shown(nested)).toBe("(x_1 FLOAT, x_2 FLOAT, x_3 FLOAT, x_4 FLOAT) -> (y FLOAT[][])");
    const columns = [1, 2, 3, 4].map((value): [DataType, Value[]] => [INTEGER, [value, 10 * value]]);
    const values = [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [10, 20],
        [30, 40],
      ],
    ];
    expect(await score(onnxModel(session, nested), columns)).toEqual([values]);
    const shapeless = { ...reshape, outputs: [{ name: "y", type: FLOAT }] };
    expect((await errorOf(create(shapeless))).message).toMatch(/output "y" of model "m\d+" has no shape in the graph/);
    const declared = await create(shapeless, "OUTPUT (y DOUBLE[][])");
    expect(await score(onnxModel(session, declared), columns)).toEqual([values]);
    const wrong = await create(shapeless, "OUTPUT (y FLOAT)");
    expect((await errorOf(score(onnxModel(session, wrong), columns))).message).toContain(
      'output "y" has the shape [2, 2, 2] for 2 rows, not one value a row',
    );
  });

  it("nested lists as inputs", async () => {
    const deep = await create({
      ...IDENTITY,
      inputs: [{ name: "x", type: FLOAT, dims: ["", "t", 2] }],
      outputs: [{ name: "y", type: FLOAT, dims: ["", "t", 2] }],
    });
    const rows: Value[] = [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ];
    expect(await score(onnxModel(session, deep), [[list(list(DOUBLE)), rows]])).toEqual([rows]);
    const ragged: Value[] = [
      [[1, 2]],
      [
        [1, 2],
        [3, 4],
      ],
    ];
    expect((await errorOf(score(onnxModel(session, deep), [[list(list(DOUBLE)), ragged]]))).message).toContain("row 2 of a batch of 2");
  });

  it("initializers are no inputs, and one that is not for a row is refused", async () => {
    const initialized = await create({
      ...IDENTITY,
      inputs: [...IDENTITY.inputs, { name: "w", type: FLOAT, dims: [1] }],
      initializers: [{ name: "w", type: FLOAT, dims: [1], raw: new Uint8Array(Float32Array.of(2).buffer) }],
      nodes: [{ op: "Mul", inputs: ["x", "w"], outputs: ["y"] }],
    });
    expect(shown(initialized)).toBe("(x FLOAT) -> (y FLOAT)");
    const scalar = errorOf(create({ ...IDENTITY, inputs: [{ name: "x", type: FLOAT, dims: [] }] }));
    expect((await scalar).message).toMatch(/input "x" of model "m\d+" is a single value, not one a row/);
    const total = await create({
      ...IDENTITY,
      nodes: [{ op: "ReduceSum", inputs: ["x"], outputs: ["y"], attributes: { keepdims: 1n } }],
      outputs: [{ name: "y", type: FLOAT, dims: [""] }],
    });
    expect((await errorOf(score(onnxModel(session, total), [[FLOAT_TYPE, [1, 2]]]))).message).toContain(
      "it is not one value or list a row",
    );
  });

  it("texts go through, whatever is in them", async () => {
    const texts = await create({
      ...IDENTITY,
      inputs: [{ name: "x", type: STRING, dims: [""] }],
      outputs: [{ name: "y", type: STRING, dims: [""] }],
    });
    const values = ["", "a", "ä€😀", "a", "x".repeat(5000), "'; DROP TABLE t; --"];
    expect(await score(onnxModel(session, texts), [[VARCHAR, values]])).toEqual([values]);
    const unlike = Array.from({ length: 3000 }, (_, i) => `text ${i}`);
    expect(await score(onnxModel(session, texts), [[VARCHAR, unlike]])).toEqual([unlike]);
  });
});

describe("the statement", () => {
  it("makes versions, and knows what exists", async () => {
    await run(`CREATE MODEL v ${IRIS}`);
    expect(await refusal(`CREATE MODEL v ${IRIS}`)).toBe('model "v" exists already | CREATE OR REPLACE MODEL makes version 2 of it | v');
    expect(await run(`CREATE MODEL IF NOT EXISTS v ${IRIS}`)).toBe("model v exists already");
    expect(await run("CREATE OR REPLACE MODEL v OPTIONS(MODEL_TYPE = 'ONNX', MODEL_PATH = 'logreg_iris.onnx')")).toMatch(
      /^model v, version 2: /,
    );
    expect(session.models.get("v@1").inputs).toHaveLength(4);
    expect(session.models.get("v").inputs).toHaveLength(2);
  });

  it("checks its properties", async () => {
    expect(await refusal("CREATE MODEL x WITH ('path' = 'rf_iris.onnx', 'nuls' = 'nan')")).toBe(
      'model has no property "nuls" | did you mean "nulls"? | \'nuls\'',
    );
    expect(await refusal("CREATE MODEL x WITH ('path' = 'rf_iris.onnx', 'nulls' = 'nam')")).toContain(
      'property "nulls" cannot be "nam" | did you mean',
    );
    expect(await refusal("CREATE MODEL x WITH ('model_path' = 'rf_iris.onnx')")).toContain('model has no property "model_path"');
    expect(await refusal("CREATE MODEL x WITH ('provider' = 'onnx')")).toContain('model needs the property "path"');
    expect(await refusal("CREATE MODEL x WITH ('path' = 'rf_iris.onnx', 'provider' = 'tensorflow')")).toContain(
      'property "provider" cannot be',
    );
    expect(await refusal("CREATE MODEL x WITH ('path' = 'https://example.org/m.onnx')")).toContain("files are read from disk");
    expect(await refusal(`CREATE MODEL x INPUT (a FLOAT NOT NULL) ${IRIS}`)).toContain("an input of a model is a name and a type");
  });

  it("says what a model is", async () => {
    await run(`CREATE MODEL facts ${TITANIC}`);
    const facts = Object.fromEntries(onnxModel(session, "facts").facts);
    expect(facts).toMatchObject({
      "graph inputs": "pclass string[?, 1], sex string[?, 1], age float32[?, 1], fare float32[?, 1], embarked string[?, 1]",
      "graph outputs": "output_label int64[?], output_probability float32[?, 2]",
      "class labels": "0, 1",
      opset: "ai.onnx 11, ai.onnx.ml 1",
      producer: "skl2onnx 1.9.1.dev",
      rewritten: "ZipMap removed",
      size: "1901 bytes",
      sha256: "e38f2c7abcb31d87ff5ce5d812e2e4d9aa1a89a35f6b2f86d125571816ab04ce",
      path: "pipeline_titanic.onnx",
    });
  });
});
