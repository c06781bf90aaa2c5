import type { Catalog } from "../../src/catalog/catalog.ts";
import type { FunctionRegistry } from "../../src/catalog/function-registry.ts";
import type { FunctionDefinition } from "../../src/catalog/function-types.ts";
import type { ModelRegistry } from "../../src/catalog/models.ts";
import { evaluateConstant } from "../../src/compile/index.ts";
import type { Span } from "../../src/core/errors.ts";
import { type DataType, typesEqual } from "../../src/core/types.ts";
import type { BoundAggregate, BoundExpr, BoundWindow } from "../../src/plan/expression.ts";
import { children } from "../../src/plan/expression-tree.ts";
import { bindQuery, type LogicalPlan, type QueryPlan } from "../../src/plan/index.ts";
import { inputsOf, mapExpressions } from "../../src/plan/plan-tree.ts";
import { type Call, type Expr, type Node, parseExpression, parseOne, print, type Query, rewrite, walk } from "../../src/sql/index.ts";
import { loadModule } from "../../src/udf/load-module.ts";
import { readModule } from "../../src/udf/read-module.ts";
import { aggregateTwin, IDENTITY_STYLES, identity, scalarTwin, type Twin, windowTwin } from "./twins.ts";

/** What a query is bound against. */
export interface Names {
  readonly catalog: Catalog;
  readonly functions: FunctionRegistry;
  readonly models: ModelRegistry;
}

export interface RewriteOptions {
  readonly seed: number;
  /** Timestamps are before the year 2255. */
  readonly times: boolean;
  /** Names of columns that stay as they are, as the time of a stream must. */
  readonly keep: ReadonlySet<string>;
  /** Of 100 expressions, how many go through a function that gives them back, and how many calls get a twin. */
  readonly identities: number;
  readonly twins: number;
  /** Window functions too, which need whole partitions. */
  readonly windows: boolean;
}

const loaded = new Map<string, Promise<readonly FunctionDefinition[]>>();

/** Defines functions in a registry; each module is evaluated once. */
export async function defineTwins(twins: readonly Twin[], functions: FunctionRegistry): Promise<void> {
  for (const { name, source } of twins) {
    let definitions = loaded.get(source);
    if (definitions === undefined) {
      definitions = loadModule(readModule(source, { name: "cell", place: { kind: "file", path: `${name}.ts` } }));
      loaded.set(source, definitions);
    }
    for (const definition of await definitions) functions.define(definition, { replace: true });
  }
}

interface Found {
  readonly types: Map<string, DataType | "several">;
  readonly calls: Map<string, Extract<BoundExpr, { kind: "call" | "coalesce" }>>;
  readonly aggregates: Map<string, BoundAggregate>;
  readonly windows: Map<string, BoundWindow>;
}

const keyOf = ({ start, end }: Span): string => `${start}:${end}`;
/** Names tell tables apart, so equal texts mean the same; a key of GROUP BY is bound once only. */
const textOf = (text: string, { start, end }: Span): string => text.slice(start, end);

/** A query in which functions of the user's own stand for built-in calls, and around expressions. Equal expressions are replaced alike. */
export function withTwins(text: string, names: Names, options: RewriteOptions): { readonly sql: string; readonly twins: readonly Twin[] } {
  const query = parseOne(text) as Query;
  const found = bound(query, text, names);
  const { times } = options;
  const stays = new Set<string>();
  const inLambda = new Set<string>();
  const withoutPlaces = (node: Node) => walk(node, (below) => void stays.add(`${below.kind} ${keyOf(below.span)}`));
  walk(query, (node) => {
    if (node.kind === "lambda" || node.kind === "listComprehension") walk(node, (below) => void inLambda.add(keyOf(below.span)));
    if (node.kind === "tableFunction" || node.kind === "emit" || node.kind === "interval") {
      for (const arg of node.kind === "tableFunction" ? node.args : []) if (arg.value.kind !== "tableArg") withoutPlaces(arg.value);
      if (node.kind !== "tableFunction") withoutPlaces(node);
    }
    if (node.kind === "query") node.orderBy.forEach(withoutPlaces);
    if (node.kind === "column" && options.keep.has(node.parts[node.parts.length - 1].name)) withoutPlaces(node);
  });
  const twins = new Map<string, Twin>();
  const use = (twin: Twin, span: Span): boolean => {
    if (twin.columnar && inLambda.has(keyOf(span))) return false;
    twins.set(twin.name, twin);
    return true;
  };
  const sql = print(
    rewrite(query, (node) => {
      // A column keeps its name.
      if (node.kind === "selectItem" && node.alias === undefined && node.expr.kind === "call") {
        const [name] = textOf(text, node.span).match(/[a-z_]+$/) ?? [];
        if (/^[a-z_.]+$/.test(textOf(text, node.span)) && name) return { ...node, alias: { name, quoted: false, span: node.span } };
      }
      if (stays.has(`${node.kind} ${keyOf(node.span)}`)) return node;
      const key = textOf(text, node.span);
      const random = hashed(`${options.seed} ${key}`);
      const replaced = random(100) < options.twins ? replacement(node, key, found, random, options, use) : undefined;
      const now = replaced ?? node;
      if (!isWrappable(node) || random(100) >= options.identities) return now;
      const type = found.types.get(key);
      if (type === undefined || type === "several") return now;
      const style = random(IDENTITY_STYLES);
      const twin = identity(type, style, times);
      if (twin === undefined || !use(twin, node.span)) return now;
      const flag: Expr[] = style === 7 ? [{ kind: "boolean", value: true, span: node.span }] : [];
      return call(twin.name, [...flag, now as Expr], node.span);
    }),
  );
  return { sql, twins: [...twins.values()] };
}

