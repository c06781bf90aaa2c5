import type { ScanWarning, StreamSpec } from "../catalog/source-spec.ts";
import type { Clock, Connector, Delivery, Sample, SourceConnector } from "../connectors/connector.ts";
import type { RecordFormat } from "../connectors/formats/record-format.ts";
import { MEMORY_RETAIN_BYTES } from "../connectors/memory.ts";
import { type CheckedProperties, checkProperties, type Properties, type PropertySpec } from "../connectors/properties.ts";
import { connectorNamed, formatNamed } from "../connectors/registry.ts";
import { bindError, nearestName, runtimeError, WeirError } from "../core/errors.ts";
import { type Schema, typeName } from "../core/types.ts";
import type { RecordBatch, Table } from "../core/vector.ts";
import type { StreamOpener } from "../exec/stream-reader.ts";
import type { BoundStream } from "./bound-stream.ts";
import { DeadLetters } from "./dead-letters.ts";
import { DeclaredStream, type StreamFigures } from "./declared-stream.ts";
import { retentionOf, streamOptions } from "./stream-options.ts";

const DEFAULT_IDLE = 30_000_000;
const DEFAULT_SKEW = 300_000_000;
const DEFAULT_BUFFER = 64_000_000;

export interface StreamDeclaration {
  readonly name: string;
  /** Absent: the source or its hints tell. */
  readonly columns?: Schema;
  /** `WATERMARK FOR column AS column - delay`, microseconds. */
  readonly watermark?: { readonly column: string; readonly delay: number };
  /** What WITH says, `connector` and `format` included. */
  readonly properties: Properties;
}

/** A stream as it was declared, settled. */
export interface StreamDefinition {
  readonly name: string;
  readonly connector: string;
  readonly format: string | undefined;
  readonly schema: Schema;
  readonly endless: boolean;
  readonly eventTime: StreamSpec["eventTime"];
  readonly delivery: Delivery;
  readonly start: "earliest" | "latest";
  /** Properties as they may be shown: secrets are not in them. */
  readonly properties: readonly { readonly name: string; readonly value: string }[];
  /** What is needed to use it and was not given: an address, a token that was made up. */
  readonly notice: string | undefined;
  /** What a plan scans. */
  readonly spec: StreamSpec;
}

export interface HubOptions {
  readonly clock: Clock;
  /** Tells the person of something at once: a stream that is mostly unreadable, say. */
  readonly warn: (stream: string, warning: ScanWarning) => void;
}

/** All declared streams of a session. Names are taken as the catalog gives them, without regard to case. */
export class StreamHub {
  readonly #options: HubOptions;
  readonly #streams = new Map<string, DeclaredStream>();

  constructor(options: HubOptions) {
    this.#options = options;
  }

  /** Checks and settles a stream, and takes it up; one of the same name is replaced. Nothing is read yet but what tells the columns. */
  async declare(declaration: StreamDeclaration, env: { readonly cwd: string }): Promise<StreamDefinition> {
    const { name, properties } = declaration;
    const connectorName = nameProperty(properties, "connector") ?? (declaration.columns === undefined ? undefined : "memory");
    if (connectorName === undefined) {
      throw bindError(
        `stream "${name}" has neither columns nor a connector`,
        undefined,
        "WITH (connector = '…') says where its rows come from",
      );
    }
    const connector = connectorNamed(connectorName, "source");
    const source = connector.source as SourceConnector;
    const format = formatOf(connector, source, properties);
    const checked = this.#check(connector, source, format, properties);
    try {
      return await this.#settle(declaration, connector, source, format, checked, env.cwd);
    } catch (error) {
      if (error instanceof WeirError) throw redacted(error, checked);
      throw error;
    }
  }

