/** SQL counts characters as code points; JavaScript strings count UTF-16 units. These walk between the two, fast where they agree. */

/** Whether a string has characters beyond U+FFFF, which take two units. */
export function hasSurrogates(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if ((text.charCodeAt(i) & 0xf800) === 0xd800) return true;
  }
  return false;
}

const isHigh = (unit: number) => (unit & 0xfc00) === 0xd800;
const isLow = (unit: number) => (unit & 0xfc00) === 0xdc00;

export function codePointLength(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    if (isHigh(text.charCodeAt(i)) && isLow(text.charCodeAt(i + 1))) {
      count--;
      i++;
    }
  }
  return count;
}

/** Unit offset of code point `index`, counted from unit `start`; the text's length where there are fewer. */
export function unitOffset(text: string, index: number, start = 0): number {
  let at = start;
  for (let left = index; left > 0 && at < text.length; left--) {
    at += isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1)) ? 2 : 1;
  }
  return Math.min(at, text.length);
}

/** Code points `start` up to `end`, from 0. */
export function sliceCodePoints(text: string, start: number, end: number): string {
  if (start >= end) return "";
  // Where every character takes one unit, offsets are the same.
  if (start >= text.length) return "";
  const from = unitOffset(text, start);
  return text.slice(from, unitOffset(text, Math.min(end, text.length) - start, from));
}

/** Number of code points before unit `offset`. */
export function codePointIndex(text: string, offset: number): number {
  let count = offset;
  for (let i = 0; i < offset; i++) {
    if (isHigh(text.charCodeAt(i)) && i + 1 < offset && isLow(text.charCodeAt(i + 1))) {
      count--;
      i++;
    }
  }
  return count;
}

const ASCII = /^[\0-\x7f]*$/;
export const isAscii = (text: string): boolean => ASCII.test(text);

/** Number of bytes in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    if (unit < 0x800) bytes += 1;
    else if (isHigh(unit) && isLow(text.charCodeAt(i + 1))) {
      bytes += 2;
      i++;
    } else bytes += 2;
  }
  return bytes;
}

const encoder = new TextEncoder();
export const utf8Bytes = (text: string): Uint8Array => encoder.encode(text);

let segmenter: Intl.Segmenter | undefined;

/** User-perceived characters: a letter with its accents, an emoji with its modifiers. */
export function graphemes(text: string): string[] {
  if (isAscii(text) && !text.includes("\r\n")) return text.split("");
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), (part) => part.segment);
}
