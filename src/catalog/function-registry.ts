import { bindError, type Span } from "../core/errors.ts";
import type { FunctionDefinition } from "./function-types.ts";

/** All functions by lower-case name. Refuses a silent override. */
export class FunctionRegistry {
  readonly #byName = new Map<string, FunctionDefinition>();

  register(definition: FunctionDefinition): void {
    for (const name of [definition.name, ...(definition.aliases ?? [])]) {
      const key = name.toLowerCase();
      const existing = this.#byName.get(key);
      if (existing !== undefined) throw new Error(`function ${name} is registered twice (${existing.family} and ${definition.family})`);
      this.#byName.set(key, definition);
    }
  }

  /** Adds a function of the user's own, or puts it in the place of one; a built-in function stays what it is. */
  define(definition: FunctionDefinition, options: { replace?: boolean; span?: Span } = {}): void {
    const key = definition.name.toLowerCase();
    const existing = this.#byName.get(key);
    if (existing !== undefined && existing.origin === undefined) {
      throw bindError(`${definition.name} is a built-in function`, options.span, "give yours another name");
    }
    if (existing !== undefined && options.replace !== true) {
      throw bindError(`function "${definition.name}" exists already`, options.span, "CREATE OR REPLACE FUNCTION replaces it");
    }
    this.#byName.set(key, definition);
  }

  /** Removes a function of the user's own; says whether there was one. */
  drop(name: string, span?: Span): boolean {
    const existing = this.lookup(name);
    if (existing === undefined) return false;
    if (existing.origin === undefined) throw bindError(`${existing.name} is a built-in function and cannot be dropped`, span);
    return this.#byName.delete(name.toLowerCase());
  }

  /** Functions of the user's own, in alphabetical order. */
  userDefined(): FunctionDefinition[] {
    return this.definitions().filter((definition) => definition.origin !== undefined);
  }

  registerAll(definitions: readonly FunctionDefinition[]): void {
    for (const definition of definitions) this.register(definition);
  }

  lookup(name: string): FunctionDefinition | undefined {
    return this.#byName.get(name.toLowerCase());
  }

  names(): IterableIterator<string> {
    return this.#byName.keys();
  }

  /** Each definition once, by its primary name, in alphabetical order. */
  definitions(): FunctionDefinition[] {
    return [...new Set(this.#byName.values())].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