  #check(connector: Connector, source: SourceConnector, format: RecordFormat | undefined, properties: Properties): CheckedProperties {
    const rest = Object.fromEntries(Object.entries(properties).filter(([key]) => !["connector", "format"].includes(key.toLowerCase())));
    const own = [...source.options, ...(format?.options ?? [])];
    const owner = `connector "${connector.name}"`;
    const rules = (common: readonly PropertySpec[]) => ({ owner, options: [...own, ...common], columnHints: source.columnHints });
    const checked = checkProperties(rules(streamOptions(source, true)), rest);
    if (!source.isEndless(checked)) {
      for (const { name } of streamOptions(source, true)) {
        if (checked.has(name))
          throw bindError(`property "${name}" is for streams that do not end`, undefined, "a stream that ends can be read again");
      }
    }
    return checked;
  }

  async #settle(
    { name, columns, watermark }: StreamDeclaration,
    connector: Connector,
    source: SourceConnector,
    format: RecordFormat | undefined,
    properties: CheckedProperties,
    cwd: string,
  ): Promise<StreamDefinition> {
    const { clock, warn } = this.#options;
    const endless = source.isEndless(properties);
    let sample: Sample | undefined;
    if (format !== undefined) sample = await source.sample?.(properties, { cwd, clock }, columns !== undefined);
    const bound = format?.bind(properties, columns, sample);
    const schema = bound?.schema ?? columns ?? source.columns?.(properties);
    if (schema === undefined) throw bindError(`stream "${name}" needs columns`);
    source.check?.(properties, schema);
    const eventTime = watermark === undefined ? undefined : eventTimeOf(schema, watermark);
    const idle = source.live || (endless && format !== undefined);
    const stream: BoundStream = {
      name,
      schema,
      endless,
      source,
      properties,
      format: bound,
      formatName: format?.name,
      eventTime,
      rules: {
        delay: eventTime?.delay ?? 0,
        idleTimeout: idle ? properties.duration("idle_timeout", DEFAULT_IDLE) : undefined,
        wallClockClose: source.live ? properties.duration("wall_clock_close", undefined) : undefined,
        maxFutureSkew: source.live ? properties.duration("max_future_skew", DEFAULT_SKEW) : undefined,
      },
      deadLetters: new DeadLetters(),
      clock,
      cwd,
      warn: (warning) => warn(name, warning),
    };
    const retention = retentionOf(properties, connector.name === "memory" ? { bytes: MEMORY_RETAIN_BYTES } : {});
    const declared = new DeclaredStream(stream, retention, properties.number("buffer") ?? DEFAULT_BUFFER);
    this.drop(name);
    this.#streams.set(name.toLowerCase(), declared);
    await declared.start();
    return {
      name,
      connector: connector.name,
      format: format?.name,
      schema,
      endless,
      eventTime,
      delivery: source.delivery,
      start: source.defaultStart(properties),
      properties: shown(properties),
      notice: declared.notice,
      spec: { kind: "stream", name, schema, endless, ...(eventTime !== undefined && { eventTime }) },
    };
  }

  readonly open: StreamOpener = (spec, request) => this.#named(spec.name).open(spec, request);

  /** Rows into a stream without a connector. */
  insert(name: string, batches: readonly RecordBatch[]): void {
    this.#named(name).insert(batches);
  }

  /** Whether `insert` is welcome: no reader is too far behind. `wake` is called once when it is again. */
  hasRoom(name: string, wake: () => void): boolean {
    return this.#named(name).hasRoom(wake);
  }

  has(name: string): boolean {
    return this.#streams.has(name.toLowerCase());
  }

  /** What is needed to use a stream and was not given (an address, a token that was made up); undefined where there is nothing of the kind. */
  notice(name: string): string | undefined {
    return this.#streams.get(name.toLowerCase())?.notice;
  }

  figures(name: string): StreamFigures {
    return this.#named(name).figures();
  }

  /** Records of a stream that could not be read: raw BLOB, reason VARCHAR, position VARCHAR, at TIMESTAMP. */
  deadLetters(name: string): Table {
    return this.#named(name).bound.deadLetters.table();
  }

  /** Forgets a stream; its readers end with an error if they are asked for more. */
  drop(name: string): void {
    this.#streams.get(name.toLowerCase())?.close();
    this.#streams.delete(name.toLowerCase());
  }

  close(): void {
    for (const stream of this.#streams.values()) stream.close();
    this.#streams.clear();
  }

  #named(name: string): DeclaredStream {
    const stream = this.#streams.get(name.toLowerCase());
    if (stream !== undefined) return stream;
    const near = nearestName(name, this.#streams.keys());
    throw runtimeError(`there is no stream "${name}"`, undefined, near === undefined ? undefined : `did you mean "${near}"?`);
  }
}

function nameProperty(properties: Properties, wanted: string): string | undefined {
  const entry = Object.entries(properties).find(([key]) => key.toLowerCase() === wanted);
  if (entry === undefined) return undefined;
  if (typeof entry[1] !== "string") throw bindError(`property "${wanted}" must be text`);
  return entry[1];
}

function formatOf(connector: Connector, source: SourceConnector, properties: Properties): RecordFormat | undefined {
  const named = nameProperty(properties, "format");
  if (source.formats.length === 0) {
    if (named === undefined) return undefined;
    throw bindError(`connector "${connector.name}" has no property "format": it gives columns itself`);
  }
  if (named === undefined) return formatNamed(source.guessFormat?.(properties) ?? source.formats[0]);
  const format = formatNamed(named);
  if (source.formats.includes(format.name)) return format;
  throw bindError(
    `connector "${connector.name}" cannot carry format "${format.name}"`,
    undefined,
    `formats are ${source.formats.join(", ")}`,
  );
}

function eventTimeOf(schema: Schema, { column, delay }: { readonly column: string; readonly delay: number }) {
  const at = schema.findIndex((field) => field.name.toLowerCase() === column.toLowerCase());
  if (at < 0) {
    const names = schema.map((field) => field.name);
    const near = nearestName(column, names);
    throw bindError(
      `the watermark is for "${column}", which is no column`,
      undefined,
      near === undefined ? `columns are ${names.join(", ")}` : `did you mean "${near}"?`,
    );
  }
  const { type } = schema[at];
  if (type.kind !== "timestamp" && type.kind !== "timestamptz" && type.kind !== "date") {
    throw bindError(`the watermark column "${column}" is a ${typeName(type)}, but must be a TIMESTAMP`);
  }
  if (!(delay >= 0)) throw bindError(`the watermark of "${column}" lies ahead of its time by ${-delay} microseconds, but must stay behind`);
  return { column: at, delay };
}

/** Properties as texts, with secrets blanked out. */
function shown(properties: CheckedProperties): { name: string; value: string }[] {
  return [...properties.values].map(([name, value]) => ({
    name,
    value: properties.redact(typeof value === "object" ? JSON.stringify(value) : String(value)),
  }));
}

function redacted(error: WeirError, properties: CheckedProperties): WeirError {
  const hint = error.hint === undefined ? undefined : properties.redact(error.hint);
  return new WeirError(error.phase, properties.redact(error.message), { span: error.span, hint });
}
