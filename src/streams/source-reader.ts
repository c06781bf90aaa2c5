import { sep } from "node:path";
import type { ScanWarning } from "../catalog/source-spec.ts";
import type { ByteChunk, Source } from "../connectors/connector.ts";
import type { RecordDecoder } from "../connectors/formats/record-format.ts";
import { runtimeError } from "../core/errors.ts";
import { filterBatch } from "../core/take.ts";
import { BATCH_ROWS, type RecordBatch } from "../core/vector.ts";
import { nullVector } from "../core/vector-builder.ts";
import type { StreamPiece, StreamReader } from "../exec/stream-reader.ts";
import { type BoundStream, NO_FRAMING } from "./bound-stream.ts";
import { type MarkedBatch, timesOf, WatermarkGenerator } from "./watermarks.ts";

/** Chunks up to this size have their lines counted, so that small batches take little memory. */
const COUNTED_BYTES = 1 << 16;
/** Records after which a stream that is mostly unreadable says so. */
const EARLY_RECORDS = 100;

/** What a reader's position is made of. */
interface ReaderPosition {
  readonly source: unknown;
  readonly watermark: number;
  /** Latest event time of each partition, by its key. */
  readonly max: Readonly<Record<string, number>>;
}

export interface SourceReaderOptions {
  readonly columns: readonly number[];
  readonly from: unknown;
  readonly start: "earliest" | "latest";
  /** Rows of earlier event time are left out. */
  readonly fromTime: number | undefined;
  readonly epoch: number;
}

interface FirstReject {
  readonly position: string;
  readonly reason: string;
  readonly text: string;
}

/** Reads a source of its own: decodes, makes watermarks, keeps positions. */
export class SourceReader implements StreamReader {
  readonly #stream: BoundStream;
  readonly #source: Source;
  readonly #decoder: RecordDecoder | undefined;
  readonly #watermarks: WatermarkGenerator;
  readonly #width: number;
  /** Where the event time stands in decoded batches; -1: there is none. */
  readonly #timeAt: number;
  readonly #fromTime: number | undefined;
  readonly #empty: RecordBatch;
  /** The chunk that is being decoded. */
  #chunk: (ByteChunk & { readonly partition: number }) | undefined;
  #given: number | undefined;
  #rows = 0;
  #rejected = 0;
  #firstReject: FirstReject | undefined;
  #saidMalformed = false;
  #future = 0;
  #cancelTimer: (() => void) | undefined;
  #restored: ReaderPosition | undefined;
  #closed = false;

