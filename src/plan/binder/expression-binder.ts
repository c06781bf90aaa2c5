import { bindError, type Span, unsupported } from "../../core/errors.ts";
import { BOOLEAN, type DataType, DOUBLE, INTERVAL, isNumeric, typeName } from "../../core/types.ts";
import type {
  Between,
  Case,
  Expr,
  InList,
  IntervalLiteral,
  IsTest,
  Like,
  MapLiteral,
  NumberLiteral,
  Slice,
  Subscript,
  Unary,
} from "../../sql/ast.ts";
import type { BoundExpr } from "../expression.ts";
import { branch, isVolatile } from "../expression-tree.ts";
import { castTo } from "../types/cast.ts";
import { type ArgType, argTypeOf } from "../types/literal-types.ts";
import { unify, unifyComparison } from "../types/unify.ts";
import { bindCall } from "./calls.ts";
import { type Clause, CONSTANT } from "./clause.ts";
import { bindColumn } from "./columns.ts";
import type { Environment } from "./environment.ts";
import { bindScalarFunction } from "./functions.ts";
import {
  blobLiteral,
  booleanLiteral,
  intervalFunction,
  intervalOf,
  literal,
  nullLiteral,
  numberLiteral,
  stringLiteral,
  textConstant,
} from "./literals.ts";
import { bindBinary, compare } from "./operators.ts";
import { allColumns, columnExpr, type Scope } from "./scope.ts";
import { newSelectState, type SelectState } from "./select-state.ts";
import { bindArraySubquery, bindExists, bindInQuery, bindQuantified, bindScalarSubquery } from "./subqueries.ts";
import { resolveType } from "./type-names.ts";

/** Parameters of the lambdas around an expression, innermost first. */
export interface LambdaScope {
  readonly names: readonly string[];
  readonly types: readonly DataType[];
  /** Where COLUMNS tries its lambda on a name: what the parameter stands for. */
  readonly values?: readonly BoundExpr[];
  readonly outer: LambdaScope | undefined;
}

/** Binds the expressions of one clause of one SELECT. */
export class ExpressionBinder {
  readonly environment: Environment;
  readonly select: SelectState;
  readonly clause: Clause;
  readonly lambdas: LambdaScope | undefined;
  /** Aliases being opened, so that one that names itself is not found. */
  readonly openAliases: readonly string[];

  constructor(
    environment: Environment,
    select: SelectState,
    clause: Clause,
    lambdas: LambdaScope | undefined = undefined,
    openAliases: readonly string[] = [],
  ) {
    this.environment = environment;
    this.select = select;
    this.clause = clause;
    this.lambdas = lambdas;
    this.openAliases = openAliases;
  }

  /** A binder of the query around a correlated subquery. */
  outside(scope: Scope): ExpressionBinder {
    return new ExpressionBinder(this.environment, newSelectState(scope), CONSTANT);
  }

  in(clause: Clause): ExpressionBinder {
    return new ExpressionBinder(this.environment, this.select, clause, this.lambdas, this.openAliases);
  }

  inLambda(lambdas: LambdaScope): ExpressionBinder {
    return new ExpressionBinder(this.environment, this.select, this.clause, lambdas, this.openAliases);
  }

  inAlias(name: string): ExpressionBinder {
    return new ExpressionBinder(this.environment, this.select, this.clause, this.lambdas, [...this.openAliases, name]);
  }

