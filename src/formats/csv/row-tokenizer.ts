import type { CsvDialect } from "./dialect.ts";

/** How a field is written: bare, in quotes, or in quotes with escapes inside. */
export const BARE = 0;
export const QUOTED = 1;
export const ESCAPED = 2;

/**
 * Splits one record into fields, carefully: the one truth about where fields and records end, which boundaries between morsels and the
 * fast decoder's fallback share. Fields are ranges of the buffer; quotes are left out, escapes left in (see `withoutEscapes`).
 */
export class RowTokenizer {
  readonly #delimiter: number;
  readonly #quote: number;
  readonly #escape: number;
  readonly #newline: number;
  starts = new Int32Array(64);
  ends = new Int32Array(64);
  /** Where the field's spelling begins and ends, quotes included. */
  rawStarts = new Int32Array(64);
  rawEnds = new Int32Array(64);
  kinds = new Uint8Array(64);
  count = 0;
  /** True when text follows a closing quote. */
  textAfterQuote = false;

  constructor(dialect: Pick<CsvDialect, "delimiter" | "quote" | "escape" | "newline">) {
    this.#delimiter = dialect.delimiter;
    this.#quote = dialect.quote;
    this.#escape = dialect.escape;
    this.#newline = dialect.newline;
  }

  /**
   * Reads the record at `start`. Returns where the next one starts, or -1 when the record does not end before `end` (an open quote, or no
   * line break unless `atEnd`, where the end of the buffer is the end of the file).
   */
  read(bytes: Uint8Array, start: number, end: number, atEnd: boolean): number {
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    const newline = this.#newline;
    let at = start;
    this.count = 0;
    this.textAfterQuote = false;
    for (;;) {
      const rawStart = at;
      let fieldStart = at;
      let fieldEnd: number;
      let kind = BARE;
      if (quote >= 0 && at < end && bytes[at] === quote) {
        kind = QUOTED;
        fieldStart = ++at;
        for (; ; at++) {
          if (at >= end) return -1;
          const c = bytes[at];
          if (c === this.#escape && c !== quote) {
            kind = ESCAPED;
            at++;
          } else if (c === quote) {
            if (this.#escape !== quote || at + 1 >= end || bytes[at + 1] !== quote) break;
            kind = ESCAPED;
            at++;
          }
        }
        fieldEnd = at++;
        const afterQuote = at;
        while (at < end && bytes[at] !== delimiter && bytes[at] !== newline) at++;
        for (let i = afterQuote; i < at; i++) {
          if (bytes[i] === 32 || (bytes[i] === 13 && i === at - 1)) continue;
          // Not a quoted field after all: as it stands, where that is allowed
          this.textAfterQuote = true;
          kind = BARE;
          fieldStart = rawStart;
          fieldEnd = at;
          break;
        }
      } else {
        while (at < end && bytes[at] !== delimiter && bytes[at] !== newline) at++;
        fieldEnd = at;
      }
      const ended = at >= end;
      if (ended && !atEnd) return -1;
      const lineEnds = ended || bytes[at] === newline;
      if (lineEnds && kind === BARE && newline === 10 && fieldEnd > fieldStart && bytes[fieldEnd - 1] === 13) fieldEnd--;
      this.#push(fieldStart, fieldEnd, rawStart, at, kind);
      if (ended) return end;
      at++;
      if (lineEnds) return at;
    }
  }

  /** Where the record after the one at `start` begins, by the same rules as `read`, without looking at its fields. */
  skip(bytes: Uint8Array, start: number, end: number, atEnd: boolean): number {
    const delimiter = this.#delimiter;
    const quote = this.#quote;
    const escapeByte = this.#escape;
    const newline = this.#newline;
    for (let at = start; ; at++) {
      if (at < end && bytes[at] === quote) {
        for (at++; ; at++) {
          if (at >= end) return -1;
          const c = bytes[at];
          if (c === quote) {
            if (escapeByte !== quote || at + 1 >= end || bytes[at + 1] !== quote) break;
            at++;
          } else if (c === escapeByte) at++;
        }
      }
      while (at < end && bytes[at] !== delimiter && bytes[at] !== newline) at++;
      if (at >= end) return atEnd ? end : -1;
      if (bytes[at] === newline) return at + 1;
    }
  }

  #push(start: number, end: number, rawStart: number, rawEnd: number, kind: number): void {
    const i = this.count++;
    if (i >= this.starts.length) this.#grow();
    this.starts[i] = start;
    this.ends[i] = end;
    this.rawStarts[i] = rawStart;
    this.rawEnds[i] = rawEnd;
    this.kinds[i] = kind;
  }

  #grow(): void {
    const size = 2 * this.starts.length;
    const larger = (array: Int32Array) => {
      const copy = new Int32Array(size);
      copy.set(array);
      return copy;
    };
    this.starts = larger(this.starts);
    this.ends = larger(this.ends);
    this.rawStarts = larger(this.rawStarts);
    this.rawEnds = larger(this.rawEnds);
    const kinds = new Uint8Array(size);
    kinds.set(this.kinds);
    this.kinds = kinds;
  }
}

/** Copies the content of a quoted field without its escapes; returns its length. `target` must hold `end - start` bytes. */
export function withoutEscapes(bytes: Uint8Array, start: number, end: number, escapeByte: number, target: Uint8Array): number {
  let length = 0;
  for (let i = start; i < end; i++) {
    if (bytes[i] === escapeByte && i + 1 < end) i++;
    target[length++] = bytes[i];
  }
  return length;
}
