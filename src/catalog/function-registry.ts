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
