import type {
  Cte,
  Emit,
  Expr,
  Fill,
  GroupWindow,
  Join,
  JoinRange,
  JoinType,
  LatestOn,
  Query,
  QueryBody,
  SampleBy,
  Select,
  SelectItem,
  SetOperation,
  TableAlias,
  TableFunction,
  TableRef,
} from "./ast.ts";
import { orderBy, printArg } from "./print-expression.ts";
import { functionName, identifier, nameList, type Print, qualifiedName, quoteString, words } from "./print-names.ts";

export function printQuery(node: Query, print: Print): string {
  const { recursive, ctes, body, limit, limitPercent, offset, emit, duration, until } = node;
  return words(
    ctes.length > 0 && words("WITH", recursive && "RECURSIVE", ctes.map(print).join(", ")),
    body.kind === "query" ? `(${print(body)})` : print(body),
    orderBy(node.orderBy, print),
    limit !== undefined && printLimit(limit, limitPercent, print),
    offset !== undefined && `OFFSET ${print(offset)}`,
    emit !== undefined && print(emit),
    duration !== undefined && `FOR ${spanOfTime(duration, print)}`,
    until !== undefined && `UNTIL ${pointInTime(until, print)}`,
  );
}

/** An expression behind which a clause goes on, or which is no clause of its own without a word that opens it: in parentheses but for literals. */
function guarded(expr: Expr, plain: ReadonlySet<Expr["kind"]>, print: Print): string {
  return plain.has(expr.kind) ? print(expr) : `(${print(expr)})`;
}

const PLAIN_SPANS: ReadonlySet<Expr["kind"]> = new Set(["interval", "parameter", "string"] as const);
const PLAIN_TIMES: ReadonlySet<Expr["kind"]> = new Set(["typedLiteral", "parameter", "string"] as const);

export const spanOfTime = (expr: Expr, print: Print): string => guarded(expr, PLAIN_SPANS, print);
export const pointInTime = (expr: Expr, print: Print): string => guarded(expr, PLAIN_TIMES, print);

const EMIT_WORDS = { final: "FINAL", changes: "CHANGES", every: "EVERY", update: "ON UPDATE" } as const;

export function printEmit({ mode, every, lateness }: Emit, print: Print): string {
  return words(
    `EMIT ${EMIT_WORDS[mode]}`,
    every !== undefined && spanOfTime(every, print),
    lateness !== undefined && `ALLOWED LATENESS ${spanOfTime(lateness, print)}`,
  );
}

function printLimit(limit: NonNullable<Query["limit"]>, percent: boolean, print: Print): string {
  return `LIMIT ${print(limit)}${percent ? " PERCENT" : ""}`;
}

export function printCte({ name, columns, materialized, unsupported, query }: Cte, print: Print): string {
  return words(
    identifier(name) + nameList(columns),
    unsupported !== undefined && print(unsupported),
    "AS",
    materialized === false && "NOT",
    materialized !== undefined && "MATERIALIZED",
    `(${print(query)})`,
  );
}

const SET_LEVELS = { union: 0, except: 0, intersect: 1 } as const;

export function printSetOperation(node: SetOperation, print: Print): string {
  const level = SET_LEVELS[node.op];
  const side = (body: QueryBody, minimum: number): string => {
    const loose = body.kind === "query" || (body.kind === "setOperation" && SET_LEVELS[body.op] < minimum);
    return loose ? `(${print(body)})` : print(body);
  };
  return words(side(node.left, level), node.op.toUpperCase(), node.all && "ALL", node.byName && "BY NAME", side(node.right, level + 1));
}

export function printSelect(node: Select, print: Print): string {
  const { distinct, distinctOn, items, from, where, groupByAll, groupBy, having, windows, qualify, unsupported } = node;
  const list = (nodes: readonly Parameters<Print>[0][]): string => nodes.map(print).join(", ");
  return words(
    "SELECT",
    distinct && "DISTINCT",
    distinctOn.length > 0 && `ON (${list(distinctOn)})`,
    list(items),
    from.length > 0 && `FROM ${list(from)}`,
    where !== undefined && `WHERE ${print(where)}`,
    node.latestOn !== undefined && print(node.latestOn),
    groupByAll && "GROUP BY ALL",
    groupBy.length > 0 && `GROUP BY ${list(groupBy)}`,
    node.sampleBy !== undefined && print(node.sampleBy),
    node.groupWindow !== undefined && print(node.groupWindow),
    having !== undefined && `HAVING ${print(having)}`,
    windows.length > 0 && `WINDOW ${list(windows)}`,
    qualify !== undefined && `QUALIFY ${print(qualify)}`,
    unsupported !== undefined && print(unsupported),
  );
}

