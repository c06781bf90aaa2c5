import { type FunctionInfo, functionInfo } from "../assist/index.ts";
import type { FunctionDefinition } from "../catalog/function-types.ts";

/** Functions that are new or others than before, and the names of those that are gone. */
export interface FunctionChanges {
  readonly changed: readonly FunctionInfo[];
  readonly removed: readonly string[];
}

/** The side that has the functions: follows those of the user's own and of packs. */
export class FunctionPublisher {
  /** Weakly: a definition holds its module, and what that keeps is to go once nobody calls it. */
  #published = new Map<string, WeakRef<FunctionDefinition | FunctionInfo>>();

  /** What to send; undefined where nothing changed. `infos` are of functions that are known and not there. */
  changes(definitions: readonly FunctionDefinition[], infos: readonly FunctionInfo[] = []): FunctionChanges | undefined {
    const next = new Map([...infos, ...definitions].map((one) => [one.name, one]));
    const isNew = (one: FunctionDefinition | FunctionInfo): boolean =>
      this.#published.get(one.name)?.deref() !== one && next.get(one.name) === one;
    const changed = [...definitions.filter(isNew).map(functionInfo), ...infos.filter(isNew)];
    const removed = [...this.#published.keys()].filter((name) => !next.has(name));
    this.#published = new Map([...next].map(([name, one]) => [name, new WeakRef(one)]));
    return changed.length + removed.length === 0 ? undefined : { changed, removed };
  }
}

/** The side that follows it. */
export class FunctionFollower {
  readonly #byName = new Map<string, FunctionInfo>();
  #all: readonly FunctionInfo[] = [];

  /** In alphabetical order. */
  get all(): readonly FunctionInfo[] {
    return this.#all;
  }

  apply({ changed, removed }: FunctionChanges): void {
    for (const name of removed) this.#byName.delete(name);
    for (const info of changed) this.#byName.set(info.name, info);
    this.#all = [...this.#byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
