import { parseError, unsupported } from "../core/errors.ts";
import type {
  Cte,
  Cube,
  Emit,
  Expr,
  GroupItem,
  GroupSet,
  Node,
  Query,
  QueryBody,
  Rollup,
  Select,
  SelectItem,
  SetOperation,
  TableRef,
  Unsupported,
} from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseStar, parseWindowSpec } from "./parse-call.ts";
import { atDuration, parseSpanOfTime } from "./parse-duration.ts";
import { parseExpression, parseOperators } from "./parse-expression.ts";
import { parseOptionalOrderBy } from "./parse-order.ts";
import { refuseTableStatement } from "./parse-parens.ts";
import { opensClause, parseFromList } from "./parse-table.ts";
import { atGroupWindow, parseGroupWindow, parseLatestOn, parseSampleBy } from "./parse-windows.ts";
import { PRECEDENCE } from "./precedence.ts";
import { starSelect } from "./star-query.ts";
import type { Token } from "./tokenizer.ts";

/** A query with its WITH, ORDER BY, LIMIT. */
export function parseQuery(c: TokenCursor): Query {
  c.enter();
  const { start } = c.token;
  let recursive = false;
  let ctes: Cte[] = [];
  if (c.accept("with")) {
    recursive = c.accept("recursive");
    ctes = [parseCte(c)];
    while (c.acceptOp(",")) {
      if (c.atAny(["select", "from"])) break;
      ctes.push(parseCte(c));
    }
  }
  if (ctes.length > 0 && c.peekWord(0, "insert", "update", "delete")) {
    const span = { start: c.token.start, end: c.token.end };
    throw unsupported(`WITH before ${c.token.value.toUpperCase()} is not there yet`, span, "put WITH in front of the SELECT");
  }
  const query = finishQuery(c, parseSetOperations(c, undefined, 0), recursive, ctes, start);
  c.leave();
  return query;
}

/** Goes on after a query in parentheses that was read already. */
export function parseQueryAfter(c: TokenCursor, first: Query): Query {
  return finishQuery(c, parseSetOperations(c, unwrap(first), 0), false, [], first.span.start);
}

function parseCte(c: TokenCursor): Cte {
  const { start } = c.token;
  const name = c.name("name");
  const columns = c.nameList("name") ?? [];
  const usingStart = c.token.start;
  let unsupported: Unsupported | undefined;
  if (c.acceptSequence("using", "key")) {
    c.nameList();
    unsupported = c.unsupportedFrom("USING KEY", usingStart);
  }
  c.expect("as");
  const materialized = c.acceptSequence("not", "materialized") ? false : c.accept("materialized") ? true : undefined;
  c.expectOp("(");
  const query = parseQuery(c);
  c.expectOp(")");
  return { kind: "cte", name, columns, materialized, unsupported, query, span: c.spanFrom(start) };
}

/** ORDER BY, and what may follow it in any order: LIMIT, OFFSET, FETCH, EMIT, FOR INTERVAL, UNTIL. */
function finishQuery(c: TokenCursor, body: QueryBody, recursive: boolean, ctes: Cte[], start: number): Query {
  const clauses = c.pos;
  const orderBy = parseOptionalOrderBy(c);
  let limit: Expr | undefined;
  let limitPercent = false;
  let offset: Expr | undefined;
  const run: { emit?: Emit; duration?: Expr; until?: Expr } = {};
  for (;;) {
    const clause = c.token;
    if (c.accept("limit")) {
      if (c.accept("all")) continue;
      [limit, limitPercent] = parseLimit(c);
    } else if (c.accept("offset")) {
      offset = parseExpression(c);
      c.acceptAny("row", "rows");
    } else if (c.accept("fetch")) {
      limit = parseFetch(c);
    } else if (c.accept("emit")) {
      refuseSecond(run.emit, clause, "EMIT");
      run.emit = parseEmit(c, clause.start);
    } else if (c.accept("for")) {
      refuseSecond(run.duration, clause, "FOR INTERVAL");
      run.duration = parseRunTime(c);
    } else if (c.accept("until")) {
      refuseSecond(run.until, clause, "UNTIL");
      run.until = parseExpression(c);
    } else break;
  }
  if (c.pos > clauses && c.peekWord(0, "union", "intersect", "except")) throw c.error("put the query before it in parentheses");
  const query: Query = { kind: "query", recursive, ctes, body, orderBy, limit, limitPercent, offset, ...run, span: c.spanFrom(start) };
  // parentheses around a whole query leave no node
  return body.kind === "query" && !hasOwnClauses(query) ? body : query;
}

