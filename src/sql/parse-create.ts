import { parseError } from "../core/errors.ts";
import type { ColumnDef, CreateTable, CreateView, Statement, TableConstraint } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseColumnDef, skipToNextItem } from "./parse-column-def.ts";
import { parseCreateFunction, parseCreateFunctions, parseCreateModel } from "./parse-create-function.ts";
import { parseCreateJob, parseCreateMaterializedView, parseCreateStream } from "./parse-create-stream.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseQuery } from "./parse-query.ts";

/** What else can be created elsewhere or will be here: known by name. The longer name first. */
const OTHER_OBJECTS = [
  ["recursive", "view"],
  ["unique", "index"],
  ["persistent", "secret"],
  ...["connector", "macro", "index", "schema", "sequence", "type", "secret", "database"].map((word) => [word]),
];

/** Stands on CREATE. */
export function parseCreate(c: TokenCursor): Statement {
  const { start } = c.expect("create");
  const orReplace = c.acceptSequence("or", "replace");
  const temporary = c.acceptAny("temp", "temporary") !== undefined;
  if (c.accept("table")) return parseCreateTable(c, start, orReplace, temporary);
  if (c.accept("view")) return parseCreateView(c, start, orReplace, temporary);
  if (temporary) throw c.error("only tables and views can be temporary");
  if (c.accept("stream")) return parseCreateStream(c, start, orReplace);
  if (c.accept("job")) return parseCreateJob(c, start, orReplace);
  if (c.accept("function")) return parseCreateFunction(c, start, orReplace);
  if (c.accept("functions")) return parseCreateFunctions(c, start, orReplace);
  if (c.accept("model")) return parseCreateModel(c, start, orReplace);
  if (c.accept("materialized")) {
    c.expect("view");
    return parseCreateMaterializedView(c, start, orReplace);
  }
  const other = OTHER_OBJECTS.find((words) => c.acceptSequence(...words));
  if (other === undefined) throw c.error();
  if (c.atEnd) throw c.error("expected a name");
  c.skipBalanced();
  return c.unsupportedFrom(`CREATE ${other.join(" ").toUpperCase()}`, start);
}

export function parseCreateView(c: TokenCursor, start: number, orReplace: boolean, temporary: boolean): CreateView {
  const ifNotExists = c.acceptIfNotExists();
  const name = c.qualifiedName("name");
  const columns = c.nameList("name") ?? [];
  c.expect("as");
  const query = parseQuery(c);
  return { kind: "createView", name, orReplace, ifNotExists, temporary, columns, query, span: c.spanFrom(start) };
}

function parseCreateTable(c: TokenCursor, start: number, orReplace: boolean, temporary: boolean): CreateTable {
  const ifNotExists = c.acceptIfNotExists();
  const name = c.qualifiedName("name");
  const columns: ColumnDef[] = [];
  const constraints: TableConstraint[] = [];
  const listStart = c.token.start;
  const hasList = c.acceptOp("(");
  if (hasList) {
    do {
      if (c.atOp(")") && columns.length > 0) break;
      const constraint = parseTableConstraint(c);
      if (constraint !== undefined) constraints.push(constraint);
      else columns.push(parseColumnDef(c));
    } while (c.acceptOp(","));
    c.closeList(")");
    if (columns.length === 0) throw parseError("a table needs at least one column", c.spanFrom(listStart));
  }
  const typed = columns.some((column) => column.type !== undefined);
  const query = !typed && c.accept("as") ? parseQuery(c) : undefined;
  if (query === undefined) {
    if (!hasList) throw c.error("expected ( or AS");
    const untyped = columns.find((column) => column.type === undefined);
    if (untyped !== undefined) throw parseError(`column "${untyped.name.name}" needs a type`, untyped.span);
  }
  let withData = true;
  if (query !== undefined && c.accept("with")) {
    withData = !c.accept("no");
    c.expect("data");
  }
  return { kind: "createTable", name, orReplace, ifNotExists, temporary, columns, constraints, query, withData, span: c.spanFrom(start) };
}

function parseTableConstraint(c: TokenCursor): TableConstraint | undefined {
  const { start } = c.token;
  if (c.accept("constraint")) c.name("name");
  else if (!c.atAny(["primary", "unique", "check", "foreign"])) return undefined;
  if (c.accept("check")) {
    c.expectOp("(");
    const condition = parseExpression(c);
    c.expectOp(")");
    return { kind: "checkConstraint", condition, span: c.spanFrom(start) };
  }
  if (c.accept("foreign")) {
    c.expect("key");
    skipToNextItem(c);
    return c.unsupportedFrom("FOREIGN KEY", start);
  }
  const primary = c.accept("primary");
  if (primary) c.expect("key");
  else c.expect("unique");
  const columns = c.nameList("column");
  if (columns === undefined) throw c.error("expected column names in parentheses");
  return { kind: "keyConstraint", primary, columns, span: c.spanFrom(start) };
}
