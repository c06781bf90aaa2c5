import type { Call, Expr, Frame, OrderBy, Query, TypeName, WindowName, WindowSpec } from "../../sql/ast.ts";
import { keywordClass, needsQuotes } from "../../sql/keywords.ts";
import { intervalFunction } from "./literals.ts";
import { queryName } from "./query-names.ts";

/**
 * The name of an output column that has no alias: the expression's text in DuckDB's spelling, `sum(x)`, `(a + 1)`, `count_star()`,
 * so that the names of results are the same in both. Names of columns keep the letters they were written with.
 */
export function columnName(expr: Expr): string {
  return expr.kind === "column" ? expr.parts[expr.parts.length - 1].name : text(expr);
}

const quote = (name: string): string =>
  needsQuotes(name) || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
const quoteText = (value: string): string => `'${value.replaceAll("'", "''")}'`;
const queryText = (query: Query): string => queryName(query, { expr: text, name: quote, order: orderText });
const all = (exprs: readonly Expr[]): string => exprs.map(text).join(", ");

function text(expr: Expr): string {
  switch (expr.kind) {
    case "null":
      return "NULL";
    case "boolean":
      return `CAST('${expr.value ? "t" : "f"}' AS BOOLEAN)`;
    case "number":
      return numberText(expr.type, expr.text);
    case "string":
      return quoteText(expr.value);
    case "blob":
      return quoteText(expr.hex.replace(/../g, "\\x$&"));
    case "typedLiteral":
      return `CAST(${quoteText(expr.value)} AS ${typeText(expr.type)})`;
    case "interval":
      return intervalText(expr);
    case "column":
      return expr.parts.map((part) => quote(part.name)).join(".");
    case "positional":
      return `#${expr.index}`;
    case "parameter":
      return `$${expr.name}`;
    case "star":
      return `${expr.qualifier.map((part) => `${quote(part.name)}.`).join("")}*`;
    case "columns":
      return `COLUMNS(${text(expr.selector)})`;
    case "unary":
      if (expr.op === "NOT") return notText(expr.operand);
      if (expr.op === "-" && expr.operand.kind === "number") return `-${text(expr.operand)}`;
      if (expr.op === "-" && expr.operand.kind === "unary" && expr.operand.op === "-" && expr.operand.operand.kind === "number") {
        return text(expr.operand.operand);
      }
      return `${expr.op}(${text(expr.operand)})`;
    case "binary":
      return binaryText(expr);
    case "quantified": {
      const right = expr.right.kind === "query" ? queryText(expr.right) : `SELECT unnest(${text(expr.right)})`;
      const negated = { "=": "!=", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">" }[expr.op];
      const any = (op: string) => `(${text(expr.operand)} ${op} ANY(${right}))`;
      return expr.quantifier === "all" ? `(NOT ${any(negated)})` : any(expr.op === "<>" ? "!=" : expr.op);
    }
    case "between": {
      const inside = `(${text(expr.operand)} BETWEEN ${text(expr.low)} AND ${text(expr.high)})`;
      return expr.negated ? `(NOT ${inside})` : inside;
    }
    case "inList":
      return `(${text(expr.operand)} ${expr.negated ? "NOT IN" : "IN"} (${all(expr.list)}))`;
    case "inQuery": {
      const inside = `(${text(expr.operand)} = ANY(${queryText(expr.query)}))`;
      return expr.negated ? `(NOT ${inside})` : inside;
    }
    case "inCollection": {
      const inside = `contains(${text(expr.collection)}, ${text(expr.operand)})`;
      return expr.negated ? `(NOT ${inside})` : inside;
    }
    case "like":
      return likeText(expr);
    case "isTest":
      return isText(expr);
    case "case":
      return caseText(expr);
    case "cast":
      return `${expr.try ? "TRY_CAST" : "CAST"}(${text(expr.operand)} AS ${typeText(expr.type)})`;
    case "atTimeZone":
      return `main.timezone(${text(expr.zone)}, ${text(expr.operand)})`;
    case "collate":
      return `${text(expr.operand)} COLLATE ${expr.collation.map((part) => part.name).join(".")}`;
    case "call":
      return callText(expr);
    case "list":
      return `main.list_value(${all(expr.items)})`;
    case "struct":
      return `main.struct_pack(${expr.fields.map((field) => `${quote(field.name.name)} := ${text(field.value)}`).join(", ")})`;
    case "map": {
      const keys = all(expr.entries.map((entry) => entry.key));
      return `main."map"(main.list_value(${keys}), main.list_value(${all(expr.entries.map((entry) => entry.value))}))`;
    }
    case "row":
      return `main."row"(${all(expr.items)})`;
    case "subscript":
      return `${text(expr.operand)}[${text(expr.index)}]`;
    case "slice": {
      const part = (bound: Expr | undefined) => (bound === undefined ? "" : text(bound));
      return `${text(expr.operand)}[${part(expr.lower)}:${part(expr.upper)}${expr.step === undefined ? "" : `:${text(expr.step)}`}]`;
    }
    case "field":
      return `(${text(expr.operand)}).${quote(expr.field.name)}`;
    case "lambda":
      return lambdaText(expr);
    case "listComprehension":
      return comprehensionText(expr);
    case "subquery":
      return `(${queryText(expr.query)})`;
    case "arraySubquery":
      return `ARRAY(${queryText(expr.query)})`;
    case "exists":
      return `EXISTS(${queryText(expr.query)})`;
    case "default":
      return "DEFAULT";
  }
}

