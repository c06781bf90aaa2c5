import type { Schema } from "../core/types.ts";
import type { RecordBatch } from "../core/vector.ts";
import type { CheckedProperties, Properties, PropertySpec } from "./properties.ts";

/**
 * A kind of source or sink. Adding one (Kafka, MQTT, …) is a file that exports a Connector, and a line in registry.ts. How records are spelled is not its
 * concern: formats (record-format.ts) turn bytes into columns.
 */
export interface Connector {
  readonly name: string;
  /** One sentence for SHOW CONNECTORS and the reference. */
  readonly doc: string;
  readonly source?: SourceConnector;
  readonly sink?: SinkConnector;
}

/** Processing time: the session's clock (exec/clock.ts), as far as connectors use it. Microseconds since 1970-01-01 UTC. */
export interface Clock {
  readonly virtual: boolean;
  now(): number;
  /** Calls `wake` at `time` or later; gives what cancels it. */
  at(time: number, wake: () => void): () => void;
  /** Runs something whose timers wake when their time comes, but do not by themselves move a virtual clock on. */
  passively?<T>(run: () => T): T;
}

/** What a crash can do to rows: nothing, repeat some, lose some. */
export type Delivery = "exactly-once" | "at-least-once" | "at-most-once";

export interface SourceConnector {
  readonly options: readonly PropertySpec[];
  /** Properties written `column.hint`, checked against these; absent: there are none. */
  readonly columnHints?: readonly PropertySpec[];
  /** Formats it can carry, the default first; none: it gives columns itself. */
  readonly formats: readonly string[];
  /** The format that other properties suggest (a path's ending), where none is named. */
  guessFormat?(properties: Properties): string | undefined;
  readonly delivery: Delivery;
  /** Whether rows come to an end by themselves. */
  isEndless(properties: CheckedProperties): boolean;
  /** Whether rows are of the present moment, so that skew guard and idle timeout make sense. */
  readonly live: boolean;
  /** Whether it can be read again, from the start and from a position. What cannot is shared by all readers, and kept only as `retain` says. */
  readonly replayable: boolean;
  /** Whether it is opened when it is declared, because others connect to it. */
  readonly eager?: boolean;
  /** Where a reader begins that says nothing. */
  defaultStart(properties: CheckedProperties): "earliest" | "latest";
  /** The columns of a stream declared without them, where properties tell. Throws a bind error that says what to write when they do not. */
  columns?(properties: CheckedProperties): Schema;
  /**
   * Records as they will come, for the format to find columns and dialect in; undefined where there is nothing to look at yet. With `declared` columns only
   * what costs nothing is looked at.
   */
  sample?(properties: CheckedProperties, context: DiscoveryContext, declared: boolean): Sample | undefined | Promise<Sample | undefined>;
  /** Checks what depends on the columns (hints). Throws bind errors. */
  check?(properties: CheckedProperties, schema: Schema): void;
  open(properties: CheckedProperties, context: SourceContext): Source;
}

/** A file to look at: one of the stream's own, or bytes that were fetched for it. */
export type Sample = { readonly path: string; readonly bytes?: undefined } | { readonly bytes: Uint8Array; readonly path?: undefined };

export interface DiscoveryContext {
  /** Folder that relative paths start from. */
  readonly cwd: string;
  readonly clock: Clock;
}

export interface SourceContext extends DiscoveryContext {
  /** The stream's name, for messages. */
  readonly stream: string;
  readonly schema: Schema;
  /** Columns that batches have, by position in the schema; sources of bytes ignore it. */
  readonly columns: readonly number[];
  readonly eventTimeColumn: number | undefined;
  /** A position that `Source.position` gave, to go on from. */
  readonly from: unknown;
  readonly start: "earliest" | "latest";
  /** When the stream was first opened, on the clock: what is paced is paced from here. */
  readonly epoch: number;
  /** Name of the record format; undefined where the source gives columns itself. */
  readonly format: string | undefined;
  /** How the record format cuts bytes into records. */
  readonly framing: Framing;
  /** The watermark of a partition, -Infinity at first: a source with several ready partitions reads the one furthest behind. */
  watermarkOf(partition: number): number;
  /** Tells the person of something at once: a connection that was lost. */
  warn(message: string): void;
}

/** How records stand in bytes. */
export interface Framing {
  /** Bytes of records that precede the first one in every file (a header line), read at `bytes[0..end)`; -1: not all of it is there yet. */
  preamble(bytes: Uint8Array, end: number): number;
  /** End of the last whole record in `bytes[start..end)`, which begins with a record; `start` when there is none. */
  lastEnd(bytes: Uint8Array, start: number, end: number): number;
  /** Longest record; what is longer goes to the dead letters. */
  readonly maxRecordBytes: number;
}