  bind(expr: Expr): BoundExpr {
    const preset = this.select.preset.get(expr);
    if (preset !== undefined) return preset;
    const span = expr.span;
    switch (expr.kind) {
      case "null":
        return nullLiteral(span);
      case "boolean":
        return booleanLiteral(expr.value, span);
      case "number":
        return numberLiteral(expr, false, span);
      case "string":
        return stringLiteral(expr.value, span);
      case "blob":
        return blobLiteral(expr.hex, span);
      case "typedLiteral":
        return castTo(stringLiteral(expr.value, span), resolveType(expr.type), span);
      case "interval":
        return this.#interval(expr);
      case "column":
        return bindColumn(this, expr);
      case "positional":
        return this.#positional(expr.index, span);
      case "parameter":
        return this.#parameter(expr.name, span);
      case "unary":
        return this.#unary(expr);
      case "binary":
        return bindBinary(this, expr);
      case "between":
        return this.#between(expr);
      case "inList":
        return this.#inList(expr);
      case "inCollection":
        return this.#inCollection(expr.operand, expr.collection, expr.negated, span);
      case "inQuery":
        return bindInQuery(this, expr, expr.operand, expr.query, expr.negated);
      case "quantified":
        return bindQuantified(this, expr);
      case "subquery":
        return bindScalarSubquery(this, expr);
      case "arraySubquery":
        return bindArraySubquery(this, expr);
      case "exists":
        return bindExists(this, expr);
      case "like":
        return this.#like(expr);
      case "isTest":
        return this.#isTest(expr);
      case "case":
        return this.#case(expr);
      case "cast":
        return castTo(this.bind(expr.operand), resolveType(expr.type), span, expr.try);
      case "atTimeZone":
        return this.call("timezone", [this.bind(expr.zone), this.bind(expr.operand)], span);
      case "collate":
        throw unsupported("COLLATE", span, "lower(x) compares without regard to case");
      case "call":
        return bindCall(this, expr);
      case "list":
        return this.list(
          expr.items.map((item) => this.bind(item)),
          span,
        );
      case "struct":
        return this.call(
          "struct_pack",
          expr.fields.map((field) => this.bind(field.value)),
          span,
          expr.fields.map((field) => field.name.name),
        );
      case "row":
        return this.call(
          "row",
          expr.items.map((item) => this.bind(item)),
          span,
        );
      case "map":
        return this.#map(expr);
      case "subscript":
        return this.#subscript(expr);
      case "slice":
        return this.#slice(expr);
      case "field":
        return this.field(this.bind(expr.operand), expr.field.name, expr.field.span);
      case "listComprehension":
        return this.#comprehension(expr);
      case "lambda":
        throw bindError("a lambda can only be an argument of a list function", span);
      case "star":
        throw bindError("* can only stand in a select list or in count(*)", span);
      case "columns":
        throw bindError(`COLUMNS is not allowed in ${this.clause.name}`, span);
      case "default":
        throw bindError("DEFAULT can only stand in the rows of an INSERT", span);
    }
  }

  /** A call of a built-in function by name. */
  call(name: string, args: readonly BoundExpr[], span: Span, names?: readonly (string | undefined)[]): BoundExpr {
    return bindScalarFunction(this, name, args, span, names);
  }

  /** A condition: BOOLEAN, or what casts to it. */
  condition(expr: Expr): BoundExpr {
    return this.toBoolean(this.bind(expr));
  }

  toBoolean(bound: BoundExpr): BoundExpr {
    const { kind } = bound.type;
    if (kind !== "boolean" && kind !== "null" && kind !== "varchar" && !isNumeric(bound.type)) {
      throw bindError(`a condition must be BOOLEAN, not ${typeName(bound.type)}`, bound.span);
    }
    return castTo(bound, BOOLEAN);
  }

  /** All of one type, as CASE, COALESCE and lists need them. */
  unifyAll(exprs: readonly BoundExpr[], what: string): BoundExpr[] {
    let type: ArgType | undefined;
    for (const expr of exprs) {
      const next = argTypeOf(expr);
      const unified: ArgType | undefined = type === undefined ? next : unify(type, next);
      if (unified === undefined) {
        throw bindError(
          `${what} mixes ${typeName((type as ArgType).type)} and ${typeName(next.type)}`,
          expr.span,
          `cast one of them: CAST(… AS ${typeName((type as ArgType).type)})`,
        );
      }
      type = unified;
    }
    return type === undefined ? [] : exprs.map((expr) => castTo(expr, (type as ArgType).type));
  }

  list(items: readonly BoundExpr[], span: Span): BoundExpr {
    return this.call("list_value", this.unifyAll(items, "a list"), span);
  }

  /** `(expr).field`. */
  field(operand: BoundExpr, name: string, span: Span): BoundExpr {
    const whole = { start: operand.span.start, end: span.end };
    switch (operand.type.kind) {
      case "struct": {
        const found = operand.type.fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
        if (found === undefined) {
          throw bindError(
            `there is no field "${name}" in ${typeName(operand.type)}`,
            span,
            `fields: ${operand.type.fields.map((field) => `"${field.name}"`).join(", ")}`,
          );
        }
        return this.call("struct_extract", [operand, textConstant(found.name, span)], whole);
      }
      case "map":
        return this.call("map_extract_value", [operand, stringLiteral(name, span)], whole);
      case "json":
        return this.call("->", [operand, textConstant(name, span)], whole);
      default:
        throw bindError(`${typeName(operand.type)} has no fields, so there is no "${name}" in it`, span);
    }
  }

