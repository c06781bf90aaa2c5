import type { Span } from "../core/errors.ts";
import type {
  Arg,
  Call,
  Descriptor,
  Expr,
  Frame,
  FrameBound,
  Identifier,
  ModelArg,
  OrderBy,
  QualifiedName,
  Star,
  TableArg,
  WindowName,
  WindowSpec,
} from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseModelName } from "./parse-model-name.ts";
import { parseOptionalOrderBy, parseOrderItem, parseOrderItems } from "./parse-order.ts";
import { PRECEDENCE } from "./precedence.ts";
import { starQuery } from "./star-query.ts";

/** A plain call of arguments without names, for syntax that stands for a function. */
export function call(name: Identifier, args: readonly Expr[], span: Span): Call {
  return {
    kind: "call",
    name: [name],
    args: args.map((value): Arg => ({ kind: "arg", value, span: value.span })),
    distinct: false,
    orderBy: [],
    withinGroup: [],
    span,
  };
}

/** A call whose name was read and whose parenthesis stands next. `receiver` is the first argument in `receiver.name(…)`. */
export function parseCall(c: TokenCursor, name: QualifiedName, start: number, receiver?: Expr): Expr {
  if (name.length === 1 && !name[0].quoted && receiver === undefined && !c.peekOp(1, ")")) {
    const special = parseSpecialCall(c, name[0], start);
    if (special !== undefined) return special;
  }
  c.expectOp("(");
  const distinct = c.accept("distinct");
  if (!distinct) c.accept("all");
  const args: Arg[] = receiver === undefined ? [] : [{ kind: "arg", value: receiver, span: receiver.span }];
  const noArgs = c.atOp(")") || c.atSequence("order", "by") || c.atSequence("ignore", "nulls") || c.atSequence("respect", "nulls");
  if (!noArgs) args.push(...c.commaList(() => parseArg(c, false)));
  const orderBy = parseOptionalOrderBy(c);
  let nulls = parseNullTreatment(c);
  c.closeList(")");
  const withinGroup = parseWithinGroup(c);
  const filter = parseFilter(c);
  // without OVER the words belong to a call around this one
  if (c.peekWord(2, "over")) nulls ??= parseNullTreatment(c);
  const over = c.accept("over") ? parseOver(c) : undefined;
  return { kind: "call", name, args, distinct, orderBy, withinGroup, filter, nulls, over, span: c.spanFrom(start) };
}

/** The arguments of a function in FROM, where `name = value` names one. */
export function parseTableArgs(c: TokenCursor): Arg[] {
  c.expectOp("(");
  const args = c.atOp(")") ? [] : c.commaList(() => parseArg(c, true));
  c.closeList(")");
  // beside a model a query in parentheses can only be the table: ML.PREDICT(MODEL m, (SELECT …))
  return args.some(({ value }) => value.kind === "modelArg") ? args.map(queryAsTable) : args;
}

function queryAsTable(arg: Arg): Arg {
  if (arg.value.kind !== "subquery") return arg;
  const { query, span } = arg.value;
  return { ...arg, value: { kind: "tableArg", source: query, partitionBy: [], orderBy: [], span } };
}

function parseArg(c: TokenCursor, equalsNames: boolean): Arg {
  const start = c.token.start;
  let name: Identifier | undefined;
  if ((c.token.type === "word" || c.token.type === "quoted") && isNamingOperator(c, equalsNames)) {
    name = c.label();
    c.next();
  }
  if (equalsNames) c.noteWords(["model"]);
  const value = parseArgValue(c);
  return { kind: "arg", name, value, span: c.spanFrom(start) };
}

function isNamingOperator(c: TokenCursor, equalsNames: boolean): boolean {
  return c.peekOp(1, ":=") || c.peekOp(1, "=>") || (equalsNames && c.peekOp(1, "="));
}

function parseArgValue(c: TokenCursor): Arg["value"] {
  if (c.at("table")) return parseTableArg(c);
  if (atModelArg(c)) return parseModelArg(c);
  if (c.peekWord(0, "descriptor") && (c.peekOp(1, "(") || c.isName(c.peek(1)))) return parseDescriptor(c);
  if (c.atOp("*") && !c.peekWord(1, "columns")) return parseStar(c, [], c.token.start);
  return c.grammar.expression(c);
}

