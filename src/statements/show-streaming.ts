import { CONNECTORS } from "../connectors/registry.ts";
import { BIGINT, DOUBLE, type Schema, TIMESTAMP, VARCHAR } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { ContinuousQuery } from "../jobs/continuous-query.ts";
import type { FollowedQuery } from "../jobs/query-registry.ts";
import type { StatementContext } from "./context.ts";

/** Columns and rows of a SHOW. */
export interface Shown {
  readonly schema: Schema;
  readonly rows: Value[][];
}

const columns = (types: Readonly<Record<string, Schema[number]["type"]>>): Schema =>
  Object.entries(types).map(([name, type]) => ({ name, type }));

const count = (value: number): bigint => BigInt(Math.round(value));
const instant = (value: number | undefined): bigint | null => (value === undefined ? null : BigInt(Math.round(value)));

export function showStreams({ catalog, streaming }: StatementContext): Shown {
  const schema = columns({
    name: VARCHAR,
    connector: VARCHAR,
    columns: VARCHAR,
    rows: BIGINT,
    watermark: TIMESTAMP,
    dead_letters: BIGINT,
    dropped: BIGINT,
  });
  const rows = catalog.entries().flatMap((entry): Value[][] => {
    if (entry.kind === "view" && entry.stream === true) return [[entry.name, "query", null, null, null, null, null]];
    if (entry.kind !== "stream") return [];
    const figures = streaming.hub.has(entry.name) ? streaming.hub.figures(entry.name) : undefined;
    return [
      [
        entry.name,
        entry.connector,
        entry.schema.map((field) => field.name).join(", "),
        count(figures?.rows ?? 0),
        instant(figures?.watermark),
        count(figures?.deadLetters ?? 0),
        count(figures?.dropped ?? 0),
      ],
    ];
  });
  return { schema, rows };
}

export function showConnectors(): Shown {
  return {
    schema: columns({ name: VARCHAR, reads: VARCHAR, writes: VARCHAR, formats: VARCHAR, description: VARCHAR }),
    rows: CONNECTORS.map(({ name, doc, source, sink }) => [
      name,
      source?.delivery ?? null,
      sink?.delivery ?? null,
      [...new Set([...(source?.formats ?? []), ...(sink?.formats ?? [])])].join(", "),
      doc,
    ]),
  };
}

export function showQueries({ streaming }: StatementContext): Shown {
  const schema = columns({
    name: VARCHAR,
    state: VARCHAR,
    query: VARCHAR,
    rows_in: BIGINT,
    rows_out: BIGINT,
    rows_per_second: DOUBLE,
    watermark: TIMESTAMP,
    late: BIGINT,
    state_bytes: BIGINT,
    shared_with: VARCHAR,
    error: VARCHAR,
  });
  const all = streaming.queries.all();
  return {
    schema,
    rows: all.map((followed) => {
      const { status } = followed.frame(0);
      const others = all.filter((other) => other !== followed && other.query === followed.query && other.status === "running");
      return [
        followed.name,
        followed.status,
        followed.sql.replace(/\s+/g, " ").trim(),
        count(status.rowsIn),
        count(status.rowsOut),
        Math.round(status.rowsInPerSecond * 10) / 10,
        instant(status.watermark),
        count(status.late),
        count(status.stateBytes),
        others.length === 0 ? null : others.map((other) => other.name).join(", "),
        followed.error?.message ?? null,
      ];
    }),
  };
}

/** SHOW STATE: what every operator of the running queries and views holds. */
export function showState({ catalog, streaming }: StatementContext, of: string | undefined): Shown {
  const schema = columns({
    query: VARCHAR,
    operator: VARCHAR,
    rows: BIGINT,
    bytes: BIGINT,
    rows_in: BIGINT,
    rows_out: BIGINT,
    watermark: TIMESTAMP,
  });
  const views = catalog
    .entries()
    .flatMap((entry) => (entry.kind === "materialized view" ? [[entry.name, streaming.view(entry.name)?.query] as const] : []));
  const all: readonly (readonly [string, ContinuousQuery | undefined])[] = [
    ...streaming.queries.running().map((followed: FollowedQuery) => [followed.name, followed.query] as const),
    ...views,
  ];
  const rows = all.flatMap(([name, query]): Value[][] => {
    if (query === undefined || (of !== undefined && of.toLowerCase() !== name.toLowerCase())) return [];
    return [
      ...query
        .operators()
        .map(({ tree, stateRows, stateBytes, rowsIn, rowsOut, watermark }) => [
          name,
          ("operator" in tree ? tree.operator : tree.source).name,
          stateRows === undefined ? null : count(stateRows),
          count(stateBytes),
          "operator" in tree ? count(rowsIn) : null,
          count(rowsOut),
          instant(watermark),
        ]),
      [name, "result", count(query.result.rowCount), count(query.result.bytes()), null, null, null],
    ];
  });
  return { schema, rows };
}
