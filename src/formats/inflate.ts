import { gunzipSync } from "node:zlib";
import { ioError } from "./files.ts";
import type { RandomInput } from "./input.ts";

/** Compressed files up to this size are inflated by zlib in one go; larger ones, or ones that blow up, as a stream. */
const WHOLE_LIMIT = 64 << 20;
const WHOLE_OUTPUT_LIMIT = 512 << 20;
const WINDOW = 32768;
const OUTPUT = 1 << 20;
const GIVE_BACK = 8;

/**
 * Gzip (RFC 1952, several members too), read synchronously in bounded memory. Node's zlib has no synchronous stream, so large files
 * take the inflater below (RFC 1951); checksums of streams are checked by length.
 */
export class InflateStream {
  readonly #input: RandomInput;
  readonly #path: string;
  #whole: Uint8Array | undefined;
  #wholeAt = 0;
  #stream: Inflater | undefined;
  constructor(input: RandomInput, path: string) {
    this.#input = input;
    this.#path = path;
  }

  read(target: Uint8Array, at: number, length: number): number {
    if (this.#whole === undefined && this.#stream === undefined) this.#start();
    if (this.#whole !== undefined) {
      const count = Math.min(length, this.#whole.length - this.#wholeAt);
      target.set(this.#whole.subarray(this.#wholeAt, this.#wholeAt + count), at);
      this.#wholeAt += count;
      return count;
    }
    return this.#stream!.read(target, at, length);
  }

  #start(): void {
    if (this.#input.size <= WHOLE_LIMIT) {
      const compressed = new Uint8Array(this.#input.size);
      this.#input.read(compressed, 0, compressed.length, 0);
      try {
        this.#whole = gunzipSync(compressed, { maxOutputLength: WHOLE_OUTPUT_LIMIT });
        return;
      } catch (cause) {
        if ((cause as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") {
          throw ioError(`"${this.#path}" is not valid gzip: ${(cause as Error).message}`, undefined, cause);
        }
      }
    }
    this.#stream = new Inflater(this.#input, this.#path);
  }
}

/** Canonical Huffman code as a flat lookup table: entry = symbol << 4 | length, indexed by the next `bits` bits. */
interface Huffman {
  readonly table: Uint16Array;
  readonly bits: number;
}

const LENGTH_BASE = [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258];
const LENGTH_EXTRA = [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0];
const DISTANCE_BASE = [
  1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385,
  24577,
];
const CODE_LENGTH_ORDER = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/** The inflater for large files alone: `read` gives the next decompressed bytes, 0 at the end. */
export class Inflater {
  readonly #input: RandomInput;
  readonly #path: string;
  /** The first bytes repeat the end of the piece before, so that bytes read ahead can be given back. */
  readonly #in = new Uint8Array(GIVE_BACK + (1 << 16));
  #inAt = GIVE_BACK;
  #inEnd = GIVE_BACK;
  #position = 0;
  #bitBuffer = 0;
  #bitCount = 0;
  /** Window of the last 32 KB, then up to OUTPUT new bytes. */
  readonly #out = new Uint8Array(WINDOW + OUTPUT + 258);
  #outAt = WINDOW;
  #readAt = WINDOW;
  #memberBytes = 0;
  #state: "header" | "block" | "stored" | "codes" | "end" = "header";
  #lastBlock = false;
  #storedLeft = 0;
  #literals: Huffman = FIXED_LITERALS;
  #distances: Huffman = FIXED_DISTANCES;

  constructor(input: RandomInput, path: string) {
    this.#input = input;
    this.#path = path;
  }

  read(target: Uint8Array, at: number, length: number): number {
    if (this.#readAt === this.#outAt) {
      if (this.#outAt > WINDOW) {
        this.#out.copyWithin(0, this.#outAt - WINDOW, this.#outAt);
        this.#outAt = WINDOW;
        this.#readAt = WINDOW;
      }
      while (this.#state !== "end" && this.#outAt < WINDOW + OUTPUT) this.#step();
    }
    const count = Math.min(length, this.#outAt - this.#readAt);
    target.set(this.#out.subarray(this.#readAt, this.#readAt + count), at);
    this.#readAt += count;
    return count;
  }

  #fail(what: string): Error {
    return ioError(`"${this.#path}" is not valid gzip: ${what}`);
  }

  #byte(): number {
    if (this.#inAt === this.#inEnd) {
      this.#in.copyWithin(0, this.#inEnd - GIVE_BACK, this.#inEnd);
      const count = this.#input.read(this.#in, GIVE_BACK, this.#in.length - GIVE_BACK, this.#position);
      this.#position += count;
      this.#inAt = GIVE_BACK;
      this.#inEnd = GIVE_BACK + count;
      if (count === 0) return -1;
    }
    return this.#in[this.#inAt++];
  }

  #need(bits: number): void {
    while (this.#bitCount < bits) {
      const byte = this.#byte();
      if (byte < 0) throw this.#fail("it ends too early");
      this.#bitBuffer |= byte << this.#bitCount;
      this.#bitCount += 8;
    }
  }

  #bits(count: number): number {
    if (count === 0) return 0;
    this.#need(count);
    const value = this.#bitBuffer & ((1 << count) - 1);
    this.#bitBuffer >>>= count;
    this.#bitCount -= count;
    return value;
  }

  #symbol(code: Huffman): number {
    // The end of the file may leave fewer bits than the table's width; missing ones are zero
    while (this.#bitCount < code.bits) {
      const byte = this.#byte();
      if (byte < 0) break;
      this.#bitBuffer |= byte << this.#bitCount;
      this.#bitCount += 8;
    }
    const entry = code.table[this.#bitBuffer & ((1 << code.bits) - 1)];
    const length = entry & 15;
    if (length === 0 || length > this.#bitCount) throw this.#fail("a code is unknown");
    this.#bitBuffer >>>= length;
    this.#bitCount -= length;
    return entry >>> 4;
  }

  #step(): void {
    switch (this.#state) {
      case "header":
        this.#header();
        break;
      case "block":
        this.#block();
        break;
      case "stored":
        this.#stored();
        break;
      case "codes":
        this.#codes();
        break;
    }
  }

  #header(): void {
    const first = this.#byte();
    // Padding zeros may follow the last member
    if (first <= 0) {
      this.#state = "end";
      return;
    }
    if (first !== 0x1f || this.#byte() !== 0x8b || this.#byte() !== 8) throw this.#fail("the header is unknown");
    const flags = this.#byte();
    for (let i = 0; i < 6; i++) this.#byte();
    if (flags & 4) for (let n = this.#byte() | (this.#byte() << 8); n > 0; n--) this.#byte();
    if (flags & 8) while (this.#byte() > 0);
    if (flags & 16) while (this.#byte() > 0);
    if (flags & 2) for (let i = 0; i < 2; i++) this.#byte();
    this.#memberBytes = 0;
    this.#state = "block";
  }

  #block(): void {
    if (this.#lastBlock) {
      this.#trailer();
      return;
    }
    this.#lastBlock = this.#bits(1) === 1;
    const kind = this.#bits(2);
    if (kind === 0) {
      this.#bits(this.#bitCount & 7);
      this.#storedLeft = this.#bits(16);
      if ((this.#bits(16) ^ 0xffff) !== this.#storedLeft) throw this.#fail("a stored block's length is damaged");
      this.#giveBack();
      this.#state = "stored";
    } else if (kind === 1) {
      this.#literals = FIXED_LITERALS;
      this.#distances = FIXED_DISTANCES;
      this.#state = "codes";
    } else if (kind === 2) {
      this.#dynamic();
      this.#state = "codes";
    } else throw this.#fail("a block's kind is unknown");
  }

  #dynamic(): void {
    const literalCount = this.#bits(5) + 257;
    const distanceCount = this.#bits(5) + 1;
    const codeCount = this.#bits(4) + 4;
    const codeLengths = new Uint8Array(19);
    for (let i = 0; i < codeCount; i++) codeLengths[CODE_LENGTH_ORDER[i]] = this.#bits(3);
    const codes = makeHuffman(codeLengths);
    const lengths = new Uint8Array(literalCount + distanceCount);
    for (let i = 0; i < lengths.length; ) {
      const symbol = this.#symbol(codes);
      if (symbol < 16) {
        lengths[i++] = symbol;
        continue;
      }
      const value = symbol === 16 ? lengths[i - 1] : 0;
      let repeat = symbol === 16 ? 3 + this.#bits(2) : symbol === 17 ? 3 + this.#bits(3) : 11 + this.#bits(7);
      if (i + repeat > lengths.length) throw this.#fail("code lengths overflow");
      for (; repeat > 0; repeat--) lengths[i++] = value;
    }
    this.#literals = makeHuffman(lengths.subarray(0, literalCount));
    this.#distances = makeHuffman(lengths.subarray(literalCount));
  }

  #stored(): void {
    const count = Math.min(this.#storedLeft, WINDOW + OUTPUT - this.#outAt);
    for (let i = 0; i < count; i++) {
      const byte = this.#byte();
      if (byte < 0) throw this.#fail("it ends too early");
      this.#out[this.#outAt++] = byte;
    }
    this.#memberBytes += count;
    this.#storedLeft -= count;
    if (this.#storedLeft === 0) this.#state = "block";
  }

  #codes(): void {
    const out = this.#out;
    const limit = WINDOW + OUTPUT;
    const start = this.#outAt;
    let at = start;
    while (at < limit) {
      const symbol = this.#symbol(this.#literals);
      if (symbol < 256) {
        out[at++] = symbol;
        continue;
      }
      if (symbol === 256) {
        this.#state = "block";
        break;
      }
      const length = LENGTH_BASE[symbol - 257] + this.#bits(LENGTH_EXTRA[symbol - 257]);
      const code = this.#symbol(this.#distances);
      const distance = DISTANCE_BASE[code] + this.#bits(code < 4 ? 0 : (code >> 1) - 1);
      if (distance > this.#memberBytes + at - start) throw this.#fail("a distance points before the start");
      for (let from = at - distance, end = at + length; at < end; ) out[at++] = out[from++];
    }
    this.#memberBytes += at - start;
    this.#outAt = at;
  }

  #trailer(): void {
    this.#bits(this.#bitCount & 7);
    for (let i = 0; i < 4; i++) this.#bits(8);
    const size = this.#bits(16) + this.#bits(16) * 65536;
    if (size !== this.#memberBytes % 2 ** 32) throw this.#fail("its length does not match");
    this.#giveBack();
    this.#lastBlock = false;
    this.#state = "header";
  }

  /** Whole bytes that were read ahead of the bits go back to the input. */
  #giveBack(): void {
    this.#inAt -= this.#bitCount >> 3;
    this.#bitBuffer = 0;
    this.#bitCount = 0;
  }
}

function makeHuffman(lengths: Uint8Array): Huffman {
  const bits = Math.max(1, ...lengths);
  const table = new Uint16Array(1 << bits);
  let code = 0;
  for (let length = 1; length <= bits; length++) {
    for (let symbol = 0; symbol < lengths.length; symbol++) {
      if (lengths[symbol] !== length) continue;
      let reversed = 0;
      for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i);
      for (let i = reversed; i < table.length; i += 1 << length) table[i] = (symbol << 4) | length;
      code++;
    }
    code <<= 1;
  }
  return { table, bits };
}

const FIXED_LITERALS = makeHuffman(Uint8Array.from({ length: 288 }, (_, i) => (i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8)));
const FIXED_DISTANCES = makeHuffman(new Uint8Array(30).fill(5));