/** `MODEL m`, and not a column called model: no expression goes on with a name that ends the argument or has a version. */
function atModelArg(c: TokenCursor): boolean {
  if (!c.peekWord(0, "model")) return false;
  if (c.pos + 1 === c.recordAt) return c.peek(1).type === "eof" || c.isName(c.peek(1));
  return (c.isName(c.peek(1)) || c.peek(1).type === "string") && [",", ")", "@", "."].some((op) => c.peekOp(2, op));
}

function parseModelArg(c: TokenCursor): ModelArg {
  const { start } = c.expect("model");
  if (c.token.type === "string") throw c.error("a model is named without quotes, as MODEL m");
  return { kind: "modelArg", name: parseModelName(c), span: c.spanFrom(start) };
}

/** `TABLE t`, `TABLE (SELECT …)`, `TABLE 'file'`, `TABLE f(…)`, each with PARTITION BY and ORDER BY. */
function parseTableArg(c: TokenCursor): TableArg {
  const { start } = c.expect("table");
  let source: TableArg["source"];
  if (c.acceptOp("(")) {
    source = c.grammar.query(c);
    c.expectOp(")");
  } else source = parseTableSource(c);
  const partitionBy = c.acceptSequence("partition", "by") ? parsePartition(c) : [];
  const orderBy = c.acceptSequence("order", "by") ? parseArgOrder(c) : [];
  return { kind: "tableArg", source, partitionBy, orderBy, span: c.spanFrom(start) };
}

function parseTableSource(c: TokenCursor): TableArg["source"] {
  const { start } = c.token;
  const table = c.grammar.table(c);
  if (table.kind === "tableName" || table.kind === "file") return table;
  return starQuery([table], c.spanFrom(start));
}

/** A comma would be ambiguous with the next argument's: several columns stand in parentheses. */
function parsePartition(c: TokenCursor): readonly Expr[] {
  const expr = c.grammar.expression(c);
  return expr.kind === "row" ? expr.items : [expr];
}

/** As `parsePartition`. */
function parseArgOrder(c: TokenCursor): OrderBy[] {
  if (!c.acceptOp("(")) return [parseOrderItem(c)];
  const items = parseOrderItems(c);
  c.expectOp(")");
  return items;
}

function parseDescriptor(c: TokenCursor): Descriptor {
  const { start } = c.next();
  const columns = c.nameList("column");
  if (columns === undefined) throw c.error("expected the time column in parentheses, as DESCRIPTOR(ts)");
  return { kind: "descriptor", columns, span: c.spanFrom(start) };
}

/** `*` with what may follow it; stands on the `*`. */
export function parseStar(c: TokenCursor, qualifier: readonly Identifier[], start: number): Star {
  c.expectOp("*");
  let exclude: Star["exclude"] = [];
  let replace: Star["replace"] = [];
  let rename: Star["rename"] = [];
  if (c.accept("exclude") || acceptExcept(c)) exclude = parseOneOrMore(c, () => c.qualifiedName("column"));
  if (c.accept("replace")) {
    replace = parseOneOrMore(c, () => {
      const itemStart = c.token.start;
      const expr = c.grammar.expression(c);
      c.expect("as");
      return { kind: "selectItem", expr, alias: c.label(), span: c.spanFrom(itemStart) };
    });
  }
  if (c.accept("rename")) {
    rename = parseOneOrMore(c, () => {
      const from = c.qualifiedName("column");
      c.expect("as");
      return { from, to: c.label() };
    });
  }
  return { kind: "star", qualifier, exclude, replace, rename, span: c.spanFrom(start) };
}

/** `* EXCEPT (a)`, but not the set operation in `SELECT * EXCEPT (SELECT 1)`. */
function acceptExcept(c: TokenCursor): boolean {
  const isQuery = c.peekWord(2, "values") && c.peekOp(3, "(");
  return c.peekWord(0, "except") && c.peekOp(1, "(") && c.isName(c.peek(2)) && !isQuery && c.accept("except");
}

function parseOneOrMore<T>(c: TokenCursor, item: () => T): T[] {
  if (!c.acceptOp("(")) return [item()];
  const items = [item()];
  while (c.acceptOp(",")) {
    if (c.atOp(")")) break;
    items.push(item());
  }
  c.expectOp(")");
  return items;
}

function parseNullTreatment(c: TokenCursor): Call["nulls"] {
  if (c.acceptSequence("ignore", "nulls")) return "ignore";
  return c.acceptSequence("respect", "nulls") ? "respect" : undefined;
}

