import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = process.cwd();

/** Runs the layer rules over a small tree of files. */
function cruise(files: Readonly<Record<string, string>>, ...more: string[]) {
  const folder = mkdtempSync(join(tmpdir(), "weir-layers-"));
  try {
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(folder, path, ".."), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    cpSync(join(root, ".dependency-cruiser.cjs"), join(folder, ".dependency-cruiser.cjs"));
    cpSync(join(root, "package.json"), join(folder, "package.json"));
    symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
    const bin = join(root, "node_modules", "dependency-cruiser", "bin", "dependency-cruise.mjs");
    const { stdout, stderr, status } = spawnSync(process.execPath, [bin, "--config", ".dependency-cruiser.cjs", "src", "kernel", ...more], {
      cwd: folder,
      encoding: "utf8",
    });
    return { output: stdout + stderr, status };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const CLEAN = { "src/core/a.ts": "export const a: number = 1;\n", "kernel/k.ts": "export const k = 1;\n" };

it("imports down the list pass", () => {
  const { output, status } = cruise({ ...CLEAN, "src/sql/b.ts": 'import { a } from "../core/a.ts";\nexport const b = a;\n' });
  expect(output).toMatch(/no dependency violations found \(3 modules/);
  expect(status).toBe(0);
});

it("an import up the list is found, of types alone too", () => {
  const up = cruise({
    ...CLEAN,
    "src/core/b.ts": 'import { c } from "../sql/c.ts";\nexport const b = c;\n',
    "src/sql/c.ts": "export const c = 1;\n",
  });
  expect(up.output).toContain("core-imports-only-down");
  expect(up.status).not.toBe(0);
  const types = cruise({
    ...CLEAN,
    "src/core/b.ts": 'import type { C } from "../sql/c.ts";\nexport type B = C;\n',
    "src/sql/c.ts": "export type C = 1;\n",
  });
  expect(types.output).toContain("core-imports-only-down");
});

it("a library outside its one file is found", () => {
  const { output } = cruise({ ...CLEAN, "src/sql/b.ts": 'import * as arrow from "apache-arrow";\nexport const b = arrow;\n' });
  expect(output).toContain("apache-arrow-behind-one-file");
});

it("a pack imports weir-sql/udf and its own files, and nothing else", () => {
  const pack = {
    ...CLEAN,
    "src/udf/api.ts": "export const aggregate = 1;\n",
    "udfs/mine/a.ts": 'import { aggregate } from "weir-sql/udf";\nimport { b } from "./b.ts";\nexport const a = [aggregate, b];\n',
    "udfs/mine/b.ts": "export const b = 1;\n",
  };
  expect(cruise(pack, "udfs").output).toMatch(/no dependency violations found/);
  for (const forbidden of ["node:fs", "../yours/c.ts", "../../src/core/a.ts"]) {
    const files = {
      ...pack,
      "udfs/yours/c.ts": "export const c = 1;\n",
      "udfs/mine/d.ts": `import * as d from "${forbidden}";\nexport const e = d;\n`,
    };
    expect(cruise(files, "udfs").output).toContain("packs-import-only-weir-sql-udf");
  }
});