/** Doubles as C prints them: `100000.0`, `1e+20`, `1e-07`. */
function numberText(type: "integer" | "decimal" | "double", written: string): string {
  if (type === "integer") return written.replace(/^0+(?=\d)/, "");
  if (type === "decimal") return written.endsWith(".") ? written.slice(0, -1) : written;
  const value = Number(written);
  if (value !== 0 && (Math.abs(value) >= 1e16 || Math.abs(value) < 1e-4)) {
    return value.toExponential().replace(/e([+-])(\d)$/, "e$10$2");
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function notText(operand: Expr): string {
  return operand.kind === "inList" && !operand.negated ? text({ ...operand, negated: true }) : `(NOT ${text(operand)})`;
}

function binaryText(expr: Extract<Expr, { kind: "binary" }>): string {
  const { op } = expr;
  if (op === "AND" || op === "OR") {
    const parts = (side: Expr): string[] =>
      side.kind === "binary" && side.op === op ? [...parts(side.left), ...parts(side.right)] : [text(side)];
    return `(${[...parts(expr.left), ...parts(expr.right)].join(` ${op} `)})`;
  }
  if (op === "~") return `regexp_full_match(${text(expr.left)}, ${text(expr.right)})`;
  if (op === "!~") return `(NOT regexp_full_match(${text(expr.left)}, ${text(expr.right)}))`;
  const written = op === "<>" ? "!=" : op === "^" && expr.opSpan.end - expr.opSpan.start === 2 ? "**" : op;
  return `(${text(expr.left)} ${written} ${text(expr.right)})`;
}

function likeText(expr: Extract<Expr, { kind: "like" }>): string {
  const left = text(expr.operand);
  const right = text(expr.pattern);
  const not = (inside: string) => (expr.negated ? `(NOT ${inside})` : inside);
  if (expr.escape !== undefined) {
    const name = `${expr.negated ? "not_" : ""}${expr.variant}_escape`;
    return `main.${name}(${left}, ${right}, ${text(expr.escape)})`;
  }
  switch (expr.variant) {
    case "like":
      return `(${left} ${expr.negated ? "!~~" : "~~"} ${right})`;
    case "ilike":
      return `(${left} ${expr.negated ? "!~~*" : "~~*"} ${right})`;
    case "glob":
      return not(`(${left} ~~~ ${right})`);
    case "similar":
      return not(`regexp_full_match(${left}, ${right})`);
  }
}

function isText(expr: Extract<Expr, { kind: "isTest" }>): string {
  if (expr.test === "null" || expr.test === "unknown") return `(${text(expr.operand)} IS ${expr.negated ? "NOT " : ""}NULL)`;
  return `(CAST(${text(expr.operand)} AS BOOLEAN) IS ${expr.negated ? "" : "NOT "}DISTINCT FROM ${expr.test})`;
}

function caseText(expr: Extract<Expr, { kind: "case" }>): string {
  const whens = expr.whens.map((when) => {
    const condition = expr.operand === undefined ? text(when.condition) : `(${text(expr.operand)} = ${text(when.condition)})`;
    return ` WHEN (${condition}) THEN (${text(when.result)})`;
  });
  return `CASE ${whens.join("")} ELSE ${expr.otherwise === undefined ? "NULL" : text(expr.otherwise)} END`;
}

function intervalText(expr: Extract<Expr, { kind: "interval" }>): string {
  if (expr.unit === undefined) return `CAST(${text(expr.value)} AS INTERVAL)`;
  const { name, fractional } = intervalFunction(expr.unit);
  if (fractional) return `${name}(CAST(${text(expr.value)} AS DOUBLE))`;
  const type = ["to_hours", "to_minutes", "to_microseconds"].includes(name) ? "BIGINT" : "INTEGER";
  return `${name}(CAST(trunc(CAST(${text(expr.value)} AS DOUBLE)) AS ${type}))`;
}

function lambdaText(expr: Extract<Expr, { kind: "lambda" }>): string {
  return `(lambda ${expr.params.map((param) => param.name).join(", ")}: ${text(expr.body)})`;
}

function comprehensionText(expr: Extract<Expr, { kind: "listComprehension" }>): string {
  const lambda = (body: Expr) => `(lambda ${expr.variables.map((variable) => variable.name).join(", ")}: ${text(body)})`;
  const source = expr.filter === undefined ? text(expr.source) : `main.list_filter(${text(expr.source)}, ${lambda(expr.filter)})`;
  return `main.list_apply(${source}, ${lambda(expr.result)})`;
}

/** Functions with a syntax of their own, which DuckDB prints with their schema. */
const SYNTAX_FUNCTIONS = new Set(["position", "substring", "trim"]);
/** `current_date` and its kin are written without parentheses. */
const VALUE_FUNCTIONS = new Set([
  "current_date",
  "current_time",
  "current_timestamp",
  "localtime",
  "localtimestamp",
  "current_user",
  "user",
]);

function callText(call: Call): string {
  const { name: written } = call.name[call.name.length - 1];
  const name = written.toLowerCase();
  const bareStar = call.args.length === 1 && call.args[0].value.kind === "star";
  const args = call.args.map((arg) => {
    if (arg.value.kind === "tableArg" || arg.value.kind === "modelArg" || arg.value.kind === "descriptor") return arg.value.kind;
    return arg.name === undefined ? text(arg.value) : `${quote(arg.name.name)} := ${text(arg.value)}`;
  });
  switch (name) {
    case "coalesce":
    case "ifnull":
      return `COALESCE(${args.join(", ")})`;
    case "grouping":
    case "grouping_id":
      return `GROUPING(${args.join(", ")})`;
    case "if":
      if (args.length === 3) return `CASE  WHEN (${args[0]}) THEN (${args[1]}) ELSE ${args[2]} END`;
      break;
    case "count":
      if (args.length === 0 || bareStar) {
        return call.over === undefined ? `count_star()${filterText(call)}` : `count()${filterText(call)} OVER ${windowText(call.over)}`;
      }
      break;
    default:
  }
  if (VALUE_FUNCTIONS.has(name) && call.args.length === 0) return name;
  const last = call.name[call.name.length - 1].span;
  const fromSyntax = SYNTAX_FUNCTIONS.has(name) || (name === "date_part" && last.end - last.start !== name.length);
  const order = call.orderBy.length > 0 ? ` ORDER BY ${orderText(call.orderBy)}` : "";
  const within = call.withinGroup.length > 0 ? ` WITHIN GROUP ( ORDER BY ${orderText(call.withinGroup)})` : "";
  const nulls = call.nulls === undefined ? "" : ` ${call.nulls.toUpperCase()} NULLS`;
  const head = `${fromSyntax ? "main." : ""}${methodOwner(call)}${quoteFunction(name)}`;
  const body = `(${call.distinct ? "DISTINCT " : ""}${args.join(", ")}${order}${nulls})${within}`;
  const over = call.over === undefined ? "" : ` OVER ${windowText(call.over)}`;
  return `${head}${body}${filterText(call)}${over}`;
}

const methodOwner = (call: Call): string =>
  call.name
    .slice(0, -1)
    .map((part) => `${quote(part.name)}.`)
    .join("");

/** Keywords of any class are quoted as function names, which is what `"first"(a)` and `"left"(b, 1)` are. */
const quoteFunction = (name: string): string => (keywordClass(name) !== undefined || !/^[a-z_][a-z0-9_]*$/.test(name) ? `"${name}"` : name);

const filterText = (call: Call): string => (call.filter === undefined ? "" : ` FILTER (WHERE ${text(call.filter)})`);

function orderText(items: readonly OrderBy[]): string {
  return items
    .map((item) => {
      const direction = item.direction === "desc" ? " DESC" : "";
      const nulls = item.nulls === undefined ? "" : ` NULLS ${item.nulls.toUpperCase()}`;
      return `${item.kind === "orderAll" ? "ALL" : text(item.expr)}${direction}${nulls}`;
    })
    .join(", ");
}

function windowText(over: WindowSpec | WindowName): string {
  if (over.kind === "windowName") return quote(over.name.name);
  const parts: string[] = [];
  if (over.base !== undefined) parts.push(quote(over.base.name));
  if (over.partitionBy.length > 0) parts.push(`PARTITION BY ${all(over.partitionBy)}`);
  if (over.orderBy.length > 0) parts.push(`ORDER BY ${orderText(over.orderBy)}`);
  if (over.frame !== undefined && !isDefaultFrame(over.frame)) parts.push(frameText(over.frame));
  return `(${parts.join(" ")})`;
}

const isDefaultFrame = (frame: Frame): boolean =>
  frame.unit === "range" && frame.start.bound === "unbounded preceding" && frame.end.bound === "current row" && frame.exclude === undefined;

function frameText(frame: Frame): string {
  const bound = (side: Frame["start"]) => `${side.offset === undefined ? "" : `${text(side.offset)} `}${side.bound.toUpperCase()}`;
  const exclude = frame.exclude === undefined || frame.exclude === "no others" ? "" : ` EXCLUDE ${frame.exclude.toUpperCase()}`;
  return `${frame.unit.toUpperCase()} BETWEEN ${bound(frame.start)} AND ${bound(frame.end)}${exclude}`;
}

/** Type names of the grammar stand bare; the others are names, and quoted because they are in capitals. */
const GRAMMAR_TYPES: Readonly<Record<string, string>> = {
  int: "INTEGER",
  integer: "INTEGER",
  int4: "INTEGER",
  smallint: "SMALLINT",
  int2: "SMALLINT",
  bigint: "BIGINT",
  int8: "BIGINT",
  real: "FLOAT",
  float: "FLOAT",
  float4: "FLOAT",
  decimal: "DECIMAL",
  numeric: "DECIMAL",
  dec: "DECIMAL",
  boolean: "BOOLEAN",
  bool: "BOOLEAN",
  varchar: "VARCHAR",
  text: "VARCHAR",
  string: "VARCHAR",
  char: "VARCHAR",
  bpchar: "VARCHAR",
  timestamp: "TIMESTAMP",
  datetime: "TIMESTAMP",
  time: "TIME",
  interval: "INTERVAL",
};

const NAMED_TYPES: Readonly<Record<string, string>> = {
  timestamptz: '"TIMESTAMP WITH TIME ZONE"',
  float8: '"DOUBLE"',
  bytea: '"BLOB"',
  binary: '"BLOB"',
  varbinary: '"BLOB"',
  int1: '"TINYINT"',
  json: '"json"',
  null: '"NULL"',
};

function typeText(type: TypeName): string {
  switch (type.kind) {
    case "namedType": {
      const name = type.name[type.name.length - 1].name.toLowerCase();
      const args = type.args.length > 0 ? `(${type.args.join(", ")})` : "";
      return (GRAMMAR_TYPES[name] ?? NAMED_TYPES[name] ?? `"${name.toUpperCase()}"`) + args;
    }
    case "arrayType":
      return `${typeText(type.element)}[${type.size ?? ""}]`;
    case "structType":
      return `STRUCT(${type.fields.map((field) => `${quote(field.name.name)} ${typeText(field.type)}`).join(", ")})`;
    case "mapType":
      return `MAP(${typeText(type.key)}, ${typeText(type.value)})`;
    case "enumType":
      return `"ENUM"(${type.values.map(quoteText).join(", ")})`;
    case "unsupported":
      return type.text;
  }
}
