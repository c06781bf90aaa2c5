import type { PropertySpec } from "../connectors/properties.ts";
import { CONNECTORS, connectorNamed, RECORD_FORMATS } from "../connectors/registry.ts";
import { SINK_OPTIONS } from "../connectors/sinks.ts";
import { bindError } from "../core/errors.ts";
import { typeName, VARCHAR } from "../core/types.ts";
import type { Describe } from "../sql/index.ts";
import { streamOptions } from "../streams/stream-options.ts";
import type { StatementContext, StatementOutput } from "./context.ts";
import { objectName } from "./names.ts";
import { tableFromRows } from "./rows.ts";

const columns = (...names: string[]) => names.map((name) => ({ name, type: VARCHAR }));

/** DESCRIBE STREAM s: how it was declared, and what its columns are. */
export function describeStream(statement: Describe, context: StatementContext): StatementOutput {
  const { name, span } = nameOf(statement);
  const entry = context.catalog.get(name, span);
  if (entry.kind === "view" && entry.stream === true) {
    return { table: tableFromRows(columns("property", "value"), [["query", entry.sql]]) };
  }
  if (entry.kind !== "stream") throw bindError(`"${entry.name}" is a ${entry.kind}, not a stream`, span, `DESCRIBE ${entry.name}`);
  const { eventTime } = entry.source;
  const watermark =
    eventTime === undefined ? "none" : `${entry.schema[eventTime.column].name}, ${eventTime.delay / 1e6} seconds behind the latest`;
  const figures = context.streaming.hub.has(entry.name) ? context.streaming.hub.figures(entry.name) : undefined;
  const rows = [
    ["connector", entry.connector],
    ["columns", entry.schema.map((field) => `${field.name} ${typeName(field.type)}`).join(", ")],
    ["watermark", watermark],
    ["ends", entry.source.endless ? "never" : "by itself"],
    ["rows so far", String(figures?.rows ?? 0)],
    ["dead letters", String(figures?.deadLetters ?? 0)],
    ["declared by", entry.sql],
  ];
  return { table: tableFromRows(columns("property", "value"), rows) };
}

/** DESCRIBE CONNECTOR c: everything that WITH can say. */
export function describeConnector(statement: Describe): StatementOutput {
  const { name, span } = nameOf(statement);
  const connector = CONNECTORS.find((candidate) => candidate.name === name.toLowerCase()) ?? unknown(name, span);
  const { source, sink } = connector;
  const row = (role: string) => (spec: PropertySpec) => [
    spec.name,
    role,
    spec.type,
    spec.required === true ? "required" : spec.default,
    spec.doc,
  ];
  const formats = new Set([...(source?.formats ?? []), ...(sink?.formats ?? [])]);
  const rows = [
    ...(source === undefined ? [] : [...source.options, ...streamOptions(source, true)].map(row("source"))),
    ...(source?.columnHints ?? []).map((spec) => row("source")({ ...spec, name: `column.${spec.name}` })),
    ...(sink === undefined ? [] : [...sink.options, ...SINK_OPTIONS].map(row("sink"))),
    ...RECORD_FORMATS.filter((format) => formats.has(format.name)).flatMap((format) => format.options.map(row(`format ${format.name}`))),
  ];
  return { table: tableFromRows(columns("property", "for", "value", "default", "description"), rows) };
}

/** The error names the nearest connector. */
function unknown(name: string, span: { start: number; end: number }): never {
  try {
    connectorNamed(name, "source");
  } catch (error) {
    (error as { span?: unknown }).span = span;
    throw error;
  }
  throw bindError(`there is no connector "${name}"`, span);
}

function nameOf({ target, span }: Describe) {
  if (target.kind !== "tableName") throw bindError("DESCRIBE STREAM and DESCRIBE CONNECTOR take a name", span);
  return objectName(target.name);
}
