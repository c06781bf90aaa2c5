import { readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { describe, expect, it } from "vitest";
import { knownPacks, shippedFolder } from "../../src/udf/packs/folders.ts";
import { parseManifest } from "../../src/udf/packs/manifest.ts";
import { manifestText } from "../../src/udf/packs/manifest-text.ts";
import { packTables } from "../../src/udf/packs/tables.ts";

const schema = JSON.parse(readFileSync(join(shippedFolder(), "udf.schema.json"), "utf8"));
const validate = new Ajv.default({ allErrors: true, allowUnionTypes: true }).compile(schema);

const FUNCTION = { name: "f", kind: "scalar", params: [{ name: "x", type: "DOUBLE" }], returns: "DOUBLE", doc: "Gives x." };
const GOOD = {
  name: "mine",
  version: "1.2.3",
  description: "What it is.",
  license: "MIT",
  modules: ["mine.ts"],
  functions: [FUNCTION],
  models: [{ name: "m", path: "m.onnx", input: { a: "FLOAT" }, nulls: "nan", threads: 1, big: true }],
};

/** What is wrong, and what the message says of it. */
const BAD: readonly (readonly [unknown, string])[] = [
  [[], "expected an object, not []"],
  [{ ...GOOD, name: undefined }, '"name" is missing'],
  [{ ...GOOD, name: "my-pack" }, 'name: expected a word of letters, digits and underscores, not "my-pack"'],
  [{ ...GOOD, version: "1.2" }, 'version: expected a version such as 1.0.0, not "1.2"'],
  [{ ...GOOD, description: " " }, 'description: expected a text, not " "'],
  [{ ...GOOD, licence: "MIT" }, 'there is no "licence"'],
  [{ ...GOOD, modules: "mine.ts" }, 'modules: expected a list, not "mine.ts"'],
  [{ ...GOOD, modules: ["a.ts", "mine.js"] }, "modules[1]: expected the name of a .ts file"],
  [{ ...GOOD, modules: ["../other/a.ts"] }, `modules[0]: "../other/a.ts" is not in the pack's folder`],
  [{ ...GOOD, modules: ["/etc/a.ts"] }, `modules[0]: "/etc/a.ts" is not in the pack's folder`],
  [
    { ...GOOD, functions: [{ ...FUNCTION, kind: "agg" }] },
    'functions[0].kind: expected scalar, vectorised, async, aggregate, window or table, not "agg"',
  ],
  [{ ...GOOD, functions: [{ ...FUNCTION, parms: [] }] }, 'functions[0]: there is no "parms"'],
  [{ ...GOOD, functions: [{ ...FUNCTION, doc: undefined }] }, 'functions[0]: "doc" is missing'],
  [{ ...GOOD, functions: [{ ...FUNCTION, params: [{ name: "x" }] }] }, 'functions[0].params[0]: "type" is missing'],
  [{ ...GOOD, functions: [{ ...FUNCTION, params: [{ name: "x", type: 3 }] }] }, "functions[0].params[0].type: expected a text, not 3"],
  [
    { ...GOOD, functions: [{ ...FUNCTION, params: [{ name: "x", type: "DOUBLE", optional: "yes" }] }] },
    'functions[0].params[0].optional: expected true or false, not "yes"',
  ],
  [{ ...GOOD, models: [{ name: "m" }] }, "models[0].path: expected the name of a file in the pack's folder, not nothing"],
  [{ ...GOOD, models: [{ name: "m", path: "..\\m.onnx" }] }, "is not in the pack's folder"],
  [
    { ...GOOD, models: [{ name: "m", path: "m.onnx", nulls: ["nan"] }] },
    'models[0].nulls: expected a text, a number or true or false, not ["nan"]',
  ],
  [{ ...GOOD, models: [{ name: "m", path: "m.onnx", input: { a: 1 } }] }, "models[0].input.a: expected a text, not 1"],
];

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

describe("udf.json", () => {
  it("is read, and says the same when written again", () => {
    const manifest = parseManifest(JSON.stringify(GOOD), "udf.json");
    expect(manifest.models[0]).toEqual({
      name: "m",
      path: "m.onnx",
      input: { a: "FLOAT" },
      properties: { nulls: "nan", threads: 1, big: true },
    });
    expect(parseManifest(manifestText(manifest), "udf.json")).toEqual(manifest);
    expect(JSON.parse(manifestText(manifest))).toEqual(GOOD);
  });

  it("is what its schema says", () => {
    expect(validate(GOOD), JSON.stringify(validate.errors)).toBe(true);
    for (const { folder } of knownPacks()) {
      expect(validate(JSON.parse(readFileSync(join(folder, "udf.json"), "utf8"))), JSON.stringify(validate.errors)).toBe(true);
    }
  });

  it.each(BAD)("%j is refused by the schema and by us: %s", (manifest, message) => {
    expect(validate(plain(manifest))).toBe(false);
    expect(() => parseManifest(JSON.stringify(manifest), "/packs/mine/udf.json")).toThrow(message);
    expect(() => parseManifest(JSON.stringify(manifest), "/packs/mine/udf.json")).toThrow('"/packs/mine/udf.json": ');
  });

  it("has each name once", () => {
    const twice = { ...GOOD, functions: [FUNCTION, { ...FUNCTION, name: "F" }] };
    expect(() => parseManifest(JSON.stringify(twice), "udf.json")).toThrow('functions: "F" stands here twice');
  });

  it("is no JSON: the reason is told", () => {
    expect(() => parseManifest("{", "udf.json")).toThrow(/"udf\.json" is no JSON: /);
  });

  it("suggests the nearest key", () => {
    expect(() => parseManifest(JSON.stringify({ ...GOOD, licence: "MIT" }), "udf.json")).toThrow(
      expect.objectContaining({ hint: 'did you mean "license"?' }),
    );
  });
});

it("docs/packs.md has the tables of the packs that ship", () => {
  const shipped = knownPacks().filter(({ where }) => where === "shipped");
  const text = readFileSync(join(shippedFolder(), "..", "docs", "packs.md"), "utf8");
  expect(text, "npm run docs writes it").toContain(packTables(shipped.map(({ manifest }) => manifest)));
});