  #positional(index: number, span: Span): BoundExpr {
    const columns = allColumns(this.select.scope);
    if (index < 1 || index > columns.length) throw bindError(`#${index} is out of range: FROM has ${columns.length} columns`, span);
    return columnExpr(columns[index - 1], span);
  }

  #parameter(name: string, span: Span): BoundExpr {
    const { parameters } = this.environment.context;
    const found = parameters.get(name) ?? [...parameters].find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
    if (found === undefined) {
      const known = [...parameters.keys()].map((key) => `$${key}`);
      throw bindError(`no value was given for parameter $${name}`, span, known.length > 0 ? `there are ${known.join(", ")}` : undefined);
    }
    if (found.type.kind === "varchar" && typeof found.value === "string") return stringLiteral(found.value, span);
    return literal(found.type, found.value, span);
  }

  #unary(expr: Unary): BoundExpr {
    const { operand, span } = expr;
    switch (expr.op) {
      case "NOT":
        return { kind: "not", type: BOOLEAN, input: this.condition(operand), span };
      case "-":
        if (operand.kind === "number") return numberLiteral(operand, true, span);
        if (isNegativeNumber(operand)) return numberLiteral(operand.operand, false, span);
        return this.call("-", [this.bind(operand)], span);
      case "+":
        return operand.kind === "number" ? this.bind(operand) : this.call("+", [this.bind(operand)], span);
      case "~":
        return this.call("~", [this.bind(operand)], span);
      case "@":
        return this.call("abs", [this.bind(operand)], span);
    }
  }

  #between(expr: Between): BoundExpr {
    const operand = this.bind(expr.operand);
    const low = this.bind(expr.low);
    const high = this.bind(expr.high);
    if (isVolatile(operand, this.environment.context.functions)) {
      throw unsupported("BETWEEN over a function with side effects", expr.operand.span);
    }
    const range = (from: BoundExpr, to: BoundExpr): BoundExpr => ({
      kind: "and",
      type: BOOLEAN,
      args: [compare(">=", operand, from, expr.span), compare("<=", operand, to, expr.span)],
      span: expr.span,
    });
    const inside: BoundExpr = expr.symmetric
      ? { kind: "or", type: BOOLEAN, args: [range(low, high), range(high, low)], span: expr.span }
      : range(low, high);
    return this.negateIf(expr.negated, inside, expr.span);
  }

  negateIf(negated: boolean, input: BoundExpr, span: Span): BoundExpr {
    return negated ? { kind: "not", type: BOOLEAN, input, span } : input;
  }

  #inList(expr: InList): BoundExpr {
    const operand = this.bind(expr.operand);
    const values = expr.list.map((item) => this.bind(item));
    let type = argTypeOf(operand);
    for (const value of values) {
      const unified = unifyComparison(type, argTypeOf(value), true);
      if (unified === undefined) {
        throw bindError(
          `cannot compare ${typeName(type.type)} with ${typeName(value.type)}`,
          value.span,
          `cast it: CAST(… AS ${typeName(type.type)})`,
        );
      }
      type = { type: unified };
    }
    const target = type.type;
    return {
      kind: "in",
      type: BOOLEAN,
      input: castTo(operand, target),
      values: values.map((value) => castTo(value, target)),
      negated: expr.negated,
      span: expr.span,
    };
  }

  #inCollection(operand: Expr, collection: Expr, negated: boolean, span: Span): BoundExpr {
    const inside = this.bind(collection);
    const name = inside.type.kind === "map" ? "map_contains" : inside.type.kind === "varchar" ? "contains" : "list_contains";
    return this.negateIf(negated, this.call(name, [inside, this.bind(operand)], span), span);
  }

  #like(expr: Like): BoundExpr {
    const args = [this.bind(expr.operand), this.bind(expr.pattern)];
    if (expr.escape !== undefined) args.push(this.bind(expr.escape));
    const names = { like: "like", ilike: "ilike", similar: "regexp_full_match", glob: "glob" };
    if (expr.escape !== undefined && expr.variant !== "like" && expr.variant !== "ilike") {
      throw unsupported(`ESCAPE with ${expr.variant.toUpperCase()}`, expr.escape.span);
    }
    const name = expr.escape === undefined ? names[expr.variant] : `${names[expr.variant]}_escape`;
    return this.negateIf(expr.negated, this.call(name, args, expr.span), expr.span);
  }

  #isTest(expr: IsTest): BoundExpr {
    const input = this.bind(expr.operand);
    const { span, negated } = expr;
    if (expr.test === "null" || expr.test === "unknown") {
      return { kind: "is-null", type: BOOLEAN, input: expr.test === "null" ? input : this.toBoolean(input), negated, span };
    }
    const op = negated ? "distinct" : "not-distinct";
    return { kind: "compare", type: BOOLEAN, op, left: this.toBoolean(input), right: booleanLiteral(expr.test === "true", span), span };
  }

  #case(expr: Case): BoundExpr {
    const operand = expr.operand === undefined ? undefined : this.bind(expr.operand);
    if (operand !== undefined && isVolatile(operand, this.environment.context.functions)) {
      throw unsupported("CASE over a function with side effects", operand.span);
    }
    const conditions = expr.whens.map((when) =>
      operand === undefined ? this.condition(when.condition) : compare("=", operand, this.bind(when.condition), when.condition.span),
    );
    const results = expr.whens.map((when) => this.bind(when.result));
    const otherwise = expr.otherwise === undefined ? nullLiteral(expr.span) : this.bind(expr.otherwise);
    return this.caseOf(conditions, results, otherwise, expr.span);
  }

  caseOf(conditions: readonly BoundExpr[], results: readonly BoundExpr[], otherwise: BoundExpr, span: Span): BoundExpr {
    // The ELSE decides first, as in DuckDB: CASE WHEN c THEN 'x' ELSE 1 END reads 'x' as a number either way.
    const [last, ...unified] = this.unifyAll([otherwise, ...results], "CASE");
    const branches = conditions.map((when, i) => branch(when, unified[i]));
    return { kind: "case", type: last.type, branches, otherwise: last, span };
  }

  #map(expr: MapLiteral): BoundExpr {
    const keys = this.list(
      expr.entries.map((entry) => this.bind(entry.key)),
      expr.span,
    );
    const values = this.list(
      expr.entries.map((entry) => this.bind(entry.value)),
      expr.span,
    );
    return this.call("map", [keys, values], expr.span);
  }

  #subscript(expr: Subscript): BoundExpr {
    const operand = this.bind(expr.operand);
    const { span } = expr;
    if (operand.type.kind === "struct") {
      if (expr.index.kind === "string") return this.field(operand, expr.index.value, expr.index.span);
      return this.call("struct_extract_at", [operand, this.bind(expr.index)], span);
    }
    const index = this.bind(expr.index);
    switch (operand.type.kind) {
      case "map":
        return this.call("map_extract_value", [operand, index], span);
      case "json":
        return this.call("->", [operand, index], span);
      case "varchar":
        return this.call("array_extract", [operand, index], span);
      default:
        return this.call("list_extract", [operand, index], span);
    }
  }

  #slice(expr: Slice): BoundExpr {
    const operand = this.bind(expr.operand);
    const { span } = expr;
    const step = expr.step === undefined ? undefined : this.bind(expr.step);
    if (step !== undefined && (expr.lower === undefined || expr.upper === undefined)) {
      throw unsupported("a slice with a step and an open end", span, "write both ends: x[1:10:2]");
    }
    const end = (bound: Expr | undefined, open: bigint) =>
      bound === undefined ? literal({ kind: "bigint" }, open, span) : this.bind(bound);
    const args = [operand, end(expr.lower, 1n), end(expr.upper, -1n)];
    return this.call("array_slice", step === undefined ? args : [...args, step], span);
  }

  #interval(expr: IntervalLiteral): BoundExpr {
    const { span, unit, value } = expr;
    if (unit === undefined) return castTo(this.bind(value), INTERVAL, span);
    const bound = this.bind(value);
    const constant = intervalAmount(bound);
    if (constant !== undefined) return intervalOf(constant, unit, span);
    const { name, fractional } = intervalFunction(unit);
    const amount = castTo(bound, DOUBLE);
    return this.call(name, [fractional ? amount : this.truncated(amount, name, span)], span);
  }

  /** Whole units from a double: days and longer count in INTEGER, shorter ones in BIGINT. */
  truncated(amount: BoundExpr, name: string, span: Span): BoundExpr {
    const short = name === "to_hours" || name === "to_minutes" || name === "to_microseconds";
    return castTo(this.call("trunc", [amount], span), { kind: short ? "bigint" : "integer" });
  }

  #comprehension(expr: Extract<Expr, { kind: "listComprehension" }>): BoundExpr {
    const { span, variables, filter } = expr;
    if (filter !== undefined && variables.length > 1) {
      throw unsupported("a list comprehension with a position and a filter", span, "list_filter and list_transform do the same");
    }
    const arg = (value: Expr | Extract<Expr, { kind: "lambda" }>) => ({ kind: "arg" as const, value, span: value.span });
    const callOf = (name: string, source: Expr, body: Expr): Expr => ({
      kind: "call",
      name: [{ name, quoted: false, span }],
      args: [arg(source), arg({ kind: "lambda", params: variables, body, span: body.span })],
      distinct: false,
      orderBy: [],
      withinGroup: [],
      span,
    });
    const source = filter === undefined ? expr.source : callOf("list_filter", expr.source, filter);
    return this.bind(callOf("list_transform", source, expr.result));
  }
}

/** `- -5` is the number 5, as in DuckDB. */
const isNegativeNumber = (expr: Expr): expr is Unary & { readonly operand: NumberLiteral } =>
  expr.kind === "unary" && expr.op === "-" && expr.operand.kind === "number";

/** The number in front of an interval's unit, where it is written out. */
function intervalAmount(bound: BoundExpr): number | undefined {
  if (bound.kind !== "literal" || bound.value === null) return undefined;
  const { value, type } = bound;
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return type.kind === "decimal" ? Number(value) / 10 ** type.scale : Number(value);
  if (typeof value === "string" && value.trim() !== "" && Number.isFinite(Number(value))) return Number(value);
  return undefined;
}
