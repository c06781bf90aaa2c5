import { parseError } from "../core/errors.ts";
import type { BinaryOp, ComparisonOp, Expr, Like, Quantified } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { call } from "./parse-call.ts";
import { parseExpressionOrQuery, parseListRest } from "./parse-parens.ts";
import { parsePostfix } from "./parse-primary.ts";
import { PRECEDENCE, rightLevel } from "./precedence.ts";

/** Binary operators by their token, with the one spelling the tree has for them. */
const BINARY: ReadonlyMap<string, readonly [op: BinaryOp, precedence: number]> = new Map<string, readonly [BinaryOp, number]>([
  ["->", ["->", PRECEDENCE.arrow]],
  ["->>", ["->>", PRECEDENCE.arrow]],
  ...(["=", "<>", "<", "<=", ">", ">="] as const).map((op): [string, [BinaryOp, number]] => [op, [op, PRECEDENCE.comparison]]),
  ["==", ["=", PRECEDENCE.comparison]],
  ["!=", ["<>", PRECEDENCE.comparison]],
  ...(["||", "&", "|", "<<", ">>", "~", "!~", "~*", "!~*", "^@", "@>", "<@", "&&", "<->", "<=>"] as const).map(
    (op): [string, [BinaryOp, number]] => [op, [op, PRECEDENCE.other]],
  ),
  ...(["+", "-"] as const).map((op): [string, [BinaryOp, number]] => [op, [op, PRECEDENCE.sum]]),
  ...(["*", "/", "//", "%"] as const).map((op): [string, [BinaryOp, number]] => [op, [op, PRECEDENCE.product]]),
  ["^", ["^", PRECEDENCE.power]],
  ["**", ["^", PRECEDENCE.power]],
]);

/** PostgreSQL's operators for LIKE and its kin; they bind as operators, not as the words. */
const LIKE_OPERATORS: ReadonlyMap<string, readonly [Like["variant"], negated: boolean]> = new Map<
  string,
  readonly [Like["variant"], boolean]
>([
  ["~~", ["like", false]],
  ["!~~", ["like", true]],
  ["~~*", ["ilike", false]],
  ["!~~*", ["ilike", true]],
  ["~~~", ["glob", false]],
]);

const AFTER_OPERAND = ["and", "or", "is", "isnull", "notnull", "not", "between", "in", "like", "ilike", "similar", "glob", "collate", "at"];

/** An expression of any precedence. */
export function parseExpression(c: TokenCursor): Expr {
  return parseBinary(c, PRECEDENCE.arrow);
}

/** An expression of operators that bind at least as tightly as `minimum`. */
export function parseBinary(c: TokenCursor, minimum: number): Expr {
  c.enter();
  const left = parsePrefix(c);
  const result = parseOperators(c, left, minimum);
  c.leave();
  return result;
}

/** Goes on behind an operand, with the operators that bind at least as tightly as `minimum`. */
export function parseOperators(c: TokenCursor, left: Expr, minimum: number): Expr {
  const start = left.span.start;
  // comparisons and the LIKE family do not associate: after one, another of its level is an error
  let closedLevel = 0;
  for (let chain = 0; ; chain++) {
    c.checkChain(chain);
    const { type, value } = c.token;
    if (c.recording) c.noteWords(AFTER_OPERAND);
    let level: number;
    let next: Expr | undefined;
    if (type === "op") {
      const binary = BINARY.get(value);
      if (binary !== undefined) {
        const [op, precedence] = binary;
        level = precedence;
        if (level < minimum) return left;
        if (level === PRECEDENCE.comparison && closedLevel === level) throw chainError(c);
        next = parseBinaryOperator(c, left, op, precedence);
      } else if (LIKE_OPERATORS.has(value)) {
        level = PRECEDENCE.other;
        if (level < minimum) return left;
        const [variant, negated] = LIKE_OPERATORS.get(value)!;
        c.next();
        const pattern = parseBinary(c, level + 1);
        next = { kind: "like", variant, operand: left, pattern, negated, span: c.spanFrom(start) };
      } else if (value === "!" && PRECEDENCE.postfix >= minimum) {
        level = PRECEDENCE.postfix;
        const operator = c.next();
        const span = { start: operator.start, end: operator.end };
        next = call({ name: "factorial", quoted: false, span }, [left], c.spanFrom(start));
      } else return left;
    } else if (type === "word") {
      level = wordLevel(c);
      if (level === 0 || level < minimum) return left;
      if (level === PRECEDENCE.like && closedLevel === level) throw chainError(c);
      next = parseWordOperator(c, left, level, start);
    } else return left;
    left = next;
    // IN ends with its list, so nothing is left to associate
    closedLevel = next.kind.startsWith("in") ? 0 : level;
  }
}

function chainError(c: TokenCursor) {
  const { start, end } = c.token;
  return parseError(
    `comparisons cannot follow one another at "${c.text.slice(start, end)}"`,
    { start, end },
    "use parentheses, or AND between two comparisons",
  );
}

function parsePrefix(c: TokenCursor): Expr {
  const { type, value, start } = c.token;
  if (type === "word") {
    if (value === "not") {
      c.next();
      const operand = parseBinary(c, PRECEDENCE.not);
      return { kind: "unary", op: "NOT", operand, span: c.spanFrom(start) };
    }
  } else if (type === "op") {
    if (value === "-" || value === "+") {
      c.next();
      const operand = parseBinary(c, PRECEDENCE.sign);
      return { kind: "unary", op: value, operand, span: c.spanFrom(start) };
    }
    if (value === "~" || value === "@") {
      c.next();
      const operand = parseBinary(c, PRECEDENCE.other + 1);
      return { kind: "unary", op: value, operand, span: c.spanFrom(start) };
    }
  }
  return parsePostfix(c);
}

