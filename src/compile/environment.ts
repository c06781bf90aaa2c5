import type { CallFailures, FunctionDefinition, ScalarFunction } from "../catalog/function-types.ts";
import type { DataType } from "../core/types.ts";
import { typeName } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { BoundCall, BoundExpr } from "../plan/expression.ts";
import { children, collectColumns, expressionKey } from "../plan/expression-tree.ts";
import { callOperation, castOperation, type Operation } from "./operation.ts";
import type { CompileContext } from "./types.ts";

/** Evaluates an expression for one row: arguments are the given columns' values, in value form. */
export type RowFunction = (...values: Value[]) => Value;
export type MakeRowFunction = (expr: BoundExpr, columns: readonly number[], env: Environment) => RowFunction;

/** What one pipeline's variants share: facts about its expressions, each worked out once. */
export class Environment {
  readonly context: CompileContext;
  readonly inputTypes: readonly DataType[];
  readonly #makeRowFunction: MakeRowFunction;
  readonly #ids = new Map<string, number>();
  readonly #idOf = new WeakMap<BoundExpr, number>();
  #operations = new WeakMap<BoundExpr, Operation>();
  #constants = new WeakMap<BoundExpr, { readonly value: Value } | null>();
  readonly #columns = new WeakMap<BoundExpr, ReadonlySet<number>>();
  readonly #steady = new WeakMap<BoundExpr, boolean>();
  /** Functions of the user's own that were redefined while the query runs. */
  readonly #redefined = new Map<string, ScalarFunction>();
  readonly #used = new Set<string>();
  readonly #failures = new Set<CallFailures>();
  /** Called when a function of the user's own was redefined: what was made with it is to be made anew, and let go at once. */
  onRedefined: () => void = () => {};
  /** Rows that the pipeline was through with before the batch under way. */
  readonly position = { rows: 0 };

  constructor(context: CompileContext, inputTypes: readonly DataType[], makeRowFunction: MakeRowFunction) {
    this.context = context;
    this.inputTypes = inputTypes;
    this.#makeRowFunction = makeRowFunction;
  }

