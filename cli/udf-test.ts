import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { formatValue } from "../src/functions/cast/index.ts";
import { Session, valueAt, WeirError } from "../src/index.ts";
import { disagreements, MANIFEST, type PackFunction, type PackManifest, packFunction, readManifest } from "../src/udf/packs/manifest.ts";
import { manifestText } from "../src/udf/packs/manifest-text.ts";
import { readPackModules } from "../src/udf/packs/modules.ts";
import { weirEngine } from "./slt/engine.ts";
import { emptyReport, runSltFile, sltFiles } from "./slt/run-slt.ts";

interface TestOptions {
  readonly update?: boolean;
}

/**
 * `weir udf test`: the manifest and its modules, the modules' types, the examples, and the SQL tests of a pack. With `--update` the manifest's functions
 * are written anew from the modules, and the results of the examples from what they give. Gives the exit status: 1 where something is wrong.
 */
export async function testPack(written: string, options: TestOptions): Promise<number> {
  const report = new Report();
  try {
    await examine(resolve(written), options, report);
  } catch (error) {
    // What is wrong with the pack's files; anything else is no finding.
    if (!(error instanceof WeirError)) throw error;
    report.fail(`${error.message}${error.hint === undefined ? "" : `\n      ${error.hint}`}`);
  }
  return report.end();
}

async function examine(folder: string, options: TestOptions, report: Report): Promise<void> {
  const stated = readManifest(folder);
  const signatures = readPackModules({ manifest: stated, folder }).flatMap((module) => module.functions);
  let manifest = stated;
  if (options.update === true) {
    manifest = { ...stated, functions: signatures.map(packFunction) };
    writeManifest(folder, manifest);
  }
  const differences = disagreements(manifest, signatures);
  for (const difference of differences) report.fail(`${MANIFEST}: ${difference}`);
  if (differences.length > 0) report.note("weir udf test --update writes the manifest from the modules");
  else report.pass(`${MANIFEST} agrees with its modules: ${count(manifest.functions.length, "function")}`);
  checkTypes(folder, manifest, report);
  if (differences.length > 0) return;
  const results = await runExamples(folder, manifest, options.update === true, report);
  if (options.update === true) {
    writeManifest(folder, { ...manifest, functions: results });
    report.pass(`${MANIFEST} written`);
  }
  await runTests(folder, report);
}

function writeManifest(folder: string, manifest: PackManifest): void {
  const path = join(folder, MANIFEST);
  const { $schema } = JSON.parse(readFileSync(path, "utf8")) as { readonly $schema?: string };
  writeFileSync(path, manifestText(manifest, $schema));
}

/** For a pack without a tsconfig.json. */
const DEFAULT_OPTIONS = {
  target: "es2023",
  module: "esnext",
  moduleResolution: "bundler",
  moduleDetection: "force",
  strict: true,
  allowImportingTsExtensions: true,
  types: [],
};

