import { parseError, type Span } from "../core/errors.ts";
import type { ColumnDef, CreateFunction, CreateFunctions, CreateModel, FunctionParam, Identifier, Property, TypeName } from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseColumnDef } from "./parse-column-def.ts";
import { type PropertySpelling, parseProperties } from "./parse-property.ts";
import { parseType } from "./parse-type.ts";

/** CREATE of functions and models; each stands behind the word that names the object. */

/** The clauses behind the parameters, in any order, as in PostgreSQL. */
interface FunctionClauses {
  returns?: TypeName;
  returnsTable?: ColumnDef[];
  language?: Identifier;
  body?: { text: string; span: Span };
  nulls?: CreateFunction["nulls"];
  volatility?: CreateFunction["volatility"];
  properties: Property[];
}

const VOLATILITIES = ["immutable", "stable", "volatile"] as const;

export function parseCreateFunction(c: TokenCursor, start: number, orReplace: boolean): CreateFunction {
  const ifNotExists = c.acceptIfNotExists();
  const name = c.qualifiedName("name");
  const params = parseParams(c);
  const clauses: FunctionClauses = { properties: [] };
  while (parseFunctionClause(c, clauses));
  const { returns, returnsTable, language, body, nulls, volatility, properties } = clauses;
  if (returns === undefined && returnsTable === undefined) throw c.error("expected RETURNS and the type of the result");
  if (language === undefined) throw c.error("expected LANGUAGE typescript");
  if (body === undefined) throw c.error("expected AS and the body of the function, as AS $$ return x * 2 $$");
  return {
    ...{
      kind: "createFunction",
      name,
      orReplace,
      ifNotExists,
      params,
      returns,
      returnsTable,
      language,
      body: body.text,
      bodySpan: body.span,
    },
    ...{ nulls, volatility, properties },
    span: c.spanFrom(start),
  };
}

function parseParams(c: TokenCursor): FunctionParam[] {
  if (!c.acceptOp("(")) throw c.error("expected the parameters in parentheses, as (x DOUBLE)");
  if (c.acceptOp(")")) return [];
  const params = c.commaList((): FunctionParam => {
    const { start } = c.token;
    const name = c.name("name");
    if (c.atOp(",") || c.atOp(")")) throw c.error(`expected the type of the parameter "${name.name}", as ${name.name} DOUBLE`);
    return { kind: "functionParam", name, type: parseType(c), span: c.spanFrom(start) };
  });
  c.closeList(")");
  for (const [i, { name }] of params.entries()) {
    const twice = params.slice(0, i).some((other) => other.name.name.toLowerCase() === name.name.toLowerCase());
    if (twice) throw parseError(`the parameter "${name.name}" stands twice`, name.span);
  }
  return params;
}

/** Whether a clause stood here. One that stands twice is an error. */
function parseFunctionClause(c: TokenCursor, found: FunctionClauses): boolean {
  const { start } = c.token;
  const once = (clause: string, isNew: boolean): void => {
    if (!isNew) throw parseError(`${clause} stands twice`, c.spanFrom(start));
  };
  const setNulls = (nulls: CreateFunction["nulls"]): true => {
    once("what NULL as an argument does", found.nulls === undefined);
    found.nulls = nulls;
    return true;
  };
  if (c.acceptSequence("returns", "null", "on", "null", "input") || c.accept("strict")) return setNulls("strict");
  if (c.acceptSequence("called", "on", "null", "input")) return setNulls("called");
  if (c.accept("returns")) {
    once("RETURNS", found.returns === undefined && found.returnsTable === undefined);
    if (c.accept("table")) found.returnsTable = parseTypedColumns(c, "a column of the result");
    else found.returns = parseType(c);
    return true;
  }
  if (c.accept("language")) {
    once("LANGUAGE", found.language === undefined);
    found.language = parseLanguage(c);
    return true;
  }
  if (c.accept("as")) {
    once("the body", found.body === undefined);
    found.body = parseBody(c, "the body of the function");
    return true;
  }
  const volatility = c.acceptAny(...VOLATILITIES);
  if (volatility !== undefined) {
    once("how steady the function is", found.volatility === undefined);
    found.volatility = volatility;
    return true;
  }
  if (!c.at("with")) return false;
  found.properties = parseProperties(c, found.properties);
  return true;
}

