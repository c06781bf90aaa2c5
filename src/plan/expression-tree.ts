import type { FunctionRegistry } from "../catalog/function-registry.ts";
import type { ScalarOverload } from "../catalog/function-types.ts";
import { typeName } from "../core/types.ts";
import { isInterval, type Value } from "../core/value.ts";
import type { BoundExpr } from "./expression.ts";

/** Walks, rewrites and comparisons of bound expressions, over one table of children. */

/** The expressions directly below `expr`. */
export function children(expr: BoundExpr): readonly BoundExpr[] {
  switch (expr.kind) {
    case "literal":
    case "column":
    case "lambda-param":
    case "subquery":
      return [];
    case "call":
    case "and":
    case "or":
    case "coalesce":
      return expr.args;
    case "cast":
    case "not":
    case "is-null":
      return [expr.input];
    case "compare":
      return [expr.left, expr.right];
    case "case":
      return [...expr.branches.flatMap((branch) => [branch.when, branch.then]), expr.otherwise];
    case "in":
      return [expr.input, ...expr.values];
    case "lambda":
      return [expr.body];
  }
}

/** `expr` with each direct child replaced by `f(child)`; the same object when nothing changed. */
export function mapChildren(expr: BoundExpr, f: (child: BoundExpr) => BoundExpr): BoundExpr {
  switch (expr.kind) {
    case "literal":
    case "column":
    case "lambda-param":
    case "subquery":
      return expr;
    case "call":
    case "and":
    case "or":
    case "coalesce": {
      const args = mapAll(expr.args, f);
      return args === expr.args ? expr : { ...expr, args };
    }
    case "cast":
    case "not":
    case "is-null": {
      const input = f(expr.input);
      return input === expr.input ? expr : { ...expr, input };
    }
    case "compare": {
      const left = f(expr.left);
      const right = f(expr.right);
      return left === expr.left && right === expr.right ? expr : { ...expr, left, right };
    }
    case "case": {
      let changed = false;
      const branches = expr.branches.map((old) => {
        const when = f(old.when);
        const then = f(old.then);
        if (when === old.when && then === old.then) return old;
        changed = true;
        return branch(when, then);
      });
      const otherwise = f(expr.otherwise);
      return changed || otherwise !== expr.otherwise ? { ...expr, branches, otherwise } : expr;
    }
    case "in": {
      const input = f(expr.input);
      const values = mapAll(expr.values, f);
      return input === expr.input && values === expr.values ? expr : { ...expr, input, values };
    }
    case "lambda": {
      const body = f(expr.body);
      return body === expr.body ? expr : { ...expr, body };
    }
  }
}

/** One branch of a CASE. */
export function branch(when: BoundExpr, result: BoundExpr): { readonly when: BoundExpr; readonly then: BoundExpr } {
  // biome-ignore lint/suspicious/noThenProperty: the SQL word; these are never awaited
  return { when, then: result };
}

/** `items` with each replaced by `f(item)`; the same array when nothing changed. */
export function mapAll<T>(items: readonly T[], f: (item: T) => T): readonly T[] {
  let changed = false;
  const mapped = items.map((item) => {
    const next = f(item);
    if (next !== item) changed = true;
    return next;
  });
  return changed ? mapped : items;
}

/** Rewrites bottom-up: children first, then `f` on the result. */
export function rewrite(expr: BoundExpr, f: (expr: BoundExpr) => BoundExpr): BoundExpr {
  return f(mapChildren(expr, (child) => rewrite(child, f)));
}

/** True if `test` holds for `expr` or anything below it. */
export function some(expr: BoundExpr, test: (expr: BoundExpr) => boolean): boolean {
  return test(expr) || children(expr).some((child) => some(child, test));
}

/** Positions of the columns an expression reads, added to `into`. */
export function collectColumns(expr: BoundExpr, into: Set<number> = new Set()): Set<number> {
  if (expr.kind === "column") into.add(expr.index);
  for (const child of children(expr)) collectColumns(child, into);
  return into;
}

/** Moves every column reference: `f` gives the new position of an old one. */
export function mapColumns(expr: BoundExpr, f: (index: number) => number): BoundExpr {
  return rewrite(expr, (node) => {
    if (node.kind !== "column") return node;
    const index = f(node.index);
    return index === node.index ? node : { ...node, index };
  });
}

export const shiftColumns = (expr: BoundExpr, by: number): BoundExpr => (by === 0 ? expr : mapColumns(expr, (index) => index + by));

