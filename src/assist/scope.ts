import type { CatalogSnapshot, SnapshotModel } from "../catalog/catalog.ts";
import { type CompletionContext, type Relation, visibleName } from "../sql/index.ts";
import { tokenize } from "../sql/tokenizer.ts";

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

/** The model of a name as it is written, with a version or without. */
export function findModel({ models }: CatalogSnapshot, written: string): SnapshotModel | undefined {
  const bare = written.replace(/@\d+$/, "");
  return models?.find(({ name }) => same(name, bare));
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

/**
 * Columns that can stand at a position. A qualifier that no relation in FROM has may be a CTE or table that is still to be put there, or
 * a column with fields.
 */
export function columnsInScope(context: CompletionContext, known: Known): ScopeColumn[] {
  const columns = relationsFor(context).flatMap((relation) => columnsOf(relation, context.ctes, known));
  const qualifier = context.qualifier.at(-1);
  if (qualifier === undefined || columns.length > 0) return columns;
  const inScope = context.relations.flatMap((relation) => columnsOf(relation, context.ctes, known));
  const nested = inScope.find((column) => same(column.name, qualifier));
  if (nested !== undefined) return fieldsOf(nested.type ?? "").map((field) => ({ ...field, relation: undefined }));
  const cte = context.ctes.find((relation) => same(visibleName(relation) ?? "", qualifier));
  if (cte !== undefined) return columnsOf(cte, context.ctes, known);
  return (findEntry(known.catalog, qualifier)?.columns ?? []).map((column) => ({ ...column, relation: qualifier }));
}

/** Names and types in `STRUCT(a INTEGER, b STRUCT(c DATE))`; nothing for other types. */
function fieldsOf(type: string): { name: string; type: string }[] {
  if (!type.startsWith("STRUCT(") || !type.endsWith(")")) return [];
  const tokens = tokenize(type).list;
  const fields: { name: string; type: string }[] = [];
  let depth = 0;
  let atName = false;
  let typeStart = 0;
  for (const [i, token] of tokens.entries()) {
    if (atName) {
      const name = token.type === "quoted" ? token.value : type.slice(token.start, token.end);
      fields.push({ name, type: "" });
      typeStart = token.end;
      atName = false;
    } else if (token.value === "(") {
      depth++;
      atName = depth === 1 && i === 1;
    } else if (token.value === ")" || token.value === ",") {
      if (depth === 1) fields[fields.length - 1].type = type.slice(typeStart, token.start).trim();
      if (token.value === ")") depth--;
      else atName = depth === 1;
    }
  }
  return fields;
}

/** The relations that a qualifier means: all of them without one. */
export function relationsFor(context: CompletionContext): readonly Relation[] {
  const qualifier = context.qualifier.at(-1);
  if (qualifier === undefined) return context.relations;
  return context.relations.filter((relation) => same(visibleName(relation) ?? "", qualifier));
}
