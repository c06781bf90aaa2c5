import { Catalog } from "../../src/catalog/catalog.ts";
import type { FunctionRegistry } from "../../src/catalog/function-registry.ts";
import { unsupported } from "../../src/core/errors.ts";
import type { Schema } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { castValue } from "../../src/functions/cast/index.ts";
import { builtinFunctions } from "../../src/functions/index.ts";
import type { BinderContext, TypedValue } from "../../src/plan/binder/environment.ts";
import { type BoundExpr, bindQuery, type QueryPlan, resolveType } from "../../src/plan/index.ts";
import { parseOne, type Query } from "../../src/sql/index.ts";
import { columnFunction, defineAll, mapped } from "../apply/column-functions.ts";

/** The tables of the tests, as Weir and DuckDB both create them. */
export const TABLES: Readonly<Record<string, string>> = {
  t: "a INTEGER, B VARCHAR, c DOUBLE, d DATE, ts TIMESTAMP, l INTEGER[], s STRUCT(x INTEGER, y VARCHAR), bl BOOLEAN, m MAP(VARCHAR, INTEGER), big BIGINT, small SMALLINT, p DECIMAL(10,2), f FLOAT",
  u: "a INTEGER, k VARCHAR, v DOUBLE, n BIGINT",
  flights: "origin VARCHAR, dest VARCHAR, delay INTEGER, distance INTEGER, day DATE",
  airports: "code VARCHAR, city VARCHAR, state VARCHAR",
};

const ROWS: Readonly<Record<string, number>> = { t: 1000, u: 100, flights: 100_000, airports: 500 };

function schemaOf(columns: string): Schema {
  const statement = parseOne(`CREATE TABLE x (${columns})`);
  if (statement.kind !== "createTable") throw new Error("no table");
  return statement.columns.map((column) => {
    if (column.type === undefined) throw new Error("no type");
    return { name: column.name.name, type: resolveType(column.type) };
  });
}

export function testCatalog(): Catalog {
  const catalog = new Catalog();
  for (const [name, columns] of Object.entries(TABLES)) {
    const schema = schemaOf(columns);
    const source = { kind: "memory" as const, schema, batches: [], rowCount: ROWS[name] };
    catalog.create({ kind: "table", name, schema, source, notNull: schema.map(() => false), defaults: schema.map(() => undefined) });
  }
  return catalog;
}

/** Values of constants, by the functions' own implementations, one value at a time. */
export function constantEvaluator(functions: FunctionRegistry): (expr: BoundExpr) => Value {
  const evaluate = (expr: BoundExpr): Value => {
    switch (expr.kind) {
      case "literal":
        return expr.value;
      case "cast":
        return castValue(expr.input.type, expr.type, evaluate(expr.input), { try: expr.try, timeZone: "UTC" });
      case "not": {
        const input = evaluate(expr.input);
        return input === null ? null : !input;
      }
      case "compare": {
        const [left, right] = [evaluate(expr.left), evaluate(expr.right)];
        if (left === null || right === null) return null;
        switch (expr.op) {
          case "=":
            return left === right;
          case "<>":
            return left !== right;
          case "<":
            return left < right;
          case ">":
            return left > right;
          case "<=":
            return left <= right;
          default:
            return left >= right;
        }
      }
      case "call": {
        const definition = functions.lookup(expr.name);
        if (definition?.kind !== "scalar") throw new Error(`no function ${expr.name}`);
        const overload = definition.overloads[expr.overload];
        const args = expr.args.map(evaluate);
        if (overload.nulls !== "handles" && args.includes(null)) return null;
        const types = expr.args.map((arg) => arg.type);
        const bind = { types, constants: args, names: [], timeZone: "UTC", nowMicros: 0 };
        const { impl, wide } = overload.specialise?.(bind) ?? overload;
        const result = (wide ?? impl)?.(...args);
        return expr.type.kind === "bigint" && typeof result === "number" ? BigInt(result) : result;
      }
      default:
        throw new Error(`constant ${expr.kind}`);
    }
  };
  return evaluate;
}

/** Functions of whole columns: one that answers the same always, and one that does not. */
export const COLUMN_FUNCTIONS = [
  columnFunction("score", { call: (args, length) => mapped(args, length, (x) => x * 2) }),
  columnFunction("dice", { call: (args, length) => mapped(args, length, (x) => x) }, { volatility: "volatile" }),
];

export const functions = builtinFunctions();
defineAll(functions, COLUMN_FUNCTIONS);

export function testContext(options: { catalog?: Catalog; parameters?: Readonly<Record<string, TypedValue>> } = {}): BinderContext {
  return {
    catalog: options.catalog ?? testCatalog(),
    functions,
    parameters: new Map(Object.entries(options.parameters ?? {})),
    timeZone: "UTC",
    nowMicros: 0,
    openFile: (patterns, functionName, _options, span) => {
      if (patterns[0] !== "data/people.csv") throw unsupported(`file ${patterns[0]} (${functionName})`, span);
      const schema = schemaOf("id INTEGER, name VARCHAR, born DATE");
      return { name: patterns[0], source: { kind: "file", format: "csv", schema, files: [`/${patterns[0]}`], options: {} } };
    },
    evaluateConstant: constantEvaluator(functions),
  };
}

export function parseQuery(sql: string): Query {
  const statement = parseOne(sql);
  if (statement.kind !== "query") throw new Error(`${sql} is no query`);
  return statement;
}

export const bind = (sql: string, context = testContext()): QueryPlan => bindQuery(parseQuery(sql), context);
