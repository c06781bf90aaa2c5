import { spawn } from "node:child_process";
import { cpSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { bindError, runtimeError, type Span, WeirError } from "../../core/errors.ts";
import { findPack, installedFolder, isPath, shippedFolder } from "./folders.ts";
import { MANIFEST, type PackManifest, readManifest } from "./manifest.ts";

/** What INSTALL PACK names: a folder, or a package of npm with the version wanted. */
export type PackSource =
  | { readonly kind: "folder"; readonly folder: string }
  | { readonly kind: "npm"; readonly package: string; readonly spec: string };

export interface InstalledPack {
  readonly manifest: PackManifest;
  readonly folder: string;
  /** Version that was there before. */
  readonly replaced: string | undefined;
}

/** An npm package's name, with a scope or without, and a version or tag behind an @. No other thing that npm would take (options, URLs, files, aliases). */
const NPM_NAME = /^((?:@[a-z0-9][a-z0-9._-]*\/)?[a-z0-9][a-z0-9._-]*)(?:@(\w[\w.-]*))?$/;
/** What npm takes for the name of a file. */
const ARCHIVE = /\.(?:tgz|tar\.gz|tar)$/i;

/** A text with a slash in front of which no scope stands, or one that begins with a point, is a folder. */
export function packSource(written: string, cwd: string, span?: Span): PackSource {
  const match = NPM_NAME.exec(written);
  if (match !== null && !ARCHIVE.test(written)) return { kind: "npm", package: match[1], spec: written };
  if (!isPath(written)) throw bindError(`"${written}" is neither a folder nor the name of an npm package`, span, "./name is a folder");
  const folder = resolve(cwd, written);
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw bindError(`there is no folder "${written}"`, span);
  return { kind: "folder", folder };
}

/**
 * Puts a pack into Weir's own folder: a copy of its folder, or of the package that npm fetched with its scripts off. None of its code runs. A pack of the
 * same name that was installed before is replaced; one that ships with Weir is not.
 */
export async function installPack(source: PackSource, onOutput: (text: string) => void = () => {}): Promise<InstalledPack> {
  const own = installedFolder();
  mkdirSync(own, { recursive: true });
  const staging = mkdtempSync(join(own, ".staging-"));
  try {
    const from = source.kind === "folder" ? source.folder : await fetchPackage(source, staging, onOutput);
    const manifest = checkPack(from);
    const copied = join(staging, "pack");
    cpSync(from, copied, { recursive: true, filter: (path) => isPart(relative(from, path)) });
    const folder = join(own, manifest.name.toLowerCase());
    const replaced = existsSync(join(folder, MANIFEST)) ? readManifest(folder).version : undefined;
    rmSync(folder, { recursive: true, force: true });
    renameSync(copied, folder);
    return { manifest, folder, replaced };
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** Takes an installed pack out of Weir's folder again. */
export function uninstallPack(name: string, cwd: string): PackManifest {
  const found = findPack(name, cwd);
  if (found.where !== "installed") throw bindError(`${name} is not among the installed packs`);
  rmSync(found.folder, { recursive: true });
  return found.manifest;
}

/** The manifest, once every file it names is there and nothing in the folder leads out of it. */
function checkPack(folder: string): PackManifest {
  const manifest = readManifest(folder);
  if (existsSync(join(shippedFolder(), manifest.name.toLowerCase(), MANIFEST)))
    throw bindError(`pack ${manifest.name} ships with Weir`, undefined, `give the pack in "${folder}" another name`);
  const missing = [...manifest.modules, ...manifest.models.map(({ path }) => path)].find((file) => !existsSync(join(folder, file)));
  if (missing !== undefined) throw bindError(`"${join(folder, MANIFEST)}" names "${missing}", which is not in the pack's folder`);
  refuseLinks(folder, folder);
  return manifest;
}

function refuseLinks(folder: string, root: string): void {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (!isPart(relative(root, path))) continue;
    const status = lstatSync(path);
    if (status.isSymbolicLink()) throw bindError(`"${path}" is a link, and a pack is installed without what lies outside of it`);
    if (status.isDirectory()) refuseLinks(path, root);
  }
}

/** Dependencies and version control are no part of a pack. */
const isPart = (path: string): boolean => !path.split(sep).some((part) => part === "node_modules" || part === ".git");

async function fetchPackage(
  source: PackSource & { readonly kind: "npm" },
  prefix: string,
  onOutput: (text: string) => void,
): Promise<string> {
  await npm(
    [
      "install",
      "--ignore-scripts",
      "--no-save",
      "--omit=dev",
      "--omit=peer",
      "--no-audit",
      "--no-fund",
      "--prefix",
      prefix,
      "--",
      source.spec,
    ],
    onOutput,
  );
  const folder = join(prefix, "node_modules", ...source.package.split("/"));
  if (!existsSync(join(folder, MANIFEST))) throw bindError(`the npm package ${source.package} is no pack: it has no ${MANIFEST}`);
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as { version: string };
  onOutput(`${source.package} ${version} from npm\n`);
  return folder;
}

/** Runs npm to its end; what it says goes to `onOutput`, and into the error where it fails. */
function npm(args: readonly string[], onOutput: (text: string) => void): Promise<void> {
  const command = process.platform === "win32" ? "npm.cmd" : "npm";
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], shell: process.platform === "win32" });
    let errors = "";
    child.stdout.setEncoding("utf8").on("data", onOutput);
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text;
    });
    child.on("error", (cause) => {
      fail(new WeirError("io", `npm could not be started: ${cause.message}`, { cause, hint: "packs from npm need npm on the PATH" }));
    });
    child.on("close", (code) => {
      if (code === 0) done();
      else fail(runtimeError(`npm could not fetch the pack: ${firstError(errors)}`));
    });
  });
}

/** The first line of npm's complaint that says something. */
function firstError(errors: string): string {
  const lines = errors
    .split("\n")
    .map((line) => line.replace(/^npm (?:error|ERR!) ?/, "").trim())
    .filter((line) => line !== "" && !/^npm warn/i.test(line));
  return lines.find((line) => !/^(?:code|errno|syscall) /.test(line)) ?? lines[0] ?? "it gave no reason";
}
