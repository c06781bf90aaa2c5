import { parseError } from "../core/errors.ts";
import type { Expr, IntervalUnit } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { PRECEDENCE } from "./precedence.ts";
import type { Token } from "./tokenizer.ts";

/** Spans of time as `1m`, `1m 30s`, `500ms`: short for INTERVAL literals where a clause wants one. */

const DURATION_UNITS: ReadonlyMap<string, IntervalUnit> = new Map<string, IntervalUnit>([
  ["us", "microsecond"],
  ["ms", "millisecond"],
  ["s", "second"],
  ["sec", "second"],
  ["m", "minute"],
  ["min", "minute"],
  ["h", "hour"],
  ["d", "day"],
  ["w", "week"],
  ["M", "month"],
  ["y", "year"],
]);

/** `m` is a minute and `M` a month; the other units are read without regard to case. Longer spellings (`minutes`) count too. */
function unitOf(c: TokenCursor, token: Token): IntervalUnit | undefined {
  if (token.type !== "word") return undefined;
  return DURATION_UNITS.get(c.text.slice(token.start, token.end)) ?? DURATION_UNITS.get(token.value) ?? LONG_UNITS.get(token.value);
}

const LONG_UNITS: ReadonlyMap<string, IntervalUnit> = new Map(
  (["microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month", "quarter", "year"] as const).flatMap((unit) => [
    [unit, unit] as const,
    [`${unit}s`, unit] as const,
  ]),
);

/** Whether a number with a unit of time stands here, `1m` or `10 ms`. */
export function atDuration(c: TokenCursor): boolean {
  return c.token.type === "number" && unitOf(c, c.peek(1)) !== undefined;
}

/** `1m`, `10 ms`, `1m 30s` as the interval `'1 minute 30 second'`. Stands on a number. */
function parseDuration(c: TokenCursor): Expr {
  const { start } = c.token;
  const parts: { amount: Token; unit: IntervalUnit }[] = [];
  while (atDuration(c)) {
    const amount = c.next();
    const unit = unitOf(c, c.next())!;
    if (parts.some((part) => part.unit === unit)) throw parseError(`the unit ${unit} stands twice`, c.spanFrom(start));
    parts.push({ amount, unit });
  }
  const span = c.spanFrom(start);
  const [{ amount, unit }] = parts;
  if (parts.length === 1 && /^\d+$/.test(amount.value)) {
    return { kind: "interval", value: { kind: "number", type: "integer", text: amount.value, span: amountSpan(amount) }, unit, span };
  }
  const text = parts.map((part) => `${part.amount.value} ${part.unit}`).join(" ");
  return { kind: "interval", value: { kind: "string", value: text, span }, span };
}

const amountSpan = ({ start, end }: Token) => ({ start, end });

/** A span of time: `1m 30s`, INTERVAL …, or another expression. */
export function parseSpanOfTime(c: TokenCursor): Expr {
  c.note("expression");
  c.noteWords(["interval"]);
  if (atDuration(c)) return parseDuration(c);
  const { type, value, start, end } = c.token;
  if (type === "number" && c.peek(1).type === "word" && c.peek(1).start === end) {
    const unit = c.peek(1);
    const span = { start: unit.start, end: unit.end };
    throw parseError(
      `"${c.text.slice(unit.start, unit.end)}" is no unit of time`,
      span,
      "the units are us, ms, s, m, h, d, w, M (month) and y",
    );
  }
  const expr = c.grammar.operand(c, SPAN_LEVEL);
  if (type === "number" && expr.kind === "number") {
    throw parseError(`${value} has no unit of time`, { start, end }, `write INTERVAL '${value}' SECOND, or ${value}s`);
  }
  return expr;
}

/** Looser operators would take the words behind a span of time for theirs. */
export const SPAN_LEVEL = PRECEDENCE.other;