function refuseSecond(first: Node | undefined, clause: Token, name: string): void {
  if (first !== undefined) throw parseError(`${name} stands twice`, { start: clause.start, end: clause.end });
}

/** Stands behind FOR. */
export function parseRunTime(c: TokenCursor): Expr {
  const { type } = c.token;
  const isTime = c.at("interval") || atDuration(c) || type === "parameter" || type === "string" || c.atOp("(");
  if (!isTime) throw c.error("expected a span of time, as INTERVAL '30' SECOND");
  return parseSpanOfTime(c);
}

function parseLimit(c: TokenCursor): [limit: Expr, percent: boolean] {
  const isPercent = c.token.type === "number" && c.peekOp(1, "%") && !startsOperand(c, 2);
  const limit = isPercent ? c.grammar.operand(c, PRECEDENCE.primary) : parseExpression(c);
  const percent = c.acceptOp("%") || c.accept("percent");
  return [limit, percent];
}

function startsOperand(c: TokenCursor, ahead: number): boolean {
  const { type, value } = c.peek(ahead);
  if (type === "op") return value === "(" || value === "-";
  return (
    type !== "eof" &&
    !(type === "word" && (value === "offset" || value === "union" || value === "emit" || value === "for" || value === "until"))
  );
}

/** `FETCH FIRST 5 ROWS ONLY` */
function parseFetch(c: TokenCursor): Expr {
  if (c.acceptAny("first", "next") === undefined) throw c.error("expected FIRST or NEXT");
  const span = { start: c.token.start, end: c.token.end };
  const limit: Expr = c.atAny(["row", "rows"])
    ? { kind: "number", type: "integer", text: "1", span }
    : c.grammar.operand(c, PRECEDENCE.primary);
  if (c.acceptAny("row", "rows") === undefined) throw c.error("expected ROWS ONLY");
  c.expect("only");
  return limit;
}

/** `EMIT FINAL`, and its kin; stands behind EMIT. */
function parseEmit(c: TokenCursor, start: number): Emit {
  const word = c.acceptAny("final", "changes", "every", "on");
  if (word === undefined) throw c.error("expected FINAL, CHANGES, EVERY or ON UPDATE");
  if (word === "on") c.expect("update");
  const every = word === "every" ? parseSpanOfTime(c) : undefined;
  if (word !== "every" && c.at("every")) throw c.error(`EMIT ${word.toUpperCase()} has no EVERY: write EMIT EVERY alone`);
  let lateness: Expr | undefined;
  if (c.accept("allowed")) {
    c.expect("lateness");
    lateness = parseSpanOfTime(c);
  }
  return { kind: "emit", mode: word === "on" ? "update" : word, every, lateness, span: c.spanFrom(start) };
}

// ---------------------------------------------------------------- set operations

/** Whether a query has more than a body. */
function hasOwnClauses(query: Query): boolean {
  const parts = [query.limit, query.offset, query.emit, query.duration, query.until];
  return query.ctes.length > 0 || query.orderBy.length > 0 || parts.some((part) => part !== undefined);
}

/** A body without its parentheses, where the query in them has nothing of its own. */
function unwrap(query: Query): QueryBody {
  return hasOwnClauses(query) ? query : query.body;
}

/** INTERSECT (level 1) binds more tightly than UNION and EXCEPT (level 0); all group from the left. */
function parseSetOperations(c: TokenCursor, first: QueryBody | undefined, level: 0 | 1): QueryBody {
  let left = level === 0 ? parseSetOperations(c, first, 1) : (first ?? parseBody(c));
  for (let chain = 0; ; chain++) {
    c.checkChain(chain);
    const op: SetOperation["op"] | undefined = level === 0 ? c.acceptAny("union", "except") : c.acceptAny("intersect");
    if (op === undefined) return left;
    const all = c.accept("all");
    if (!all) c.accept("distinct");
    const byName = c.acceptSequence("by", "name");
    const right = level === 0 ? parseSetOperations(c, undefined, 1) : parseBody(c);
    left = { kind: "setOperation", op, all, byName, left, right, span: c.spanFrom(left.span.start) };
  }
}

