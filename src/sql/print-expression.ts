import type { Arg, BinaryOp, Call, Expr, Frame, FrameBound, OrderBy, Star, TypeName, WindowSpec } from "./ast.ts";
import { BARE_FUNCTIONS } from "./keywords.ts";
import { PRECEDENCE, rightLevel } from "./precedence.ts";
import { functionName, identifier, type Print, qualifiedName, quoteName, quoteString, typeName, words } from "./print-names.ts";

type ExprPrinters = { [K in Expr["kind"]]: (node: Extract<Expr, { kind: K }>, print: Print) => string };

const LIKE_WORDS = { like: "LIKE", ilike: "ILIKE", glob: "GLOB", similar: "SIMILAR TO" } as const;

const BINARY_LEVELS: Readonly<Record<BinaryOp, number>> = {
  "->": PRECEDENCE.arrow,
  "->>": PRECEDENCE.arrow,
  OR: PRECEDENCE.or,
  AND: PRECEDENCE.and,
  "IS DISTINCT FROM": PRECEDENCE.is,
  "IS NOT DISTINCT FROM": PRECEDENCE.is,
  "=": PRECEDENCE.comparison,
  "<>": PRECEDENCE.comparison,
  "<": PRECEDENCE.comparison,
  "<=": PRECEDENCE.comparison,
  ">": PRECEDENCE.comparison,
  ">=": PRECEDENCE.comparison,
  "||": PRECEDENCE.other,
  "&": PRECEDENCE.other,
  "|": PRECEDENCE.other,
  "<<": PRECEDENCE.other,
  ">>": PRECEDENCE.other,
  "~": PRECEDENCE.other,
  "!~": PRECEDENCE.other,
  "~*": PRECEDENCE.other,
  "!~*": PRECEDENCE.other,
  "^@": PRECEDENCE.other,
  "@>": PRECEDENCE.other,
  "<@": PRECEDENCE.other,
  "&&": PRECEDENCE.other,
  "<->": PRECEDENCE.other,
  "<=>": PRECEDENCE.other,
  "+": PRECEDENCE.sum,
  "-": PRECEDENCE.sum,
  "*": PRECEDENCE.product,
  "/": PRECEDENCE.product,
  "//": PRECEDENCE.product,
  "%": PRECEDENCE.product,
  "^": PRECEDENCE.power,
};

/** How tightly the text of an expression holds together. */
function levelOf(expr: Expr): number {
  switch (expr.kind) {
    case "binary":
      return BINARY_LEVELS[expr.op];
    case "unary":
      if (expr.op === "NOT") return PRECEDENCE.not;
      return expr.op === "+" || expr.op === "-" ? PRECEDENCE.sign : PRECEDENCE.other;
    case "quantified":
      return PRECEDENCE.comparison;
    case "between":
    case "inList":
    case "inQuery":
    case "inCollection":
    case "like":
      return PRECEDENCE.like;
    case "isTest":
      return PRECEDENCE.is;
    case "atTimeZone":
      return PRECEDENCE.timeZone;
    case "collate":
      return PRECEDENCE.collate;
    case "lambda":
      return 0;
    default:
      return PRECEDENCE.primary;
  }
}

/** The text of an operand, in parentheses where it binds less tightly than `minimum`. */
export function operand(expr: Expr, minimum: number, print: Print): string {
  const text = print(expr);
  return levelOf(expr) < minimum ? `(${text})` : text;
}

/** Expressions that a subscript or a point may follow as they are. */
const TAKES_SUFFIX: ReadonlySet<Expr["kind"]> = new Set<Expr["kind"]>([
  "call",
  "subscript",
  "slice",
  "field",
  "list",
  "struct",
  "map",
  "row",
  "subquery",
  "cast",
]);

function beforeSuffix(expr: Expr, print: Print): string {
  return TAKES_SUFFIX.has(expr.kind) ? print(expr) : `(${print(expr)})`;
}

const list = (exprs: readonly Expr[], print: Print): string => exprs.map(print).join(", ");
const not = (negated: boolean): string | false => negated && "NOT";
/** Operands of what does not associate: BETWEEN, IN, LIKE. */
const tight = (expr: Expr, print: Print): string => operand(expr, PRECEDENCE.like + 1, print);

