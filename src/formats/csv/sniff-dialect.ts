import { BARE, ESCAPED, QUOTED, RowTokenizer } from "./row-tokenizer.ts";

/** Delimiters tried, the likelier first. */
const DELIMITERS = [",", "|", ";", "\t", ":"].map((c) => c.charCodeAt(0));
const QUOTES = ['"', "'"].map((c) => c.charCodeAt(0));
const BACKSLASH = 92;
/** Records looked at to tell dialects apart. */
const ROWS = 1000;

export interface DialectGuess {
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
  /** Fields of most records. */
  readonly columns: number;
  /** Leading records that do not belong to the table: a title, notes. */
  readonly preamble: number;
}

/** What the user fixed; undefined is to be found out. */
export interface DialectHints {
  readonly delimiter?: number;
  readonly quote?: number;
  readonly escape?: number;
  readonly columns?: number;
  /** Records with too few fields are filled up, so they speak for a dialect too. */
  readonly nullPadding?: boolean;
}

interface Scored extends DialectGuess {
  readonly score: number;
}

/**
 * Finds the dialect in which most records of a sample have the same number of fields, more than one if possible.
 * `bytes[start..end)` holds whole records, or the whole file when `atEnd`.
 */
export function guessDialect(
  bytes: Uint8Array,
  start: number,
  end: number,
  atEnd: boolean,
  newline: number,
  comment: number,
  hints: DialectHints,
): DialectGuess {
  const delimiters = hints.delimiter === undefined ? DELIMITERS : [hints.delimiter];
  const quotes = hints.quote === undefined ? QUOTES : [hints.quote];
  let best: Scored | undefined;
  for (const quote of quotes) {
    const escapes = hints.escape !== undefined ? [hints.escape] : quote < 0 ? [-1] : [quote, BACKSLASH];
    for (const escapeByte of escapes) {
      for (const delimiter of delimiters) {
        const scored = score(bytes, start, end, atEnd, { delimiter, quote, escape: escapeByte, newline }, comment, hints);
        if (best === undefined || scored.score > best.score + 1e-9) best = scored;
      }
    }
  }
  return best!;
}

function score(
  bytes: Uint8Array,
  start: number,
  end: number,
  atEnd: boolean,
  dialect: { delimiter: number; quote: number; escape: number; newline: number },
  comment: number,
  hints: DialectHints,
): Scored {
  const tokenizer = new RowTokenizer(dialect);
  const counts: number[] = [];
  let broken = 0;
  let openEnded = 0;
  let quoted = 0;
  let escapes = 0;
  let foreignQuotes = 0;
  for (let at = start; at < end && counts.length < ROWS; ) {
    if (bytes[at] === comment) {
      at = bytes.indexOf(dialect.newline, at) + 1;
      if (at === 0) break;
      continue;
    }
    const next = tokenizer.read(bytes, at, end, atEnd);
    if (next < 0) {
      // The sample may be cut inside of a record; a quote that stays open for long is a bad sign
      const lineEnd = bytes.indexOf(dialect.newline, at);
      if (lineEnd >= 0 && lineEnd < end && (atEnd || end - at > 100_000)) broken += 2;
      break;
    }
    const isEmpty = tokenizer.count === 1 && tokenizer.ends[0] === tokenizer.starts[0];
    if (!isEmpty) {
      counts.push(tokenizer.count);
      const last = tokenizer.count - 1;
      if (tokenizer.kinds[last] === BARE && tokenizer.starts[last] === tokenizer.ends[last]) openEnded++;
    }
    if (tokenizer.textAfterQuote) broken++;
    for (let i = 0; i < tokenizer.count; i++) {
      if (tokenizer.kinds[i] === BARE) {
        if (dialect.quote === 39 && bytes[tokenizer.starts[i]] === 34 && tokenizer.starts[i] < tokenizer.ends[i]) foreignQuotes++;
      } else if (tokenizer.kinds[i] === QUOTED) quoted++;
      else if (tokenizer.kinds[i] === ESCAPED) {
        quoted++;
        if (dialect.escape !== dialect.quote) escapes += countQuoteEscapes(bytes, tokenizer.starts[i], tokenizer.ends[i], dialect.quote);
      }
    }
    at = next;
  }
  let columns = hints.columns ?? (hints.nullPadding ? Math.max(1, ...counts) : commonest(counts));
  // Every record ends with a delimiter, but the header does not
  if (hints.columns === undefined && counts[0] === columns - 1 && openEnded === counts.filter((count) => count === columns).length)
    columns--;
  let preamble = 0;
  // Where narrow records are to be filled up, they are records
  while (!hints.nullPadding && preamble < counts.length && counts[preamble] < columns) preamble++;
  // Few odd lines on top are a title; many are a ragged table
  if (preamble > 20 && preamble > counts.length / 2) preamble = 0;
  let fitting = 0;
  for (let i = preamble; i < counts.length; i++) {
    if (counts[i] === columns || (hints.nullPadding && counts[i] < columns && (counts[i] > 1 || columns === 1))) fitting++;
  }
  if (columns + 1 === counts[1] && openEnded > 0) fitting += openEnded;
  const rows = Math.max(1, counts.length - preamble);
  const consistency = Math.max(0, fitting - broken) / rows;
  // A table has columns: several that mostly fit beat one that always fits
  const width = columns > 1 ? 1 + Math.min(columns, 50) / 1000 : 0.4;
  // The header tells the width best
  const headed = columns > 1 && counts[0] === columns && consistency >= 0.4 ? 0.2 : 0;
  const usesQuotes = quoted > 0 && dialect.quote >= 0 ? 0.02 : 0;
  const usesEscape = dialect.escape !== dialect.quote ? (escapes > 0 ? 0.01 : -0.01) : 0;
  // A colon separates times far more often than columns
  const odd = dialect.delimiter === 58 ? -0.3 : 0;
  // Apostrophes quote only where no field begins with a double quote
  const single = dialect.quote === 39 ? (foreignQuotes > 0 ? -0.5 : -0.015) : 0;
  const cut = preamble > 0 ? -0.005 : 0;
  return {
    delimiter: dialect.delimiter,
    quote: dialect.quote,
    escape: dialect.escape,
    columns,
    preamble,
    score: consistency * consistency * width + headed + usesQuotes + usesEscape + odd + single + cut,
  };
}

function countQuoteEscapes(bytes: Uint8Array, start: number, end: number, quote: number): number {
  let found = 0;
  for (let i = start; i + 1 < end; i++) if (bytes[i] === BACKSLASH && bytes[i + 1] === quote) found++;
  return found;
}

/** The commonest count; of equally common ones the larger. */
function commonest(counts: readonly number[]): number {
  const tally = new Map<number, number>();
  for (const count of counts) tally.set(count, (tally.get(count) ?? 0) + 1);
  let best = 1;
  let bestTally = 0;
  for (const [count, times] of tally) {
    if (times > bestTally || (times === bestTally && count > best)) {
      best = count;
      bestTally = times;
    }
  }
  return best;
}