function parseBody(c: TokenCursor): QueryBody {
  const { start } = c.token;
  if (c.acceptOp("(")) {
    const query = parseQuery(c);
    c.expectOp(")");
    return unwrap(query);
  }
  if (c.accept("values")) {
    const rows: Expr[][] = [];
    do {
      if (rows.length > 0 && !c.atOp("(")) break;
      rows.push(parseValuesRow(c));
    } while (c.acceptOp(","));
    return { kind: "values", rows, span: c.spanFrom(start) };
  }
  if (c.accept("table")) {
    const name = c.qualifiedName("table");
    return starSelect([{ kind: "tableName", name, span: c.spanFrom(name[0].span.start) }], c.spanFrom(start));
  }
  if (c.atAny(["select", "from"])) return parseSelect(c);
  refuseTableStatement(c);
  c.note("statement");
  throw c.error("expected a query");
}

function parseValuesRow(c: TokenCursor): Expr[] {
  c.expectOp("(");
  const items: Expr[] = [];
  do {
    if (items.length > 0 && c.atOp(")")) break;
    const { start, end, type, value } = c.token;
    if (type === "word" && value === "default") {
      c.next();
      items.push({ kind: "default", span: { start, end } });
    } else items.push(parseExpression(c));
  } while (c.acceptOp(","));
  c.expectOp(")");
  return items;
}

// ---------------------------------------------------------------- SELECT

function parseSelect(c: TokenCursor): Select {
  const { start } = c.token;
  let from: TableRef[] | undefined;
  if (c.accept("from")) from = parseFromList(c);
  let distinct = false;
  let distinctOn: Expr[] = [];
  let items: SelectItem[];
  if (c.accept("select")) {
    distinct = c.accept("distinct");
    if (distinct && c.accept("on")) {
      c.expectOp("(");
      distinctOn = c.commaList(() => parseExpression(c));
      c.expectOp(")");
    } else if (!distinct) c.accept("all");
    items = parseSelectItems(c);
  } else {
    if (from === undefined) throw c.error();
    items = [...starSelect(from, c.spanFrom(start)).items];
  }
  parseInto(c);
  if (from === undefined) from = c.accept("from") ? parseFromList(c) : [];
  const where = c.accept("where") ? parseExpression(c) : undefined;
  const cuts: StreamClauses = {};
  parseStreamClauses(c, cuts);
  const grouping = c.accept("group") ? parseGroupBy(c) : { groupByAll: false, groupBy: [] };
  parseStreamClauses(c, cuts);
  const having = c.accept("having") ? parseExpression(c) : undefined;
  parseStreamClauses(c, cuts);
  const windows = c.accept("window") ? c.commaList(() => parseNamedWindow(c)) : [];
  const qualify = c.accept("qualify") ? parseExpression(c) : undefined;
  const unsupported = parseSample(c);
  return {
    kind: "select",
    distinct,
    distinctOn,
    items,
    from,
    where,
    ...grouping,
    ...cuts,
    having,
    windows,
    qualify,
    unsupported,
    span: c.spanFrom(start),
  };
}

function parseSelectItems(c: TokenCursor): SelectItem[] {
  const items = [parseSelectItem(c)];
  while (c.acceptOp(",")) {
    if (c.atListEnd()) break;
    items.push(parseSelectItem(c));
  }
  return items;
}

function parseSelectItem(c: TokenCursor): SelectItem {
  const { start, type } = c.token;
  if ((c.isName(c.token) || type === "string") && c.peekOp(1, ":")) {
    const alias = c.label(true);
    c.expectOp(":");
    return { kind: "selectItem", expr: parseExpression(c), alias, span: c.spanFrom(start) };
  }
  // `* LIKE 'a%'` picks columns by name
  const isStar = c.atOp("*") && !c.peekWord(1, "columns");
  const expr = isStar ? parseOperators(c, parseStar(c, [], start), PRECEDENCE.like) : parseExpression(c);
  const alias = c.optionalAlias(() => opensClause(c));
  return { kind: "selectItem", expr, alias, span: c.spanFrom(start) };
}