  /** Equal for expressions that compute the same; never equal for two calls of a volatile function. */
  id(expr: BoundExpr): number {
    let id = this.#idOf.get(expr);
    if (id !== undefined) return id;
    const key = this.#isVolatile(expr) ? `volatile ${this.#ids.size}` : this.#key(expr);
    id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(key, id);
    }
    this.#idOf.set(expr, id);
    return id;
  }

  #key(expr: BoundExpr): string {
    const below = children(expr);
    if (below.length === 0) return expressionKey(expr);
    const shell: Record<string, unknown> = { kind: expr.kind, type: typeName(expr.type), below: below.map((child) => this.id(child)) };
    if (expr.kind === "call") Object.assign(shell, { name: expr.name, overload: expr.overload, names: expr.argNames });
    else if (expr.kind === "cast") shell.try = expr.try;
    else if (expr.kind === "compare") shell.op = expr.op;
    else if (expr.kind === "is-null" || expr.kind === "in") shell.negated = expr.negated;
    return JSON.stringify(shell);
  }

  #isVolatile(expr: BoundExpr): boolean {
    if (expr.kind !== "call") return false;
    const definition = this.context.functions.lookup(expr.name);
    return definition?.kind === "scalar" && definition.volatility === "volatile";
  }

  /** True when nothing in it is volatile. */
  isSteady(expr: BoundExpr): boolean {
    let steady = this.#steady.get(expr);
    if (steady === undefined) {
      steady = !this.#isVolatile(expr) && children(expr).every((child) => this.isSteady(child));
      this.#steady.set(expr, steady);
    }
    return steady;
  }

  operation(expr: Extract<BoundExpr, { kind: "call" | "cast" }>): Operation {
    let operation = this.#operations.get(expr);
    if (operation === undefined) {
      operation = expr.kind === "cast" ? castOperation(expr, this.context) : this.#callOperation(expr);
      this.#operations.set(expr, operation);
    }
    return operation;
  }

  #callOperation(expr: BoundCall): Operation {
    const definition = this.#redefined.get(expr.name) ?? this.context.functions.lookup(expr.name);
    const operation = callOperation(expr, definition, this.context, (arg) => this.constant(arg));
    if (operation.failures !== undefined) this.#failures.add(operation.failures);
    if (definition?.kind === "scalar" && definition.origin !== undefined) this.#use(definition);
    return operation;
  }

  /** Tells the query that it uses a function of the user's own, once. */
  #use(definition: ScalarFunction): void {
    const { name, origin } = definition;
    if (this.#used.has(name) || origin === undefined) return;
    this.#used.add(name);
    // Not the definition itself, which holds its module's variables: it is let go when another one takes its place.
    const shape = callShape(definition);
    this.context.uses?.add({
      kind: "function",
      name,
      hash: origin.hash,
      replacement: (next) => {
        const other = next as FunctionDefinition;
        if (other.kind !== "scalar" || callShape(other) !== shape) return "its types changed";
        return () => {
          this.#redefined.set(name, other);
          this.#operations = new WeakMap();
          this.#constants = new WeakMap();
          this.onRedefined();
        };
      },
      failures: () => [...this.#failures].flatMap((failures) => failures.report()),
    });
  }

  /** Functions that count the calls of theirs that fail. */
  get failures(): ReadonlySet<CallFailures> {
    return this.#failures;
  }

  /** What tells apart the user's functions that an expression calls: generated code that calls one of them is not to be shared with another. */
  userCalls(expr: BoundExpr): string {
    const own = expr.kind === "call" ? this.operation(expr).identity : undefined;
    const below = children(expr).map((child) => this.userCalls(child));
    return [...(own === undefined ? [] : [own]), ...below].filter((text) => text !== "").join(" ");
  }

  /** True where a call of a user's function may throw, whose error tells the row. */
  mayFailInRow(expr: BoundExpr): boolean {
    if (expr.kind === "call") {
      const { identity, harmless } = this.operation(expr);
      if (identity !== undefined && harmless === undefined) return true;
    }
    return children(expr).some((child) => this.mayFailInRow(child));
  }

  columns(expr: BoundExpr): ReadonlySet<number> {
    let columns = this.#columns.get(expr);
    if (columns === undefined) {
      columns = collectColumns(expr);
      this.#columns.set(expr, columns);
    }
    return columns;
  }

  /** The expression's value where it is the same for every row and evaluates without an error. */
  constant(expr: BoundExpr): { readonly value: Value } | undefined {
    if (expr.kind === "literal") return expr;
    if (expr.kind === "subquery") return { value: this.context.subqueryValues[expr.index] };
    let constant = this.#constants.get(expr);
    if (constant === undefined) {
      // Folding generates code for the expression, which asks again: it must not fold in turn.
      this.#constants.set(expr, null);
      constant = this.#fold(expr);
      this.#constants.set(expr, constant);
    }
    return constant ?? undefined;
  }

  #fold(expr: BoundExpr): { readonly value: Value } | null {
    if (expr.kind === "column" || expr.kind === "lambda" || expr.kind === "lambda-param") return null;
    if (this.columns(expr).size > 0 || !this.isSteady(expr) || hasFreeParameter(expr)) return null;
    try {
      return { value: this.rowFunction(expr, [])() };
    } catch {
      // It must fail where, and only if, a row reaches it.
      return null;
    }
  }

  rowFunction(expr: BoundExpr, columns: readonly number[]): RowFunction {
    return this.#makeRowFunction(expr, columns, this);
  }
}

/** What calls of a function rely on, once they are bound. */
export const callShape = ({ overloads }: Pick<ScalarFunction, "overloads">): string =>
  JSON.stringify(
    overloads.map(({ args, variadic, optional, returns, nulls, mayReturnNull, columnar }) => [
      args,
      variadic,
      optional,
      typeof returns === "function" ? "" : typeName(returns),
      nulls,
      mayReturnNull,
      columnar !== undefined,
    ]),
  );

/** True if a lambda around the expression gives it a value. */
export function hasFreeParameter(expr: BoundExpr, depth = 0): boolean {
  if (expr.kind === "lambda-param") return expr.depth >= depth;
  const inner = expr.kind === "lambda" ? depth + 1 : depth;
  return children(expr).some((child) => hasFreeParameter(child, inner));
}