/** Spare bytes behind the end of a chunk, which decoders overwrite. */
export const CHUNK_PADDING = 256;

/** Whole records in memory: `bytes[start..end)`. Valid until the source's next call; CHUNK_PADDING bytes behind `end` are the decoder's. */
export interface ByteChunk {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Offset of `bytes[0]` in the partition. */
  readonly offset: number;
}

export type SourcePiece =
  | { readonly partition: number; readonly batch: RecordBatch; readonly chunk?: undefined }
  | { readonly partition: number; readonly chunk: ByteChunk; readonly batch?: undefined };

/** An opened source. Back-pressure is not being asked: `next` is called only when the piece before it was used up and there is room. */
export interface Source {
  /** "waiting": nothing at the moment; `wake` is called once when there may be more. A record too long or otherwise unreadable is told to `reject`. */
  next(wake: () => void, reject: Reject): SourcePiece | "waiting" | "end";
  /** Partitions known so far; their number is their name for the watermark. */
  readonly partitions: readonly Partition[];
  /** The records of the last chunk up to this offset of the partition have become rows: `position` counts from here on. */
  used(partition: number, offset: number): void;
  /** Where to go on after what was used, as plain data; undefined where it cannot be read again. */
  position(): unknown;
  /** Resolves when others can connect; absent: nobody does. */
  ready?(): Promise<void>;
  /** What a person needs to know to use it: an address, a token that was made up. */
  notice?(): string;
  /** Rows or records thrown away because nobody took them in time. */
  dropped(): number;
  close(): void;
}

export interface Partition {
  /** The same for the same partition in every run: a file's inode, an address. */
  readonly key: string;
  /** A file's path, an address: for messages and dead letters. */
  readonly name: string;
  /** No row will come of it any more: it no longer holds the watermark back. */
  readonly ended: boolean;
}

/** Takes a record that cannot be read: its bytes, why, and where it stood. */
export type Reject = (raw: Uint8Array, reason: string, position: string) => void;

export interface SinkConnector {
  readonly options: readonly PropertySpec[];
  /** Formats it can write, the default first. */
  readonly formats: readonly string[];
  /** The format that other properties suggest, where none is named. */
  guessFormat?(properties: Properties): string | undefined;
  readonly delivery: Delivery;
  /** Whether updates and deletions can be written as what they are. Where not, `changelog = 'op'` writes the kind as a column. */
  readonly acceptsChangelog: boolean;
  /** Opens the sink; `schema` is that of the batches. Throws bind errors for columns that cannot be written, io errors for places that cannot. */
  open(properties: CheckedProperties, context: SinkContext): Sink;
}

export interface SinkContext {
  readonly cwd: string;
  readonly clock: Clock;
  readonly schema: Schema;
  /** One of the sink's formats. */
  readonly format: string;
  /** Prints a line to the person who runs the query (the console sink). */
  print(text: string): void;
}

/** Where a sink stood at a barrier, as plain data. */
export type SinkPosition = unknown;

/**
 * An opened sink. With checkpoints: `snapshot` at each barrier (and right after opening, before the first row, to be stored as the state to start from);
 * `committed` once the checkpoint that holds it is durable; `restore` on a newly opened sink before anything is written.
 */
export interface Sink {
  /** Takes all rows of a batch. */
  write(batch: RecordBatch): void;
  /** False: no room; `wake` is called once when there is. Absent: always true. */
  ready?(wake: () => void): boolean;
  /** Makes what was written visible outside as far as the sink's kind allows; may go on in the background. */
  flush(): void;
  /** Whether all that was written has arrived, where that takes time; asked before `snapshot`. `wake` is called once when it has. Absent: always true. */
  drained?(wake: () => void): boolean;
  snapshot(): SinkPosition;
  /** Resolves when what was written up to the last snapshot outlives a crash of the machine: only then is the checkpoint stored. Absent: it does at once. */
  durable?(): Promise<void>;
  committed(position: SinkPosition): void;
  restore(position: SinkPosition): void;
  /** The query has ended: everything is made final. Resolves when it is; rejects with what went wrong. */
  finish(): void | Promise<void>;
  /** Lets go without making anything final that is not. May be called more than once. */
  close(): void;
  /** Rows or messages that could not be delivered. */
  dropped?(): number;
}
