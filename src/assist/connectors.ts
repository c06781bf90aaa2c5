import type { SnapshotConnector } from "../catalog/catalog.ts";
import { CONNECTORS, RECORD_FORMATS } from "../connectors/registry.ts";
import { SINK_OPTIONS } from "../connectors/sinks.ts";
import { streamOptions } from "../streams/stream-options.ts";

type Property = SnapshotConnector["properties"][number];

/** Every connector with what WITH can hold for it: its own properties, those of its formats, and those that all streams or sinks have. */
export const CONNECTOR_PROPERTIES: readonly SnapshotConnector[] = CONNECTORS.map(({ name, source, sink }) => {
  const formats = [...new Set([...(source?.formats ?? []), ...(sink?.formats ?? [])])];
  const format: Property = { name: "format", doc: "How records are written.", choices: formats };
  const specs = [
    ...(source?.options ?? []),
    ...(sink?.options ?? []),
    ...(formats.length > 0 ? [format] : []),
    ...RECORD_FORMATS.filter((candidate) => formats.includes(candidate.name)).flatMap(({ options }) => options),
    ...(source === undefined ? [] : streamOptions(source, true)),
    ...(sink === undefined ? [] : SINK_OPTIONS),
  ];
  const properties = new Map(
    specs.map((spec): [string, Property] => [spec.name, { name: spec.name, doc: spec.doc, choices: spec.choices }]),
  );
  return { name, properties: [...properties.values()] };
});
