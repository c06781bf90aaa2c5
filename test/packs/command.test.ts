import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { shippedFolder } from "../../src/udf/packs/folders.ts";
import { testFolder } from "./folders.ts";

vi.setConfig({ testTimeout: 120_000 });
const folder = testFolder();
// Compiled code lies in dist/, or in the folder that tests were compiled to.
const command = fileURLToPath(new URL("../../cli/main.js", import.meta.url));

function weir(...args: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: folder.path, encoding: "utf8" });
  return { status, stdout, stderr };
}

it.each(["finance", "iot"])("the shipped pack %s is in order: manifest, types, examples, published numbers", (name) => {
  const { status, stdout } = weir("udf", "test", join(shippedFolder(), name));
  expect(stdout).not.toContain("FAIL");
  for (const part of ["agrees with its modules", "types are right", "examples run", "published.slt", "second-implementation.slt"])
    expect(stdout).toContain(part);
  expect(status).toBe(0);
});

it("a new pack passes its own tests at once, and fails once it is wrong", () => {
  expect(weir("udf", "new", "mine").stdout).toContain("mine/udf.json");
  const good = weir("udf", "test", "mine");
  expect(good.stdout.split("\n").filter((line) => line !== "")).toEqual([
    "ok    udf.json agrees with its modules: 2 functions",
    "ok    types are right",
    "ok    2 examples run",
    "ok    test/mine.slt: 4 passed",
    "the pack is in order",
  ]);
  expect(good.status).toBe(0);
  expect(weir("udf", "new", "mine").stderr).toMatch(/mine" is there already/);

  const module = join(folder.path, "mine", "mine.ts");
  const text = readFileSync(module, "utf8");
  writeFileSync(module, text.replace("- 32", "- 31"));
  const wrong = weir("udf", "test", "mine");
  expect(wrong.stdout).toContain("FAIL  celsius: the example gives 100.55555555555556, and the manifest says 100.0");
  expect(wrong.stdout).toMatch(/FAIL {2}test\/mine\.slt:\d+: row 1, column 1: expected 100\.0, got 100\.5/);
  expect(wrong.status).toBe(1);

  writeFileSync(module, text.replace("return ((fahrenheit", "const x: string = 1;\n  return ((fahrenheit + x.length"));
  expect(weir("udf", "test", "mine").stdout).toMatch(/FAIL {2}.*mine\.ts\(9,\d+\): error TS2322/);

  writeFileSync(module, `import { readFileSync } from "node:fs";\n${text}`);
  const refused = weir("udf", "test", "mine");
  expect(refused.stdout).toMatch(
    /FAIL {2}.*mine\.ts:1:\d+: module 'node:fs' cannot be imported here\n.*\n *\^+\n +what can be: weir-sql\/udf/,
  );
  expect([refused.status, refused.stderr]).toEqual([1, ""]);

  writeFileSync(module, text.replace("celsius(fahrenheit: number)", "celsius(fahrenheit: number, digits?: number)"));
  const differs = weir("udf", "test", "mine");
  expect(differs.stdout).toContain("FAIL  udf.json: celsius: params is");
  expect(differs.stdout).toContain("weir udf test --update");
  expect(weir("udf", "test", "--update", "mine").status).toBe(0);
  expect(weir("udf", "test", "mine").status).toBe(0);
  expect(JSON.parse(readFileSync(join(folder.path, "mine", "udf.json"), "utf8")).functions[0].params[1]).toEqual({
    name: "digits",
    type: "DOUBLE",
    optional: true,
  });
});

it("installs, lists and removes; npm is not asked without a yes", () => {
  weir("udf", "new", "yours");
  expect(weir("udf", "install", "./yours").stdout).toMatch(/^installed yours 0\.1\.0 in .*yours\n$/);
  expect(weir("udf", "list").stdout).toMatch(/^finance +1\.0\.0 +shipped .*\niot +1\.0\.0 +shipped .*\nyours +0\.1\.0 +installed /);
  expect(weir("sql", "LOAD yours; SELECT yours.celsius(212) AS c", "--format", "csv").stdout).toBe("c\n100.0\n");
  expect(weir("udf", "remove", "yours").stdout).toBe("removed yours 0.1.0\n");
  expect(weir("udf", "remove", "finance").stderr).toContain("finance is not among the installed packs");
  const asked = weir("udf", "install", "weir-pack-none");
  expect(asked.stderr).toContain("weir udf install --yes weir-pack-none");
  expect(asked.status).toBe(1);
  expect(weir("udf", "new", "My Pack").stderr).toContain("cannot be a pack's name");
});