export const EXPRESSION_PRINTERS: ExprPrinters = {
  null: () => "NULL",
  boolean: ({ value }) => (value ? "TRUE" : "FALSE"),
  number: ({ text }) => text,
  string: ({ value }) => quoteString(value),
  blob: ({ hex }) => `x'${hex}'`,
  typedLiteral: ({ type, value }, print) => `${print(type)} ${quoteString(value)}`,
  interval: ({ value, unit }, print) => {
    const bare = value.kind === "string" || (unit !== undefined && (value.kind === "number" || value.kind === "parameter"));
    return words("INTERVAL", bare ? print(value) : `(${print(value)})`, unit?.toUpperCase());
  },
  column: ({ parts }) => qualifiedName(parts),
  positional: ({ index }) => `#${index}`,
  parameter: ({ name }) => `$${name}`,
  star: printStar,
  columns: ({ selector, unpack }, print) => `${unpack ? "*" : ""}COLUMNS(${print(selector)})`,
  unary: ({ op, operand: inner }, print) => {
    if (op === "NOT") return `NOT ${operand(inner, PRECEDENCE.not, print)}`;
    const isSign = op === "+" || op === "-";
    // --x would be a comment
    const text =
      isSign && inner.kind === "unary" ? `(${print(inner)})` : operand(inner, isSign ? PRECEDENCE.sign : PRECEDENCE.other + 1, print);
    return isSign ? op + text : `${op} ${text}`;
  },
  binary: ({ op, left, right }, print) => {
    const level = BINARY_LEVELS[op];
    // comparisons do not follow one another
    const leftLevel = level === PRECEDENCE.comparison || level === PRECEDENCE.is ? level + 1 : level;
    return `${operand(left, leftLevel, print)} ${op} ${operand(right, rightLevel(op, level), print)}`;
  },
  quantified: ({ op, quantifier, operand: inner, right }, print) =>
    `${operand(inner, PRECEDENCE.comparison + 1, print)} ${op} ${quantifier.toUpperCase()}(${print(right)})`,
  between: ({ operand: inner, low, high, negated, symmetric }, print) =>
    words(tight(inner, print), not(negated), "BETWEEN", symmetric && "SYMMETRIC", tight(low, print), "AND", tight(high, print)),
  inList: (node, print) => words(tight(node.operand, print), not(node.negated), `IN (${list(node.list, print)})`),
  inQuery: (node, print) => words(tight(node.operand, print), not(node.negated), `IN (${print(node.query)})`),
  inCollection: (node, print) => words(tight(node.operand, print), not(node.negated), "IN", print(node.collection)),
  like: ({ variant, operand: inner, pattern, escape: escapeChar, negated }, print) =>
    words(
      tight(inner, print),
      not(negated),
      LIKE_WORDS[variant],
      tight(pattern, print),
      escapeChar !== undefined && `ESCAPE ${tight(escapeChar, print)}`,
    ),
  isTest: ({ operand: inner, test, negated }, print) => words(operand(inner, PRECEDENCE.is, print), "IS", not(negated), test.toUpperCase()),
  case: ({ operand: inner, whens, otherwise }, print) =>
    words("CASE", inner !== undefined && print(inner), ...whens.map(print), otherwise !== undefined && `ELSE ${print(otherwise)}`, "END"),
  cast: ({ operand: inner, type, try: isTry }, print) => `${isTry ? "TRY_CAST" : "CAST"}(${print(inner)} AS ${print(type)})`,
  atTimeZone: ({ operand: inner, zone }, print) =>
    `${operand(inner, PRECEDENCE.timeZone, print)} AT TIME ZONE ${operand(zone, PRECEDENCE.timeZone + 1, print)}`,
  collate: ({ operand: inner, collation }, print) => `${operand(inner, PRECEDENCE.collate, print)} COLLATE ${qualifiedName(collation)}`,
  call: printCall,
  list: ({ items }, print) => `[${list(items, print)}]`,
  struct: ({ fields }, print) => `{${fields.map(print).join(", ")}}`,
  map: ({ entries }, print) => `MAP {${entries.map(print).join(", ")}}`,
  row: ({ items }, print) => (items.length > 1 ? `(${list(items, print)})` : `ROW(${list(items, print)})`),
  subscript: ({ operand: inner, index }, print) => `${subscripted(inner, print)}[${print(index)}]`,
  slice: ({ operand: inner, lower, upper, step }, print) => {
    const upperText = upper !== undefined ? print(upper) : step !== undefined ? "-" : "";
    const stepText = step === undefined ? "" : `:${print(step)}`;
    return `${subscripted(inner, print)}[${lower === undefined ? "" : print(lower)}:${upperText}${stepText}]`;
  },
  field: ({ operand: inner, field }, print) => `${beforeSuffix(inner, print)}.${identifier(field)}`,
  lambda: ({ params, body }, print) => `LAMBDA ${params.map(identifier).join(", ")}: ${print(body)}`,
  listComprehension: ({ result, variables, source, filter }, print) =>
    `[${words(print(result), "FOR", variables.map(identifier).join(", "), "IN", print(source), filter !== undefined && `IF ${print(filter)}`)}]`,
  subquery: ({ query }, print) => `(${print(query)})`,
  arraySubquery: ({ query }, print) => `ARRAY(${print(query)})`,
  exists: ({ query }, print) => `EXISTS (${print(query)})`,
  default: () => "DEFAULT",
};

