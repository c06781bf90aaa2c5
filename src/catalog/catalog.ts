import { bindError, nearestName, type Span } from "../core/errors.ts";
import { type Schema, typeName } from "../core/types.ts";
import type { Expr, Query } from "../sql/ast.ts";
import type { SourceSpec, StreamSpec } from "./source-spec.ts";

/** A stored table, or a kept result (`_`, `_3`, `%%as prices`). */
export interface CatalogTable {
  readonly kind: "table";
  /** As it was written when created. */
  readonly name: string;
  readonly schema: Schema;
  readonly source: SourceSpec;
  /** By column; rows with NULL there are refused. */
  readonly notNull: readonly boolean[];
  /** By column; what INSERT puts where no value is given (NULL where undefined). */
  readonly defaults: readonly (Expr | undefined)[];
}

export interface CatalogView {
  readonly kind: "view";
  readonly name: string;
  /** Text of the query, for SHOW and for errors; `query` was parsed from it. */
  readonly sql: string;
  readonly query: Query;
  /** Names given to the first columns: `CREATE VIEW v(a, b) AS …`. */
  readonly columns: readonly string[];
  /** Made by CREATE STREAM … AS: a stream that is computed from others wherever it is read. */
  readonly stream?: boolean;
}

export interface CatalogStream {
  readonly kind: "stream";
  readonly name: string;
  readonly schema: Schema;
  readonly source: StreamSpec;
  /** Its CREATE STREAM, secrets as they were written. */
  readonly sql: string;
  readonly connector: string;
}

/** A query whose result is kept up to date as its streams bring rows. */
export interface CatalogMaterializedView {
  readonly kind: "materialized view";
  readonly name: string;
  readonly schema: Schema;
  /** Text of the query. */
  readonly sql: string;
  /** The rows as they are now. */
  rows(): SourceSpec & { readonly kind: "memory" };
  /** Its rows, and then every change of them, as a stream. */
  readonly changes: StreamSpec;
}

export type CatalogEntry = CatalogTable | CatalogView | CatalogStream | CatalogMaterializedView;

export interface SnapshotEntry {
  readonly name: string;
  readonly kind: "table" | "view" | "result" | "stream" | "materialized view";
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** Undefined where it takes reading to know. */
  readonly rowCount: number | undefined;
}

export interface SnapshotProperty {
  readonly name: string;
  readonly doc: string;
  /** The only values allowed. */
  readonly choices?: readonly string[];
}
export interface SnapshotConnector {
  readonly name: string;
  readonly properties: readonly SnapshotProperty[];
}
/** A model as its latest version is. */
export interface SnapshotModel {
  readonly name: string;
  /** From the oldest. */
  readonly versions: readonly number[];
  readonly inputs: SnapshotEntry["columns"];
  readonly outputs: SnapshotEntry["columns"];
}
export interface SnapshotPack {
  readonly name: string;
  readonly doc: string;
}

/** What completion needs, as plain data that crosses threads. */
export interface CatalogSnapshot {
  readonly entries: readonly SnapshotEntry[];
  /** What can stand in WITH of a stream. */
  readonly connectors?: readonly SnapshotConnector[];
  /** What can stand in WITH of a model and of functions. */
  readonly properties?: { readonly model: readonly SnapshotProperty[]; readonly function: readonly SnapshotProperty[] };
  readonly models?: readonly SnapshotModel[];
  /** Those that LOAD can load. */
  readonly packs?: readonly SnapshotPack[];
}

/** Names of everything that can stand in FROM. Names compare without regard to case. */
export class Catalog {
  readonly #tables = new Map<string, CatalogEntry>();
  readonly #results = new Map<string, CatalogTable>();
  /** Snapshots of entries; those of views hold until the next CREATE or DROP. */
  readonly #described = new WeakMap<CatalogEntry, { readonly ddl: number; readonly entry: SnapshotEntry }>();
  #ddl = 0;
  #derived: (name: string) => CatalogTable | undefined = () => undefined;

  /** Adds an entry; an existing one is an error unless `replace` is given and it is of the same kind. */
  create(entry: CatalogEntry, options: { replace?: boolean; span?: Span } = {}): void {
    const key = entry.name.toLowerCase();
    const existing = this.#tables.get(key);
    this.#ddl++;
    if (existing !== undefined) {
      if (existing.kind !== entry.kind) {
        throw bindError(
          `"${existing.name}" exists already and is a ${existing.kind}`,
          options.span,
          `DROP ${existing.kind.toUpperCase()} ${existing.name}`,
        );
      }
      if (options.replace !== true) {
        throw bindError(
          `${entry.kind} "${existing.name}" exists already`,
          options.span,
          `CREATE OR REPLACE ${entry.kind.toUpperCase()} replaces it`,
        );
      }
    }
    this.#tables.set(key, entry);
  }

