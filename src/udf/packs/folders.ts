import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { bindError, nearestName, type Span } from "../../core/errors.ts";
import { MANIFEST, type PackManifest, readManifest } from "./manifest.ts";

/** Where a pack comes from: it ships with Weir, was installed, or is a folder named by its path. */
export type PackWhere = "shipped" | "installed" | "folder";

export interface FoundPack {
  readonly manifest: PackManifest;
  readonly folder: string;
  readonly where: PackWhere;
}

/** Folder of the packs that ship with Weir: `udfs/` beside the nearest package.json of ours, in the sources and in the build alike. */
export const shippedFolder = (): string => {
  let folder = import.meta.dirname;
  while (!isOurs(join(folder, "package.json"))) {
    const parent = resolve(folder, "..");
    if (parent === folder) throw new Error(`no package.json of weir-sql above ${import.meta.dirname}`);
    folder = parent;
  }
  return join(folder, "udfs");
};

const isOurs = (file: string): boolean => existsSync(file) && JSON.parse(readFileSync(file, "utf8")).name === "weir-sql";

/** Weir's own folder among the user's data, the one that holds the kernel's history too: by Jupyter's rules, JUPYTER_DATA_DIR first. */
export function weirDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  if (env.JUPYTER_DATA_DIR) return join(env.JUPYTER_DATA_DIR, "weir");
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter", "weir");
  if (process.platform === "win32") return join(env.APPDATA ?? join(homedir(), "AppData", "Roaming"), "jupyter", "weir");
  return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter", "weir");
}

/** Folder of what INSTALL PACK has installed: one folder a pack. */
export const installedFolder = (env: NodeJS.ProcessEnv = process.env): string => join(weirDataFolder(env), "packs");

/** Shipped packs, then installed ones, in alphabetical order each. A folder whose manifest cannot be read is left out and told to `warn`. */
export function knownPacks(warn: (message: string) => void = () => {}): readonly FoundPack[] {
  return [...packsIn(shippedFolder(), "shipped", warn), ...packsIn(installedFolder(), "installed", warn)];
}

function packsIn(parent: string, where: PackWhere, warn: (message: string) => void): FoundPack[] {
  if (!existsSync(parent)) return [];
  return readdirSync(parent)
    .filter((name) => !name.startsWith(".") && existsSync(join(parent, name, MANIFEST)))
    .sort()
    .flatMap((name) => {
      const folder = join(parent, name);
      try {
        return [{ manifest: readManifest(folder), folder, where }];
      } catch (error) {
        warn((error as Error).message);
        return [];
      }
    });
}

/** A path has a slash or begins with a point; anything else is a name. */
export const isPath = (written: string): boolean => /[\\/]/.test(written) || written.startsWith(".") || isAbsolute(written);

/** The pack of a name or a path, relative to `cwd`; an unknown name is an error that suggests the nearest one. */
export function findPack(written: string, cwd: string, span?: Span): FoundPack {
  if (isPath(written)) {
    const folder = resolve(cwd, written);
    if (!existsSync(folder) || !statSync(folder).isDirectory()) throw bindError(`there is no folder "${written}"`, span);
    return { manifest: readManifest(folder), folder, where: "folder" };
  }
  for (const [parent, where] of [
    [shippedFolder(), "shipped"],
    [installedFolder(), "installed"],
  ] as const) {
    const folder = join(parent, written.toLowerCase());
    if (/^\w+$/.test(written) && existsSync(join(folder, MANIFEST))) return { manifest: readManifest(folder), folder, where };
  }
  const known = knownPacks().map(({ manifest }) => manifest.name);
  const near = nearestName(written, known);
  throw bindError(
    `there is no pack "${written}"`,
    span,
    near === undefined
      ? `there ${known.length === 0 ? "is none" : `are ${known.join(", ")}`}; INSTALL PACK 'folder or npm name' brings others`
      : `did you mean "${near}"?`,
  );
}

/** What to do for a function, `vwap` or `finance.vwap`, that no loaded pack has and another one does. */
export function packWith(name: string): string | undefined {
  const wanted = name.toLowerCase();
  const pack = knownPacks().find(({ manifest }) =>
    manifest.functions.some((fn) => [fn.name, `${manifest.name}.${fn.name}`].some((spelling) => spelling.toLowerCase() === wanted)),
  );
  return pack === undefined ? undefined : `pack ${pack.manifest.name} has it: LOAD ${pack.manifest.name}`;
}