function parseBinaryOperator(c: TokenCursor, left: Expr, op: BinaryOp, precedence: number): Expr {
  const operator = c.next();
  const opSpan = { start: operator.start, end: operator.end };
  if (precedence === PRECEDENCE.comparison) {
    const quantifier = c.acceptAny("any", "some", "all");
    if (quantifier !== undefined) {
      return parseQuantified(c, left, op as ComparisonOp, quantifier === "all" ? "all" : "any");
    }
  }
  const right = parseBinary(c, rightLevel(op, precedence));
  return { kind: "binary", op, left, right, opSpan, span: c.spanFrom(left.span.start) };
}

function parseQuantified(c: TokenCursor, operand: Expr, op: ComparisonOp, quantifier: Quantified["quantifier"]): Quantified {
  c.expectOp("(");
  const right = parseExpressionOrQuery(c);
  c.expectOp(")");
  return { kind: "quantified", op, quantifier, operand, right, span: c.spanFrom(operand.span.start) };
}

/** How tightly the operator word here binds; 0 where none stands. */
function wordLevel(c: TokenCursor): number {
  switch (c.token.value) {
    case "or":
      return PRECEDENCE.or;
    case "and":
      return PRECEDENCE.and;
    case "is":
    case "isnull":
    case "notnull":
      return PRECEDENCE.is;
    case "between":
    case "in":
    case "like":
    case "ilike":
    case "similar":
    case "glob":
      return PRECEDENCE.like;
    case "not":
      if (c.peekWord(1, "null")) return PRECEDENCE.is;
      if (c.pos + 1 === c.recordAt) c.expected.add("null");
      return c.peekWord(1, "between", "in", "like", "ilike", "similar", "glob") || c.pos + 1 === c.recordAt ? PRECEDENCE.like : 0;
    case "at":
      return c.peekWord(1, "time") ? PRECEDENCE.timeZone : 0;
    case "collate":
      return PRECEDENCE.collate;
    default:
      return 0;
  }
}

function parseWordOperator(c: TokenCursor, left: Expr, level: number, start: number): Expr {
  switch (level) {
    case PRECEDENCE.or:
    case PRECEDENCE.and: {
      const operator = c.next();
      const right = parseBinary(c, level + 1);
      const op = level === PRECEDENCE.or ? "OR" : "AND";
      return { kind: "binary", op, left, right, opSpan: { start: operator.start, end: operator.end }, span: c.spanFrom(start) };
    }
    case PRECEDENCE.is:
      return parseIs(c, left, start);
    case PRECEDENCE.timeZone: {
      c.next();
      c.expect("time");
      c.expect("zone");
      const zone = parseBinary(c, level + 1);
      return { kind: "atTimeZone", operand: left, zone, span: c.spanFrom(start) };
    }
    case PRECEDENCE.collate:
      c.next();
      return { kind: "collate", operand: left, collation: c.qualifiedName("name"), span: c.spanFrom(start) };
    default:
      return parseLikeFamily(c, left, start);
  }
}

function parseIs(c: TokenCursor, operand: Expr, start: number): Expr {
  const first = c.next();
  if (first.value !== "is") {
    if (first.value === "not") c.expect("null");
    return { kind: "isTest", operand, test: "null", negated: first.value !== "isnull", span: c.spanFrom(start) };
  }
  const negated = c.accept("not");
  const test = c.acceptAny("null", "true", "false", "unknown");
  if (test !== undefined) return { kind: "isTest", operand, test, negated, span: c.spanFrom(start) };
  c.expect("distinct");
  c.expect("from");
  const opSpan = c.spanFrom(first.start);
  const right = parseBinary(c, PRECEDENCE.is + 1);
  return {
    kind: "binary",
    op: negated ? "IS NOT DISTINCT FROM" : "IS DISTINCT FROM",
    left: operand,
    right,
    opSpan,
    span: c.spanFrom(start),
  };
}

function parseLikeFamily(c: TokenCursor, operand: Expr, start: number): Expr {
  const negated = c.accept("not");
  const word = c.acceptAny("between", "in", "like", "ilike", "similar", "glob");
  const tighter = PRECEDENCE.like + 1;
  switch (word) {
    case undefined:
      throw c.error();
    case "between": {
      const symmetric = c.accept("symmetric");
      if (!symmetric) c.accept("asymmetric");
      const low = parseBinary(c, tighter);
      c.expect("and");
      const high = parseBinary(c, tighter);
      return { kind: "between", operand, low, high, negated, symmetric, span: c.spanFrom(start) };
    }
    case "in":
      return parseIn(c, operand, negated, start);
    default: {
      if (word === "similar") c.expect("to");
      const pattern = parseBinary(c, tighter);
      const escapeChar = c.accept("escape") ? parseBinary(c, tighter) : undefined;
      return { kind: "like", variant: word, operand, pattern, escape: escapeChar, negated, span: c.spanFrom(start) };
    }
  }
}

function parseIn(c: TokenCursor, operand: Expr, negated: boolean, start: number): Expr {
  if (!c.acceptOp("(")) {
    const collection = parsePostfix(c);
    return { kind: "inCollection", operand, collection, negated, span: c.spanFrom(start) };
  }
  const first = parseExpressionOrQuery(c);
  if (first.kind === "query") {
    c.expectOp(")");
    return { kind: "inQuery", operand, query: first, negated, span: c.spanFrom(start) };
  }
  const list = [first, ...parseListRest(c, ")")];
  c.closeList(")");
  return { kind: "inList", operand, list, negated, span: c.spanFrom(start) };
}
