import { nearestName, parseError } from "../core/errors.ts";
import type {
  Expr,
  FrameBound,
  Identifier,
  Join,
  JoinRange,
  JoinType,
  StartingAt,
  TableAlias,
  TableFunction,
  TableNameRef,
  TableRef,
} from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { canNameFunction } from "./keywords.ts";
import { parseTableArgs } from "./parse-call.ts";
import { parseSpanOfTime, SPAN_LEVEL } from "./parse-duration.ts";
import { AFTER_QUERY, atQuery, refuseTableStatement } from "./parse-parens.ts";
import { starQuery } from "./star-query.ts";
import type { Token } from "./tokenizer.ts";

/** The list behind FROM. */
export function parseFromList(c: TokenCursor): TableRef[] {
  const refs = [parseTableRef(c)];
  while (c.acceptOp(",")) {
    if (c.atListEnd("select")) break;
    refs.push(parseTableRef(c));
  }
  return refs;
}

/** A table and the tables joined to it. */
export function parseTableRef(c: TokenCursor): TableRef {
  c.enter();
  let left = parsePrimary(c);
  for (let chain = 1; ; chain++) {
    c.checkChain(chain);
    const start = c.pos;
    const join = parseJoinWords(c);
    if (join === undefined) {
      c.pos = start;
      break;
    }
    left = parseJoined(c, left, join.type, join.natural);
  }
  c.leave();
  return left;
}

/** `[NATURAL] [ASOF] LEFT OUTER JOIN` and the like, taken; undefined where no join stands (some words may be taken). */
function parseJoinWords(c: TokenCursor): { type: JoinType; natural: boolean } | undefined {
  if (c.acceptSequence("cross", "join")) return { type: "cross", natural: false };
  if (c.acceptSequence("positional", "join")) return { type: "positional", natural: false };
  if (c.acceptSequence("window", "join")) return { type: "window", natural: false };
  const natural = c.accept("natural");
  const asof = c.accept("asof");
  const side = c.acceptAny("inner", "left", "right", "full", "semi", "anti");
  if (side === "left" || side === "right" || side === "full") c.accept("outer");
  if (!c.at("join")) {
    if (natural || asof || side !== undefined) throw c.error("expected JOIN");
    return undefined;
  }
  const type = side ?? "inner";
  if (!asof) {
    c.next();
    return { type, natural };
  }
  if (type !== "inner" && type !== "left") throw c.error("an ASOF join is an inner or a LEFT join");
  c.next();
  return { type: type === "left" ? "asof left" : "asof", natural };
}

function parseJoined(c: TokenCursor, left: TableRef, type: JoinType, natural: boolean): Join {
  const right = parsePrimary(c);
  const none = type === "cross" || type === "positional";
  const isAsof = type === "asof" || type === "asof left";
  const bounds: JoinBounds = {};
  if (!none && type !== "window") parseJoinBounds(c, isAsof, bounds);
  let on: Expr | undefined;
  let using: readonly Identifier[] = [];
  if (!none && !natural) {
    if (c.accept("using")) {
      const names = c.nameList("column");
      if (names === undefined) throw c.error("expected column names in parentheses");
      using = names;
    } else if (c.accept("on")) on = c.grammar.expression(c);
    else if (type === "window") on = undefined;
    else if (bounds.matchCondition === undefined)
      throw c.error(isAsof ? "an ASOF join needs ON, USING or MATCH_CONDITION" : "a join needs ON or USING");
  }
  if (type === "window")
    return { kind: "join", type, natural, left, right, on, using, range: parseJoinRange(c), span: c.spanFrom(left.span.start) };
  if (!none) parseJoinBounds(c, isAsof, bounds);
  return { kind: "join", type, natural, left, right, on, using, ...bounds, span: c.spanFrom(left.span.start) };
}

/** `RANGE BETWEEN 1m PRECEDING AND 1m FOLLOWING [INCLUDE | EXCLUDE PREVAILING]` */
function parseJoinRange(c: TokenCursor): JoinRange {
  const { start: at } = c.token;
  if (!c.accept("range")) throw c.error("a WINDOW JOIN says RANGE BETWEEN 1m PRECEDING AND 1m FOLLOWING");
  c.expect("between");
  const start = parseRangeBound(c);
  c.expect("and");
  const end = parseRangeBound(c);
  const word = c.acceptAny("include", "exclude");
  if (word !== undefined) c.expect("prevailing");
  return { kind: "joinRange", start, end, prevailing: word !== "exclude", span: c.spanFrom(at) };
}

