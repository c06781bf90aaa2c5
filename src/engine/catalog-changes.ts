import type { CatalogSnapshot, SnapshotConnector, SnapshotEntry } from "../catalog/catalog.ts";

/** What changed between two snapshots: a session keeps many results, and only a few of them are new after a statement. */
export interface CatalogChanges {
  readonly changed: readonly SnapshotEntry[];
  /** Keys of entries that are gone. */
  readonly removed: readonly string[];
  /** Sent once: they never change. */
  readonly connectors?: readonly SnapshotConnector[];
}

/** A table and a result may have the same name. */
const keyOf = ({ kind, name }: SnapshotEntry): string => `${kind === "result" ? "result" : "table"} ${name.toLowerCase()}`;

/** The side that has the catalog. */
export class CatalogPublisher {
  #published = new Map<string, SnapshotEntry>();
  #sentConnectors = false;

  /** What to send; undefined where nothing changed. */
  changes({ entries, connectors: all }: CatalogSnapshot): CatalogChanges | undefined {
    const connectors = this.#sentConnectors ? undefined : all;
    this.#sentConnectors = true;
    const next = new Map(entries.map((entry) => [keyOf(entry), entry]));
    const changed = entries.filter((entry) => this.#published.get(keyOf(entry)) !== entry);
    const removed = [...this.#published.keys()].filter((key) => !next.has(key));
    this.#published = next;
    return changed.length + removed.length === 0 && connectors === undefined ? undefined : { changed, removed, connectors };
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

  apply({ changed, removed, connectors = this.#snapshot.connectors }: CatalogChanges): void {
    for (const key of [...removed, ...changed.map(keyOf)]) this.#entries.delete(key);
    for (const entry of changed) this.#entries.set(keyOf(entry), entry);
    const all = [...this.#entries.values()];
    const stored = all.filter((entry) => entry.kind !== "result");
    stored.sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
    this.#snapshot = { entries: [...stored, ...all.filter((entry) => entry.kind === "result")], connectors };
  }
}
