import { readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { bindError, WeirError } from "../../core/errors.ts";
import type { ModuleSource } from "../module-source.ts";
import { readModule } from "../read-module.ts";
import type { FoundPack } from "./folders.ts";

/**
 * The modules that a pack's manifest names, ready to run, in its order; nothing is evaluated. They import `weir-sql/udf` and files of their own pack
 * (`./smoothing.ts`), which come with them. An error names file, line and column.
 */
export function readPackModules({ manifest, folder }: Pick<FoundPack, "manifest" | "folder">): readonly ModuleSource[] {
  const reader = new PackReader(manifest.name, folder, new Set(manifest.modules.map((file) => join(folder, file))));
  return manifest.modules.map((file) => reader.read(join(folder, file)));
}

class PackReader {
  readonly #pack: string;
  readonly #folder: string;
  /** Files whose exports are the pack's functions; other files are for those to import. */
  readonly #modules: ReadonlySet<string>;
  readonly #read = new Map<string, ModuleSource>();
  /** Files that are being read, each imported by the one before. */
  readonly #path: string[] = [];

  constructor(pack: string, folder: string, modules: ReadonlySet<string>) {
    this.#pack = pack;
    this.#folder = folder;
    this.#modules = modules;
  }

  read(file: string): ModuleSource {
    const known = this.#read.get(file);
    if (known !== undefined) return known;
    const circle = this.#path.indexOf(file);
    if (circle >= 0) {
      const names = [...this.#path.slice(circle), file].map((path) => this.#name(path));
      throw bindError(`modules of pack ${this.#pack} import one another in a circle: ${names.join(", ")}`);
    }
    this.#path.push(file);
    const module = readModule(this.#text(file), {
      name: `${this.#pack}/${this.#name(file)}`,
      place: { kind: "file", path: file },
      pack: this.#pack,
      wanted: () => this.#modules.has(file),
      resolve: (specifier) => this.#resolve(specifier, file),
    });
    this.#path.pop();
    this.#read.set(file, module);
    return module;
  }

  /** Only files of this pack, by a relative name. */
  #resolve(specifier: string, from: string): ModuleSource | undefined {
    if (!/^\.\.?\//.test(specifier) || !specifier.endsWith(".ts")) return undefined;
    const file = resolve(dirname(from), specifier);
    return isInside(this.#folder, file) && isInside(realpathSync(this.#folder), realPath(file)) ? this.read(file) : undefined;
  }

  #name(file: string): string {
    return relative(this.#folder, file).replaceAll(sep, "/");
  }

  #text(file: string): string {
    try {
      if (!statSync(file).isFile()) throw new Error("it is no file");
      return readFileSync(file, "utf8").replace(/^\uFEFF/, "");
    } catch (cause) {
      const missing = (cause as NodeJS.ErrnoException).code === "ENOENT";
      throw new WeirError(
        "io",
        missing ? `pack ${this.#pack} has no file "${this.#name(file)}"` : `cannot read "${file}": ${(cause as Error).message}`,
        {
          cause,
        },
      );
    }
  }
}

function isInside(folder: string, file: string): boolean {
  const path = relative(folder, file);
  return path !== "" && !path.startsWith("..") && !isAbsolute(path);
}

/** Where links lead; a file that is not there is reported when it is read. */
function realPath(file: string): string {
  try {
    return realpathSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return join(realpathSync(dirname(file)), "missing");
    throw error;
  }
}
