import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { type AssistContext, completeSql, functionInfo, inspectSql, TABLE_SYNTAX } from "../../src/assist/index.ts";
import type { ScalarFunction } from "../../src/catalog/function-types.ts";
import { DOUBLE } from "../../src/core/types.ts";
import { CatalogFollower, CatalogPublisher } from "../../src/engine/catalog-changes.ts";
import { FunctionFollower, FunctionPublisher } from "../../src/engine/function-changes.ts";
import { builtinFunctions } from "../../src/functions/index.ts";

const folder = mkdtempSync(join(tmpdir(), "weir models "));
mkdirSync(join(folder, "onnx"));
writeFileSync(join(folder, "churn.onnx"), "");
writeFileSync(join(folder, "rows.csv"), "");
afterAll(() => rmSync(folder, { recursive: true }));

const own = (name: string, pack?: string): ScalarFunction => ({
  kind: "scalar",
  name,
  family: pack ?? "session",
  doc: { summary: `What ${name} gives.`, params: ["x"], example: "", result: "" },
  overloads: [{ args: [{ exactly: DOUBLE }], returns: DOUBLE, impl: (x: number) => x }],
  origin: { pack, hash: name },
});

const OWN = [own("celsius"), own("finance.abs", "finance"), own("finance.celsius", "finance"), own("finance.vwap", "finance")];
const COLUMNS = [
  { name: "age", type: "FLOAT" },
  { name: "annual fare", type: "FLOAT" },
];

const ASSIST: AssistContext = {
  catalog: {
    entries: [{ name: "people", kind: "table", rowCount: 1, columns: COLUMNS }],
    models: [
      { name: "churn", versions: [1, 2], inputs: COLUMNS, outputs: [{ name: "label", type: "BIGINT" }] },
      { name: "iris", versions: [1], inputs: [], outputs: [] },
    ],
    packs: [
      { name: "finance", doc: "Of markets." },
      { name: "iot", doc: "Of sensors." },
    ],
    properties: {
      model: [
        { name: "provider", doc: "What runs it.", choices: ["onnx"] },
        { name: "path", doc: "The file." },
      ],
      function: [{ name: "on_error", doc: "What an exception becomes.", choices: ["fail", "null"] }],
    },
  },
  functions: [...builtinFunctions().definitions(), ...OWN].map(functionInfo),
  parameters: [],
  cwd: folder,
};

/** Completes where `|` stands. Gives the suggestions of one type, or all. */
function at(marked: string, type?: string): string[] {
  const { suggestions } = completeSql(marked.replace("|", ""), marked.indexOf("|"), ASSIST);
  return suggestions.filter((suggestion) => type === undefined || suggestion.type === type).map((suggestion) => suggestion.text);
}

test.each([
  ["SELECT cels|", ["celsius"]],
  ["SELECT vw|", ["vwap"]],
  ["SELECT fina|", ["finance.abs", "finance.celsius", "finance.vwap"]],
  ["SELECT finance.|", ["abs", "celsius", "vwap"]],
  ["SELECT finance.vw| FROM people", ["vwap"]],
  ["SELECT nothing.|", []],
  ["DROP FUNCTION |", ["celsius", "finance.abs", "finance.celsius", "finance.vwap", "vwap"]],
  ["DESCRIBE FUNCTION to_base6|", ["to_base64"]],
])("functions: %s", (text, expected) => {
  expect(at(text, "function")).toEqual(expected);
});

test("a pack's function never takes the bare name of another one", () => {
  expect(at("SELECT ab|", "function")).toEqual(["abs"]);
});

test.each([
  ["DROP MODEL |", ["churn", "iris"]],
  ["DESCRIBE MODEL ch|", ["churn"]],
  ["SELECT * FROM ML_PREDICT(TABLE people, MODEL |", ["churn", "iris"]],
  ["SELECT * FROM ML.PREDICT(MODEL ch|, TABLE people)", ["churn"]],
  ["SELECT predict('|", ["churn", "iris"]],
  ["SELECT predict('ch|', age) FROM people", ["churn"]],
  ["SELECT predict_proba('|') FROM people", ["churn", "iris"]],
  ["SELECT lower('|", []],
  ["SELECT predict('churn', '|", []],
])("models: %s", (text, expected) => {
  expect(at(text, "model")).toEqual(expected);
});

test("functions of tables and models stand in FROM", () => {
  const assist = { ...ASSIST, functions: [...ASSIST.functions, ...TABLE_SYNTAX] };
  const names = (text: string) => completeSql(text, text.length, assist).suggestions.map((suggestion) => suggestion.text);
  expect(names("SELECT * FROM ML_")).toEqual(["ML_EVALUATE", "ML_PREDICT"]);
  expect(names("SELECT * FROM tumb")).toEqual(["tumble"]);
  expect(names("SELECT ML_")).not.toContain("ML_PREDICT");
  expect(inspectSql("SELECT * FROM HOP(TABLE t, ", 20, assist)).toMatchObject({ kind: "function", info: { name: "hop" } });
});

