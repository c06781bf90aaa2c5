import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import type { Signature } from "../../src/udf/module-source.ts";
import { packFunction, parseManifest } from "../../src/udf/packs/manifest.ts";
import { manifestText } from "../../src/udf/packs/manifest-text.ts";
import { readPackModules } from "../../src/udf/packs/modules.ts";

/** A folder for the file's tests; what is installed goes to `data` in it. */
export function testFolder(): { readonly path: string } {
  const folder = { path: "" };
  const before = process.env.JUPYTER_DATA_DIR;
  beforeAll(() => {
    folder.path = mkdtempSync(join(tmpdir(), "weir packs "));
    process.env.JUPYTER_DATA_DIR = join(folder.path, "data");
  });
  afterAll(() => {
    rmSync(folder.path, { recursive: true });
    if (before === undefined) delete process.env.JUPYTER_DATA_DIR;
    else process.env.JUPYTER_DATA_DIR = before;
  });
  return folder;
}

export interface PackText {
  readonly name: string;
  readonly version?: string;
  /** Text by file; those without `lib` in their names are the modules. */
  readonly files: Readonly<Record<string, string>>;
  readonly models?: readonly Readonly<Record<string, unknown>>[];
}

/** Writes files; `manifest: false` leaves udf.json without functions, whatever the modules hold. */
export function writePack(folder: string, pack: PackText, manifest = true): string {
  for (const [file, text] of Object.entries(pack.files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  const modules = Object.keys(pack.files).filter((file) => file.endsWith(".ts") && !file.includes("lib"));
  const head = { name: pack.name, version: pack.version ?? "1.0.0", description: "For a test.", license: "MIT", modules };
  const empty = parseManifest(JSON.stringify({ ...head, functions: [], models: pack.models ?? [] }), "udf.json");
  const signatures: readonly Signature[] = manifest
    ? readPackModules({ manifest: empty, folder }).flatMap((module) => module.functions)
    : [];
  writeFileSync(join(folder, "udf.json"), manifestText({ ...empty, functions: signatures.map(withDoc) }));
  return folder;
}

const withDoc = (signature: Signature) => ({ ...packFunction(signature), doc: signature.doc || "For a test." });