function parseRangeBound(c: TokenCursor): FrameBound {
  const { start } = c.token;
  if (c.acceptSequence("current", "row")) return { kind: "frameBound", bound: "current row", span: c.spanFrom(start) };
  if (c.peekWord(0, "unbounded")) throw c.error("the range of a WINDOW JOIN has two ends: a length of time");
  const offset = parseSpanOfTime(c);
  const bound = c.acceptAny("preceding", "following");
  if (bound === undefined) throw c.error("expected PRECEDING or FOLLOWING");
  return { kind: "frameBound", bound, offset, span: c.spanFrom(start) };
}

type JoinBounds = { -readonly [K in "matchCondition" | "tolerance" | "within"]?: Expr };

/** MATCH_CONDITION and TOLERANCE of ASOF joins, WITHIN of the others: in front of ON or behind it. */
function parseJoinBounds(c: TokenCursor, isAsof: boolean, found: JoinBounds): void {
  const refuse = (message: string, hint: string): never => {
    throw parseError(message, { start: c.token.start, end: c.token.end }, hint);
  };
  for (;;) {
    if (isAsof) {
      if (found.matchCondition === undefined && c.accept("match_condition")) {
        c.expectOp("(");
        found.matchCondition = c.grammar.expression(c);
        c.expectOp(")");
      } else if (found.tolerance === undefined && c.accept("tolerance")) found.tolerance = parseSpanOfTime(c);
      else if (c.peekWord(0, "within")) refuse("an ASOF join has no WITHIN", "write TOLERANCE");
      else return;
    } else if (c.peekWord(0, "tolerance", "match_condition")) {
      refuse(`${c.token.value.toUpperCase()} belongs to an ASOF join`, "write ASOF JOIN, or WITHIN for a join of rows close in time");
    } else if (found.within === undefined && c.accept("within")) found.within = parseSpanOfTime(c);
    else return;
  }
}

function parsePrimary(c: TokenCursor): TableRef {
  const { start } = c.token;
  const prefix = parsePrefixAlias(c);
  const table = parseUnaliased(c, start);
  if (table.kind === "join") return table;
  const end = c.pos;
  if (c.atAny(["tablesample"])) return skipClause(c, "TABLESAMPLE", start);
  const before = parseTimes(c, table, {});
  const alias = prefix ?? parseAlias(c);
  const times = parseTimes(c, table, before);
  if (c.atAny(["tablesample"])) return skipClause(c, "TABLESAMPLE", start);
  const suffix = c.acceptAny("pivot", "unpivot", "match_recognize");
  if (suffix !== undefined) {
    if (!c.atOp("(")) throw c.error("expected (");
    return skipClause(c, suffix.toUpperCase(), start);
  }
  if (table.kind === "unsupported") return table;
  const hasMore = alias !== undefined || c.pos > end;
  return hasMore ? { ...table, ...times, alias, span: c.spanFrom(start) } : table;
}

type Times = Pick<TableNameRef, "startingAt" | "systemTime">;

/** STARTING AT and FOR SYSTEM_TIME AS OF, which may stand in front of the alias or behind it. */
function parseTimes(c: TokenCursor, table: TableRef, found: Times): Times {
  let { startingAt, systemTime } = found;
  for (;;) {
    const { start } = c.token;
    const before = c.pos;
    if (startingAt === undefined) startingAt = parseStartingAt(c);
    if (systemTime === undefined && c.acceptSequence("for", "system_time")) {
      c.expect("as");
      c.expect("of");
      systemTime = c.grammar.operand(c, SPAN_LEVEL);
    }
    if (c.pos === before) return { startingAt, systemTime };
    if (table.kind !== "tableName") throw parseError("a time to read from needs the name of a stream or table", c.spanFrom(start));
  }
}

