import type { ScanWarning, StreamSpec } from "../catalog/source-spec.ts";
import type { Clock } from "../connectors/connector.ts";
import { runtimeError } from "../core/errors.ts";
import type { RecordBatch } from "../core/vector.ts";
import type { StreamReader, StreamRequest } from "../exec/stream-reader.ts";
import type { BoundStream } from "./bound-stream.ts";
import { OwnReader, placeText } from "./own-reader.ts";
import { type LogRules, type Retention, SharedLog } from "./shared-log.ts";
import { SourceReader } from "./source-reader.ts";
import { WatermarkGenerator } from "./watermarks.ts";

/** Pieces that a stream which is only kept reads in one go. */
const PUMPED_PIECES = 8;
const PUMP_PAUSE = 1_000;
/** How long rates are averaged over (microseconds). */
const RATE_WINDOW = 2_000_000;

/** What a stream has done so far. */
export interface StreamFigures {
  readonly rows: number;
  /** Rows a second, over the last seconds. */
  readonly rate: number;
  /** Microseconds; undefined while nothing can be said. */
  readonly watermark: number | undefined;
  /** How far the watermark is behind the clock, microseconds; undefined for what is not of the present. */
  readonly lag: number | undefined;
  readonly deadLetters: number;
  readonly dropped: number;
  readonly readers: number;
  readonly retainedRows: number;
  readonly retainedBytes: number;
}

/** A declared stream at work: who reads it, and what they share. */
export class DeclaredStream {
  readonly bound: BoundStream;
  readonly #logRules: LogRules;
  #log: SharedLog;
  readonly #retains: boolean;
  readonly #own = new Set<SourceReader>();
  #shared: SourceReader | undefined;
  /** Makes the watermarks of inserted rows. */
  readonly #inserted: WatermarkGenerator;
  #epoch: number | undefined;
  #closedRows = 0;
  #closedDropped = 0;
  #insertedRows = 0;
  #lastRate = { at: 0, rows: 0, rate: 0 };
  #cancelPump: (() => void) | undefined;
  #closed = false;

  constructor(bound: BoundStream, retention: Retention, maxAheadBytes: number) {
    this.bound = bound;
    this.#retains = retention.micros !== undefined || retention.bytes !== undefined;
    this.#logRules = { retention, maxAheadBytes, eventTimeColumn: bound.eventTime?.column };
    this.#log = new SharedLog(this.#logRules, bound.clock);
    this.#inserted = new WatermarkGenerator(bound.rules);
  }

  get isMemory(): boolean {
    return this.bound.source.formats.length === 0 && !this.bound.source.replayable;
  }

