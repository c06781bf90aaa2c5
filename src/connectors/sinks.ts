import { KIND_NAMES } from "../core/changes.ts";
import { bindError, unsupported } from "../core/errors.ts";
import { type Schema, VARCHAR } from "../core/types.ts";
import { makeDictionary, type RecordBatch } from "../core/vector.ts";
import { constantVector, vectorFromValues } from "../core/vector-builder.ts";
import type { Delivery, Sink, SinkConnector, SinkContext } from "./connector.ts";
import { type CheckedProperties, checkProperties, type Properties, type PropertySpec } from "./properties.ts";
import { connectorNamed } from "./registry.ts";

/** A sink as it was declared, checked; nothing is opened yet. */
export interface BoundSink {
  readonly connector: string;
  readonly format: string;
  readonly delivery: Delivery;
  /** Whether updates and deletions can be written to it. */
  readonly acceptsChangelog: boolean;
  /** Properties as they may be shown. */
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  /** Throws an unsupported error when a changelog is to be written that it cannot take; `subject` names what writes. Asked when a query is planned. */
  checkChangelog(subject: string): void;
  open(schema: Schema, context: Omit<SinkContext, "schema" | "format">): Sink;
}

/** Properties that every sink has. */
export const SINK_OPTIONS: readonly PropertySpec[] = [
  {
    name: "changelog",
    type: "text",
    choices: ["op"],
    default: "none",
    doc: "'op' writes the kind of each change (+I, -U, +U, -D) in a first column `op`, for sinks that can only add rows.",
  },
];

/** Checks a sink's properties, `connector` and `format` among them. */
export function bindSink(properties: Properties): BoundSink {
  const { connector: connectorName, format: formatName, ...rest } = lowerCaseNames(properties);
  if (typeof connectorName !== "string") throw bindError("a sink needs a connector", undefined, "WITH (connector = 'file', path = '…')");
  const connector = connectorNamed(connectorName, "sink");
  const sink = connector.sink as SinkConnector;
  const owner = `connector "${connector.name}"`;
  const checked = checkProperties({ owner, options: [...sink.options, ...SINK_OPTIONS] }, rest);
  const format = formatName === undefined ? (sink.guessFormat?.(rest) ?? sink.formats[0]) : String(formatName).toLowerCase();
  if (!sink.formats.includes(format)) {
    throw bindError(`${owner} cannot write format "${format}"`, undefined, `formats are ${sink.formats.join(", ")}`);
  }
  const asColumn = checked.text("changelog") === "op";
  return {
    connector: connector.name,
    format,
    delivery: sink.delivery,
    acceptsChangelog: sink.acceptsChangelog || asColumn,
    properties: shown(checked),
    checkChangelog(subject) {
      if (sink.acceptsChangelog || asColumn) return;
      throw unsupported(
        `${subject} updates rows it has given, and ${owner} can only add rows`,
        undefined,
        "changelog = 'op' writes each change with its kind; EMIT FINAL gives each row once",
      );
    },
    open(schema, context) {
      if (!asColumn) return sink.open(checked, { ...context, schema, format });
      return withOpColumn(sink.open(checked, { ...context, schema: [{ name: "op", type: VARCHAR }, ...schema], format }));
    },
  };
}

const lowerCaseNames = (properties: Properties): Properties =>
  Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [
      ["connector", "format"].includes(name.toLowerCase()) ? name.toLowerCase() : name,
      value,
    ]),
  );

const shown = (properties: CheckedProperties) =>
  [...properties.values].map(([name, value]) => ({
    name,
    value: properties.redact(typeof value === "object" ? JSON.stringify(value) : String(value)),
  }));

const KINDS = makeDictionary(vectorFromValues(VARCHAR, KIND_NAMES) as Parameters<typeof makeDictionary>[0]);

/** The same sink, taking changes as rows with their kind in front. */
function withOpColumn(sink: Sink): Sink {
  const write = (batch: RecordBatch): void => {
    const { kinds, length, columns } = batch;
    const op =
      kinds === undefined
        ? constantVector(VARCHAR, KIND_NAMES[0], length)
        : ({ layout: "dictionary", type: VARCHAR, length, validity: null, codes: Int32Array.from(kinds), dictionary: KINDS } as const);
    sink.write({ columns: [op, ...columns], length });
  };
  return {
    write,
    ready: (wake) => sink.ready?.(wake) ?? true,
    flush: () => sink.flush(),
    drained: (wake) => sink.drained?.(wake) ?? true,
    snapshot: () => sink.snapshot(),
    committed: (position) => sink.committed(position),
    restore: (position) => sink.restore(position),
    finish: () => sink.finish(),
    close: () => sink.close(),
    dropped: () => sink.dropped?.() ?? 0,
  };
}