/** Replaces column i by `replacements[i]`; what moves an expression from above a projection to below it. */
export function substituteColumns(expr: BoundExpr, replacements: readonly BoundExpr[]): BoundExpr {
  return rewrite(expr, (node) => (node.kind === "column" ? replacements[node.index] : node));
}

/** The conjuncts of a predicate, nested ANDs opened. */
export function conjuncts(expr: BoundExpr): BoundExpr[] {
  return expr.kind === "and" ? expr.args.flatMap(conjuncts) : [expr];
}

/** One predicate from conjuncts; undefined when there are none. */
export function conjunction(parts: readonly BoundExpr[]): BoundExpr | undefined {
  if (parts.length === 0) return undefined;
  if (parts.length === 1) return parts[0];
  return {
    kind: "and",
    type: { kind: "boolean" },
    args: parts,
    span: { start: parts[0].span.start, end: parts[parts.length - 1].span.end },
  };
}

/** Text that is equal for expressions that compute the same; places in the statement and names of columns do not count. */
export function expressionKey(expr: BoundExpr): string {
  const all = (exprs: readonly BoundExpr[]) => exprs.map(expressionKey).join(",");
  switch (expr.kind) {
    case "literal":
      return `${typeName(expr.type)} ${valueKey(expr.value)}`;
    case "column":
      return `#${expr.index}`;
    case "lambda-param":
      return `$${expr.depth}.${expr.index}`;
    case "subquery":
      return `subquery ${expr.index}`;
    case "call":
      return `${expr.name}/${expr.overload}${expr.argNames === undefined ? "" : JSON.stringify(expr.argNames)}(${all(expr.args)})${expr.output === undefined ? "" : `.${expr.output.at}`}`;
    case "cast":
      return `cast${expr.try ? "?" : ""}(${expressionKey(expr.input)} ${typeName(expr.type)})`;
    case "compare":
      return `(${expressionKey(expr.left)} ${expr.op} ${expressionKey(expr.right)})`;
    case "and":
    case "or":
    case "coalesce":
      return `${expr.kind}(${all(expr.args)})`;
    case "not":
      return `not(${expressionKey(expr.input)})`;
    case "is-null":
      return `null${expr.negated ? "!" : "?"}(${expressionKey(expr.input)})`;
    case "case":
      return `case(${expr.branches.map(({ when, then }) => `${expressionKey(when)}:${expressionKey(then)}`).join(",")};${expressionKey(expr.otherwise)})`;
    case "in":
      return `in${expr.negated ? "!" : "?"}(${expressionKey(expr.input)};${all(expr.values)})`;
    case "lambda":
      return `lambda ${expr.params.length}(${expressionKey(expr.body)})`;
  }
}

function valueKey(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  if (value instanceof Uint8Array) return `bytes ${value.join(",")}`;
  if (Array.isArray(value)) return `[${value.map(valueKey).join(",")}]`;
  return isInterval(value) ? `interval ${value.months} ${value.days} ${value.micros}` : String(value);
}

/** Two expressions compute the same. Calls of volatile functions are equal to nothing; the caller checks that. */
export const sameExpression = (a: BoundExpr, b: BoundExpr): boolean => a === b || expressionKey(a) === expressionKey(b);

/** True if the expression calls a function whose result changes from row to row (random). */
export function isVolatile(expr: BoundExpr, functions: FunctionRegistry): boolean {
  return some(expr, (node) => {
    if (node.kind !== "call") return false;
    const definition = functions.lookup(node.name);
    return definition?.kind === "scalar" && definition.volatility === "volatile";
  });
}

/** The overload of a call that works on whole columns: it is lifted into a node of its own. Undefined for every other expression. */
export function columnarOverload(expr: BoundExpr, functions: FunctionRegistry): ScalarOverload | undefined {
  if (expr.kind !== "call") return undefined;
  const definition = functions.lookup(expr.name);
  const overload = definition?.kind === "scalar" ? definition.overloads[expr.overload] : undefined;
  return overload?.columnar === undefined ? undefined : overload;
}

/** True if the value is known before any row is read: literals and immutable functions of them, but those of whole columns. */
export function isFoldable(expr: BoundExpr, functions: FunctionRegistry): boolean {
  return !some(expr, (node) => {
    switch (node.kind) {
      case "column":
      case "subquery":
        return true;
      case "call": {
        const definition = functions.lookup(node.name);
        if (definition?.kind !== "scalar" || (definition.volatility ?? "immutable") !== "immutable") return true;
        // Rows are taken one by one, and may never end.
        if (definition.tableCall !== undefined) return true;
        return columnarOverload(node, functions) !== undefined;
      }
      default:
        return false;
    }
  });
}