  /** Begins to keep rows, where that was asked for and nobody need read them; opens what others connect to. Rejects when they cannot. */
  async start(): Promise<void> {
    if (this.bound.source.eager === true) {
      this.#share("latest");
      await this.#shared?.ready();
    }
    if (this.#retains && !this.isMemory) this.#pump();
  }

  /** What a person needs to know to use the source. */
  get notice(): string | undefined {
    return this.#shared?.notice();
  }

  open(spec: StreamSpec, { columns, from }: StreamRequest): StreamReader {
    const { bound } = this;
    const start = spec.start ?? bound.source.defaultStart(bound.properties);
    if (from !== undefined) return this.#goOn(from, columns);
    const fromTime = typeof start === "number" ? start : undefined;
    if (fromTime !== undefined && bound.eventTime === undefined) {
      throw runtimeError(`stream "${bound.name}" cannot start at a time: it has no watermark that names its event time`);
    }
    if (!bound.endless && bound.source.replayable) return this.#openOwn(columns, undefined, fromTime);
    if (this.isMemory) return this.#subscribe(columns, start === "latest" ? "latest" : "earliest", fromTime);
    if (start === "latest") {
      this.#share("latest");
      return this.#subscribe(columns, "latest", undefined);
    }
    // A log that nobody has begun yet begins where this reader does
    if (!this.#log.hasFeed && !this.#retains) this.#share("earliest");
    const isThere = fromTime === undefined ? this.#log.isWhole && this.#beganEarly : this.#log.reachesBackTo(fromTime);
    if (isThere || !bound.source.replayable) {
      this.#share("latest");
      return this.#subscribe(columns, "earliest", fromTime);
    }
    return this.#openOwn(columns, undefined, fromTime);
  }

  /** Whether the shared source was opened at the start of all there is. */
  #beganEarly = false;

  /** Opens the source all readers share, unless it is open. */
  #share(start: "earliest" | "latest"): void {
    if (this.#log.hasFeed || this.isMemory) return;
    const { bound } = this;
    const atStart = this.#epoch === undefined;
    const columns = bound.schema.map((_, i) => i);
    const reader = new SourceReader(bound, { columns, from: undefined, start, fromTime: undefined, epoch: this.#begin() });
    this.#shared = reader;
    // A generator that is opened for the first time stands at its first row, whichever start is asked for
    this.#beganEarly = this.#log.isWhole && (start === "earliest" || (atStart && bound.source.formats.length === 0));
    this.#log.attach({ reader, resumable: bound.source.replayable });
  }

  #begin(): number {
    this.#epoch ??= this.bound.clock.now();
    return this.#epoch;
  }

  #goOn(from: unknown, columns: readonly number[]): StreamReader {
    const { bound } = this;
    if (this.#log.holds(from)) {
      this.#share("latest");
      return this.#log.subscribe(columns, from, undefined, () => this.#left());
    }
    if (bound.source.replayable) return this.#openOwn(columns, from, undefined);
    const hint = this.isMemory
      ? "its rows live only as long as the session"
      : "what it sent meanwhile is lost: its delivery is at-most-once";
    bound.warn(plainWarning(`stream "${bound.name}" goes on with the rows of now: ${hint}`));
    this.#share("latest");
    return this.#subscribe(columns, "latest", undefined);
  }

  #subscribe(columns: readonly number[], start: "earliest" | "latest", fromTime: number | undefined): StreamReader {
    return this.#log.subscribe(columns, start, fromTime, () => this.#left());
  }

  #openOwn(columns: readonly number[], from: unknown, fromTime: number | undefined): StreamReader {
    const reader = new SourceReader(this.bound, { columns, from, start: "earliest", fromTime, epoch: this.#begin() });
    this.#own.add(reader);
    const canJoin = this.bound.endless && fromTime === undefined;
    return new OwnReader(reader, canJoin ? (position) => this.#join(position, columns) : undefined, () => {
      if (this.#own.delete(reader)) this.#account(reader);
    });
  }

  /** A reader of the shared source, if that stands where `position` says. */
  #join(position: unknown, columns: readonly number[]): StreamReader | undefined {
    if (this.#shared === undefined || placeText(this.#shared.position()) !== placeText(position)) return undefined;
    return this.#subscribe(columns, "latest", undefined);
  }

  #account(reader: SourceReader): void {
    this.#closedRows += reader.rowsRead();
    this.#closedDropped += reader.dropped;
  }

  /** A reader has left the log; without any, a source that is not kept is let go. */
  #left(): void {
    if (this.#closed || this.#log.isRead || this.isMemory) return;
    if (this.#retains) this.#pump();
    else if (this.bound.source.eager !== true) this.#release();
  }

  #release(): void {
    if (this.#shared !== undefined) this.#account(this.#shared);
    this.#shared = undefined;
    this.#log.detach();
    this.#log = new SharedLog(this.#logRules, this.bound.clock);
  }

  /** Reads on for the sake of what is kept; readers that are there do that themselves. */
  #pump(): void {
    if (this.#closed) return;
    this.#share("latest");
    const { clock } = this.bound;
    const later = () => {
      this.#cancelPump?.();
      this.#cancelPump = passively(clock, () => clock.at(clock.now() + PUMP_PAUSE, () => this.#pump()));
    };
    passively(clock, () => {
      let pieces = 0;
      while (!this.#log.isRead && pieces++ < PUMPED_PIECES) if (!this.#log.pump(later)) return;
      if (!this.#log.isRead) later();
    });
  }

  /** Adds rows to a memory stream, in the order given. */
  insert(batches: readonly RecordBatch[]): void {
    const { bound } = this;
    if (!this.isMemory) {
      throw runtimeError(
        `stream "${bound.name}" takes no rows: they come from its connector`,
        undefined,
        "a stream without a connector does",
      );
    }
    for (const batch of batches) {
      if (batch.length === 0) continue;
      this.#insertedRows += batch.length;
      if (bound.eventTime === undefined) {
        this.#log.append({ batch, watermark: undefined });
        continue;
      }
      const now = bound.clock.now();
      const marked = this.#inserted.mark(0, batch, batch.columns[bound.eventTime.column], now);
      this.#inserted.advance(ONE_PARTITION, now);
      this.#log.append({ ...marked, watermark: this.#inserted.current });
    }
  }

  /** Whether rows can be inserted: no reader is too far behind. `wake` is called once when they can again. */
  hasRoom(wake: () => void): boolean {
    return this.#log.hasRoom(wake);
  }

  figures(): StreamFigures {
    const { bound } = this;
    const now = bound.clock.now();
    const readers = [...this.#own, ...(this.#shared === undefined ? [] : [this.#shared])];
    const rows = this.#closedRows + this.#insertedRows + readers.reduce((sum, reader) => sum + reader.rowsRead(), 0);
    const marks = readers.map((reader) => reader.watermark).filter((mark) => mark !== undefined);
    const watermark = this.#shared?.watermark ?? this.#inserted.current ?? (marks.length === 0 ? undefined : Math.max(...marks));
    if (now - this.#lastRate.at >= RATE_WINDOW) {
      const { at } = this.#lastRate;
      const rate = at === 0 ? 0 : ((rows - this.#lastRate.rows) * 1e6) / (now - at);
      this.#lastRate = { at: now, rows, rate };
    }
    return {
      rows,
      rate: this.#lastRate.rate,
      watermark,
      lag: watermark === undefined || !bound.endless ? undefined : now - watermark,
      deadLetters: bound.deadLetters.count,
      dropped: this.#closedDropped + readers.reduce((sum, reader) => sum + reader.dropped, 0),
      readers: this.#own.size + this.#log.readers,
      retainedRows: this.#log.retainedRows,
      retainedBytes: this.#log.bytes,
    };
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#cancelPump?.();
    for (const reader of this.#own) reader.close();
    this.#shared?.close();
    this.#log.drop(`stream "${this.bound.name}" was dropped`);
  }
}

/** What is read only to be kept is no reason for a virtual clock to move on. */
const passively = <T>(clock: Clock, run: () => T): T => (clock.passively === undefined ? run() : clock.passively(run));

const ONE_PARTITION = [{ ended: false }];

export const plainWarning = (message: string): ScanWarning => ({ message, rejected: [], rejectedCount: 0 });
