import { closeSync, fstatSync, fsync, fsyncSync, ftruncateSync, openSync, writeSync } from "node:fs";
import type { RecordBatch } from "../../core/vector.ts";
import { csvHeader, csvLines, DEFAULT_STYLE } from "../../formats/csv/csv-text.ts";
import { ioError, openForWriting } from "../../formats/files.ts";
import type { Sink, SinkContext } from "../connector.ts";
import { jsonLines } from "../formats/row-text.ts";
import type { FileSinkRules } from "./file-sink.ts";
import { PartNames, syncFolder } from "./part-names.ts";

const FLUSH_LENGTH = 1 << 20;

interface TextPosition {
  readonly part: number;
  /** Bytes of that part; what stands behind them does not count. */
  readonly length: number;
}

/** Lines of JSON or CSV. A checkpoint holds how long the file is; going on from it cuts off what came after. */
export class TextFileSink implements Sink {
  readonly #rules: FileSinkRules;
  readonly #context: SinkContext;
  readonly #names: PartNames;
  #fd: number | undefined;
  #part = 0;
  #length = 0;
  #openedAt = 0;
  #pieces: string[] = [];
  #pieceLength = 0;
  #folderChanged = false;

  constructor(path: string, rules: FileSinkRules, context: SinkContext) {
    this.#names = new PartNames(path);
    this.#rules = rules;
    this.#context = context;
  }

  write(batch: RecordBatch): void {
    if (batch.length === 0) return;
    if (this.#fd === undefined) this.#begin();
    if (this.#mustRoll()) this.#roll();
    const { schema, format } = this.#context;
    const text = format === "csv" ? csvLines(schema, batch, "UTC", DEFAULT_STYLE) : jsonLines(schema, batch);
    this.#pieces.push(text);
    this.#pieceLength += text.length;
    if (this.#pieceLength >= FLUSH_LENGTH) this.flush();
  }

  /** Opens the first file, where no checkpoint says which. */
  #begin(): void {
    const isNumbered = this.#rules.rollBytes !== undefined || this.#rules.rollMicros !== undefined;
    if (isNumbered) {
      if (this.#rules.overwrite) this.#names.removeFrom(1);
      this.#part = (this.#names.existing().at(-1) ?? 0) + 1;
    }
    this.#open(this.#part, this.#rules.overwrite);
  }

  #open(part: number, truncate: boolean): void {
    const path = this.#names.name(part);
    const fd = truncate ? openForWriting(path, path) : openAppending(path);
    this.#fd = fd;
    this.#part = part;
    this.#length = fstatSync(fd).size;
    this.#openedAt = this.#context.clock.now();
    this.#folderChanged = true;
    if (this.#length === 0 && this.#context.format === "csv") {
      this.#pieces.push(csvHeader(this.#context.schema, DEFAULT_STYLE));
      this.#pieceLength = 1;
    }
  }

  #mustRoll(): boolean {
    const { rollBytes, rollMicros } = this.#rules;
    if (rollBytes !== undefined && this.#length + this.#pieceLength >= rollBytes) return true;
    return rollMicros !== undefined && this.#length > 0 && this.#context.clock.now() - this.#openedAt >= rollMicros;
  }

  #roll(): void {
    this.#sync();
    this.#closeFile();
    this.#open(this.#part + 1, true);
  }

  flush(): void {
    if (this.#pieces.length === 0 || this.#fd === undefined) return;
    const bytes = Buffer.from(this.#pieces.join(""), "utf8");
    this.#pieces = [];
    this.#pieceLength = 0;
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at, bytes.length - at, this.#length + at);
    this.#length += bytes.length;
  }

  #sync(): void {
    this.flush();
    if (this.#fd !== undefined) fsyncSync(this.#fd);
    if (this.#folderChanged) syncFolder(this.#names.folder);
    this.#folderChanged = false;
  }

  snapshot(): TextPosition {
    if (this.#fd === undefined) this.#begin();
    this.flush();
    return { part: this.#part, length: this.#length };
  }

  /** Away from the engine's thread: a disk may take its time. */
  async durable(): Promise<void> {
    const fd = this.#fd;
    if (fd === undefined) return;
    await new Promise<void>((resolve, reject) => {
      // A part that was closed meanwhile was synced before.
      fsync(fd, (error) => (error === null || this.#fd !== fd ? resolve() : reject(error)));
    });
    if (this.#folderChanged) syncFolder(this.#names.folder);
    this.#folderChanged = false;
  }

  committed(): void {}

  restore(position: unknown): void {
    const { part, length } = position as TextPosition;
    if (part > 0) this.#names.removeFrom(part + 1);
    this.#open(part, false);
    if (this.#length < length) {
      throw ioError(
        `"${this.#names.name(part)}" has ${this.#length} bytes, but had ${length} at the checkpoint: rows that were written are missing`,
      );
    }
    ftruncateSync(this.#fd as number, length);
    this.#length = length;
    if (length > 0) {
      this.#pieces = [];
      this.#pieceLength = 0;
    }
    this.#sync();
  }

  finish(): void {
    // A query without rows leaves an empty file, as one with rows leaves a full one
    if (this.#fd === undefined) this.#begin();
    this.#sync();
    this.#closeFile();
  }

  #closeFile(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  close(): void {
    this.#closeFile();
    this.#pieces = [];
  }
}

function openAppending(path: string): number {
  try {
    // Not "a": positions are given, so that what is cut off stays cut off
    return openSync(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return openForWriting(path, path);
    throw ioError(`cannot write "${path}": ${(error as Error).message}`, undefined, error);
  }
}
