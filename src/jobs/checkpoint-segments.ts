import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";

/** A segment is closed when it is this large, so that old ones can be removed piece by piece. */
const SEGMENT_BYTES = 64 << 20;
/** What is gathered before it is written: a write takes a turn of the event loop, which serves queries in between. */
const GATHER_BYTES = 4 << 20;

export interface Place {
  readonly file: string;
  readonly offset: number;
  readonly length: number;
}

/** Appends the parts of one checkpoint to files of its own, `<number>-0.bin`, `<number>-1.bin`, … */
export class SegmentWriter {
  readonly #folder: string;
  readonly #number: number;
  #files = 0;
  #handle: FileHandle | undefined;
  #name = "";
  /** Bytes in the open segment, gathered ones included. */
  #size = 0;
  #gathered: Uint8Array[] = [];
  #gatheredBytes = 0;
  #bytes = 0;

  constructor(folder: string, number: number) {
    this.#folder = folder;
    this.#number = number;
  }

  /** Written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** `bytes` must stay as they are until `finish`. */
  async append(bytes: Uint8Array): Promise<Place> {
    if (this.#size >= SEGMENT_BYTES) await this.#closeSegment();
    if (this.#handle === undefined) {
      this.#name = `${this.#number}-${this.#files++}.bin`;
      this.#handle = await open(join(this.#folder, this.#name), "w", 0o600);
    }
    const place = { file: this.#name, offset: this.#size, length: bytes.byteLength };
    this.#gathered.push(bytes);
    this.#gatheredBytes += bytes.byteLength;
    this.#size += bytes.byteLength;
    this.#bytes += bytes.byteLength;
    if (this.#gatheredBytes >= GATHER_BYTES) await this.#write();
    return place;
  }

  /** Everything is durable, but for the names in the folder. */
  async finish(): Promise<void> {
    await this.#closeSegment();
  }

  /** Gives up. */
  async abandon(): Promise<void> {
    await this.#handle?.close();
    this.#handle = undefined;
  }

  async #write(): Promise<void> {
    const gathered = this.#gathered;
    this.#gathered = [];
    let left = this.#gatheredBytes;
    this.#gatheredBytes = 0;
    while (left > 0) {
      const { bytesWritten } = await this.#handle!.writev(gathered);
      left -= bytesWritten;
      dropFront(gathered, bytesWritten);
    }
  }

  async #closeSegment(): Promise<void> {
    if (this.#handle === undefined) return;
    await this.#write();
    await this.#handle.sync();
    await this.#handle.close();
    this.#handle = undefined;
    this.#size = 0;
  }
}

/** Takes what was written out of a list of buffers. */
function dropFront(buffers: Uint8Array[], bytes: number): void {
  let left = bytes;
  while (buffers.length > 0 && left >= buffers[0].byteLength) left -= buffers.shift()!.byteLength;
  if (left > 0) buffers[0] = buffers[0].subarray(left);
}
