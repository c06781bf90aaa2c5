import type { ScanWarning } from "../catalog/source-spec.ts";
import type { Clock } from "../connectors/connector.ts";
import { runtimeError } from "../core/errors.ts";
import { batchBytes, type RecordBatch } from "../core/vector.ts";
import type { StreamPiece, StreamReader } from "../exec/stream-reader.ts";
import { rowsFrom } from "./source-reader.ts";

/** How much of a stream is kept for readers to come. Neither: nothing. */
export interface Retention {
  readonly micros?: number;
  readonly bytes?: number;
}

export interface LogRules {
  readonly retention: Retention;
  /** Bytes that the fastest reader may be ahead of the slowest. */
  readonly maxAheadBytes: number;
  readonly eventTimeColumn: number | undefined;
}

/** Where the log's rows come from; absent in a log that is only written to. */
export interface LogFeed {
  readonly reader: StreamReader;
  /** Whether a position of the feed is enough to go on with it elsewhere. */
  readonly resumable: boolean;
}

interface Entry {
  readonly piece: StreamPiece;
  readonly bytes: number;
  /** Time on the clock. */
  readonly arrived: number;
  /** Where the feed stood after it. */
  readonly position: unknown;
  /** Readers that have still to take it. */
  pending: number;
}

interface Subscriber {
  /** Number of the next entry. */
  cursor: number;
  wake: (() => void) | undefined;
}

/** Position in a log that cannot be had again from its source. */
interface LogPosition {
  readonly log: number;
  readonly entry: number;
}

let nextLogId = Date.now();

/**
 * What one source instance gave, shared by all its readers: each has its place in it. Entries go once all have passed and retention does not keep them. The
 * reader that is ahead pulls the source, and waits when the slowest is too far behind: so back-pressure reaches the source.
 */
export class SharedLog {
  readonly #id = nextLogId++;
  readonly #rules: LogRules;
  readonly #clock: Clock;
  #feed: LogFeed | undefined;
  #entries: Entry[] = [];
  /** Number of the first entry there is. */
  #first = 0;
  #bytes = 0;
  /** Number of the first entry that a reader has still to take, and the bytes from there on. */
  #slowest = 0;
  #ahead = 0;
  readonly #subscribers = new Set<Subscriber>();
  #ended = false;
  /** Position of the feed before the first entry that was ever there. */
  #positionBefore: unknown;
  #idle = false;
  #dropped: string | undefined;
  readonly #waitingForRoom: (() => void)[] = [];

  constructor(rules: LogRules, clock: Clock) {
    this.#rules = rules;
    this.#clock = clock;
  }

  attach(feed: LogFeed): void {
    this.#feed = feed;
    this.#ended = false;
    this.#positionBefore = feed.resumable ? feed.reader.position() : undefined;
  }

  /** Lets the source go; what is retained stays. */
  detach(): void {
    this.#feed?.reader.close();
    this.#feed = undefined;
  }

  /** Lets everything go; readers get this as an error when they ask for more. */
  drop(reason: string): void {
    this.detach();
    this.#dropped = reason;
    this.#first = this.#slowest = this.#end;
    this.#entries = [];
    this.#bytes = this.#ahead = 0;
    this.#wakeAll();
  }

  get hasFeed(): boolean {
    return this.#feed !== undefined;
  }

  get isRead(): boolean {
    return this.#subscribers.size > 0;
  }

  get readers(): number {
    return this.#subscribers.size;
  }

  /** Whether the first entry there is, is the first there ever was. */
  get isWhole(): boolean {
    return this.#first === 0;
  }

