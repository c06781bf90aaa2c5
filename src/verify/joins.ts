import type { Catalog } from "../catalog/catalog.ts";
import { takeNearest } from "../plan/binder/asof.ts";
import { type Expr, type Join, type Node, type Query, type TableNameRef, walk } from "../sql/index.ts";

/** Joins in time that DuckDB has no words for: what they are called, for saying that they were not checked. */
export function joinsWithoutCounterpart(query: Query, catalog: Pick<Catalog, "lookup">): string[] {
  const found = new Set<string>();
  walk(query, (node) => {
    if (node.kind === "join" && node.tolerance !== undefined) found.add("TOLERANCE");
    if (node.kind === "join" && node.within !== undefined) found.add("WITHIN");
    if (node.kind === "joinRange") found.add("WINDOW JOIN");
    if (node.kind === "join" && isAsofNearest(node)) found.add("NEAREST");
    if (node.kind === "tableName" && node.systemTime !== undefined && isStream(node, catalog)) found.add("FOR SYSTEM_TIME AS OF a stream");
  });
  return [...found];
}

/** Clauses that DuckDB does not have. */
export function clausesWithoutCounterpart(query: Query): string[] {
  const found = new Set<string>();
  walk(query, (node) => {
    if (node.kind === "sampleBy") found.add("SAMPLE BY");
    if (node.kind === "latestOn") found.add("LATEST ON");
    if (node.kind === "groupWindow") found.add("GROUP BY … WINDOW");
  });
  return [...found];
}

const isAsofNearest = ({ type, on, matchCondition }: Join): boolean =>
  (type === "asof" || type === "asof left") && [on, matchCondition].some((condition) => takeNearest(condition).nearest !== undefined);

const isStream = (table: TableNameRef, catalog: Pick<Catalog, "lookup">): boolean =>
  catalog.lookup(table.name[table.name.length - 1].name)?.kind === "stream";

/** MATCH_CONDITION as a part of ON, which is where DuckDB has it. */
export function withMatchInOn(join: Join): Node {
  const { matchCondition, on, ...rest } = join;
  if (matchCondition === undefined) return join;
  const both: Expr =
    on === undefined ? matchCondition : { kind: "binary", op: "AND", left: on, right: matchCondition, span: on.span, opSpan: on.span };
  return { ...rest, on: both };
}

/** A table has one version: the rows it has now. */
export function withoutSystemTime(table: TableNameRef): Node {
  const { systemTime: _now, ...rest } = table;
  return rest;
}