function parseLanguage(c: TokenCursor): Identifier {
  c.noteWords(["typescript"]);
  return c.name("name");
}

function parseBody(c: TokenCursor, what: string): { text: string; span: Span } {
  if (c.token.type !== "string") throw c.error(`expected ${what} as a string, best between $$ and $$`);
  const token = c.string();
  return { text: token.value, span: contentSpan(c.text, token) };
}

/** Where the content of a string stands. Exact between dollars; between quotes each `''` and escape before a place moves it. */
function contentSpan(text: string, { start, end }: Span): Span {
  const first = text[start];
  const quote = first === "$" ? text.indexOf("$", start + 1) - start + 1 : first === "'" ? 1 : 2;
  return { start: start + quote, end: end - (first === "$" ? quote : 1) };
}

export function parseCreateFunctions(c: TokenCursor, start: number, orReplace: boolean): CreateFunctions {
  c.expect("language");
  const language = parseLanguage(c);
  const before = parseProperties(c);
  c.expect("as");
  const { text: source, span: sourceSpan } = parseBody(c, "the module");
  const properties = parseProperties(c, before);
  return { kind: "createFunctions", orReplace, language, source, sourceSpan, properties, span: c.spanFrom(start) };
}

/** BigQuery's names of what is asked for here, and its spelling of the provider. */
const BIGQUERY_OPTIONS: PropertySpelling = ({ key, value, ...rest }) => {
  switch (key.toLowerCase()) {
    case "model_type":
      return { ...rest, key: "provider", value: value.kind === "string" ? { ...value, value: value.value.toLowerCase() } : value };
    case "model_path":
      return { ...rest, key: "path", value };
    default:
      return { ...rest, key, value };
  }
};

/** INPUT, OUTPUT and WITH (or OPTIONS), in any order. */
export function parseCreateModel(c: TokenCursor, start: number, orReplace: boolean): CreateModel {
  const ifNotExists = c.acceptIfNotExists();
  const name = c.qualifiedName("name");
  let inputs: ColumnDef[] | undefined;
  let outputs: ColumnDef[] | undefined;
  let properties: Property[] = [];
  for (;;) {
    const clause = c.token;
    const once = (isNew: boolean): void => {
      if (!isNew) throw parseError(`${clause.value.toUpperCase()} stands twice`, { start: clause.start, end: clause.end });
    };
    if (c.accept("input")) {
      once(inputs === undefined);
      inputs = parseTypedColumns(c, "an input of a model");
    } else if (c.accept("output")) {
      once(outputs === undefined);
      outputs = parseTypedColumns(c, "an output of a model");
    } else if (c.at("with")) properties = parseProperties(c, properties);
    else if (c.at("options")) properties = parseProperties(c, properties, "options", BIGQUERY_OPTIONS);
    else break;
  }
  if (properties.length === 0) throw c.error("expected WITH and where the model is, as WITH ('provider' = 'onnx', 'path' = 'model.onnx')");
  const columns = { inputs: inputs ?? [], outputs: outputs ?? [] };
  return { kind: "createModel", name, orReplace, ifNotExists, ...columns, properties, span: c.spanFrom(start) };
}

/** `(a DOUBLE, b VARCHAR)`: names and types, no constraints. */
function parseTypedColumns(c: TokenCursor, what: string): ColumnDef[] {
  if (!c.acceptOp("(")) throw c.error("expected columns in parentheses, as (a DOUBLE, b VARCHAR)");
  const columns = c.commaList(() => {
    const column = parseColumnDef(c);
    const { name, type, span } = column;
    if (type === undefined) throw parseError(`column "${name.name}" needs a type`, span, `as ${name.name} DOUBLE`);
    const isPlain =
      !column.notNull && !column.primaryKey && !column.unique && column.defaultValue === undefined && column.checks.length === 0;
    if (!isPlain || column.unsupported !== undefined)
      throw parseError(`${what} is a name and a type`, { start: type.span.end, end: span.end });
    return column;
  });
  c.closeList(")");
  return columns;
}
