import { bindError, type Span } from "../core/errors.ts";
import type { FunctionDefinition } from "./function-types.ts";

/** All functions by lower-case name. Refuses a silent override. */
export class FunctionRegistry {
  readonly #byName: Map<string, FunctionDefinition>;
  /** Functions of the user's own, by lower-case name. */
  readonly #own: Map<string, FunctionDefinition>;
  /** How a function that is not here can be had: the hint of the error, where one is known. */
  elsewhere: (name: string) => string | undefined = () => undefined;

  constructor(builtIn = new Map<string, FunctionDefinition>(), own = new Map<string, FunctionDefinition>()) {
    this.#byName = builtIn;
    this.#own = own;
  }

  /** Registries that were pinned from this one, as far as somebody still has them. */
  #pins: WeakRef<FunctionRegistry>[] = [];
  #pinsLooked = 0;

  /** The same functions, of which the user's own stay as they are now, whatever is defined and dropped here later. */
  pinned(): FunctionRegistry {
    const pinned = new FunctionRegistry(this.#byName, new Map(this.#own));
    pinned.elsewhere = this.elsewhere;
    if (this.#own.size > 0) this.#remember(pinned);
    return pinned;
  }

  #remember(pinned: FunctionRegistry): void {
    if (this.#pins.length >= 2 * this.#pinsLooked + 16) {
      this.#pins = this.#pins.filter((pin) => pin.deref() !== undefined);
      this.#pinsLooked = this.#pins.length;
    }
    this.#pins.push(new WeakRef(pinned));
  }

  /** Puts what does the same in the place of a definition, here and wherever it is pinned, so that nobody holds the old one. */
  renew(old: FunctionDefinition, fresh: FunctionDefinition): void {
    const key = old.name.toLowerCase();
    if (this.#own.get(key) === old) this.#own.set(key, fresh);
    for (const pin of this.#pins) pin.deref()?.renew(old, fresh);
  }

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
    if (this.#byName.has(key)) throw bindError(`${definition.name} is a built-in function`, options.span, "give yours another name");
    if (this.#own.has(key) && options.replace !== true) {
      throw bindError(`function "${definition.name}" exists already`, options.span, "CREATE OR REPLACE FUNCTION replaces it");
    }
    this.#own.set(key, definition);
  }

  /** Removes a function of the user's own; says whether there was one. */
  drop(name: string, span?: Span): boolean {
    const existing = this.lookup(name);
    if (existing === undefined) return false;
    if (existing.origin === undefined) throw bindError(`${existing.name} is a built-in function and cannot be dropped`, span);
    return this.#own.delete(name.toLowerCase());
  }

  /** Functions of the user's own, in alphabetical order. */
  userDefined(): FunctionDefinition[] {
    return byName(this.#own.values());
  }

  registerAll(definitions: readonly FunctionDefinition[]): void {
    for (const definition of definitions) this.register(definition);
  }

  lookup(name: string): FunctionDefinition | undefined {
    const key = name.toLowerCase();
    return this.#byName.get(key) ?? this.#own.get(key);
  }

  names(): Iterable<string> {
    return [...this.#byName.keys(), ...this.#own.keys()];
  }

  /** Each definition once, by its primary name, in alphabetical order. */
  definitions(): FunctionDefinition[] {
    return byName([...this.#byName.values(), ...this.#own.values()]);
  }
}

const byName = (definitions: Iterable<FunctionDefinition>): FunctionDefinition[] =>
  [...new Set(definitions)].sort((a, b) => (a.name < b.name ? -1 : 1));