const GROUP_WINDOWS = { tumble: "TUMBLING", hop: "SLIDING", session: "SESSION", count: "COUNT" } as const;

export function printGroupWindow({ type, column, size, slide, gap, keys }: GroupWindow, print: Print): string {
  const args = [column, gap, size, slide, ...keys].filter((arg): arg is Expr => arg !== undefined);
  return `WINDOW ${GROUP_WINDOWS[type]}(${args.map(print).join(", ")})`;
}

export function printSampleBy({ size, from, to, fill, align, timeZone, offset }: SampleBy, print: Print): string {
  return words(
    `SAMPLE BY ${spanOfTime(size, print)}`,
    from !== undefined && `FROM ${print(from)}`,
    to !== undefined && `TO ${print(to)}`,
    fill.length > 0 && `FILL(${fill.map(print).join(", ")})`,
    `ALIGN TO ${align.toUpperCase()}`,
    timeZone !== undefined && `TIME ZONE ${print(timeZone)}`,
    offset !== undefined && `WITH OFFSET ${print(offset)}`,
  );
}

export function printFill({ mode, value, source, most }: Fill, print: Print): string {
  const what = value === undefined ? mode.toUpperCase() : print(value);
  return words(source === undefined ? what : `${what}(${print(source)})`, most !== undefined && `MAX ${spanOfTime(most, print)}`);
}

export function printLatestOn({ column, partitionBy }: LatestOn, print: Print): string {
  return `LATEST ON ${print(column)} PARTITION BY ${partitionBy.map(print).join(", ")}`;
}

export function printSelectItem({ expr, alias }: SelectItem, print: Print): string {
  return words(print(expr), alias !== undefined && `AS ${identifier(alias)}`);
}

function printAlias(alias: TableAlias | undefined): string {
  return alias === undefined ? "" : `AS ${identifier(alias.name)}${nameList(alias.columns)}`;
}

const JOIN_WORDS: Readonly<Record<JoinType, string>> = {
  inner: "JOIN",
  left: "LEFT JOIN",
  right: "RIGHT JOIN",
  full: "FULL JOIN",
  cross: "CROSS JOIN",
  semi: "SEMI JOIN",
  anti: "ANTI JOIN",
  asof: "ASOF JOIN",
  "asof left": "ASOF LEFT JOIN",
  window: "WINDOW JOIN",
  positional: "POSITIONAL JOIN",
};

export function printJoin(node: Join, print: Print): string {
  const { type, natural, left, right, on, using, matchCondition, tolerance, within, range } = node;
  return words(
    print(left),
    natural && "NATURAL",
    JOIN_WORDS[type],
    right.kind === "join" ? `(${print(right)})` : print(right),
    matchCondition !== undefined && `MATCH_CONDITION (${print(matchCondition)})`,
    on !== undefined && `ON ${print(on)}`,
    using.length > 0 && `USING ${nameList(using)}`,
    tolerance !== undefined && `TOLERANCE ${spanOfTime(tolerance, print)}`,
    within !== undefined && `WITHIN ${spanOfTime(within, print)}`,
    range !== undefined && print(range),
  );
}

export function printJoinRange({ start, end, prevailing }: JoinRange, print: Print): string {
  return `RANGE BETWEEN ${print(start)} AND ${print(end)} ${prevailing ? "INCLUDE" : "EXCLUDE"} PREVAILING`;
}

export function printTableFunction(node: TableFunction, print: Print): string {
  // a bare = in an argument would be read as its name
  const args = node.args.map((arg) => printArg(arg, arg.value.kind === "binary" && arg.value.op === "=", print)).join(", ");
  return words(
    node.lateral && "LATERAL",
    `${functionName(node.name)}(${args})`,
    node.withOrdinality && "WITH ORDINALITY",
    printAlias(node.alias),
  );
}

type SimpleTable = Exclude<TableRef, Join | TableFunction | { kind: "unsupported" }>;

export const TABLE_PRINTERS: { [K in SimpleTable["kind"]]: (node: Extract<SimpleTable, { kind: K }>, print: Print) => string } = {
  tableName: ({ name, startingAt, systemTime, alias }, print) =>
    words(
      qualifiedName(name),
      startingAt !== undefined && print(startingAt),
      systemTime !== undefined && `FOR SYSTEM_TIME AS OF ${pointInTime(systemTime, print)}`,
      printAlias(alias),
    ),
  file: ({ path, alias }) => words(quoteString(path), printAlias(alias)),
  subqueryRef: ({ query, lateral, alias }, print) => words(lateral && "LATERAL", `(${print(query)})`, printAlias(alias)),
};
