import { parseError } from "../core/errors.ts";
import type { Case, Expr, Identifier, IntervalUnit, Lambda, MapEntry, NumberLiteral, StructField, When } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { BARE_FUNCTIONS, canNameColumn, canNameFunction } from "./keywords.ts";
import { call, parseCall, parseStar } from "./parse-call.ts";
import { parseExpressionOrQuery, parseListRest } from "./parse-parens.ts";
import { parseType } from "./parse-type.ts";
import type { Token } from "./tokenizer.ts";

/** Words that begin an expression, for completion. */
const EXPRESSION_WORDS =
  "not case cast try_cast exists null true false interval array date timestamp map lambda current_date current_timestamp".split(" ");

/** An operand with its subscripts, fields, method calls and `::` casts. */
export function parsePostfix(c: TokenCursor): Expr {
  const start = c.token.start;
  let expr = parsePrimary(c);
  for (let chain = 0; ; chain++) {
    c.checkChain(chain);
    const { type, value } = c.token;
    if (type !== "op") return expr;
    if (value === "::") {
      c.next();
      expr = { kind: "cast", operand: expr, type: parseType(c), try: false, span: c.spanFrom(start) };
    } else if (value === "[") {
      expr = parseSubscript(c, expr, start);
    } else if (value === "." && expr.kind !== "star") {
      c.next();
      if (c.atOp("*")) {
        if (expr.kind !== "column") throw c.error();
        expr = parseStar(c, expr.parts, start);
        continue;
      }
      const field = c.label();
      expr = c.atOp("(") ? parseCall(c, [field], start, expr) : { kind: "field", operand: expr, field, span: c.spanFrom(start) };
    } else return expr;
  }
}

function parsePrimary(c: TokenCursor): Expr {
  const token = c.token;
  const span = { start: token.start, end: token.end };
  if (c.recording) {
    c.note("expression");
    c.noteWords(EXPRESSION_WORDS);
  }
  switch (token.type) {
    case "number":
      c.next();
      return numberLiteral(token);
    case "string":
      c.next();
      return { kind: "string", value: token.value, span };
    case "blob":
      c.next();
      return { kind: "blob", hex: token.value, span };
    case "parameter":
      c.next();
      if (/^\d+$/.test(token.value)) c.parameters = Math.max(c.parameters, Number(token.value));
      return { kind: "parameter", name: token.value === "" ? String(++c.parameters) : token.value, span };
    case "positional":
      c.next();
      return { kind: "positional", index: Number(token.value), span };
    case "quoted":
      return parseName(c);
    case "word":
      return parseWord(c, token);
    case "op":
      switch (token.value) {
        case "(":
          return parseParens(c);
        case "[":
          return parseList(c, token.start);
        case "{":
          return parseStruct(c);
        case "*":
          if (c.peekWord(1, "columns") && c.peekOp(2, "(")) return parseColumns(c, true);
      }
  }
  throw c.error("expected an expression");
}

/** The literal of a number token, in decimal and without underscores. */
function numberLiteral(token: Token): NumberLiteral {
  const span = { start: token.start, end: token.end };
  const text = token.value.includes("_") ? token.value.replaceAll("_", "") : token.value;
  if (text.charCodeAt(0) === 48 && /^0[xbo]/i.test(text))
    return { kind: "number", type: "integer", text: BigInt(text.toLowerCase()).toString(), span };
  if (/e/i.test(text)) return { kind: "number", type: "double", text, span };
  return { kind: "number", type: text.includes(".") ? "decimal" : "integer", text, span };
}

function parseWord(c: TokenCursor, token: Token): Expr {
  const { start, value } = token;
  const span = { start, end: token.end };
  switch (value) {
    case "null":
      c.next();
      return { kind: "null", span };
    case "true":
    case "false":
      c.next();
      return { kind: "boolean", value: value === "true", span };
    case "case":
      return parseCase(c);
    case "cast":
    case "try_cast":
      return parseCast(c);
    case "lambda":
      return parseLambda(c);
    case "array":
      return parseArray(c);
  }
  const open = c.peek(1);
  if (open.type === "op" && open.value === "(") {
    switch (value) {
      case "exists": {
        c.pos += 2;
        const query = c.grammar.query(c);
        c.expectOp(")");
        return { kind: "exists", query, span: c.spanFrom(start) };
      }
      case "row": {
        c.pos += 2;
        const items = c.atOp(")") ? [] : [c.grammar.expression(c), ...parseListRest(c, ")")];
        c.expectOp(")");
        return { kind: "row", items, span: c.spanFrom(start) };
      }
      case "columns":
        return parseColumns(c, false);
    }
  }
  if (value === "map" && open.type === "op" && open.value === "{") return parseMap(c);
  if (value === "interval" && startsInterval(open)) return parseInterval(c);
  if (open.type === "string" && canNameColumn(value)) return parseTypedLiteral(c);
  if ((value === "timestamp" || value === "time") && c.peekWord(1, "with", "without") && c.peek(4).type === "string")
    return parseTypedLiteral(c);
  if (value === "double" && c.peekWord(1, "precision") && c.peek(2).type === "string") return parseTypedLiteral(c);
  return parseName(c);
}