  /** Removes a table or view; returns whether there was one. The wrong kind is an error. */
  drop(name: string, kind: CatalogEntry["kind"], span?: Span): boolean {
    const key = name.toLowerCase();
    const existing = this.#tables.get(key);
    this.#ddl++;
    if (existing === undefined) return kind === "table" && this.#results.delete(key);
    if (existing.kind !== kind)
      throw bindError(
        `"${existing.name}" is a ${existing.kind}, not a ${kind}`,
        span,
        `DROP ${existing.kind.toUpperCase()} ${existing.name}`,
      );
    return this.#tables.delete(key);
  }

  /** Keeps a result under a name, in place of an earlier one of that name. */
  setResult(result: CatalogTable): void {
    const key = result.name.toLowerCase();
    this.#results.delete(key);
    this.#results.set(key, result);
  }

  dropResult(name: string): boolean {
    return this.#results.delete(name.toLowerCase());
  }

  /** Kept results, oldest first. */
  results(): readonly CatalogTable[] {
    return [...this.#results.values()];
  }

  /** Tables and views, in the order of their names. */
  entries(): readonly CatalogEntry[] {
    return [...this.#tables.values()].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1));
  }

  lookup(name: string): CatalogEntry | undefined {
    const key = name.toLowerCase();
    return this.#tables.get(key) ?? this.#results.get(key) ?? this.#derived(key);
  }

  /** Tables that stand for something that changes by itself, made when they are asked for: late rows and dead letters (`q7$late`), results of running queries. */
  deriveTables(lookup: (name: string) => CatalogTable | undefined): void {
    this.#derived = lookup;
  }

  /** The entry of a name, or an error that suggests the nearest one. */
  get(name: string, span?: Span): CatalogEntry {
    const entry = this.lookup(name);
    if (entry === undefined) throw this.missing(name, span);
    return entry;
  }

  /** The stored table of a name, as INSERT needs it. */
  getTable(name: string, span?: Span): CatalogTable {
    const entry = this.get(name, span);
    if (entry.kind !== "table") throw bindError(`"${entry.name}" is a ${entry.kind}, not a table`, span);
    return entry;
  }

  missing(name: string, span?: Span, moreNames: Iterable<string> = []): Error {
    if (/^_\d*$/.test(name)) return bindError(`result "${name}" does not exist`, span, this.#resultHint());
    const near = nearestName(name, [...moreNames, ...this.names()]);
    return bindError(
      `table "${name}" does not exist`,
      span,
      near === undefined ? "a file is named in quotes: FROM 'data.csv'" : `did you mean "${near}"?`,
    );
  }

  #resultHint(): string {
    const kept = this.results().map((result) => result.name);
    return kept.length === 0 ? "no result is kept so far" : `kept are ${kept.join(", ")}; CREATE TABLE … AS keeps one for good`;
  }

  names(): string[] {
    return [...this.#tables.values(), ...this.#results.values()].map((entry) => entry.name);
  }

  /**
   * Immutable plain data for completion and inspection. What has not changed since the last snapshot is the same object.
   * @param viewSchema gives the columns of a view; it may throw, and the view then stands there without columns.
   */
  snapshot(viewSchema: (view: CatalogView) => Schema): CatalogSnapshot {
    const describe = (entry: CatalogEntry, kind: SnapshotEntry["kind"]): SnapshotEntry => {
      const known = this.#described.get(entry);
      if (known !== undefined && (entry.kind !== "view" || known.ddl === this.#ddl)) return known.entry;
      const columns = (entry.kind === "view" ? columnsOfView(entry, viewSchema) : entry.schema).map((field) => ({
        name: field.name,
        type: typeName(field.type),
      }));
      const described = { name: entry.name, kind, columns, rowCount: entry.kind === "table" ? entry.source.rowCount : undefined };
      this.#described.set(entry, { ddl: this.#ddl, entry: described });
      return described;
    };
    return {
      entries: [
        ...this.entries().map((entry) => describe(entry, entry.kind === "view" && entry.stream === true ? "stream" : entry.kind)),
        ...this.results().map((entry) => describe(entry, "result")),
      ],
    };
  }
}

/** A view over a table that was dropped since has no columns to show; that must not stop completion. */
function columnsOfView(view: CatalogView, viewSchema: (view: CatalogView) => Schema): Schema {
  try {
    return viewSchema(view);
  } catch {
    return [];
  }
}