const isWrappable = (node: Node): boolean =>
  [
    "column",
    "call",
    "binary",
    "case",
    "cast",
    "unary",
    "isTest",
    "like",
    "between",
    "inList",
    "subscript",
    "field",
    "list",
    "struct",
    "subquery",
  ].includes(node.kind);

function replacement(
  node: Node,
  key: string,
  found: Found,
  random: (below: number) => number,
  { times, windows }: RewriteOptions,
  use: (twin: Twin, span: Span) => boolean,
): Node | undefined {
  if (node.kind === "binary") {
    const known = found.calls.get(key);
    if (known === undefined || known.kind !== "call" || known.name !== node.op) return undefined;
    const twin = scalarTwin(known.name, known.args.map(typeOf), known.type, random(2), times);
    return twin && use(twin, node.span) ? call(twin.name, [node.left, node.right], node.span) : undefined;
  }
  if (node.kind !== "call") return undefined;
  const renamed = (twin: Twin | undefined, args = node.args): Call | undefined =>
    twin && use(twin, node.span) ? { ...node, name: [{ name: twin.name, quoted: false, span: node.span }], args } : undefined;
  const aggregate = found.aggregates.get(key);
  const window = found.windows.get(key);
  if (aggregate !== undefined || window?.aggregate) {
    const { name, args, type } = (aggregate ?? window) as BoundAggregate;
    const isStar = node.args[0]?.value.kind === "star";
    if (!isStar && args.length !== node.args.length) return undefined;
    return renamed(aggregateTwin(name, isStar ? [] : args.map(typeOf), type, random(4), times), isStar ? [] : node.args);
  }
  if (window !== undefined) {
    if (window.ignoreNulls || !windows) return undefined;
    const [one] = call("", [parseExpression("1")], node.span).args;
    return renamed(windowTwin(window.name, window.args.map(typeOf), times), window.name === "row_number" ? [one] : node.args);
  }
  const known = found.calls.get(key);
  if (known === undefined || known.args.length !== node.args.length) return undefined;
  const twin = scalarTwin(known.kind === "call" ? known.name : "coalesce", known.args.map(typeOf), known.type, random(2), times);
  return renamed(
    twin,
    node.args.map(({ name: _, ...arg }) => arg),
  );
}

/** What built-in functions make of other types by themselves, and other functions do not. */
const isTextOfOther = (expr: BoundExpr): boolean =>
  expr.kind === "cast" && expr.type.kind === "varchar" && keyOf(expr.span) === keyOf(expr.input.span);

const typeOf = ({ type }: { readonly type: DataType }): DataType => type;

const call = (name: string, args: readonly Expr[], span: Span): Call => ({
  kind: "call",
  name: [{ name, quoted: false, span }],
  args: args.map((value) => ({ kind: "arg", value, span })),
  distinct: false,
  orderBy: [],
  withinGroup: [],
  span,
});

/** Numbers that a text decides. */
function hashed(text: string): (below: number) => number {
  let state = 2166136261;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 16777619);
  return (below) => {
    state = Math.imul(state ^ (state >>> 15), 2246822519) + 0x6d2b79f5;
    state ^= state >>> 13;
    return (state >>> 0) % below;
  };
}

/** Types of a query's expressions, and what its calls were bound to, by their texts. */
function bound(query: Query, text: string, { catalog, functions, models }: Names): Found {
  const compile = { functions, models, timeZone: "UTC", nowMicros: 0, subqueryValues: [], checkInterrupt: () => {} };
  const plan = bindQuery(query, {
    catalog,
    functions,
    models,
    parameters: new Map(),
    timeZone: "UTC",
    nowMicros: 0,
    openFile: () => {
      throw new Error("no files here");
    },
    evaluateConstant: (expr) => evaluateConstant(expr, compile),
  });
  const found: Found = { types: new Map(), calls: new Map(), aggregates: new Map(), windows: new Map() };
  const note = (expr: BoundExpr): void => {
    for (const child of children(expr)) note(child);
    if (expr.kind === "cast" && keyOf(expr.span) === keyOf(expr.input.span)) return;
    if (expr.kind === "literal") return;
    const key = textOf(text, expr.span);
    const before = found.types.get(key);
    if (before === undefined) found.types.set(key, expr.type);
    else if (before !== "several" && !typesEqual(before, expr.type)) found.types.set(key, "several");
    if ((expr.kind === "call" || expr.kind === "coalesce") && !expr.args.some(isTextOfOther)) found.calls.set(key, expr);
  };
  const visit = (node: LogicalPlan): void => {
    mapExpressions(node, (expr) => {
      note(expr);
      return expr;
    });
    if (node.kind === "aggregate") for (const each of node.aggregates) found.aggregates.set(textOf(text, each.span), each);
    if (node.kind === "window") for (const each of node.windows) found.windows.set(textOf(text, each.span), each);
    inputsOf(node).forEach(visit);
  };
  const visitAll = (each: QueryPlan): void => {
    visit(each.root);
    each.subqueries.forEach(visitAll);
  };
  visitAll(plan);
  return found;
}