function startsInterval(next: Token): boolean {
  return next.type === "string" || next.type === "number" || next.type === "parameter" || (next.type === "op" && next.value === "(");
}

/** A column, or a function where a parenthesis follows; `t.*` too. */
function parseName(c: TokenCursor): Expr {
  const first = c.token;
  const isCall = c.peekOp(1, "(");
  c.note("expression");
  if (first.type === "word" && !(isCall ? canNameFunction(first.value) : canNameColumn(first.value))) {
    throw c.error("expected an expression");
  }
  const parts = [c.identifierOf(c.next())];
  while (c.atOp(".")) {
    c.next();
    if (c.atOp("*")) return parseStar(c, parts, first.start);
    c.note("column");
    parts.push(c.label());
  }
  if (c.atOp("(")) return parseCall(c, parts, first.start);
  const span = c.spanFrom(first.start);
  if (parts.length === 1 && first.type === "word" && BARE_FUNCTIONS.has(first.value)) return call(parts[0], [], span);
  return { kind: "column", parts, span };
}

function parseParens(c: TokenCursor): Expr {
  const { start } = c.expectOp("(");
  const first = parseExpressionOrQuery(c);
  if (first.kind === "query") {
    c.expectOp(")");
    return { kind: "subquery", query: first, span: c.spanFrom(start) };
  }
  const rest = parseListRest(c, ")");
  c.expectOp(")");
  return rest.length === 0 ? first : { kind: "row", items: [first, ...rest], span: c.spanFrom(start) };
}

/** `[a, b]`, or `[x + 1 for x in list if x > 0]`. Stands on the bracket; `start` is where ARRAY stood, if it did. */
function parseList(c: TokenCursor, start: number): Expr {
  c.expectOp("[");
  if (c.acceptOp("]")) return { kind: "list", items: [], span: c.spanFrom(start) };
  const first = c.grammar.expression(c);
  if (c.accept("for")) {
    const variables = c.commaList(() => c.name());
    c.expect("in");
    const source = c.grammar.expression(c);
    const filter = c.accept("if") ? c.grammar.expression(c) : undefined;
    c.expectOp("]");
    return { kind: "listComprehension", result: first, variables, source, filter, span: c.spanFrom(start) };
  }
  const items = [first, ...parseListRest(c, "]")];
  c.closeList("]");
  return { kind: "list", items, span: c.spanFrom(start) };
}

function parseArray(c: TokenCursor): Expr {
  const { start } = c.expect("array");
  if (c.atOp("[")) return parseList(c, start);
  c.expectOp("(");
  const query = c.grammar.query(c);
  c.expectOp(")");
  return { kind: "arraySubquery", query, span: c.spanFrom(start) };
}

/** Items up to the closing brace, which is taken; a last comma is allowed. */
function parseBraces<T>(c: TokenCursor, item: () => T): T[] {
  c.expectOp("{");
  const items: T[] = [];
  while (!c.atOp("}")) {
    items.push(item());
    if (!c.acceptOp(",")) break;
  }
  c.closeList("}");
  return items;
}

function parseStruct(c: TokenCursor): Expr {
  const start = c.token.start;
  const fields = parseBraces(c, (): StructField => {
    const fieldStart = c.token.start;
    const name = c.label(true);
    c.expectOp(":");
    return { kind: "structField", name, value: c.grammar.expression(c), span: c.spanFrom(fieldStart) };
  });
  const span = c.spanFrom(start);
  if (fields.length === 0) throw parseError("a struct needs at least one field", span, "an empty map is MAP {}");
  return { kind: "struct", fields, span };
}

function parseMap(c: TokenCursor): Expr {
  const { start } = c.expect("map");
  const entries = parseBraces(c, (): MapEntry => {
    const key = c.grammar.expression(c);
    c.expectOp(":");
    return { kind: "mapEntry", key, value: c.grammar.expression(c), span: c.spanFrom(key.span.start) };
  });
  return { kind: "map", entries, span: c.spanFrom(start) };
}