  constructor(stream: BoundStream, { columns, from, start, fromTime, epoch }: SourceReaderOptions) {
    this.#stream = stream;
    const { schema, eventTime, clock, cwd } = stream;
    const decoded = eventTime === undefined || columns.includes(eventTime.column) ? columns : [...columns, eventTime.column];
    this.#width = columns.length;
    this.#timeAt = eventTime === undefined ? -1 : decoded.indexOf(eventTime.column);
    this.#fromTime = fromTime;
    this.#empty = { length: 0, columns: columns.map((column) => nullVector(schema[column].type, 0)) };
    this.#watermarks = new WatermarkGenerator(stream.rules);
    this.#decoder = stream.format?.open(decoded, this.#reject);
    this.#restored = from === undefined ? undefined : readPosition(stream.name, from);
    this.#source = stream.source.open(stream.properties, {
      stream: stream.name,
      schema,
      columns: decoded,
      eventTimeColumn: eventTime?.column,
      from: this.#restored?.source,
      start,
      epoch,
      format: stream.formatName,
      framing: stream.format?.framing ?? NO_FRAMING,
      cwd,
      clock,
      warn: (message) => stream.warn({ message: `stream "${stream.name}": ${message}`, rejected: [], rejectedCount: 0 }),
      watermarkOf: (partition) => this.#watermarks.of(partition),
    });
    this.#restoreWatermarks();
  }

  readonly #reject = (raw: Uint8Array, reason: string, at: string): void => {
    this.#rejected++;
    // Files are named as they were: relative to the notebook's folder
    const folder = `${this.#stream.cwd}${sep}`;
    const position = at.startsWith(folder) ? at.slice(folder.length) : at;
    this.#firstReject ??= { position, reason, text: Buffer.from(raw.subarray(0, 200)).toString("utf8") };
    this.#stream.deadLetters.add(raw, reason, position, this.#stream.clock.now());
  };

  next(wake: () => void): StreamPiece | "waiting" | "idle" | "end" {
    if (this.#closed) throw runtimeError(`stream "${this.#stream.name}" was dropped`);
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const wakeOnce = once(wake);
    for (;;) {
      const batch = this.#decode();
      if (batch !== undefined) return batch;
      const piece = this.#source.next(wakeOnce, this.#reject);
      if (piece === "end") {
        this.#sayMalformed();
        this.#watermarks.advance(this.#source.partitions, this.#now());
        return this.#watermarkOnly() ?? "end";
      }
      if (piece === "waiting") return this.#wait(wakeOnce);
      if (piece.batch !== undefined) return this.#piece(piece.partition, piece.batch);
      this.#chunk = { ...piece.chunk, partition: piece.partition };
      this.#decoder?.enter(piece.chunk, this.#source.partitions[piece.partition].name);
    }
  }

  /** The next rows of the chunk at hand; undefined when there are none. */
  #decode(): StreamPiece | undefined {
    const chunk = this.#chunk;
    const decoder = this.#decoder;
    if (chunk === undefined || decoder === undefined) return undefined;
    for (;;) {
      const batch = decoder.decode(capacityFor(chunk, decoder.used - chunk.offset));
      if (batch === null) {
        this.#source.used(chunk.partition, chunk.offset + chunk.end);
        this.#chunk = undefined;
        this.#sayMalformed();
        return undefined;
      }
      this.#source.used(chunk.partition, decoder.used);
      if (batch.length > 0) return this.#piece(chunk.partition, batch);
    }
  }

  #piece(partition: number, batch: RecordBatch): StreamPiece {
    this.#rows += batch.length;
    if (this.#rejected > 0) this.#sayMalformed();
    if (this.#timeAt < 0) return { batch, watermark: undefined };
    const now = this.#now();
    const marked = this.#watermarks.mark(partition, batch, batch.columns[this.#timeAt], now);
    this.#watermarks.advance(this.#source.partitions, now);
    this.#given = this.#watermarks.current;
    return { ...this.#wanted(marked), watermark: this.#given };
  }

  /** Without the rows before the start, and without an event time nobody asked for. */
  #wanted({ batch, met, future }: MarkedBatch): MarkedBatch {
    if (future !== undefined) this.#future += future.batch.length;
    return {
      batch: this.#project(this.#fromStart(batch)),
      met,
      ...(future !== undefined && { future: { ...future, batch: this.#project(future.batch) } }),
    };
  }

  #project(batch: RecordBatch): RecordBatch {
    return batch.columns.length === this.#width ? batch : { ...batch, columns: batch.columns.slice(0, this.#width) };
  }

  #fromStart(batch: RecordBatch): RecordBatch {
    return this.#fromTime === undefined ? batch : rowsFrom(batch, this.#timeAt, this.#fromTime);
  }

  #wait(wake: () => void): StreamPiece | "waiting" | "idle" {
    const { clock } = this.#stream;
    const now = clock.now();
    const { partitions } = this.#source;
    if (this.#timeAt >= 0) {
      this.#watermarks.advance(partitions, now);
      const risen = this.#watermarkOnly();
      if (risen !== undefined) return risen;
    }
    const next = this.#watermarks.nextChange(partitions, now);
    if (next !== undefined) this.#cancelTimer = clock.at(next, wake);
    // Of files only single ones fall idle: what is not of the present may come at any time
    return this.#stream.source.live && this.#watermarks.isIdle(partitions, now) ? "idle" : "waiting";
  }

  #watermarkOnly(): StreamPiece | undefined {
    const watermark = this.#watermarks.current;
    if (this.#timeAt < 0 || watermark === undefined || watermark === this.#given) return undefined;
    this.#given = watermark;
    return { batch: this.#empty, watermark };
  }

  #now(): number {
    return this.#stream.clock.now();
  }

  #sayMalformed(): void {
    const records = this.#rows + this.#rejected;
    if (this.#saidMalformed || records < EARLY_RECORDS || this.#rejected * 2 <= records) return;
    this.#saidMalformed = true;
    this.#stream.warn(this.#malformed());
  }

  #malformed(): ScanWarning {
    const { position, reason, text } = this.#firstReject as FirstReject;
    const records = this.#rows + this.#rejected;
    const share =
      this.#rejected * 2 > records
        ? `most records cannot be read: ${this.#rejected} of ${records}`
        : `${this.#rejected} of ${records} records could not be read`;
    return {
      message: `stream "${this.#stream.name}": ${share}; the first at ${position}: ${reason}; all are in "${this.#stream.name}$dead_letters"`,
      rejected: [{ file: position, line: 0, reason, text }],
      rejectedCount: this.#rejected,
    };
  }

  position(): ReaderPosition | undefined {
    const source = this.#source.position();
    if (source === undefined) return undefined;
    const { current, max } = this.#watermarks.snapshot();
    const { partitions } = this.#source;
    return { source, watermark: current, max: Object.fromEntries(max.map((latest, i) => [partitions[i].key, latest])) };
  }

  #restoreWatermarks(): void {
    if (this.#restored === undefined) return;
    const { watermark, max } = this.#restored;
    const latest = this.#source.partitions.map((partition) => max[partition.key] ?? Number.NEGATIVE_INFINITY);
    this.#watermarks.restore({ current: watermark, max: latest }, this.#now());
    this.#given = this.#watermarks.current;
  }

  /** Resolves when others can connect to the source; rejects when they never will. */
  async ready(): Promise<void> {
    await this.#source.ready?.();
  }

  /** What a person needs to know to use the source: an address, a token. */
  notice(): string | undefined {
    return this.#source.notice?.();
  }

  /** Latest watermark given. */
  get watermark(): number | undefined {
    return this.#given;
  }

  get rejected(): number {
    return this.#rejected;
  }

  /** Rows that the source threw away because nobody took them in time. */
  get dropped(): number {
    return this.#source.dropped();
  }

  rowsRead(): number {
    return this.#rows;
  }

  warnings(): readonly ScanWarning[] {
    const { name } = this.#stream;
    const warnings = this.#rejected > 0 ? [this.#malformed()] : [];
    const plain = (message: string) => warnings.push({ message: `stream "${name}": ${message}`, rejected: [], rejectedCount: 0 });
    if (this.#future > 0) plain(`${this.#future} rows lie further in the future than max_future_skew allows`);
    if (this.dropped > 0) plain(`${this.dropped} records were dropped, because they came faster than they were taken`);
    return warnings;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelTimer?.();
    this.#source.close();
  }
}

