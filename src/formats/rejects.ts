import type { ScanWarning } from "../catalog/source-spec.ts";
import { runtimeError } from "../core/errors.ts";

/** Records kept whole for the report; the rest are counted. */
const SAMPLES = 20;

interface Reject {
  offset: number;
  reason: string;
  text: string;
}

/** Takes the records that a decoder cannot read: where each begins and ends (byte offsets), why, and its text. */
export interface RejectSink {
  add(offset: number, reason: string, text: () => string, end: number): void;
}

/** What a text file's reader left out, and why. With `ignoreErrors` false the first one is an error. */
export class RejectLog implements RejectSink {
  readonly #file: string;
  readonly #ignoreErrors: boolean;
  /** 1-based line of each byte offset (ascending). */
  readonly #lineNumbers: (offsets: readonly number[]) => number[];
  readonly #rejects: Reject[] = [];
  #count = 0;

  constructor(file: string, ignoreErrors: boolean, lineNumbers: (offsets: readonly number[]) => number[]) {
    this.#file = file;
    this.#ignoreErrors = ignoreErrors;
    this.#lineNumbers = lineNumbers;
  }

  add(offset: number, reason: string, text: () => string): void {
    if (!this.#ignoreErrors) {
      const [line] = this.#lineNumbers([offset]);
      const hint = `the record is: ${cut(text())}; with ignore_errors = true it is skipped and reported`;
      throw runtimeError(`"${this.#file}" line ${line}: ${reason}`, undefined, hint);
    }
    this.#count++;
    if (this.#rejects.length < SAMPLES) this.#rejects.push({ offset, reason, text: cut(text()) });
  }

  warnings(): ScanWarning[] {
    if (this.#count === 0) return [];
    const sorted = [...this.#rejects].sort((a, b) => a.offset - b.offset);
    const lines = this.#lineNumbers(sorted.map((reject) => reject.offset));
    const rejected = sorted.map(({ reason, text }, i) => ({ file: this.#file, line: lines[i], reason, text }));
    const what = this.#count === 1 ? "1 record" : `${this.#count} records`;
    return [
      {
        message: `${what} of "${this.#file}" skipped: ${rejected[0].reason} (line ${rejected[0].line})`,
        rejected,
        rejectedCount: this.#count,
      },
    ];
  }
}

const cut = (text: string) => (text.length > 200 ? `${text.slice(0, 199)}…` : text);
