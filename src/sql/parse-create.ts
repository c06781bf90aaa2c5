import { parseError } from "../core/errors.ts";
import type { ColumnDef, CreateTable, CreateView, Expr, Identifier, Statement, TableConstraint, TypeName, Unsupported } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseQuery } from "./parse-query.ts";
import { parseType } from "./parse-type.ts";
import { PRECEDENCE } from "./precedence.ts";

/** What else can be created elsewhere or will be here: known by name. The longer name first. */
const OTHER_OBJECTS = [
  ["materialized", "view"],
  ["recursive", "view"],
  ["unique", "index"],
  ["persistent", "secret"],
  ...["stream", "job", "connector", "model", "function", "macro", "index", "schema", "sequence", "type", "secret", "database"].map(
    (word) => [word],
  ),
];

/** Stands on CREATE. */
export function parseCreate(c: TokenCursor): Statement {
  const { start } = c.expect("create");
  const orReplace = c.acceptSequence("or", "replace");
  const temporary = c.acceptAny("temp", "temporary") !== undefined;
  if (c.accept("table")) return parseCreateTable(c, start, orReplace, temporary);
  if (c.accept("view")) return parseCreateView(c, start, orReplace, temporary);
  const other = OTHER_OBJECTS.find((words) => c.acceptSequence(...words));
  if (other === undefined) throw c.error();
  if (c.atEnd) throw c.error("expected a name");
  c.skipBalanced();
  return c.unsupportedFrom(`CREATE ${other.join(" ").toUpperCase()}`, start);
}

function parseIfNotExists(c: TokenCursor): boolean {
  if (!c.accept("if")) return false;
  c.expect("not");
  c.expect("exists");
  return true;
}

function parseCreateView(c: TokenCursor, start: number, orReplace: boolean, temporary: boolean): CreateView {
  const ifNotExists = parseIfNotExists(c);
  const name = c.qualifiedName("name");
  const columns = c.nameList("name") ?? [];
  c.expect("as");
  const query = parseQuery(c);
  return { kind: "createView", name, orReplace, ifNotExists, temporary, columns, query, span: c.spanFrom(start) };
}

function parseCreateTable(c: TokenCursor, start: number, orReplace: boolean, temporary: boolean): CreateTable {
  const ifNotExists = parseIfNotExists(c);
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

function skipToNextItem(c: TokenCursor): void {
  let depth = 0;
  while (c.token.type !== "eof" && !(depth === 0 && (c.atOp(",") || c.atOp(")")))) {
    if (c.atOp("(")) depth++;
    if (c.atOp(")")) depth--;
    c.next();
  }
}

const COLUMN_CLAUSES = ["not", "primary", "unique", "default", "check"];

function parseColumnDef(c: TokenCursor): ColumnDef {
  const { start } = c.token;
  const name: Identifier = c.name("name");
  const type: TypeName | undefined = c.atOp(",") || c.atOp(")") ? undefined : parseType(c);
  let notNull = false;
  let primaryKey = false;
  let unique = false;
  let defaultValue: Expr | undefined;
  const checks: Expr[] = [];
  let unsupported: Unsupported | undefined;
  for (;;) {
    c.noteWords(COLUMN_CLAUSES);
    if (c.atOp(",") || c.atOp(")") || c.atEnd) break;
    if (c.accept("constraint")) c.name("name");
    if (c.acceptSequence("not", "null")) notNull = true;
    else if (c.accept("null")) notNull = false;
    else if (c.acceptSequence("primary", "key")) primaryKey = true;
    else if (c.accept("unique")) unique = true;
    // operators looser than these would take the NOT of NOT NULL
    else if (c.accept("default")) defaultValue = c.grammar.operand(c, PRECEDENCE.postfix);
    else if (c.accept("check")) {
      c.expectOp("(");
      checks.push(parseExpression(c));
      c.expectOp(")");
    } else {
      const clauseStart = c.token.start;
      const clause = c.acceptAny("references", "collate", "generated", "as");
      if (clause === undefined) throw c.error();
      skipToNextItem(c);
      unsupported ??= c.unsupportedFrom(clause === "as" ? "GENERATED" : clause.toUpperCase(), clauseStart);
    }
  }
  return { kind: "columnDef", name, type, notNull, primaryKey, unique, defaultValue, checks, unsupported, span: c.spanFrom(start) };
}
