import { read } from "node:fs";
import { ioError } from "../formats/files.ts";
import {
  CHUNK_PADDING,
  type Connector,
  type Partition,
  type Reject,
  type Source,
  type SourceContext,
  type SourcePiece,
} from "./connector.ts";
import type { CheckedProperties } from "./properties.ts";

const STDIN = 0;
const READ_BYTES = 1 << 18;

/** Standard input. */
export const stdinConnector: Connector = {
  name: "stdin",
  doc: "Standard input, for `weir run` and pipes: read as it comes, and no faster than it is taken.",
  source: {
    options: [{ name: "endless", type: "boolean", default: "false", doc: "Whether it is not expected to end." }],
    formats: ["json", "csv", "raw"],
    delivery: "at-most-once",
    live: false,
    replayable: false,
    isEndless: (properties) => properties.flag("endless") ?? false,
    defaultStart: () => "earliest",
    open: (_properties: CheckedProperties, context) => new StdinSource(context),
  },
};

/** Reads on only when what came before was taken, so that the writer of the pipe waits. */
class StdinSource implements Source {
  readonly #context: SourceContext;
  readonly #partition = { key: "stdin", name: "stdin", ended: false };
  #bytes = new Uint8Array(READ_BYTES + CHUNK_PADDING);
  /** Bytes there, of which those before `#used` were given away as records. */
  #length = 0;
  #used = 0;
  #offset = 0;
  #begun = false;
  #reading = false;
  #atEnd = false;
  #closed = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(context: SourceContext) {
    this.#context = context;
  }

  get partitions(): readonly Partition[] {
    return [this.#partition];
  }

  next(wake: () => void, reject: Reject): SourcePiece | "waiting" | "end" {
    if (this.#failure !== undefined) throw this.#failure;
    this.#wake = wake;
    if (this.#reading) return "waiting";
    this.#compact();
    const { framing } = this.#context;
    let start = 0;
    if (!this.#begun && this.#length > 0) {
      start = framing.preamble(this.#bytes, this.#length);
      if (start >= 0) this.#begun = true;
    }
    const end = start < 0 ? -1 : framing.lastEnd(this.#bytes, start, this.#length);
    if (end > start) return this.#give(start, end);
    if (this.#atEnd) {
      if (start >= 0 && this.#length > start) {
        this.#bytes[this.#length] = 10;
        return this.#give(start, this.#length + 1);
      }
      this.#partition.ended = true;
      return "end";
    }
    if (this.#length > framing.maxRecordBytes) {
      reject(
        this.#bytes.slice(0, 4096),
        `the record is longer than max_record_size, ${framing.maxRecordBytes} bytes`,
        `stdin:${this.#offset}`,
      );
      this.#used = this.#length;
      this.#compact();
    }
    // What a preamble takes is kept until a record follows it
    if (start > 0) this.#begun = false;
    this.#read();
    return "waiting";
  }

  #give(start: number, end: number): SourcePiece {
    this.#used = Math.min(end, this.#length);
    if (end > this.#length) this.#length = this.#used;
    const chunk = { bytes: this.#bytes.slice(0, end + CHUNK_PADDING), start, end, offset: this.#offset };
    return { partition: 0, chunk };
  }

  #compact(): void {
    this.#bytes.copyWithin(0, this.#used, this.#length);
    this.#offset += this.#used;
    this.#length -= this.#used;
    this.#used = 0;
  }

  #read(): void {
    if (this.#length + READ_BYTES + CHUNK_PADDING > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#bytes.length + READ_BYTES);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    this.#reading = true;
    read(STDIN, this.#bytes, this.#length, READ_BYTES, null, (error, count) => {
      this.#reading = false;
      if (this.#closed) return;
      // A terminal that has nothing yet, or was closed
      if (error?.code === "EAGAIN") {
        const { clock } = this.#context;
        clock.at(clock.now() + 10_000, () => this.#notify());
        return;
      }
      if (error !== null && error.code !== "EOF") this.#failure = ioError(`cannot read standard input: ${error.message}`);
      else if (error !== null || count === 0) this.#atEnd = true;
      else this.#length += count;
      this.#notify();
    });
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  used(): void {}

  position(): undefined {
    return undefined;
  }

  dropped(): number {
    return 0;
  }

  close(): void {
    this.#closed = true;
  }
}