/** Rows of a batch whose time is `from` or later. */
export function rowsFrom(batch: RecordBatch, timeAt: number, from: number): RecordBatch {
  const times = timesOf(batch.columns[timeAt]);
  const mask = new Uint8Array(batch.length);
  let kept = 0;
  for (let i = 0; i < batch.length; i++) kept += mask[i] = times[i] >= from ? 1 : 0;
  return kept === batch.length ? batch : filterBatch(batch, mask);
}

/** Rows that a batch of the rest of a chunk may have. */
function capacityFor({ bytes, start, end }: ByteChunk, at: number): number {
  const from = Math.max(start, at);
  if (end - from > COUNTED_BYTES) return BATCH_ROWS;
  let lines = 1;
  for (let i = bytes.indexOf(10, from); i >= 0 && i < end; i = bytes.indexOf(10, i + 1)) lines++;
  return Math.min(BATCH_ROWS, lines);
}

function once(call: () => void): () => void {
  let called = false;
  return () => {
    if (called) return;
    called = true;
    call();
  };
}

function readPosition(stream: string, from: unknown): ReaderPosition {
  const position = from as Partial<ReaderPosition> | null;
  if (typeof position !== "object" || position === null || position.source === undefined || typeof position.watermark !== "number") {
    throw runtimeError(`stream "${stream}" cannot be gone on with: what was kept is no position of it`);
  }
  return position as ReaderPosition;
}