function parseWithinGroup(c: TokenCursor): OrderBy[] {
  if (!c.atSequence("within", "group")) return [];
  c.pos += 2;
  c.expectOp("(");
  c.expect("order");
  c.expect("by");
  const items = parseOrderItems(c);
  c.expectOp(")");
  return items;
}

function parseFilter(c: TokenCursor): Expr | undefined {
  if (!(c.at("filter") && c.peekOp(1, "("))) return undefined;
  c.next();
  c.expectOp("(");
  c.accept("where");
  const condition = c.grammar.expression(c);
  c.expectOp(")");
  return condition;
}

// ---------------------------------------------------------------- windows

function parseOver(c: TokenCursor): WindowSpec | WindowName {
  const start = c.token.start;
  if (c.atOp("(")) return parseWindowSpec(c);
  return { kind: "windowName", name: c.name("name"), span: c.spanFrom(start) };
}

/** `(base PARTITION BY … ORDER BY … ROWS …)`, and with VeloStream's `ROWS WINDOW BUFFER n ROWS` in front. */
export function parseWindowSpec(c: TokenCursor): WindowSpec {
  const { start } = c.expectOp("(");
  const buffer = parseBuffer(c);
  let base: Identifier | undefined;
  const opensClause = c.atSequence("partition", "by") || c.atAny(["order", "rows", "range", "groups"]);
  if (!opensClause && !c.atOp(")")) base = c.name("name");
  const partitionBy = c.acceptSequence("partition", "by") ? c.commaList(() => c.grammar.expression(c)) : [];
  const orderBy = parseOptionalOrderBy(c);
  if (buffer !== undefined && c.peekWord(0, "rows", "range", "groups")) throw c.error("BUFFER n ROWS is the frame: there is no other");
  const frame = buffer ?? parseFrame(c);
  c.expectOp(")");
  return { kind: "windowSpec", base, partitionBy, orderBy, frame, span: c.spanFrom(start) };
}

/** `ROWS WINDOW BUFFER n ROWS`: the frame of the last n rows. */
function parseBuffer(c: TokenCursor): Frame | undefined {
  const { start } = c.token;
  if (!(c.peekWord(0, "rows") && c.peekWord(1, "window"))) return undefined;
  c.pos += 2;
  c.expect("buffer");
  const { type, value, ...count } = c.token;
  if (type !== "number" || !/^[1-9]\d{0,8}$/.test(value)) throw c.error("expected a number of rows, from 1");
  c.next();
  c.expect("rows");
  const span = c.spanFrom(start);
  const offset: Expr = { kind: "number", type: "integer", text: String(Number(value) - 1), span: { start: count.start, end: count.end } };
  return {
    ...{ kind: "frame", unit: "rows", span },
    start: { kind: "frameBound", bound: "preceding", offset, span },
    end: { kind: "frameBound", bound: "current row", span },
  };
}

function parseFrame(c: TokenCursor): Frame | undefined {
  const frameStart = c.token.start;
  const unit = c.acceptAny("rows", "range", "groups");
  if (unit === undefined) return undefined;
  let start: FrameBound;
  let end: FrameBound;
  if (c.accept("between")) {
    start = parseBound(c);
    c.expect("and");
    end = parseBound(c);
  } else {
    start = parseBound(c);
    end = { kind: "frameBound", bound: "current row", span: start.span };
  }
  const exclude = c.accept("exclude") ? parseExclusion(c) : undefined;
  return { kind: "frame", unit, start, end, exclude, span: c.spanFrom(frameStart) };
}

function parseBound(c: TokenCursor): FrameBound {
  const start = c.token.start;
  if (c.acceptSequence("current", "row")) return { kind: "frameBound", bound: "current row", span: c.spanFrom(start) };
  const unbounded = c.accept("unbounded");
  const offset = unbounded ? undefined : c.grammar.operand(c, PRECEDENCE.postfix);
  const side = c.acceptAny("preceding", "following");
  if (side === undefined) throw c.error("expected PRECEDING or FOLLOWING");
  return { kind: "frameBound", bound: unbounded ? `unbounded ${side}` : side, offset, span: c.spanFrom(start) };
}

function parseExclusion(c: TokenCursor): Frame["exclude"] {
  if (c.acceptSequence("current", "row")) return "current row";
  if (c.acceptSequence("no", "others")) return "no others";
  const word = c.acceptAny("group", "ties");
  if (word === undefined) throw c.error("expected CURRENT ROW, GROUP, TIES or NO OTHERS");
  return word;
}

