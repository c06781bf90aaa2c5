import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { COMMAND } from "./start-kernel.ts";

vi.setConfig({ testTimeout: 120_000 });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir spec "));
});
afterEach(() => rmSync(folder, { recursive: true }));

function weir(...args: string[]): { status: number | null; out: string; err: string } {
  const env = { ...process.env, JUPYTER_DATA_DIR: join(folder, "data"), JUPYTER_PATH: "", VIRTUAL_ENV: join(folder, "venv") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [COMMAND, "kernel", ...args], { env, encoding: "utf8" });
  return { status, out: stdout, err: stderr };
}

const specFile = (...path: string[]) => join(folder, ...path, "kernels", "weir", "kernel.json");

test("install writes what front ends need", () => {
  expect(weir("install").status).toBe(0);
  const spec = JSON.parse(readFileSync(specFile("data"), "utf8"));
  expect(spec).toMatchObject({ display_name: "Weir SQL", language: "sql", interrupt_mode: "message", kernel_protocol_version: "5.5" });
  expect(spec.argv.slice(2)).toEqual(["kernel", "start", "--connection-file", "{connection_file}"]);
  for (const path of spec.argv.slice(0, 2)) expect(isAbsolute(path) && existsSync(path)).toBe(true);
  for (const logo of ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"]) {
    expect(statSync(specFile("data").replace("kernel.json", logo)).size).toBeGreaterThan(100);
  }
});

test("the targets, names, and uninstall", () => {
  expect(weir("install", "--sys-prefix").status).toBe(0);
  expect(existsSync(specFile("venv", "share", "jupyter"))).toBe(true);
  expect(weir("install", "--prefix", join(folder, "p")).status).toBe(0);
  expect(existsSync(specFile("p", "share", "jupyter"))).toBe(true);
  expect(weir("uninstall", "--prefix", join(folder, "p")).status).toBe(0);
  expect(existsSync(specFile("p", "share", "jupyter"))).toBe(false);
  expect(weir("uninstall")).toMatchObject({ status: 1, err: expect.stringContaining("there is no kernel weir") });
  expect(weir("install", "--user", "--sys-prefix")).toMatchObject({ status: 1, err: expect.stringContaining("exclude") });
  expect(weir("install", "--name", "a b")).toMatchObject({ status: 1, err: expect.stringContaining("a b") });
});

test("doctor: not installed, well, and each way to be ill", () => {
  expect(weir("doctor")).toMatchObject({ status: 1, out: expect.stringContaining("mend: weir kernel install") });
  weir("install");
  expect(weir("doctor")).toMatchObject({ status: 0, out: expect.stringContaining("it starts and runs SQL") });
  const good = JSON.parse(readFileSync(specFile("data"), "utf8"));
  const ill = (change: Record<string, unknown>): string => {
    writeFileSync(specFile("data"), JSON.stringify({ ...good, ...change }));
    const { status, out } = weir("doctor");
    expect(status).toBe(1);
    return out;
  };
  expect(ill({ argv: ["/no/such/node", ...good.argv.slice(1)] })).toContain("node is not there: /no/such/node");
  expect(ill({ argv: [good.argv[0], "/no/such/main.js", ...good.argv.slice(2)] })).toContain("the kernel's file is not there");
  expect(ill({ argv: good.argv.slice(0, 4) })).toContain("{connection_file}");
  expect(ill({ interrupt_mode: undefined })).toContain("the stop button would do nothing");
  expect(ill({ argv: [] })).toContain("has no argv");
  writeFileSync(specFile("data"), "{");
  expect(weir("doctor").out).toContain("cannot be read");
});
