/** JSON as bytes: finding where values end without building anything. Positions are offsets into a buffer; -1 means malformed or cut off. */

export const QUOTE = 34;
export const BACKSLASH = 92;
export const OPEN_BRACE = 123;
export const CLOSE_BRACE = 125;
export const OPEN_BRACKET = 91;
export const CLOSE_BRACKET = 93;
export const COMMA = 44;
export const COLON = 58;

/** Deeper values are refused: no stack overflow from a hostile file. */
const MAX_DEPTH = 512;

export function skipSpace(bytes: Uint8Array, at: number, end: number): number {
  while (at < end && (bytes[at] === 32 || bytes[at] === 10 || bytes[at] === 13 || bytes[at] === 9)) at++;
  return at;
}

/** The position after the string that opens at `at`. */
export function skipString(bytes: Uint8Array, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    const c = bytes[i];
    if (c === QUOTE) return i + 1;
    if (c === BACKSLASH) i++;
    else if (c < 32) return -1;
  }
  return -1;
}

/** The position after the value that starts at `at` (no space before it). Checks structure and words, not the digits of numbers. */
export function skipValue(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  if (at >= end || depth > MAX_DEPTH) return -1;
  switch (bytes[at]) {
    case QUOTE:
      return skipString(bytes, at, end);
    case OPEN_BRACE:
      return skipMembers(bytes, at, end, depth, true);
    case OPEN_BRACKET:
      return skipMembers(bytes, at, end, depth, false);
    case 116:
      return isWord(bytes, at, end, "true") ? at + 4 : -1;
    case 102:
      return isWord(bytes, at, end, "false") ? at + 5 : -1;
    case 110:
      return isWord(bytes, at, end, "null") ? at + 4 : -1;
    default:
      return skipNumber(bytes, at, end);
  }
}

function skipMembers(bytes: Uint8Array, at: number, end: number, depth: number, isObject: boolean): number {
  const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
  let i = skipSpace(bytes, at + 1, end);
  if (bytes[i] === close && i < end) return i + 1;
  for (;;) {
    if (isObject) {
      if (bytes[i] !== QUOTE) return -1;
      i = skipString(bytes, i, end);
      if (i < 0) return -1;
      i = skipSpace(bytes, i, end);
      if (i >= end || bytes[i] !== COLON) return -1;
      i = skipSpace(bytes, i + 1, end);
    }
    i = skipValue(bytes, i, end, depth + 1);
    if (i < 0) return -1;
    i = skipSpace(bytes, i, end);
    if (i >= end) return -1;
    if (bytes[i] === close) return i + 1;
    if (bytes[i] !== COMMA) return -1;
    i = skipSpace(bytes, i + 1, end);
  }
}

/** The position after a number as JSON writes it. */
export function skipNumber(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  if (bytes[i] === 45) i++;
  const first = i;
  while (i < end && bytes[i] >= 48 && bytes[i] <= 57) i++;
  if (i === first) return -1;
  if (i < end && bytes[i] === 46) {
    const point = i++;
    while (i < end && bytes[i] >= 48 && bytes[i] <= 57) i++;
    if (i === point + 1) return -1;
  }
  if (i < end && (bytes[i] | 32) === 101) {
    i++;
    if (bytes[i] === 43 || bytes[i] === 45) i++;
    const digits = i;
    while (i < end && bytes[i] >= 48 && bytes[i] <= 57) i++;
    if (i === digits) return -1;
  }
  return i;
}

export function isWord(bytes: Uint8Array, at: number, end: number, word: string): boolean {
  if (at + word.length > end) return false;
  for (let i = 0; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) return false;
  return true;
}

/** Whether a number's text is an integer: no point, no exponent. */
export function isIntegerText(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === 46 || (bytes[i] | 32) === 101) return false;
  return true;
}

/** Text of the string whose quotes stand at `start` and `end - 1`. */
export function stringText(bytes: Uint8Array, start: number, end: number): string {
  const inner = Buffer.from(bytes.buffer, bytes.byteOffset + start + 1, end - start - 2);
  if (inner.indexOf(BACKSLASH) < 0) return inner.toString("utf8");
  return JSON.parse(`"${inner.toString("utf8")}"`) as string;
}

/** The value without white space between its tokens, as text. */
export function compactText(bytes: Uint8Array, start: number, end: number): string {
  const out = Buffer.allocUnsafe(end - start);
  let length = 0;
  for (let i = start; i < end; i++) {
    const c = bytes[i];
    if (c === QUOTE) {
      const after = skipString(bytes, i, end);
      for (; i < after; i++) out[length++] = bytes[i];
      i--;
    } else if (c !== 32 && c !== 10 && c !== 13 && c !== 9) out[length++] = c;
  }
  return out.toString("utf8", 0, length);
}
