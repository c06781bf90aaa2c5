import type { Identifier, Join, JoinType, Query, Select, SelectItem, TableAlias, TableFunction, TableRef } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { canNameFunction } from "./keywords.ts";
import { parseTableArgs } from "./parse-call.ts";
import { atQuery, refuseTableStatement } from "./parse-parens.ts";

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
  const span = () => c.spanFrom(left.span.start);
  if (type === "cross" || type === "positional" || natural) return { kind: "join", type, natural, left, right, using: [], span: span() };
  if (c.accept("using")) {
    const using = c.nameList("column");
    if (using === undefined) throw c.error("expected column names in parentheses");
    return { kind: "join", type, natural, left, right, using, span: span() };
  }
  if (!c.accept("on")) throw c.error("a join needs ON or USING");
  const on = c.grammar.expression(c);
  return { kind: "join", type, natural, left, right, on, using: [], span: span() };
}

function parsePrimary(c: TokenCursor): TableRef {
  const { start } = c.token;
  const prefix = parsePrefixAlias(c);
  const table = parseUnaliased(c, start);
  if (table.kind === "join") return table;
  if (c.atAny(["tablesample"])) return skipClause(c, "TABLESAMPLE", start);
  if (atTemporal(c)) return skipClause(c, "FOR SYSTEM_TIME AS OF", start);
  const alias = prefix ?? parseAlias(c);
  if (c.atAny(["tablesample"])) return skipClause(c, "TABLESAMPLE", start);
  const suffix = c.acceptAny("pivot", "unpivot", "match_recognize");
  if (suffix !== undefined) {
    if (!c.atOp("(")) throw c.error("expected (");
    return skipClause(c, suffix.toUpperCase(), start);
  }
  return alias === undefined || table.kind === "unsupported" ? table : { ...table, alias, span: c.spanFrom(start) };
}

function atTemporal(c: TokenCursor): boolean {
  return c.peekWord(0, "for") && c.peekWord(1, "system_time");
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
  "select where group having window qualify order limit offset union intersect except join left right inner full cross natural semi anti asof positional on using emit".split(
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
  switch (c.token.value) {
    case "emit":
      return c.peekWord(1, "final", "changes", "every", "on") || c.pos + 1 === c.recordAt;
    case "sample":
    case "latest":
      return c.peekWord(1, "by", "on");
    case "starting":
      return c.peekWord(1, "at");
    case "match_recognize":
      return c.peekOp(1, "(");
    case "until":
      return true;
    default:
      return false;
  }
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
  return finishFunction(c, [c.label()], start, lateral);
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
  const star: SelectItem = { kind: "selectItem", expr: { kind: "star", qualifier: [], exclude: [], replace: [], rename: [], span }, span };
  const body: Select = {
    ...{ kind: "select", distinct: false, distinctOn: [], items: [star], from: [join] },
    ...{ groupByAll: false, groupBy: [], windows: [], span },
  };
  const query: Query = { kind: "query", recursive: false, ctes: [], body, orderBy: [], limitPercent: false, span };
  return { kind: "subqueryRef", query, lateral: false, span };
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
        return c.peekOp(ahead + 1, ")") || c.peekWord(ahead + 1, "union", "intersect", "except", "order", "limit", "offset", "fetch");
      }
    }
    return true;
  }
  c.next();
  const result = atQuery(c);
  c.pos--;
  return result;
}
