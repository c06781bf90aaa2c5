import { nearestName, parseError } from "../core/errors.ts";
import type { ColumnRef, Expr, Fill, GroupWindow, LatestOn, SampleBy } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { atDuration, parseSpanOfTime } from "./parse-duration.ts";

/** Clauses of a SELECT that cut a stream by time: WINDOW TUMBLING(…), SAMPLE BY, LATEST ON. */

const TYPES: Readonly<Record<string, GroupWindow["type"]>> = {
  tumbling: "tumble",
  tumble: "tumble",
  sliding: "hop",
  hopping: "hop",
  hop: "hop",
  session: "session",
  count: "count",
};

const TYPE_WORDS = ["tumbling", "sliding", "session", "count"];

/** Whether WINDOW stands here and opens one of these and no list of named windows. */
export function atGroupWindow(c: TokenCursor): boolean {
  if (!c.at("window")) return false;
  if (c.pos + 1 === c.recordAt) for (const word of TYPE_WORDS) c.expected.add(word);
  return c.peekOp(2, "(") || (c.peekWord(1, ...TYPE_WORDS) && !c.peekWord(2, "as"));
}

/** `WINDOW TUMBLING(1m)` and its kin. */
export function parseGroupWindow(c: TokenCursor): GroupWindow {
  const { start } = c.expect("window");
  c.noteWords(TYPE_WORDS);
  const { type: tokenType, value } = c.token;
  const type = tokenType === "word" && Object.hasOwn(TYPES, value) ? TYPES[value] : undefined;
  if (type === undefined) throw c.error("expected TUMBLING, SLIDING, SESSION or COUNT, or a named window, as w AS (…)");
  const word = c.next().value.toUpperCase();
  c.expectOp("(");
  const column = type === "count" ? undefined : parseTimeColumn(c);
  const node = { kind: "groupWindow", type, column, keys: [] } as const;
  const close = (parts: Pick<GroupWindow, "size" | "slide" | "gap"> & { keys?: readonly Expr[] }): GroupWindow => {
    if (c.atOp(",")) throw c.error(ARGUMENTS[type]);
    c.expectOp(")");
    return { ...node, ...parts, span: c.spanFrom(start) };
  };
  switch (type) {
    case "tumble":
      return close({ size: parseSpanOfTime(c) });
    case "hop": {
      const size = parseSpanOfTime(c);
      if (!c.acceptOp(",")) throw c.error(`${word} takes a size and a slide, as ${word}(10m, 1m)`);
      return close({ size, slide: parseSpanOfTime(c) });
    }
    case "session": {
      const gap = parseSpanOfTime(c);
      const keys: Expr[] = [];
      while (c.acceptOp(",")) keys.push(c.grammar.expression(c));
      return close({ gap, keys });
    }
    case "count": {
      const size = parseCount(c);
      return close({ size, slide: c.acceptOp(",") ? parseCount(c) : undefined });
    }
  }
}

const ARGUMENTS: Readonly<Record<GroupWindow["type"], string>> = {
  tumble: "TUMBLING takes a size, as TUMBLING(1m)",
  hop: "SLIDING takes a size and a slide, as SLIDING(10m, 1m)",
  session: "SESSION takes a gap, as SESSION(30s)",
  count: "COUNT takes a number of rows and a slide, as COUNT(100, 10)",
};

/** The time column in front of the spans, with its comma. */
function parseTimeColumn(c: TokenCursor): ColumnRef | undefined {
  c.note("column");
  if (!c.isName(c.token)) return undefined;
  let ahead = 1;
  while (c.peekOp(ahead, ".")) ahead += 2;
  if (!c.peekOp(ahead, ",")) return undefined;
  const column = parseColumn(c);
  c.expectOp(",");
  return column;
}

export function parseColumn(c: TokenCursor): ColumnRef {
  const { start } = c.token;
  return { kind: "column", parts: c.qualifiedName("column"), span: c.spanFrom(start) };
}

function parseCount(c: TokenCursor): Expr {
  if (atDuration(c)) throw c.error("COUNT windows are of rows, not of time: use TUMBLING");
  const count = c.grammar.expression(c);
  c.acceptAny("rows", "row");
  return count;
}

// ---------------------------------------------------------------- SAMPLE BY

const FILLS = ["none", "null", "prev", "linear", "next"] as const;

/** `SAMPLE BY 1m FROM … TO … FILL(…) [ALIGN TO …] TIME ZONE … WITH OFFSET …`; stands on SAMPLE. */
export function parseSampleBy(c: TokenCursor): SampleBy {
  const { start } = c.expect("sample");
  c.expect("by");
  const size = parseSpanOfTime(c);
  const from = c.accept("from") ? c.grammar.expression(c) : undefined;
  const to = c.accept("to") ? c.grammar.expression(c) : undefined;
  let fill: Fill[] = [];
  if (c.accept("fill")) {
    c.expectOp("(");
    fill = c.commaList(() => parseFill(c));
    c.closeList(")");
  }
  let align: SampleBy["align"] = "calendar";
  if (c.accept("align")) {
    c.expect("to");
    if (c.accept("first")) {
      c.expect("observation");
      align = "first observation";
    } else if (!c.accept("calendar")) throw c.error("expected CALENDAR or FIRST OBSERVATION");
  }
  const byCalendar = align === "calendar";
  const timeZone = byCalendar && c.acceptSequence("time", "zone") ? c.grammar.expression(c) : undefined;
  const offset = byCalendar && c.acceptSequence("with", "offset") ? parseSampleOffset(c) : undefined;
  return { kind: "sampleBy", size, from, to, fill, align, timeZone, offset, span: c.spanFrom(start) };
}

/** A span of time, or as QuestDB has it a text `'00:30'`. */
function parseSampleOffset(c: TokenCursor): Expr {
  return c.token.type === "string" ? c.grammar.expression(c) : parseSpanOfTime(c);
}

function parseFill(c: TokenCursor): Fill {
  const { start } = c.token;
  const mode = c.acceptAny(...FILLS);
  if (mode !== undefined) {
    let source: ColumnRef | undefined;
    if (mode === "prev" && c.acceptOp("(")) {
      source = parseColumn(c);
      c.expectOp(")");
    }
    const most = c.accept("max") ? parseSpanOfTime(c) : undefined;
    return { kind: "fill", mode, source, most, span: c.spanFrom(start) };
  }
  if (c.isName(c.token) && (c.peekOp(1, ",") || c.peekOp(1, ")"))) {
    const word = c.text.slice(c.token.start, c.token.end);
    const near = nearestName(word, FILLS);
    throw parseError(
      `FILL has no mode "${word}"`,
      { start, end: c.token.end },
      near === undefined ? "the modes are NONE, NULL, PREV, LINEAR, NEXT, or a constant" : `did you mean ${near.toUpperCase()}?`,
    );
  }
  return { kind: "fill", mode: "constant", value: c.grammar.expression(c), span: c.spanFrom(start) };
}

// ---------------------------------------------------------------- LATEST ON

/** `LATEST ON ts PARTITION BY k, l`; stands on LATEST. */
export function parseLatestOn(c: TokenCursor): LatestOn {
  const { start } = c.expect("latest");
  if (!c.accept("on")) throw c.error("write LATEST ON time_column PARTITION BY keys");
  const column = parseColumn(c);
  c.expect("partition");
  c.expect("by");
  const partitionBy = c.commaList(() => c.grammar.expression(c));
  return { kind: "latestOn", column, partitionBy, span: c.spanFrom(start) };
}