/** With the compiler that the pack's folder or the working directory has; Weir itself comes without one. */
function checkTypes(folder: string, manifest: PackManifest, report: Report): void {
  const tsc = compilerOf(folder);
  const config = join(folder, "tsconfig.json");
  if (tsc === undefined) {
    report.note("types are not checked: there is no typescript here (npm install --save-dev typescript)");
    return;
  }
  const scratch = mkdtempSync(join(tmpdir(), "weir-udf-"));
  try {
    // The source in a checkout, the declarations in a package.
    const api = ["../src/udf/api.d.ts", "../src/udf/api.ts"].map((file) => fileURLToPath(new URL(file, import.meta.url))).find(existsSync);
    const project = {
      ...(existsSync(config) && { extends: config }),
      compilerOptions: {
        ...(!existsSync(config) && DEFAULT_OPTIONS),
        noEmit: true,
        incremental: false,
        skipLibCheck: true,
        paths: { "weir-sql/udf": [api] },
      },
      files: manifest.modules.map((module) => join(folder, module)),
      include: [],
    };
    const file = join(scratch, "tsconfig.json");
    writeFileSync(file, JSON.stringify(project));
    const { status, stdout } = spawnSync(process.execPath, [tsc, "-p", file, "--pretty", "false"], { cwd: folder, encoding: "utf8" });
    if (status === 0) report.pass("types are right");
    else for (const line of stdout.trim().split("\n")) report.fail(line);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function compilerOf(folder: string): string | undefined {
  for (const from of [folder, process.cwd(), import.meta.dirname]) {
    try {
      const file = createRequire(join(from, "x.js")).resolve("typescript/package.json");
      return join(file, "..", "bin", "tsc");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "MODULE_NOT_FOUND") throw error;
    }
  }
  return undefined;
}

/** Runs every example; gives the functions with the results that they have. */
async function runExamples(folder: string, manifest: PackManifest, update: boolean, report: Report): Promise<readonly PackFunction[]> {
  const session = await sessionWith(folder);
  try {
    const functions: PackFunction[] = [];
    const before = report.failures;
    for (const fn of manifest.functions) functions.push(await runExample(session, fn, update, report));
    const examples = functions.filter(({ example }) => example !== undefined).length;
    if (examples > 0 && report.failures === before) report.pass(`${count(examples, "example")} run`);
    return functions;
  } finally {
    await session.close();
  }
}

async function runExample(session: Session, fn: PackFunction, update: boolean, report: Report): Promise<PackFunction> {
  if (fn.example === undefined) return fn;
  try {
    const table = await session.query(`SELECT ${fn.example}`);
    const value = valueAt(table.batches[0].columns[0], 0);
    const result = value === null ? "NULL" : formatValue(table.schema[0].type, value, "UTC");
    if (!update && fn.result !== result)
      report.fail(`${fn.name}: the example gives ${result}, and the manifest says ${fn.result ?? "nothing"}`);
    return { ...fn, result };
  } catch (error) {
    report.fail(`${fn.name}: the example fails: ${(error as Error).message}`);
    return fn;
  }
}

async function sessionWith(folder: string): Promise<Session> {
  const session = new Session({ timeZone: "UTC", threads: 1, cwd: folder });
  try {
    await load(session, folder);
  } catch (error) {
    await session.close();
    throw error;
  }
  return session;
}

const load = (session: Session, folder: string): Promise<void> => session.run(`LOAD '${folder.replaceAll("'", "''")}'`);

async function runTests(folder: string, report: Report): Promise<void> {
  const tests = join(folder, "test");
  const files = existsSync(tests) ? sltFiles(tests) : [];
  if (files.length === 0) report.note("there are no tests: test/*.slt");
  for (const file of files) {
    const result = emptyReport();
    const prepare = (session: Session) => load(session, folder);
    await runSltFile(file, result, { messages: true, engine: () => weirEngine({ cwd: folder, prepare }) });
    const name = relative(folder, file);
    for (const { line, sql, reason } of result.failures) report.fail(`${name}:${line}: ${reason}\n    ${sql.split("\n").join("\n    ")}`);
    if (result.unsupported > 0) report.fail(`${name}: ${[...result.reasons.keys()].join("; ")}`);
    if (result.failures.length === 0 && result.unsupported === 0) report.pass(`${name}: ${result.passed} passed`);
  }
}

const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;

/** What was found, a line each as it is. */
class Report {
  failures = 0;

  pass(text: string): void {
    process.stdout.write(`ok    ${text}\n`);
  }

  fail(text: string): void {
    this.failures++;
    process.stdout.write(`FAIL  ${text}\n`);
  }

  note(text: string): void {
    process.stdout.write(`      ${text}\n`);
  }

  end(): number {
    process.stdout.write(this.failures === 0 ? "the pack is in order\n" : `${count(this.failures, "thing")} wrong\n`);
    return this.failures === 0 ? 0 : 1;
  }
}