test("inputs of a model by name", () => {
  expect(at("SELECT predict('churn', | FROM people", "parameter")).toEqual(["age => ", '"annual fare" => ']);
  expect(at("SELECT predict('churn@2', 1, a| FROM people", "parameter")).toEqual(["age => ", '"annual fare" => ']);
  expect(at("SELECT predict('unknown', | FROM people", "parameter")).toEqual([]);
  expect(at("SELECT lower('churn', | FROM people", "parameter")).toEqual([]);
});

test("packs, properties and their values", () => {
  expect(at("LOAD |", "pack")).toEqual(["finance", "iot"]);
  expect(at("DROP PACK i|", "pack")).toEqual(["iot"]);
  expect(at("CREATE MODEL m WITH (|")).toEqual(["'provider' = ", "'path' = "]);
  expect(at("CREATE OR REPLACE MODEL m WITH ('provider' = 'onnx', |")).toEqual(["'path' = "]);
  expect(at("CREATE MODEL m WITH ('provider' = |")).toEqual(["'onnx'"]);
  expect(at("CREATE MODEL m WITH (provider = 'o|")).toEqual(["onnx"]);
  expect(at("CREATE FUNCTIONS LANGUAGE typescript WITH (on_error = '|")).toEqual(["fail", "null"]);
  expect(at("CREATE MODEL m WITH ('path' = '|")).toEqual(["churn.onnx", "onnx/"]);
});

test("words of the statements", () => {
  expect(at("CREATE OR REPLACE FUNC|", "keyword")).toEqual(["FUNCTION", "FUNCTIONS"]);
  expect(at("CREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE |", "keyword")).toEqual(
    expect.arrayContaining(["AS", "IMMUTABLE", "LANGUAGE", "STRICT", "WITH"]),
  );
  expect(at("CREATE FUNCTION f() RETURNS INT LANGUAGE |")).toContain("TYPESCRIPT");
  expect(at("CREATE FUNCTION f(x |", "type")).toContain("DOUBLE");
  expect(at("SHOW P|", "keyword")).toEqual(["PACKS"]);
  expect(at("CREATE FUNCTION f() RETURNS INT LANGUAGE typescript AS $$ ret|")).toEqual([]);
});

/** What `|` stands on, in a few words. */
function about(marked: string): string | undefined {
  const found = inspectSql(marked.replace("|", ""), marked.indexOf("|"), ASSIST);
  if (found?.kind === "function") return `${found.info.origin ?? "built in"} ${found.info.name}`;
  return found?.kind === "model" ? `model ${found.model.name}` : found?.kind;
}

test.each([
  ["SELECT cels|ius(1)", "session celsius"],
  ["SELECT finance.cels|ius(1)", "finance finance.celsius"],
  ["SELECT finance.celsius(1 + |", "finance finance.celsius"],
  ["SELECT vw|ap(1)", "finance finance.vwap"],
  ["SELECT ab|s(1)", "built in abs"],
  ["DESCRIBE FUNCTION cel|sius", "session celsius"],
  ["SELECT * FROM ML_PREDICT(TABLE people, MODEL chu|rn, DESCRIPTOR(age))", "model churn"],
  ["DROP MODEL churn|@2", "model churn"],
  ["SELECT predict('chu|rn@2', age) FROM people", "model churn"],
  ["SELECT celsius(1|", "session celsius"],
  ["SELECT celsius(12.5|, 2)", "session celsius"],
  ["SELECT predict('churn', |", "model churn"],
  ["SELECT predict('churn@2', 1|", "model churn"],
  ["CREATE MOD|EL m WITH (path = 'x')", "keyword"],
])("what is looked at: %s", (text, expected) => {
  expect(about(text)).toBe(expected);
});

test("an alias has its own name in its signature", () => {
  const found = completeSql("SELECT ad", 9, ASSIST).suggestions.find(({ text }) => text === "add");
  expect(found?.signature).toMatch(/^add\(/);
});

test("what changed reaches the side that completes, and no more", () => {
  const [publisher, follower] = [new FunctionPublisher(), new FunctionFollower()];
  const [celsius, , , vwap] = OWN;
  follower.apply(publisher.changes([celsius, vwap])!);
  expect(follower.all.map(({ name, kind, origin }) => [name, kind, origin])).toEqual([
    ["celsius", "scalar", "session"],
    ["finance.vwap", "scalar", "finance"],
  ]);
  expect(publisher.changes([celsius, vwap])).toBeUndefined();
  const again = { ...celsius, doc: { ...celsius.doc, summary: "Another one." } };
  const changes = publisher.changes([again])!;
  expect(changes.changed.map(({ summary }) => summary)).toEqual(["Another one."]);
  expect(changes.removed).toEqual(["finance.vwap"]);
  follower.apply(changes);
  expect(follower.all.map(({ summary }) => summary)).toEqual(["Another one."]);
});

test("models are sent where they are others than before", () => {
  const [publisher, follower] = [new CatalogPublisher(), new CatalogFollower()];
  const models = () => structuredClone(ASSIST.catalog.models);
  follower.apply(publisher.changes({ entries: [], models: models() })!);
  expect(follower.snapshot.models).toEqual(ASSIST.catalog.models);
  expect(publisher.changes({ entries: [], models: models() })).toBeUndefined();
  const changes = publisher.changes({ entries: [], models: [] })!;
  expect(changes.lists).toEqual({ models: [] });
  follower.apply(changes);
  expect(follower.snapshot.models).toEqual([]);
});
