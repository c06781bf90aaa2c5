import type { TextBuffer } from "../../core/text.ts";

/** Numbers in text, read from bytes. All take a field as a half-open range of an ASCII-compatible buffer. */

const ZERO = 48;
const NINE = 57;
const MINUS = 45;
const PLUS = 43;
const POINT = 46;

export const POWERS_OF_TEN = Float64Array.from({ length: 23 }, (_, i) => Number(`1e${i}`));

/** A field as a JavaScript string of its bytes, without a view made for it. */
export const latin1 = (bytes: Uint8Array, start: number, end: number): string =>
  (Buffer.prototype as TextBuffer).latin1Slice.call(bytes, start, end);

/** The same for short fields on the slow paths. */
export function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]);
  return text;
}

const DECIMAL_TEXT = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const SPECIAL = new Map([
  ["inf", Infinity],
  ["+inf", Infinity],
  ["-inf", -Infinity],
  ["infinity", Infinity],
  ["+infinity", Infinity],
  ["-infinity", -Infinity],
  ["nan", Number.NaN],
  ["-nan", Number.NaN],
]);

let parsedDouble = 0;
/** The value of the last successful `parseDouble`. */
export const lastDouble = (): number => parsedDouble;

/** Reads a double; false when the field is not one. Up to 15 digits are exact by one division; all else goes through Number(). */
export function parseDouble(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  const negative = bytes[at] === MINUS;
  if (negative) at++;
  let mantissa = 0;
  let digits = 0;
  let point = -1;
  for (; at < end; at++) {
    const c = bytes[at];
    if (c >= ZERO && c <= NINE) {
      mantissa = mantissa * 10 + (c - ZERO);
      digits++;
    } else if (c === POINT && point < 0) point = at;
    else return slowDouble(bytes, start, end);
  }
  if (digits > 15) {
    // Digits and a point alone, as just seen: Number() rounds them rightly
    parsedDouble = Number(latin1(bytes, start, end));
    return Number.isFinite(parsedDouble);
  }
  if (digits === 0) return slowDouble(bytes, start, end);
  const value = point < 0 ? mantissa : mantissa / POWERS_OF_TEN[end - point - 1];
  parsedDouble = negative ? -value : value;
  return true;
}

function slowDouble(bytes: Uint8Array, start: number, end: number): boolean {
  const text = asciiText(bytes, start, end).trim();
  if (DECIMAL_TEXT.test(text)) {
    parsedDouble = Number(text);
    return Number.isFinite(parsedDouble);
  }
  const special = SPECIAL.get(text.toLowerCase());
  if (special === undefined) return false;
  parsedDouble = special;
  return true;
}

/** Reads an integer of up to 15 digits, which a double holds exactly (`lastDouble`); false for anything else. */
export function parseShortInteger(bytes: Uint8Array, start: number, end: number): boolean {
  const negative = bytes[start] === MINUS;
  const first = negative ? start + 1 : start;
  if (end <= first || end - first > 15) return false;
  let value = 0;
  for (let at = first; at < end; at++) {
    const digit = bytes[at] - ZERO;
    if (digit < 0 || digit > 9) return false;
    value = value * 10 + digit;
  }
  parsedDouble = negative ? 0 - value : value;
  return true;
}

let parsedInteger = 0n;
/** The value of the last successful `parseInteger` or `parseDecimal`. */
export const lastInteger = (): bigint => parsedInteger;

/** Reads an integer of any size, with spaces around it; false when the field is not one. */
export function parseInteger(bytes: Uint8Array, start: number, end: number): boolean {
  const text = asciiText(bytes, start, end).trim();
  if (/^[+-]?\d+$/.test(text)) {
    parsedInteger = BigInt(text.startsWith("+") ? text.slice(1) : text);
    return true;
  }
  // As casts do: 1e3 and 2.0 are integers too, and a fraction is rounded half away from zero
  return DECIMAL_TEXT.test(text) && scaleDecimal(text, 0);
}

/** Reads a decimal as an unscaled integer of `scale` digits, rounded half away from zero; false when the field is not a number. */
export function parseDecimal(bytes: Uint8Array, start: number, end: number, scale: number): boolean {
  const text = asciiText(bytes, start, end).trim();
  return DECIMAL_TEXT.test(text) && scaleDecimal(text, scale);
}

function scaleDecimal(text: string, scale: number): boolean {
  const match = /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?$/.exec(text)!;
  const exponent = match[4] === undefined ? 0 : Number(match[4]);
  if (Math.abs(exponent) > 400) return false;
  const digits = BigInt(match[2] + match[3] || "0");
  const shift = scale - match[3].length + exponent;
  let value: bigint;
  if (shift >= 0) value = digits * 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    value = (digits * 2n + divisor) / (divisor * 2n);
  }
  parsedInteger = match[1] === "-" ? -value : value;
  return true;
}

/** What sniffing may take a field for, exactly as written: no plus sign, no leading zeros, no words. */
export function looksLikeNumber(bytes: Uint8Array, start: number, end: number): "integer" | "double" | "no" {
  while (start < end && bytes[start] === 32) start++;
  while (end > start && bytes[end - 1] === 32) end--;
  let at = start;
  if (bytes[at] === PLUS) return "no";
  if (bytes[at] === MINUS) at++;
  const first = at;
  while (at < end && bytes[at] >= ZERO && bytes[at] <= NINE) at++;
  const whole = at - first;
  if (whole > 1 && bytes[first] === ZERO) return "no";
  if (at === end) {
    if (whole === 0) return "no";
    if (whole < 19) return "integer";
    const value = BigInt(asciiText(bytes, start, end));
    return BigInt.asIntN(64, value) === value ? "integer" : "double";
  }
  let fraction = 0;
  if (bytes[at] === POINT) {
    at++;
    const from = at;
    while (at < end && bytes[at] >= ZERO && bytes[at] <= NINE) at++;
    fraction = at - from;
  }
  if (whole + fraction === 0) return "no";
  if (at < end && (bytes[at] | 32) === 101) {
    at++;
    if (bytes[at] === MINUS || bytes[at] === PLUS) at++;
    const from = at;
    while (at < end && bytes[at] >= ZERO && bytes[at] <= NINE) at++;
    if (at === from) return "no";
  }
  return at === end ? "double" : "no";
}