  get retainedRows(): number {
    return this.#entries.reduce((sum, { piece }) => sum + piece.batch.length, 0);
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a position is one of this log whose following entries are all there. */
  holds(position: unknown): position is LogPosition {
    const at = position as Partial<LogPosition> | null;
    return at?.log === this.#id && typeof at.entry === "number" && at.entry >= this.#first;
  }

  /** Whether rows from this event time on (or from the start) are all here. */
  reachesBackTo(time: number): boolean {
    if (this.isWhole) return true;
    const earliest = this.#entries[0]?.piece.watermark;
    return earliest !== undefined && earliest <= time;
  }

  /** Writes a piece into a log that has no feed. */
  append(piece: StreamPiece): void {
    this.#add(piece, undefined);
    this.#wakeAll();
  }

  /** Whether there is room for more: no reader is too far behind. `wake` is called once when there is again. */
  hasRoom(wake: () => void): boolean {
    if (this.#ahead <= this.#rules.maxAheadBytes) return true;
    this.#waitingForRoom.push(wake);
    return false;
  }

  #add(piece: StreamPiece, position: unknown): void {
    const bytes = batchBytes(piece.batch);
    this.#entries.push({ piece, bytes, arrived: this.#clock.now(), position, pending: this.#subscribers.size });
    this.#bytes += bytes;
    this.#ahead += bytes;
    this.#moved();
  }

  /** Number of the entry that comes next. */
  get #end(): number {
    return this.#first + this.#entries.length;
  }

  /** Goes on to the first entry that is still to be taken, and lets go of what nothing keeps. */
  #moved(): void {
    const end = this.#end;
    while (this.#slowest < end && this.#entries[this.#slowest - this.#first].pending === 0) {
      this.#ahead -= this.#entries[this.#slowest - this.#first].bytes;
      this.#slowest++;
    }
    this.#trim();
    if (this.#waitingForRoom.length > 0 && this.#ahead <= this.#rules.maxAheadBytes) {
      for (const wake of this.#waitingForRoom.splice(0)) wake();
    }
  }

  #trim(): void {
    const passed = this.#slowest - this.#first;
    if (passed === 0) return;
    const { micros, bytes: keptBytes } = this.#rules.retention;
    const oldest = micros === undefined ? Infinity : this.#clock.now() - micros;
    let drop = 0;
    for (; drop < passed; drop++) {
      const { bytes, arrived } = this.#entries[drop];
      if (arrived >= oldest || (keptBytes !== undefined && this.#bytes <= keptBytes)) break;
      this.#bytes -= bytes;
    }
    if (drop === 0) return;
    this.#positionBefore = this.#entries[drop - 1].position;
    this.#entries.splice(0, drop);
    this.#first += drop;
  }

  /** Pulls the source once, without a reader; gives whether it may have more at once. */
  pump(wake: () => void): boolean {
    const before = this.#end;
    const state = this.#pull(wake);
    if (this.#end > before) this.#wakeAll();
    return state === "more";
  }

  #pull(wake: () => void): "more" | "waiting" | "idle" | "end" {
    const feed = this.#feed;
    if (feed === undefined) return this.#ended ? "end" : "waiting";
    if (!this.hasRoom(wake)) return "waiting";
    const piece = feed.reader.next(() => {
      wake();
      this.#wakeAll();
    });
    this.#idle = piece === "idle";
    if (piece === "waiting" || piece === "idle") return piece;
    if (piece === "end") {
      this.#ended = true;
      return "end";
    }
    this.#add(piece, feed.resumable ? feed.reader.position() : undefined);
    return "more";
  }

  #wakeAll(): void {
    for (const subscriber of this.#subscribers) {
      const { wake } = subscriber;
      subscriber.wake = undefined;
      wake?.();
    }
  }