/** `STARTING AT EARLIEST | LATEST | TIMESTAMP '…'`, if it stands here. */
export function parseStartingAt(c: TokenCursor): StartingAt | undefined {
  const { start } = c.token;
  if (!c.atSequence("starting", "at")) return undefined;
  c.pos += 2;
  const at = c.acceptAny("earliest", "latest");
  if (at !== undefined) return { kind: "startingAt", at, span: c.spanFrom(start) };
  c.note("expression");
  const time = c.grammar.operand(c, SPAN_LEVEL);
  if (time.kind === "column") {
    const near = nearestName(c.text.slice(time.span.start, time.span.end), ["EARLIEST", "LATEST"]);
    const hint = near === undefined ? "write EARLIEST, LATEST or a time, as TIMESTAMP '2024-01-01'" : `did you mean ${near}?`;
    throw parseError("STARTING AT takes no column", time.span, hint);
  }
  return { kind: "startingAt", at: "time", time, span: c.spanFrom(start) };
}

/** Takes the rest of a table that is known by name only: up to the next join, comma or clause. */
function skipClause(c: TokenCursor, feature: string, start: number): TableRef {
  let depth = 0;
  while (!c.atEnd) {
    if (depth === 0 && (c.atOp(",") || c.atOp(")") || (c.token.type === "word" && CLAUSE_WORDS.has(c.token.value)))) break;
    if (c.atOp("(")) depth++;
    if (c.atOp(")")) depth--;
    c.next();
  }
  if (depth > 0) throw c.error("expected )");
  return c.unsupportedFrom(feature, start);
}

const CLAUSE_WORDS = new Set(
  "select where group having window qualify order limit offset union intersect except join left right inner full cross natural semi anti asof positional on using emit for until".split(
    " ",
  ),
);

/** `a: table` */
function parsePrefixAlias(c: TokenCursor): TableAlias | undefined {
  if (!c.isName(c.token) || !c.peekOp(1, ":")) return undefined;
  const name = c.label();
  c.expectOp(":");
  return { name, columns: [], span: name.span };
}

function parseAlias(c: TokenCursor): TableAlias | undefined {
  const { start } = c.token;
  let name: Identifier | undefined;
  c.note("alias");
  if (c.accept("as")) name = c.label(true);
  else if (c.recording) return undefined;
  else if (c.token.type === "quoted" || (c.isName(c.token) && !opensClause(c))) name = c.label();
  if (name === undefined) return undefined;
  const columns = c.nameList("name") ?? [];
  return { name, columns, span: c.spanFrom(start) };
}

/** Words that may be names, but open a clause where these follow: they are no alias then. */
export function opensClause(c: TokenCursor): boolean {
  if (c.token.type !== "word") return false;
  const isNext = c.pos + 1 === c.recordAt;
  switch (c.token.value) {
    case "emit":
      return isNext || endsQuery(c, 1) || c.peekWord(1, "final", "changes", "every", "on");
    case "sample":
    case "latest":
      return isNext || c.peekWord(1, "by", "on");
    case "starting":
      return isNext || c.peekWord(1, "at");
    case "match_condition":
      return true;
    case "range":
      return isNext || c.peekWord(1, "between");
    case "window":
      return isNext || c.peekWord(1, "join");
    case "match_recognize":
      return c.peekOp(1, "(");
    case "tolerance":
    case "within":
      return isNext || c.peekWord(1, "interval") || startsOperand(c.peek(1));
    case "until": {
      const next = c.peek(1);
      return isNext || endsQuery(c, 1) || startsOperand(next) || c.isName(next);
    }
    default:
      return false;
  }
}

const endsQuery = (c: TokenCursor, ahead: number): boolean => c.peek(ahead).type === "eof" || c.peekOp(ahead, ";") || c.peekOp(ahead, ")");

const startsOperand = ({ type, value }: Token): boolean =>
  type === "number" || type === "string" || type === "parameter" || (type === "op" && value === "(");

/** A table as an argument: without an alias, but with the times it is read from. */
export function parseUnnamed(c: TokenCursor): TableRef {
  const { start } = c.token;
  const table = parseUnaliased(c, start);
  const end = c.pos;
  const times = parseTimes(c, table, {});
  return c.pos > end && table.kind === "tableName" ? { ...table, ...times, span: c.spanFrom(start) } : table;
}

