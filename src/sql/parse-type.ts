import type { Identifier, NamedType, StructTypeField, TypeName } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { canNameColumn, keywordClass } from "./keywords.ts";

/** Types offered by completion; the catalog knows which exist. */
const TYPE_WORDS = ["struct", "map", "enum", "union", "interval"];

/** A type, with its array suffixes: `DECIMAL(10, 2)[]`, `STRUCT(a INT)[3]`, `MAP(VARCHAR, INT)`. */
export function parseType(c: TokenCursor): TypeName {
  c.enter();
  const start = c.token.start;
  let type = parseElementType(c);
  for (let chain = 0; ; chain++) {
    c.checkChain(chain);
    if (c.acceptOp("[")) {
      const size = c.token.type === "number" ? readSize(c) : undefined;
      c.expectOp("]");
      type = { kind: "arrayType", element: type, size, span: c.spanFrom(start) };
    } else if (c.token.type === "word" && c.token.value === "array") {
      c.next();
      let size: number | undefined;
      if (c.acceptOp("[")) {
        size = readSize(c);
        c.expectOp("]");
      }
      type = { kind: "arrayType", element: type, size, span: c.spanFrom(start) };
    } else break;
  }
  c.leave();
  return type;
}

function parseElementType(c: TokenCursor): TypeName {
  const start = c.token.start;
  c.note("type");
  c.noteWords(TYPE_WORDS);
  if (c.token.type === "word" && c.peekOp(1, "(")) {
    switch (c.token.value) {
      case "struct":
      case "row":
        c.next();
        return { kind: "structType", fields: parseFields(c), span: c.spanFrom(start) };
      case "map": {
        c.next();
        c.expectOp("(");
        const key = parseType(c);
        c.expectOp(",");
        const value = parseType(c);
        c.expectOp(")");
        return { kind: "mapType", key, value, span: c.spanFrom(start) };
      }
      case "enum": {
        c.next();
        c.expectOp("(");
        const values = c.commaList(() => c.string().value);
        c.expectOp(")");
        return { kind: "enumType", values, span: c.spanFrom(start) };
      }
      case "union":
        c.next();
        parseFields(c);
        return c.unsupportedFrom("UNION type", start);
    }
  }
  return parseNamedType(c, start);
}

function parseFields(c: TokenCursor): StructTypeField[] {
  c.expectOp("(");
  const fields = c.commaList((): StructTypeField => {
    const start = c.token.start;
    const name = c.label();
    return { kind: "structTypeField", name, type: parseType(c), span: c.spanFrom(start) };
  });
  c.expectOp(")");
  return fields;
}

function parseNamedType(c: TokenCursor, start: number): NamedType {
  const { type, value } = c.token;
  const isTypeName = type === "quoted" || (type === "word" && (canNameColumn(value) || keywordClass(value) === "typeOrFunction"));
  if (!isTypeName) throw c.error("expected a type");
  const first = c.identifierOf(c.next());
  const renamed = type === "word" ? mergeWords(c, first) : undefined;
  const name = [renamed ?? first];
  if (renamed === undefined) {
    while (c.acceptOp(".")) {
      c.note("type");
      name.push(c.label());
    }
  }
  const args: number[] = [];
  if (c.acceptOp("(")) {
    args.push(...c.commaList(() => readSize(c)));
    c.expectOp(")");
  }
  const zoned = name.length === 1 && !first.quoted ? timeZoneName(c, first) : undefined;
  return { kind: "namedType", name: zoned === undefined ? name : [zoned], args, span: c.spanFrom(start) };
}

/** `DOUBLE PRECISION`, `CHARACTER VARYING`: one name for two words. */
function mergeWords(c: TokenCursor, first: Identifier): Identifier | undefined {
  const word = first.name.toLowerCase();
  if (word === "double" && c.accept("precision")) return { ...first, name: "double", span: c.spanFrom(first.span.start) };
  if ((word === "character" || word === "char" || word === "nchar") && c.accept("varying")) {
    return { ...first, name: "varchar", span: c.spanFrom(first.span.start) };
  }
  return undefined;
}

/** `TIMESTAMP WITH TIME ZONE` is `timestamptz`; WITHOUT changes nothing. */
function timeZoneName(c: TokenCursor, first: Identifier): Identifier | undefined {
  const word = first.name.toLowerCase();
  if (word !== "timestamp" && word !== "time") return undefined;
  if (c.acceptSequence("with", "time", "zone")) return { ...first, name: `${word}tz`, span: c.spanFrom(first.span.start) };
  c.acceptSequence("without", "time", "zone");
  return undefined;
}

function readSize(c: TokenCursor): number {
  c.note("number");
  const { type, value } = c.token;
  if (type !== "number" || !/^\d+$/.test(value)) throw c.error("expected a whole number");
  c.next();
  return Number(value);
}