function subscripted(expr: Expr, print: Print): string {
  return expr.kind === "column" ? print(expr) : beforeSuffix(expr, print);
}

function printStar({ qualifier, exclude, replace, rename }: Star, print: Print): string {
  return words(
    [...qualifier.map(identifier), "*"].join("."),
    exclude.length > 0 && `EXCLUDE (${exclude.map(qualifiedName).join(", ")})`,
    replace.length > 0 && `REPLACE (${replace.map(print).join(", ")})`,
    rename.length > 0 && `RENAME (${rename.map(({ from, to }) => `${qualifiedName(from)} AS ${identifier(to)}`).join(", ")})`,
  );
}

function printCall(node: Call, print: Print): string {
  const { name, args, distinct, withinGroup, filter, nulls, over } = node;
  if (name.length === 1 && !name[0].quoted && args.length === 0 && BARE_FUNCTIONS.has(name[0].name.toLowerCase())) {
    const plain = !distinct && node.orderBy.length === 0 && withinGroup.length === 0 && filter === undefined && nulls === undefined;
    if (plain && over === undefined) return name[0].name;
  }
  const inside = words(
    distinct && "DISTINCT",
    args.map((arg) => printArg(arg, name.length === 1 && !name[0].quoted && name[0].name.toLowerCase() === "position", print)).join(", "),
    orderBy(node.orderBy, print),
    nulls !== undefined && `${nulls.toUpperCase()} NULLS`,
  );
  return words(
    `${functionName(name)}(${inside})`,
    withinGroup.length > 0 && `WITHIN GROUP (${orderBy(withinGroup, print)})`,
    filter !== undefined && `FILTER (WHERE ${print(filter)})`,
    over !== undefined && `OVER ${print(over)}`,
  );
}

/** `guarded`: an operator in the value would be read as the syntax of the call. */
export function printArg({ name, value }: Arg, guarded: boolean, print: Print): string {
  const isExpr = value.kind !== "tableArg" && value.kind !== "modelArg" && value.kind !== "descriptor";
  const text = guarded && name === undefined && isExpr ? operand(value, PRECEDENCE.postfix, print) : print(value);
  return name === undefined ? text : `${identifier(name)} := ${text}`;
}

export function orderBy(items: readonly OrderBy[], print: Print): string {
  return items.length === 0 ? "" : `ORDER BY ${items.map(print).join(", ")}`;
}

export function printOrderItem(node: OrderBy, print: Print): string {
  const what = node.kind === "orderAll" ? "ALL" : print(node.expr);
  return words(what, node.direction === "desc" && "DESC", node.nulls !== undefined && `NULLS ${node.nulls.toUpperCase()}`);
}

/** Words that open a clause of a window: its base needs quotes to be called so. */
const FRAME_WORDS = new Set(["partition", "rows", "range", "groups"]);

export function printWindowSpec(node: WindowSpec, print: Print): string {
  const { base, partitionBy, frame } = node;
  const inside = words(
    base !== undefined && (FRAME_WORDS.has(base.name.toLowerCase()) ? quoteName(base.name) : identifier(base)),
    partitionBy.length > 0 && `PARTITION BY ${list(partitionBy, print)}`,
    orderBy(node.orderBy, print),
    frame !== undefined && print(frame),
  );
  return `(${inside})`;
}

export function printFrame({ unit, start, end, exclude }: Frame, print: Print): string {
  return words(unit.toUpperCase(), "BETWEEN", print(start), "AND", print(end), exclude !== undefined && `EXCLUDE ${exclude.toUpperCase()}`);
}

export function printFrameBound({ bound, offset }: FrameBound, print: Print): string {
  return words(offset !== undefined && operand(offset, PRECEDENCE.postfix, print), bound.toUpperCase());
}

type TypePrinters = { [K in TypeName["kind"]]: (node: Extract<TypeName, { kind: K }>, print: Print) => string };

export const TYPE_PRINTERS: TypePrinters = {
  namedType: ({ name, args }) => typeName(name) + (args.length === 0 ? "" : `(${args.join(", ")})`),
  arrayType: ({ element, size }, print) => `${print(element)}[${size ?? ""}]`,
  structType: ({ fields }, print) => `STRUCT(${fields.map(print).join(", ")})`,
  mapType: ({ key, value }, print) => `MAP(${print(key)}, ${print(value)})`,
  enumType: ({ values }) => `ENUM(${values.map(quoteString).join(", ")})`,
  unsupported: ({ text }) => text,
};