// ---------------------------------------------------------------- functions with a syntax of their own

/** Reads the calls whose arguments are parted by words, as plain calls; undefined for all others. Stands on the parenthesis. */
function parseSpecialCall(c: TokenCursor, name: Identifier, start: number): Expr | undefined {
  const renamed = (to: string): Identifier => ({ ...name, name: to });
  switch (name.name.toLowerCase()) {
    case "extract": {
      c.expectOp("(");
      c.noteWords(EXTRACT_PARTS);
      const token = c.token;
      if (token.type !== "word" && token.type !== "quoted" && token.type !== "string") throw c.error("expected a part of a date, as YEAR");
      c.next();
      const span = { start: token.start, end: token.end };
      c.expect("from");
      const source = c.grammar.expression(c);
      c.expectOp(")");
      return call(renamed("date_part"), [{ kind: "string", value: token.value, span }, source], c.spanFrom(start));
    }
    case "position": {
      c.expectOp("(");
      const needle = c.grammar.operand(c, PRECEDENCE.postfix);
      if (c.acceptOp(",")) {
        const second = c.grammar.expression(c);
        c.expectOp(")");
        return call(name, [needle, second], c.spanFrom(start));
      }
      c.expect("in");
      const haystack = c.grammar.expression(c);
      c.expectOp(")");
      return call(name, [haystack, needle], c.spanFrom(start));
    }
    case "substring": {
      c.expectOp("(");
      const args = [c.grammar.expression(c)];
      while (c.acceptOp(",")) args.push(c.grammar.expression(c));
      let from: Expr | undefined;
      let count: Expr | undefined;
      for (let word = c.acceptAny("from", "for"); word !== undefined; word = c.acceptAny("from", "for")) {
        const value = c.grammar.expression(c);
        if (word === "from") from = value;
        else count = value;
      }
      c.expectOp(")");
      const span = c.spanFrom(start);
      if (from !== undefined) args.push(from);
      else if (count !== undefined) args.push({ kind: "number", type: "integer", text: "1", span });
      if (count !== undefined) args.push(count);
      return call(name, args, span);
    }
    case "trim": {
      c.expectOp("(");
      const side = c.acceptAny("both", "leading", "trailing") ?? "both";
      const args: Expr[] = [];
      if (!c.at("from")) args.push(...c.commaList(() => c.grammar.expression(c)));
      if (c.accept("from")) args.unshift(...c.commaList(() => c.grammar.expression(c)));
      c.expectOp(")");
      return call(renamed(TRIM_FUNCTIONS[side]), args, c.spanFrom(start));
    }
    case "overlay": {
      c.expectOp("(");
      const args = [c.grammar.expression(c)];
      if (c.accept("placing")) {
        args.push(c.grammar.expression(c));
        c.expect("from");
        args.push(c.grammar.expression(c));
        if (c.accept("for")) args.push(c.grammar.expression(c));
      } else {
        while (c.acceptOp(",")) args.push(c.grammar.expression(c));
      }
      c.expectOp(")");
      return call(name, args, c.spanFrom(start));
    }
    case "json_object":
      return parseJsonObject(c, name, start);
    default:
      return undefined;
  }
}

/** `JSON_OBJECT([KEY] 'a' VALUE 1, …)` of the standard, as keys and values in turn; undefined where no VALUE stands behind the first key. */
function parseJsonObject(c: TokenCursor, name: Identifier, start: number): Expr | undefined {
  const { pos } = c;
  c.expectOp("(");
  const args: Expr[] = [];
  do {
    if (c.peekWord(0, "key") && !c.peekOp(1, ",") && !c.peekWord(1, "value")) c.next();
    args.push(c.grammar.expression(c));
    if (!c.peekWord(0, "value")) {
      if (args.length > 1) throw c.error("expected VALUE between a key and its value");
      c.pos = pos;
      return undefined;
    }
    c.next();
    args.push(c.grammar.expression(c));
  } while (c.acceptOp(","));
  // What this engine does with NULLs may be said.
  c.acceptSequence("null", "on", "null");
  c.closeList(")");
  return call(name, args, c.spanFrom(start));
}

const TRIM_FUNCTIONS = { both: "trim", leading: "ltrim", trailing: "rtrim" } as const;

const EXTRACT_PARTS =
  "year month day hour minute second millisecond microsecond week quarter decade century millennium dow isodow doy isoyear epoch era".split(
    " ",
  );
