import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ioError } from "./files.ts";
import { InflateStream } from "./inflate.ts";

/**
 * Bytes of a file. `random` inputs read at any place; a compressed one is a sequence, read from the start.
 * All reads are synchronous: they run in engine and pool threads.
 */
export interface RandomInput {
  readonly kind: "random";
  readonly size: number;
  /** Fills `target[at..at + length)` from file position `position`; returns the bytes read, fewer only at the end of the file. */
  read(target: Uint8Array, at: number, length: number, position: number): number;
  close(): void;
}

export interface SequentialInput {
  readonly kind: "sequential";
  /** The next bytes into `target[at..at + length)`; 0 at the end. */
  read(target: Uint8Array, at: number, length: number): number;
  close(): void;
}

export type Compression = "none" | "gzip";

/** How a file is compressed: by its option, else by its first bytes (a name alone proves nothing). */
export function detectCompression(path: string, option: string | undefined): Compression {
  if (option === "none" || option === "uncompressed") return "none";
  if (option === "gzip") return "gzip";
  const input = openRandom(path);
  const head = new Uint8Array(4);
  const count = input.read(head, 0, 4, 0);
  input.close();
  if (count >= 2 && head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  if (count >= 4 && head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd) {
    throw ioError(`"${path}" is compressed with zstd, which is not read yet`, "decompress it, or use gzip");
  }
  return "none";
}

export function openRandom(path: string): RandomInput {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (cause) {
    throw ioError(`cannot open "${path}": ${(cause as Error).message}`, undefined, cause);
  }
  const size = fstatSync(fd).size;
  return {
    kind: "random",
    size,
    read(target, at, length, position) {
      let done = 0;
      while (done < length) {
        const count = readSync(fd, target, at + done, length - done, position + done);
        if (count === 0) break;
        done += count;
      }
      return done;
    },
    close: () => closeSync(fd),
  };
}

export function openSequential(path: string, compression: Compression): SequentialInput {
  const file = openRandom(path);
  if (compression === "gzip") {
    const inflate = new InflateStream(file, path);
    return { kind: "sequential", read: (target, at, length) => inflate.read(target, at, length), close: () => file.close() };
  }
  let position = 0;
  return {
    kind: "sequential",
    read(target, at, length) {
      const count = file.read(target, at, length, position);
      position += count;
      return count;
    },
    close: () => file.close(),
  };
}

/** The first bytes of a file, decompressed: what sniffing looks at. `complete` when that is all of it. */
export function readHead(path: string, compression: Compression, limit: number): { bytes: Uint8Array; complete: boolean } {
  const input = openSequential(path, compression);
  const chunks = new Uint8Array(limit + 1);
  let length = 0;
  while (length < chunks.length) {
    const count = input.read(chunks, length, chunks.length - length);
    if (count === 0) break;
    length += count;
  }
  input.close();
  return { bytes: chunks.subarray(0, Math.min(length, limit)), complete: length <= limit };
}

/** Turns another encoding into UTF-8 on the way. Latin-1 is read as its superset Windows-1252, as browsers do. */
export class TranscodingInput implements SequentialInput {
  readonly kind = "sequential";
  readonly #input: SequentialInput;
  readonly #decoder: TextDecoder;
  readonly #raw = new Uint8Array(1 << 18);
  #ready: Uint8Array = new Uint8Array(0);
  #ended = false;

  constructor(input: SequentialInput, encoding: "utf-16le" | "utf-16be" | "latin-1") {
    this.#input = input;
    this.#decoder = new TextDecoder(encoding === "latin-1" ? "windows-1252" : encoding);
  }

  read(target: Uint8Array, at: number, length: number): number {
    while (this.#ready.length === 0 && !this.#ended) {
      const count = this.#input.read(this.#raw, 0, this.#raw.length);
      this.#ended = count === 0;
      const raw = this.#raw.subarray(0, count);
      const text = this.#decoder.decode(raw, { stream: !this.#ended });
      this.#ready = Buffer.from(text, "utf8");
    }
    const count = Math.min(length, this.#ready.length);
    target.set(this.#ready.subarray(0, count), at);
    this.#ready = this.#ready.subarray(count);
    return count;
  }

  close(): void {
    this.#input.close();
  }
}
