import type { CatalogSnapshot } from "../catalog/catalog.ts";
import { type CompletionContext, type Relation, visibleName } from "../sql/index.ts";

/** What the names in a half-written query stand for. */

export interface ScopeColumn {
  readonly name: string;
  /** SQL spelling; undefined where it takes binding to know. */
  readonly type: string | undefined;
  /** By which name the column can be qualified. */
  readonly relation: string | undefined;
}

/** What is known outside the text. */
export interface Known {
  readonly catalog: CatalogSnapshot;
  /** Columns of a file, where they are known already. */
  fileColumns?(path: string): readonly { readonly name: string; readonly type: string }[] | undefined;
}

export type CatalogEntry = CatalogSnapshot["entries"][number];

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export function findEntry(catalog: CatalogSnapshot, name: string): CatalogEntry | undefined {
  return catalog.entries.find((entry) => same(entry.name, name));
}

/** Columns of a relation, in order. CTEs hide tables of the same name. */
export function columnsOf(relation: Relation, ctes: readonly Relation[], known: Known): ScopeColumn[] {
  return unqualified(relation, ctes, known).map((column) => ({ ...column, relation: visibleName(relation) }));
}

function unqualified(relation: Relation, ctes: readonly Relation[], known: Known): { name: string; type: string | undefined }[] {
  const own = relation.columns.map((name) => ({ name, type: undefined }));
  const included = relation.includes.flatMap((inner) => unqualified(inner, ctes, known));
  const name = relation.name.at(-1);
  if (name === undefined || relation.kind === "function") return [...own, ...included];
  if (relation.kind === "file") return [...(known.fileColumns?.(name) ?? [])];
  if (relation.kind === "query") return [...own, ...included];
  const cte = relation.name.length === 1 ? ctes.find((candidate) => candidate.name.some((part) => same(part, name))) : undefined;
  if (cte !== undefined && cte !== relation) {
    return unqualified(
      cte,
      ctes.filter((other) => other !== cte),
      known,
    );
  }
  return [...(findEntry(known.catalog, name)?.columns ?? [])];
}

/** The relations that a qualifier means: all of them without one. */
export function relationsFor(context: CompletionContext): readonly Relation[] {
  const qualifier = context.qualifier.at(-1);
  if (qualifier === undefined) return context.relations;
  return context.relations.filter((relation) => same(visibleName(relation) ?? "", qualifier));
}
