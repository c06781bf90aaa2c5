import { symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { ModuleSource } from "../../src/udf/module-source.ts";
import { readManifest } from "../../src/udf/packs/manifest.ts";
import { readPackModules } from "../../src/udf/packs/modules.ts";
import { testFolder, writePack } from "./folders.ts";

const folder = testFolder();
let packs = 0;

function read(files: Readonly<Record<string, string>>): readonly ModuleSource[] {
  const path = writePack(join(folder.path, `p${packs++}`), { name: "mine", files }, false);
  return readPackModules({ manifest: readManifest(path), folder: path });
}

describe("modules of a pack", () => {
  it("bring the files of their pack that they import", () => {
    const [module] = read({
      "a.ts":
        'import { half } from "./lib/half.ts";\nimport { aggregate } from "weir-sql/udf";\nexport const quarter = (x: number): number => half(half(x));\nexport const n = aggregate({ init: () => ({ n: 0 }), add(s, x: number) { s.n++; }, value(s): number { return s.n; } });\n',
      "lib/half.ts": 'import { two } from "../lib-two.ts";\nexport const half = (x: number) => x / two;\n',
      "lib-two.ts": "export const two = 2;\n",
    });
    expect(module.functions.map(({ name, kind }) => [name, kind])).toEqual([
      ["quarter", "scalar"],
      ["n", "aggregate"],
    ]);
    expect(module.name).toBe("mine/a.ts");
    const [half, api] = module.imports as readonly [ModuleSource, string];
    expect([half.name, half.functions, api]).toEqual(["mine/lib/half.ts", [], "weir-sql/udf"]);
    expect((half.imports[0] as ModuleSource).name).toBe("mine/lib-two.ts");
  });

  it.each([
    ["node:fs", 'import { readFileSync } from "node:fs";'],
    ["lodash", 'import _ from "lodash";'],
    ["../p0/a.ts", 'import { quarter } from "../p0/a.ts";'],
    ["./nothing.js", 'export { x } from "./nothing.js";'],
    ["/etc/hosts", 'import "/etc/hosts";'],
  ])("cannot import %s: the error shows where", (specifier, line) => {
    expect(() => read({ "a.ts": `// first line\n${line}\nexport const f = (x: number): number => x;\n` })).toThrow(
      new RegExp(`a\\.ts:2:\\d+: module '${specifier.replaceAll(".", "\\.")}' cannot be imported here\\n.*${specifier}.*\\n *\\^`),
    );
  });

  it("cannot import by import(), nor through a link that leads out", () => {
    expect(() =>
      read({ "a.ts": 'export const f = async (x: number): Promise<number> => (await import("node:fs")).statSync("/").size;\n' }),
    ).toThrow(/a\.ts:1:\d+: import\(\) is not available here/);
    writeFileSync(join(folder.path, "outside.ts"), "export const x = 1;\n");
    const path = writePack(
      join(folder.path, "linked"),
      { name: "mine", files: { "a.ts": 'import { x } from "./lib.ts";\nexport const f = (): number => x;\n' } },
      false,
    );
    symlinkSync(join(folder.path, "outside.ts"), join(path, "lib.ts"));
    expect(() => readPackModules({ manifest: readManifest(path), folder: path })).toThrow("module './lib.ts' cannot be imported here");
  });

  it("do not import one another in a circle, and are there", () => {
    expect(() => read({ "a.ts": 'import "./lib.ts";\n', "lib.ts": 'import "./a.ts";\n' })).toThrow("in a circle: a.ts, lib.ts, a.ts");
    expect(() => read({ "a.ts": 'import "./lib-missing.ts";\n' })).toThrow('pack mine has no file "lib-missing.ts"');
  });
});
