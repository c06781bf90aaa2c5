import type { SourceSpec } from "../../catalog/source-spec.ts";
import { bindError, type Span } from "../../core/errors.ts";
import { type Schema, typeName } from "../../core/types.ts";
import type { TableAlias } from "../../sql/ast.ts";
import type { LogicalPlan } from "../logical-plan.ts";
import { dedupeNames } from "./dedupe-names.ts";
import type { Relation } from "./relation.ts";
import { tableScope } from "./scope.ts";

/** A scan of all columns. */
export function scanPlan(name: string, source: SourceSpec): LogicalPlan {
  const columns = source.schema.map((_, i) => i);
  return { kind: "scan", schema: source.schema, name, source, columns, filter: undefined, limit: undefined };
}

/** `data/flights.csv.gz` is known as `flights`. */
export function fileAlias(path: string): string {
  const base = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  const dot = base.indexOf(".", 1);
  return dot === -1 ? base : base.slice(0, dot);
}

/** A relation under its own name or its alias, with the alias's column names. */
export function aliased(plan: LogicalPlan, name: string, alias: TableAlias | undefined): Relation {
  const table = alias?.name.name ?? name;
  const names = alias?.columns.map((column) => column.name) ?? [];
  const schema = renameFields(plan.schema, names, table, alias?.span);
  return { plan, scope: tableScope(table, dedupeNames(schema)) };
}

/** The schema with its first columns renamed. */
export function renameFields(schema: Schema, names: readonly string[], table: string, span: Span | undefined): Schema {
  if (names.length > schema.length) {
    throw bindError(
      `"${table}" has ${schema.length} columns, but ${names.length} names are given: ${schema.map((field) => typeName(field.type)).join(", ")}`,
      span,
    );
  }
  return schema.map((field, i) => (i < names.length ? { ...field, name: names[i] } : field));
}
