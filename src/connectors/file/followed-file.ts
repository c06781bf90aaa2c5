import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { CHUNK_PADDING, type Framing, type Partition, type Reject } from "../connector.ts";

/** Bytes that tell a file from another that took over its inode. */
const HEAD_BYTES = 64;
/** Bytes of an overlong record that are kept as a dead letter. */
const KEPT_BYTES = 4096;

/** Where a file was read up to, as plain data. */
export interface FilePosition {
  readonly path: string;
  readonly dev: number;
  readonly ino: number;
  /** Its first bytes, base64; fewer than HEAD_BYTES of them where no more were read. */
  readonly head: string;
  readonly offset: number;
  readonly key: string;
}

/** The buffer that files of one source are read into, one after another. */
export class ReadBuffer {
  bytes = new Uint8Array((4 << 20) + CHUNK_PADDING);
  get room(): number {
    return this.bytes.length - CHUNK_PADDING;
  }
  grow(): void {
    this.bytes = new Uint8Array(2 * this.room + CHUNK_PADDING);
  }
}

/** One file of a source: what was read of it, and whether it is still the one of its name. */
export class FollowedFile implements Partition {
  path: string;
  key: string;
  readonly dev: number;
  readonly ino: number;
  /** Up to where records were used. */
  offset = 0;
  ended = false;
  /** Another file has taken its name, or it has none any more: it ends where it ends. */
  detached = false;
  /** There may be more to read. */
  maybeMore = true;
  #fd: number | undefined;
  #head = new Uint8Array(0);
  #skipping = false;
  /** End of what was read, without a line break that was added to it. */
  #readEnd = 0;

  constructor(path: string, dev: number, ino: number) {
    this.path = path;
    this.key = `${dev}:${ino}`;
    this.dev = dev;
    this.ino = ino;
  }

  get name(): string {
    return this.path;
  }

  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** Opens it, if it is still the same file; false when it is gone. */
  open(): boolean {
    if (this.#fd !== undefined) return true;
    try {
      const fd = openSync(this.path, "r");
      const stat = fstatSync(fd);
      if (stat.ino !== this.ino || stat.dev !== this.dev) {
        closeSync(fd);
        return false;
      }
      this.#fd = fd;
      return true;
    } catch {
      // Gone between being listed and being opened: whoever asks takes it off the list
      return false;
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Whether its first bytes are those of a file that was read before. */
  beginsWith(head: string): boolean {
    const wanted = Buffer.from(head, "base64");
    const found = Buffer.alloc(wanted.length);
    if (!this.open()) return false;
    return readSync(this.#fd as number, found, 0, found.length, 0) === wanted.length && found.equals(wanted);
  }

  position(): FilePosition {
    const { path, dev, ino, offset, key } = this;
    return { path, dev, ino, offset, key, head: Buffer.from(this.#head.subarray(0, Math.min(HEAD_BYTES, offset))).toString("base64") };
  }

  resume({ offset, head, key }: FilePosition): void {
    this.key = key;
    this.offset = offset;
    this.#head = Buffer.from(head, "base64");
  }

  use(offset: number): void {
    this.offset = Math.min(offset, this.#readEnd);
  }

  /** Goes to behind the last whole line that is there now. */
  seekEnd(): void {
    if (!this.open()) return;
    const size = fstatSync(this.#fd as number).size;
    const block = new Uint8Array(1 << 16);
    for (let end = size; end > 0; end -= block.length) {
      const from = Math.max(0, end - block.length);
      const count = readSync(this.#fd as number, block, 0, end - from, from);
      const at = block.subarray(0, count).lastIndexOf(10);
      if (at >= 0) {
        this.offset = from + at + 1;
        break;
      }
    }
    this.#keepHead();
  }

  #keepHead(): void {
    if (this.#head.length >= Math.min(HEAD_BYTES, this.offset)) return;
    const head = new Uint8Array(Math.min(HEAD_BYTES, this.offset));
    const count = readSync(this.#fd as number, head, 0, head.length, 0);
    this.#head = head.subarray(0, count);
  }

  /**
   * Reads whole records from where it stands. undefined: there are none at the moment. `atEnd`: nothing will be added, so that the last record needs no
   * line break. A file that has shrunk is read from its start.
   */
  read(buffer: ReadBuffer, framing: Framing, atEnd: boolean, reject: Reject): { start: number; end: number; offset: number } | undefined {
    if (!this.open()) return undefined;
    const fd = this.#fd as number;
    if (fstatSync(fd).size < this.offset) {
      this.offset = 0;
      this.#skipping = false;
      this.#head = new Uint8Array(0);
    }
    for (;;) {
      this.#keepHead();
      const count = readSync(fd, buffer.bytes, 0, buffer.room, this.offset);
      if (count === 0) return undefined;
      this.#readEnd = this.offset + count;
      if (this.offset === 0) this.#head = buffer.bytes.slice(0, Math.min(HEAD_BYTES, count));
      if (this.#skipping) {
        const lineEnd = buffer.bytes.subarray(0, count).indexOf(10);
        this.#skipping = lineEnd < 0;
        this.offset += lineEnd < 0 ? count : lineEnd + 1;
        continue;
      }
      const start = this.offset === 0 ? framing.preamble(buffer.bytes, count) : 0;
      const end = start < 0 ? -1 : framing.lastEnd(buffer.bytes, start, count);
      if (start >= 0 && end > start) return { start, end, offset: this.offset };
      if (count - Math.max(0, start) > framing.maxRecordBytes) {
        const from = Math.max(0, start);
        reject(
          buffer.bytes.slice(from, from + KEPT_BYTES),
          `the record is longer than max_record_size, ${framing.maxRecordBytes} bytes`,
          `${this.path}:${this.offset + from}`,
        );
        this.#skipping = true;
      } else if (count === buffer.room) buffer.grow();
      else {
        if (!atEnd || start < 0 || start === count) return undefined;
        buffer.bytes[count] = 10;
        return { start, end: count + 1, offset: this.offset };
      }
    }
  }
}