function parseUnaliased(c: TokenCursor, start: number): TableRef {
  c.note("table", "file");
  const lateral = c.accept("lateral");
  if (c.atOp("(")) return parseInParens(c, start, lateral);
  if (c.token.type === "string" && !lateral) {
    const token = c.next();
    return { kind: "file", path: token.value, span: c.spanFrom(start) };
  }
  if (c.at("values") && c.peekOp(1, "(")) return { kind: "subqueryRef", query: c.grammar.query(c), lateral, span: c.spanFrom(start) };
  if (c.at("table") && c.peekOp(1, "(")) {
    c.pos += 2;
    const inner = parseFunction(c, c.token.start, lateral);
    c.expectOp(")");
    return { ...inner, span: c.spanFrom(start) };
  }
  const word = c.token.value;
  if (c.token.type === "word" && c.peekOp(1, "(") && canNameFunction(word)) return parseFunction(c, start, lateral);
  const name = c.qualifiedName("table");
  if (c.atOp("(")) return finishFunction(c, name, start, lateral);
  if (lateral) throw c.error("LATERAL stands before a subquery or a function");
  return { kind: "tableName", name, span: c.spanFrom(start) };
}

function parseFunction(c: TokenCursor, start: number, lateral: boolean): TableFunction {
  const name = [c.label()];
  while (c.acceptOp(".")) name.push(c.label());
  return finishFunction(c, name, start, lateral);
}

function finishFunction(c: TokenCursor, name: TableFunction["name"], start: number, lateral: boolean): TableFunction {
  const args = parseTableArgs(c);
  const withOrdinality = c.acceptSequence("with", "ordinality");
  return { kind: "tableFunction", name, args, lateral, withOrdinality, span: c.spanFrom(start) };
}

/** A subquery, or a join in parentheses. */
function parseInParens(c: TokenCursor, start: number, lateral: boolean): TableRef {
  c.enter();
  refuseTableStatement(c, 1);
  let result: TableRef;
  if (startsQuery(c)) {
    c.expectOp("(");
    const query = c.grammar.query(c);
    c.expectOp(")");
    result = { kind: "subqueryRef", query, lateral, span: c.spanFrom(start) };
  } else {
    if (lateral) throw c.error("LATERAL stands before a subquery or a function");
    c.expectOp("(");
    const inner = parseTableRef(c);
    c.expectOp(")");
    result = inner.kind === "join" && startsAlias(c) ? asSubquery(inner, c.spanFrom(start)) : inner;
  }
  c.leave();
  return result;
}

function startsAlias(c: TokenCursor): boolean {
  if (c.recording) return false;
  return c.peekWord(0, "as") || c.peek(0).type === "quoted" || (c.isName(c.peek(0)) && !opensClause(c));
}

/** A join in parentheses that gets a name is a subquery of all its columns. */
function asSubquery(join: Join, span: Join["span"]): TableRef {
  return { kind: "subqueryRef", query: starQuery([join], span), lateral: false, span };
}

/**
 * Whether the parentheses here hold a query: `((SELECT 1) UNION SELECT 2)` does and `((SELECT 1) a JOIN b ON true)` does not, which
 * only what stands behind the inner parenthesis tells.
 */
function startsQuery(c: TokenCursor): boolean {
  if (c.peekOp(1, "(")) {
    if (!atQuery(c)) return false;
    let depth = 0;
    for (let ahead = 1; c.peek(ahead).type !== "eof"; ahead++) {
      if (c.peekOp(ahead, "(")) depth++;
      if (c.peekOp(ahead, ")") && --depth === 0) {
        return c.peekOp(ahead + 1, ")") || goesOn(c, ahead + 1);
      }
    }
    return true;
  }
  c.next();
  const result = atQuery(c);
  c.pos--;
  return result;
}

/** Whether the query before these parentheses goes on here; after EMIT and UNTIL, which may be aliases, the next word tells. */
function goesOn(c: TokenCursor, ahead: number): boolean {
  if (c.peekWord(ahead, "emit")) return c.peekWord(ahead + 1, "final", "changes", "every", "on");
  if (c.peekWord(ahead, "until")) return startsOperand(c.peek(ahead + 1)) || c.isName(c.peek(ahead + 1));
  if (c.peekWord(ahead, "for")) return !c.peekWord(ahead + 1, "system_time");
  return c.peekWord(ahead, ...AFTER_QUERY);
}
