import { parseError, type Span, unsupported } from "../core/errors.ts";
import type { Annotation, ColumnDef, CreateJob, CreateMaterializedView, CreateStream, Property, Query, Watermark } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseColumnDef } from "./parse-column-def.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseProperties } from "./parse-property.ts";
import { parseQuery } from "./parse-query.ts";

/** CREATE of streams, of views that stay fresh, and of jobs; each stands behind the name of the object. */

export function parseCreateStream(c: TokenCursor, start: number, orReplace: boolean): CreateStream {
  const annotations = annotationsAbove(c, start);
  const ifNotExists = c.acceptIfNotExists();
  const name = c.qualifiedName("name");
  const { columns, watermark } = c.acceptOp("(") ? parseStreamItems(c) : { columns: [] };
  const before = parseProperties(c);
  const query = c.accept("as") ? parseQuery(c) : undefined;
  const properties = query === undefined ? before : parseProperties(c, before);
  if (query === undefined && properties.length === 0 && columns.length === 0) throw c.atEnd ? c.error("expected (, WITH or AS") : c.error();
  return {
    ...{ kind: "createStream", name, orReplace, ifNotExists, columns, watermark, properties, query, annotations },
    span: c.spanFrom(start),
  };
}

/** Columns and WATERMARK FOR, in any order; stands behind the parenthesis. */
function parseStreamItems(c: TokenCursor): { columns: ColumnDef[]; watermark?: Watermark } {
  const columns: ColumnDef[] = [];
  let watermark: Watermark | undefined;
  do {
    if (c.atOp(")") && columns.length > 0) break;
    if (c.atSequence("watermark", "for") || (c.peekWord(0, "watermark") && c.peekWord(2, "as"))) {
      const next = parseWatermark(c);
      if (watermark !== undefined) throw parseError("a stream has one watermark", next.span);
      watermark = next;
      continue;
    }
    if (c.isName(c.token) && c.peekWord(1, "as")) {
      const { span } = c.name("name");
      throw unsupported("columns that are computed are not there yet", span, "compute them in CREATE STREAM … AS SELECT");
    }
    const column = parseColumnDef(c);
    if (column.type === undefined) throw parseError(`column "${column.name.name}" needs a type`, column.span);
    columns.push(column);
  } while (c.acceptOp(","));
  c.closeList(")");
  return { columns, watermark };
}

function parseWatermark(c: TokenCursor): Watermark {
  const { start } = c.expect("watermark");
  c.expect("for");
  const column = c.name("column");
  c.expect("as");
  return { kind: "watermark", column, expr: parseExpression(c), span: c.spanFrom(start) };
}

export function parseCreateMaterializedView(c: TokenCursor, start: number, orReplace: boolean): CreateMaterializedView {
  const ifNotExists = c.acceptIfNotExists();
  const name = c.qualifiedName("name");
  const columns = c.nameList("name") ?? [];
  const { properties, query } = parsePropertiesAndQuery(c);
  return { kind: "createMaterializedView", name, orReplace, ifNotExists, columns, properties, query, span: c.spanFrom(start) };
}

function parsePropertiesAndQuery(c: TokenCursor): { properties: Property[]; query: Query } {
  const before = parseProperties(c);
  c.expect("as");
  const query = parseQuery(c);
  return { properties: parseProperties(c, before), query };
}

export function parseCreateJob(c: TokenCursor, start: number, orReplace: boolean): CreateJob {
  const ifNotExists = c.acceptIfNotExists();
  const name = c.name("name");
  const before = parseProperties(c);
  c.expect("as");
  c.noteWords(["insert"]);
  const insert = c.grammar.statement(c);
  if (insert.kind !== "insert" || insert.source === undefined) {
    throw parseError("a job is an INSERT INTO a sink of a query", insert.span, "write AS INSERT INTO sink SELECT …");
  }
  return { kind: "createJob", name, orReplace, ifNotExists, properties: parseProperties(c, before), insert, span: c.spanFrom(start) };
}

// ---------------------------------------------------------------- annotations

const ANNOTATION = /^--\s*@([\w.-]+)\s*(?::\s*(.*?))?\s*$/;

/** The comments `-- @name: text` between the statement before and the one that starts at `start`. */
function annotationsAbove(c: TokenCursor, start: number): Annotation[] {
  let from = 0;
  for (let i = c.pos - 1; i >= 0; i--) {
    if (c.tokens[i].start >= start) continue;
    from = c.tokens[i].end;
    break;
  }
  const within = ({ start: at, end }: Span): boolean => at >= from && end <= start;
  return c.comments.filter(within).flatMap((span) => {
    const match = ANNOTATION.exec(c.text.slice(span.start, span.end));
    return match === null ? [] : [{ name: match[1], text: match[2] ?? "", span }];
  });
}