function parseGroupBy(c: TokenCursor): Pick<Select, "groupByAll" | "groupBy"> {
  c.expect("by");
  if (c.accept("all")) return { groupByAll: true, groupBy: [] };
  const groupBy = [parseGroupItem(c)];
  while (c.acceptOp(",")) {
    if (c.atListEnd()) break;
    groupBy.push(parseGroupItem(c));
  }
  return { groupByAll: false, groupBy };
}

function parseGroupItem(c: TokenCursor): GroupItem {
  const { start } = c.token;
  if (c.acceptSequence("grouping", "sets")) {
    c.expectOp("(");
    const sets = c.commaList(() => groupSetOf(parseGroupItem(c)));
    c.expectOp(")");
    return { kind: "groupingSets", sets, span: c.spanFrom(start) };
  }
  c.noteWords(["rollup", "cube"]);
  if (c.peekWord(0, "rollup", "cube") && c.peekOp(1, "(")) {
    const kind = c.next().value as (Rollup | Cube)["kind"];
    c.expectOp("(");
    const items = c.commaList((): Expr | GroupSet => groupSetOf(parseExpression(c)));
    c.expectOp(")");
    return { kind, items, span: c.spanFrom(start) };
  }
  if (c.atOp("(") && c.peekOp(1, ")")) {
    c.pos += 2;
    return { kind: "groupSet", items: [], span: c.spanFrom(start) };
  }
  return parseExpression(c);
}

/** `(a, b)` among grouping sets is a set and no row. */
function groupSetOf<T extends GroupItem>(item: T): T | GroupSet {
  return item.kind === "row" ? { kind: "groupSet", items: item.items, span: item.span } : item;
}

function parseNamedWindow(c: TokenCursor): Select["windows"][number] {
  const { start } = c.token;
  const name = c.name("name");
  c.expect("as");
  return { kind: "namedWindow", name, window: parseWindowSpec(c), span: c.spanFrom(start) };
}

// ---------------------------------------------------------------- clauses of streams

type StreamClauses = { -readonly [K in "groupWindow" | "sampleBy" | "latestOn"]?: Select[K] };

/** WINDOW TUMBLING(…), SAMPLE BY and LATEST ON, each once, in front of GROUP BY or behind it. */
function parseStreamClauses(c: TokenCursor, found: StreamClauses): void {
  for (;;) {
    const clause = c.token;
    if (c.atSequence("sample", "by")) {
      refuseSecond(found.sampleBy, clause, "SAMPLE BY");
      found.sampleBy = parseSampleBy(c);
    } else if (c.at("latest") && c.peekWord(1, "on", "by")) {
      refuseSecond(found.latestOn, clause, "LATEST ON");
      found.latestOn = parseLatestOn(c);
    } else if (atGroupWindow(c)) {
      refuseSecond(found.groupWindow, clause, "WINDOW");
      found.groupWindow = parseGroupWindow(c);
    } else return;
  }
}

/** `SELECT … INTO sink FROM …`: the statement becomes an INSERT, so only its outermost SELECT may have one. */
function parseInto(c: TokenCursor): void {
  if (!(c.token.type === "word" && c.token.value === "into")) return;
  const { start, end } = c.next();
  const name = c.qualifiedName("table");
  if (!c.takesInto) throw parseError("INTO can stand in the outermost SELECT of a statement only", { start, end });
  c.into = name;
}

// ---------------------------------------------------------------- clauses known by name only

const CLAUSES = new Set(
  "from where group having window qualify order limit offset union intersect except emit for until using sample latest".split(" "),
);

function parseSample(c: TokenCursor): Unsupported | undefined {
  const { start } = c.token;
  if (!c.atSequence("using", "sample")) return undefined;
  c.pos += 2;
  c.skipBalanced((token) => CLAUSES.has(token.value));
  const result = c.unsupportedFrom("USING SAMPLE", start);
  if (result.text.split(/\s+/).length < 3) throw parseError("USING SAMPLE needs a size", result.span);
  return result;
}