  /** A reader of these columns: from the oldest entry, from the end, or from a position this log holds. */
  subscribe(
    columns: readonly number[],
    from: "earliest" | "latest" | LogPosition,
    fromTime: number | undefined,
    onClose: () => void,
  ): StreamReader {
    const end = this.#end;
    const cursor = from === "earliest" ? this.#first : from === "latest" ? end : from.entry;
    if (cursor > end) throw runtimeError("the position lies behind the end of the stream");
    const subscriber: Subscriber = { cursor, wake: undefined };
    this.#subscribers.add(subscriber);
    this.#count(cursor, 1);
    while (this.#slowest > cursor) this.#ahead += this.#entries[--this.#slowest - this.#first].bytes;
    return new LogReader(this, subscriber, columns, fromTime, () => {
      this.#subscribers.delete(subscriber);
      this.#count(subscriber.cursor, -1);
      this.#moved();
      onClose();
    });
  }

  /** Notes that one reader more (or less) is to take the entries from `cursor` on. */
  #count(cursor: number, by: number): void {
    for (let i = Math.max(0, cursor - this.#first); i < this.#entries.length; i++) this.#entries[i].pending += by;
  }

  /** For readers: the next entry's piece. */
  take(subscriber: Subscriber, wake: () => void): StreamPiece | "waiting" | "idle" | "end" {
    if (this.#dropped !== undefined) throw runtimeError(this.#dropped);
    const at = subscriber.cursor - this.#first;
    if (at >= this.#entries.length) {
      const state = this.#pull(wake);
      if (state !== "more") {
        subscriber.wake = wake;
        return state;
      }
      this.#wakeOthers(subscriber);
    }
    const entry = this.#entries[subscriber.cursor - this.#first];
    subscriber.cursor++;
    entry.pending--;
    if (entry.pending === 0) this.#moved();
    return entry.piece;
  }

  #wakeOthers(subscriber: Subscriber): void {
    for (const other of this.#subscribers) {
      if (other === subscriber) continue;
      const { wake } = other;
      other.wake = undefined;
      wake?.();
    }
  }

  /** Where a reader stands: in the source where that can be read again, else in this log. */
  positionOf({ cursor }: Subscriber): unknown {
    const before = cursor - this.#first - 1;
    const position = before >= 0 ? this.#entries[before]?.position : this.#positionBefore;
    return this.#feed?.resumable === true ? position : { log: this.#id, entry: cursor };
  }

  get feedWarnings(): readonly ScanWarning[] {
    return this.#feed?.reader.warnings() ?? [];
  }

  get isIdle(): boolean {
    return this.#idle;
  }

  get eventTimeColumn(): number | undefined {
    return this.#rules.eventTimeColumn;
  }
}

/** One reader's view of a log. */
class LogReader implements StreamReader {
  readonly #log: SharedLog;
  readonly #subscriber: Subscriber;
  readonly #columns: readonly number[];
  readonly #fromTime: number | undefined;
  readonly #onClose: () => void;
  #rows = 0;
  #closed = false;

  constructor(log: SharedLog, subscriber: Subscriber, columns: readonly number[], fromTime: number | undefined, onClose: () => void) {
    this.#log = log;
    this.#subscriber = subscriber;
    this.#columns = columns;
    this.#fromTime = fromTime;
    this.#onClose = onClose;
  }

  next(wake: () => void): StreamPiece | "waiting" | "idle" | "end" {
    let woken = false;
    const piece = this.#log.take(this.#subscriber, () => {
      if (woken) return;
      woken = true;
      wake();
    });
    if (typeof piece === "string") return piece;
    const batch = this.#project(this.#fromStart(piece.batch));
    this.#rows += batch.length;
    const { future, met } = piece;
    return {
      batch,
      watermark: piece.watermark,
      ...(met !== undefined && { met }),
      ...(future !== undefined && { future: { ...future, batch: this.#project(future.batch) } }),
    };
  }

  #fromStart(batch: RecordBatch): RecordBatch {
    const timeAt = this.#log.eventTimeColumn;
    return this.#fromTime === undefined || timeAt === undefined ? batch : rowsFrom(batch, timeAt, this.#fromTime);
  }

  #project(batch: RecordBatch): RecordBatch {
    return { ...batch, columns: this.#columns.map((column) => batch.columns[column]) };
  }

  position(): unknown {
    return this.#log.positionOf(this.#subscriber);
  }

  rowsRead(): number {
    return this.#rows;
  }

  warnings(): readonly ScanWarning[] {
    return this.#log.feedWarnings;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#onClose();
  }
}
