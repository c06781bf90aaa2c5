import { bindError, type Span } from "../../core/errors.ts";
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  type DataType,
  DOUBLE,
  decimal,
  HUGEINT,
  INTEGER,
  INTERVAL,
  integerRange,
  NULL_TYPE,
  VARCHAR,
} from "../../core/types.ts";
import type { IntervalValue, Value } from "../../core/value.ts";
import type { IntervalUnit, NumberLiteral } from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { markLiteral } from "../types/literal-types.ts";

export const literal = (type: DataType, value: Value, span: Span): BoundExpr => ({ kind: "literal", type, value, span });

export const nullLiteral = (span: Span): BoundExpr => literal(NULL_TYPE, null, span);
export const booleanLiteral = (value: boolean, span: Span): BoundExpr => literal(BOOLEAN, value, span);
export const stringLiteral = (value: string, span: Span): BoundExpr => markLiteral(literal(VARCHAR, value, span), "string");
/** Text that has settled as VARCHAR: names that the binder itself puts in. */
export const textConstant = (value: string, span: Span): BoundExpr => literal(VARCHAR, value, span);

export function blobLiteral(hex: string, span: Span): BoundExpr {
  return literal(
    BLOB,
    Uint8Array.from({ length: hex.length / 2 }, (_, i) => Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16)),
    span,
  );
}

/** INTEGER, else BIGINT, else HUGEINT; with a point DECIMAL of the digits written, up to 38; with an exponent, or longer, DOUBLE. */
export function numberLiteral(node: NumberLiteral, negative: boolean, span: Span): BoundExpr {
  const sign = negative ? -1 : 1;
  if (node.type === "integer") {
    const magnitude = BigInt(node.text);
    // As in DuckDB the type is that of the digits without the sign: -2147483648 is a BIGINT.
    const value = negative ? -magnitude : magnitude;
    if (magnitude <= integerRange("integer").max) return markLiteral(literal(INTEGER, Number(value), span), "integer");
    if (magnitude <= integerRange("bigint").max || value === integerRange("bigint").min)
      return markLiteral(literal(BIGINT, value, span), "integer");
    if (magnitude <= integerRange("hugeint").max) return markLiteral(literal(HUGEINT, value, span), "integer");
    return literal(DOUBLE, sign * Number(node.text), span);
  }
  if (node.type === "decimal") {
    const [whole, fraction] = node.text.split(".");
    const digits = whole.replace(/^0+(?=\d)/, "") + fraction;
    const precision = Math.max(digits.length, fraction.length, 1);
    if (precision <= 38) {
      const unscaled = BigInt(digits === "" ? "0" : digits);
      return literal(decimal(precision, fraction.length), negative ? -unscaled : unscaled, span);
    }
  }
  return literal(DOUBLE, sign * Number(node.text), span);
}

const MONTHS: Partial<Record<IntervalUnit, number>> = { millennium: 12_000, century: 1200, decade: 120, year: 12, quarter: 3, month: 1 };
const DAYS: Partial<Record<IntervalUnit, number>> = { week: 7, day: 1 };
const MICROS: Partial<Record<IntervalUnit, number>> = { hour: 3.6e9, minute: 6e7, second: 1e6, millisecond: 1e3, microsecond: 1 };

/** `INTERVAL 5 MINUTE`: whole units; seconds and milliseconds keep their fraction. */
export function intervalOf(amount: number, unit: IntervalUnit, span: Span): BoundExpr {
  if (!Number.isFinite(amount)) throw bindError(`interval of ${amount} ${unit}s`, span);
  const fractional = unit === "second" || unit === "millisecond";
  const count = fractional ? amount : Math.trunc(amount);
  const months = (MONTHS[unit] ?? 0) * count;
  const days = (DAYS[unit] ?? 0) * count;
  const micros = Math.round((MICROS[unit] ?? 0) * count);
  if (Math.abs(months) > 0x7fffffff || Math.abs(days) > 0x7fffffff || !Number.isSafeInteger(micros)) {
    throw bindError(`interval of ${amount} ${unit}s is out of range`, span);
  }
  const value: IntervalValue = { months: months + 0, days: days + 0, micros: micros + 0 };
  return literal(INTERVAL, value, span);
}

/** Function that makes an interval from a column: `INTERVAL (n) DAY` is to_days(n). */
export function intervalFunction(unit: IntervalUnit): { readonly name: string; readonly fractional: boolean } {
  const plural: Partial<Record<IntervalUnit, string>> = { century: "centuries", millennium: "millennia" };
  return { name: `to_${plural[unit] ?? `${unit}s`}`, fractional: unit === "second" || unit === "millisecond" };
}
