import type { ColumnDef, Expr, Identifier, TypeName, Unsupported } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseType } from "./parse-type.ts";
import { PRECEDENCE } from "./precedence.ts";

const COLUMN_CLAUSES = ["not", "primary", "unique", "default", "check"];

/** A column of a table or stream; whether it must have a type is for the statement to say. */
export function parseColumnDef(c: TokenCursor): ColumnDef {
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

/** Takes tokens up to the comma or the parenthesis behind an item of a list. */
export function skipToNextItem(c: TokenCursor): void {
  let depth = 0;
  while (c.token.type !== "eof" && !(depth === 0 && (c.atOp(",") || c.atOp(")")))) {
    if (c.atOp("(")) depth++;
    if (c.atOp(")")) depth--;
    c.next();
  }
}
