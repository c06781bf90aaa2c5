import type { CatalogSnapshot, SnapshotEntry } from "../catalog/catalog.ts";

/** What changed between two snapshots: a session keeps many results, and only a few of them are new after a statement. */
export interface CatalogChanges {
  readonly changed: readonly SnapshotEntry[];
  /** Keys of entries that are gone. */
  readonly removed: readonly string[];
  /** Short lists go as a whole, and only where they are others than before. */
  readonly lists: Partial<CatalogLists>;
}

type CatalogLists = Omit<CatalogSnapshot, "entries">;
const LISTS = ["connectors", "properties", "models", "packs"] as const satisfies readonly (keyof CatalogLists)[];

/** A table and a result may have the same name. */
const keyOf = ({ kind, name }: SnapshotEntry): string => `${kind === "result" ? "result" : "table"} ${name.toLowerCase()}`;

/** The side that has the catalog. */
export class CatalogPublisher {
  #published = new Map<string, SnapshotEntry>();
  readonly #lists = new Map<string, { readonly list: unknown; readonly text: string }>();

  /** What to send; undefined where nothing changed. */
  changes(snapshot: CatalogSnapshot): CatalogChanges | undefined {
    const { entries } = snapshot;
    const next = new Map(entries.map((entry) => [keyOf(entry), entry]));
    const changed = entries.filter((entry) => this.#published.get(keyOf(entry)) !== entry);
    const removed = [...this.#published.keys()].filter((key) => !next.has(key));
    this.#published = next;
    const lists = Object.fromEntries(LISTS.filter((name) => this.#isNew(name, snapshot[name])).map((name) => [name, snapshot[name]]));
    return changed.length + removed.length + Object.keys(lists).length === 0 ? undefined : { changed, removed, lists };
  }

  /** Models are described anew each time: their text tells, where it is not the same object. */
  #isNew(name: string, list: unknown): boolean {
    const before = this.#lists.get(name);
    if (list === before?.list) return false;
    const text = JSON.stringify(list) ?? "";
    this.#lists.set(name, { list, text });
    return text !== (before?.text ?? "");
  }
}

/** The side that follows it. */
export class CatalogFollower {
  readonly #entries = new Map<string, SnapshotEntry>();
  #snapshot: CatalogSnapshot = { entries: [] };

  /** Tables and views by name, then results, oldest first. */
  get snapshot(): CatalogSnapshot {
    return this.#snapshot;
  }

  apply({ changed, removed, lists }: CatalogChanges): void {
    for (const key of [...removed, ...changed.map(keyOf)]) this.#entries.delete(key);
    for (const entry of changed) this.#entries.set(keyOf(entry), entry);
    const all = [...this.#entries.values()];
    const stored = all.filter((entry) => entry.kind !== "result");
    stored.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
    this.#snapshot = { ...this.#snapshot, ...lists, entries: [...stored, ...all.filter((entry) => entry.kind === "result")] };
  }
}
