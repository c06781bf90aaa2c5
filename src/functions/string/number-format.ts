/** C's %f, %e and %g, and digit grouping, with ties to even as C rounds them. */

interface Digits {
  /** Significant digits, the first before the decimal point. */
  readonly digits: string;
  readonly exponent: number;
}

/** Enough digits to tell a tie from anything near it. */
const EXACT_DIGITS = 100;

/** Rounds |x| to `count` significant digits (0 or fewer: only whether it rounds up to one). */
function roundTo(x: number, count: number): Digits {
  const [mantissa, power] = x.toExponential(EXACT_DIGITS).split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(power);
  if (count < 0) return { digits: "", exponent };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const tie = /^50*$/.test(rest);
  const odd = count > 0 && Number(kept[count - 1]) % 2 === 1;
  if (!(rest[0] >= "5") || (tie && !odd)) return { digits: kept.padEnd(count, "0"), exponent };
  const raised = String(BigInt(kept === "" ? "0" : kept) + 1n).padStart(count, "0");
  return raised.length > count ? { digits: raised.slice(0, Math.max(1, count)), exponent: exponent + 1 } : { digits: raised, exponent };
}

const special = (x: number): string | undefined => (Number.isNaN(x) ? "nan" : x === Infinity ? "inf" : undefined);

/** %f of a number that is not negative. */
export function fixed(x: number, precision: number): string {
  const odd = special(x);
  if (odd !== undefined) return odd;
  if (x < 1e21 && precision <= 100 && (x * 2 * 10 ** precision) % 1 !== 0) return x.toFixed(precision);
  if (x === 0) return precision === 0 ? "0" : `0.${"0".repeat(precision)}`;
  const first = Number(x.toExponential(EXACT_DIGITS).split("e")[1]);
  const { digits, exponent } = roundTo(x, first + 1 + precision);
  const all = digits === "" ? "" : digits.padEnd(exponent + 1 + precision, "0");
  const whole = exponent >= 0 ? all.slice(0, exponent + 1) : "0";
  const fraction = exponent >= 0 ? all.slice(exponent + 1) : ("0".repeat(-exponent - 1) + all).slice(0, precision).padEnd(precision, "0");
  return precision === 0 ? whole : `${whole}.${fraction}`;
}

const exponentText = (exponent: number) => `e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;

/** %e of a number that is not negative. */
export function scientific(x: number, precision: number): string {
  const odd = special(x);
  if (odd !== undefined) return odd;
  const { digits, exponent } = x === 0 ? { digits: "0".repeat(precision + 1), exponent: 0 } : roundTo(x, precision + 1);
  return `${digits[0]}${precision === 0 ? "" : `.${digits.slice(1)}`}${exponentText(exponent)}`;
}

/** %g of a number that is not negative. */
export function general(x: number, precision: number): string {
  const odd = special(x);
  if (odd !== undefined) return odd;
  const significant = Math.max(1, precision);
  const exponent = x === 0 ? 0 : roundTo(x, significant).exponent;
  if (exponent < -4 || exponent >= significant) {
    const [mantissa, power] = scientific(x, significant - 1).split("e");
    return `${trimZeros(mantissa)}e${power}`;
  }
  return trimZeros(fixed(x, significant - 1 - exponent));
}

const trimZeros = (text: string) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** The shortest digits that read back as the same number, with a point; an exponent below 1e-4 and from 1e16 on. */
export function shortest(x: number): string {
  const odd = special(x);
  if (odd !== undefined) return odd;
  const [mantissa, power] = x.toExponential().split("e");
  const exponent = Number(power);
  if (x !== 0 && (exponent < -4 || exponent >= 16)) return `${mantissa}${exponentText(exponent)}`;
  const digits = mantissa.replace(".", "");
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, "0");
  return `${whole}.${digits.slice(exponent + 1) || "0"}`;
}

/** Puts a separator between groups of three digits before the point. */
export function group(text: string, separator: string): string {
  if (separator === "") return text;
  const [, whole, rest] = /^(\d*)(.*)$/s.exec(text) as RegExpExecArray;
  return whole.replace(/\B(?=(\d{3})+$)/g, () => separator) + rest;
}
