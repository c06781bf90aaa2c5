import type { FunctionRegistry } from "../../catalog/function-registry.ts";
import type { FunctionDefinition } from "../../catalog/function-types.ts";
import { bindError, nearestName, type Span } from "../../core/errors.ts";
import { loadModule } from "../load-module.ts";
import type { FoundPack } from "./folders.ts";
import { disagreements, MANIFEST, type PackFunction } from "./manifest.ts";
import { readPackModules } from "./modules.ts";

/** The packs of a session: `LOAD` evaluates a pack's modules and registers its functions as `pack.function`. */
export class Packs {
  readonly #loaded = new Map<string, FoundPack>();

  /** By name, in the order in which they were loaded. */
  loaded(): readonly FoundPack[] {
    return [...this.#loaded.values()];
  }

  lookup(name: string): FoundPack | undefined {
    return this.#loaded.get(name.toLowerCase());
  }

  /** The loaded pack of a name, or an error that suggests the nearest one. */
  get(name: string, span?: Span): FoundPack {
    const found = this.lookup(name);
    if (found !== undefined) return found;
    const near = nearestName(
      name,
      this.loaded().map(({ manifest }) => manifest.name),
    );
    throw bindError(
      `pack "${name}" is not loaded`,
      span,
      near === undefined ? "SHOW PACKS lists what there is" : `did you mean "${near}"?`,
    );
  }

  /**
   * Evaluates a pack's modules and registers its functions. Loading it again takes the functions as its files are now. Either all of them are
   * registered or, where a file is wrong, none.
   */
  async load(found: FoundPack, functions: FunctionRegistry, span?: Span): Promise<void> {
    const { manifest } = found;
    const modules = readPackModules(found);
    const [difference] = disagreements(
      manifest,
      modules.flatMap((module) => module.functions),
    );
    if (difference !== undefined) {
      throw bindError(
        `pack ${manifest.name}: ${MANIFEST} and the modules differ: ${difference}`,
        span,
        "weir udf test --update writes it anew",
      );
    }
    const stated = new Map(manifest.functions.map((fn) => [fn.name, fn]));
    const definitions: FunctionDefinition[] = [];
    const options = { sql: loadStatement(found), evaluated: new Map() };
    for (const module of modules) {
      for (const definition of await loadModule(module, options)) {
        const fn = stated.get(definition.name.slice(definition.name.indexOf(".") + 1));
        definitions.push(fn === undefined ? definition : documented(definition, fn));
      }
    }
    this.unload(manifest.name, functions);
    for (const definition of definitions) functions.define(definition, { replace: true, span });
    this.#loaded.set(manifest.name.toLowerCase(), found);
  }

  /** Takes a pack's functions out again; queries that run go on with what they have. Says whether it was loaded. */
  unload(name: string, functions: FunctionRegistry): boolean {
    const prefix = `${name.toLowerCase()}.`;
    if (!this.#loaded.delete(name.toLowerCase())) return false;
    for (const { name: fn, origin } of functions.userDefined()) {
      if (origin?.pack !== undefined && fn.toLowerCase().startsWith(prefix)) functions.drop(fn);
    }
    return true;
  }
}

/** The statement that makes the functions anew, where a job goes on in another session. */
const loadStatement = ({ manifest, folder, where }: FoundPack): string =>
  where === "folder" ? `LOAD '${folder.replaceAll("'", "''")}'` : `LOAD ${manifest.name}`;

/** With what the manifest says of it. */
const documented = (definition: FunctionDefinition, { doc, example = "", result = "" }: PackFunction): FunctionDefinition => ({
  ...definition,
  doc: { ...definition.doc, summary: doc, example, result },
});