function parseCase(c: TokenCursor): Case {
  const { start } = c.expect("case");
  const operand = c.at("when") ? undefined : c.grammar.expression(c);
  const whens: When[] = [];
  do {
    const whenStart = c.expect("when").start;
    const condition = c.grammar.expression(c);
    c.expect("then");
    whens.push({ kind: "when", condition, result: c.grammar.expression(c), span: c.spanFrom(whenStart) });
  } while (c.at("when"));
  const otherwise = c.accept("else") ? c.grammar.expression(c) : undefined;
  c.expect("end");
  return { kind: "case", operand, whens, otherwise, span: c.spanFrom(start) };
}

function parseCast(c: TokenCursor): Expr {
  const word = c.next();
  c.expectOp("(");
  const operand = c.grammar.expression(c);
  c.expect("as");
  const type = parseType(c);
  c.expectOp(")");
  return { kind: "cast", operand, type, try: word.value === "try_cast", span: c.spanFrom(word.start) };
}

function parseLambda(c: TokenCursor): Lambda {
  const { start } = c.expect("lambda");
  const params: Identifier[] = c.commaList(() => c.name());
  c.expectOp(":");
  return { kind: "lambda", params, body: c.grammar.expression(c), span: c.spanFrom(start) };
}

/** `COLUMNS(…)`, or `*COLUMNS(…)` from its star on. */
function parseColumns(c: TokenCursor, unpack: boolean): Expr {
  const start = c.token.start;
  c.pos += unpack ? 3 : 2;
  const selector = c.atOp("*") && !c.peekWord(1, "columns") ? parseStar(c, [], c.token.start) : c.grammar.expression(c);
  c.expectOp(")");
  return { kind: "columns", selector, unpack, span: c.spanFrom(start) };
}

function parseTypedLiteral(c: TokenCursor): Expr {
  const start = c.token.start;
  const type = parseType(c);
  return { kind: "typedLiteral", type, value: c.string().value, span: c.spanFrom(start) };
}

const UNITS: ReadonlyMap<string, IntervalUnit> = new Map(
  (
    [
      ["millennium", "millennia", "millenniums"],
      ["century", "centuries"],
      ["decade", "decades"],
      ["year", "years"],
      ["quarter", "quarters"],
      ["month", "months"],
      ["week", "weeks"],
      ["day", "days"],
      ["hour", "hours"],
      ["minute", "minutes"],
      ["second", "seconds"],
      ["millisecond", "milliseconds"],
      ["microsecond", "microseconds"],
    ] as const
  ).flatMap((spellings) => spellings.map((spelling): [string, IntervalUnit] => [spelling, spellings[0]])),
);

function parseInterval(c: TokenCursor): Expr {
  const { start } = c.expect("interval");
  const first = c.token;
  let value: Expr;
  if (first.type === "op") {
    c.expectOp("(");
    value = c.grammar.expression(c);
    c.expectOp(")");
  } else {
    value = parsePrimary(c);
  }
  c.noteWords([...UNITS.keys()]);
  const unit = c.token.type === "word" ? UNITS.get(c.token.value) : undefined;
  if (unit !== undefined) c.next();
  else if (first.type === "number") throw c.error("expected a unit, as DAY");
  return { kind: "interval", value, unit, span: c.spanFrom(start) };
}

/** `x[i]`, `x[a:b]`, `x[a:b:step]`; stands on the bracket. */
function parseSubscript(c: TokenCursor, operand: Expr, start: number): Expr {
  c.expectOp("[");
  const lower = parseSliceEnd(c);
  if (!c.acceptOp(":")) {
    if (lower === undefined) throw c.error("expected an expression");
    c.expectOp("]");
    return { kind: "subscript", operand, index: lower, span: c.spanFrom(start) };
  }
  const upper = parseSliceEnd(c);
  const step = c.acceptOp(":") ? c.grammar.expression(c) : undefined;
  c.expectOp("]");
  return { kind: "slice", operand, lower, upper, step, span: c.spanFrom(start) };
}

/** An end of a slice: absent where nothing or a lone `-` stands. */
function parseSliceEnd(c: TokenCursor): Expr | undefined {
  if (c.atOp(":") || c.atOp("]")) return undefined;
  if (c.atOp("-") && (c.peekOp(1, ":") || c.peekOp(1, "]"))) {
    c.next();
    return undefined;
  }
  return c.grammar.expression(c);
}
