/** Text as numbers, as leniently as DuckDB: spaces around, a sign, underscores between digits, exponents, 0x and 0b. */

const DECIMAL_TEXT = /^\s*([+-]?)(\d(?:_?\d)*)?(?:(\.)(\d(?:_?\d)*)?)?(?:e([+-]?\d(?:_?\d)*))?\s*$/i;
const RADIX_TEXT = /^\s*0(x[0-9a-f](?:_?[0-9a-f])*|b[01](?:_?[01])*)\s*$/i;
/** The commonest case by far. */
const PLAIN = /^-?\d{1,15}$/;
/** No type holds more digits than this, so that larger exponents need not be carried out. */
const MAX_EXPONENT = 400;

/** A whole number, fractions rounded half away from zero; undefined when the text is none. */
export function parseInteger(text: string): bigint | undefined {
  if (PLAIN.test(text)) return BigInt(text);
  const radix = RADIX_TEXT.exec(text);
  if (radix !== null) return BigInt(`0${radix[1].replaceAll("_", "")}`);
  return parseScaled(text, 0);
}

/** The same as a number, for types within 2^53; NaN when the text is none. */
export function parseSmallInteger(text: string): number {
  if (PLAIN.test(text)) return Number(text);
  const value = parseInteger(text);
  return value === undefined ? Number.NaN : Number(value);
}

/** text × 10^scale as a whole number, rounded half away from zero; undefined when the text is no number. */
export function parseScaled(text: string, scale: number): bigint | undefined {
  const match = DECIMAL_TEXT.exec(text);
  if (match === null || (match[2] === undefined && match[4] === undefined)) return undefined;
  const fraction = (match[4] ?? "").replaceAll("_", "");
  const digits = (match[2] ?? "").replaceAll("_", "") + fraction;
  const exponent = match[5] === undefined ? 0 : Number(match[5].replaceAll("_", ""));
  const shift = exponent - fraction.length + scale;
  let magnitude: bigint;
  if (shift >= 0) {
    if (shift > MAX_EXPONENT && /[1-9]/.test(digits)) return undefined;
    magnitude = BigInt(digits) * 10n ** BigInt(Math.min(shift, MAX_EXPONENT));
  } else {
    const kept = digits.length + shift;
    const rounded = kept >= 0 && digits.charCodeAt(kept) >= 53 ? 1n : 0n;
    magnitude = (kept > 0 ? BigInt(digits.slice(0, kept)) : 0n) + rounded;
  }
  return match[1] === "-" ? -magnitude : magnitude;
}

const SPECIAL_TEXT = /^\s*([+-]?)(inf(?:inity)?|nan)\s*$/i;

/** A double; undefined when the text is none. Too large a number is infinite. */
export function parseDouble(text: string): number | undefined {
  const match = DECIMAL_TEXT.exec(text);
  if (match === null || (match[2] === undefined && match[4] === undefined)) {
    const special = SPECIAL_TEXT.exec(text);
    if (special === null) return undefined;
    if (special[2].toLowerCase() === "nan") return Number.NaN;
    return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return Number(text.includes("_") ? text.replaceAll("_", "") : text);
}

const TRUE = new Set(["true", "t", "1", "yes", "y"]);
const FALSE = new Set(["false", "f", "0", "no", "n"]);

export function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (TRUE.has(lower)) return true;
  return FALSE.has(lower) ? false : undefined;
}
