import type { SnapshotPack } from "../catalog/catalog.ts";
import type { FoundPack } from "../udf/packs/folders.ts";
import { knownPacks } from "../udf/packs/folders.ts";
import type { PackFunction, PackManifest } from "../udf/packs/manifest.ts";
import type { Packs } from "../udf/packs/packs.ts";
import type { FunctionInfo } from "./function-info.ts";

/** What completion knows of packs, loaded or not, from their manifests: none of their code runs for it. */
export class PackAssist {
  readonly #loaded: Packs;
  #packs: readonly FoundPack[] = [];
  #infos: readonly FunctionInfo[] = [];

  constructor(loaded: Packs) {
    this.#loaded = loaded;
    this.refresh();
  }

  /** Reads the manifests again: something was installed, loaded or dropped. */
  refresh(): void {
    const loaded = this.#loaded.loaded();
    const folders = new Set(loaded.map(({ folder }) => folder));
    const others = knownPacks().filter(({ folder }) => !folders.has(folder));
    this.#packs = [...loaded, ...others].sort((a, b) => (a.manifest.name < b.manifest.name ? -1 : 1));
    const isLoaded = ({ manifest }: FoundPack): boolean => this.#loaded.lookup(manifest.name) !== undefined;
    this.#infos = others
      .filter((pack) => !isLoaded(pack))
      .flatMap(({ manifest }) => manifest.functions.map((fn) => manifestFunction(manifest, fn)));
  }

  get snapshot(): readonly SnapshotPack[] {
    return this.#packs.map(({ manifest }) => ({ name: manifest.name, doc: manifest.description }));
  }

  /** Functions of packs that are not loaded. */
  get functions(): readonly FunctionInfo[] {
    return this.#infos;
  }
}

function manifestFunction({ name: pack }: PackManifest, fn: PackFunction): FunctionInfo {
  const name = `${pack}.${fn.name}`;
  const params = fn.params.map((param) => (param.optional === true ? `[${param.name} ${param.type}]` : `${param.name} ${param.type}`));
  if (fn.variadic === true) params.push("…");
  return {
    ...{ kind: fn.kind, name, aliases: [], family: pack, origin: pack, isLoaded: false, options: [] },
    call: `${name}(${fn.params.map((param) => param.name).join(", ")})`,
    signatures: [`${name}(${params.join(", ")}) → ${fn.returns}`],
    ...{ summary: fn.doc, example: fn.example ?? "", result: fn.result ?? "" },
  };
}
