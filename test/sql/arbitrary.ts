import fc from "fast-check";
import type {
  Arg,
  BinaryOp,
  Expr,
  Identifier,
  OrderBy,
  Query,
  QueryBody,
  Select,
  TableAlias,
  TableRef,
  TypeName,
  WindowSpec,
} from "../../src/sql/index.ts";
import { KEYWORDS } from "../../src/sql/index.ts";

/** Random syntax trees, of the shapes that the parser makes. */

const span = { start: 0, end: 0 };
// biome-ignore lint/suspicious/noExplicitAny: the shapes are checked where the trees are used
const node = (fields: Record<string, fc.Arbitrary<any>>, kind: string): fc.Arbitrary<any> =>
  fc.record({ kind: fc.constant(kind), span: fc.constant(span), ...fields });
/** One depth for everything, so that a tree ends however its kinds alternate. The first choice must be a leaf. */
const bounds = { depthIdentifier: fc.createDepthIdentifier(), depthSize: "small", maxDepth: 5 } as const;
// biome-ignore lint/suspicious/noExplicitAny: as above
const choose = (...choices: fc.MaybeWeightedArbitrary<any>[]): fc.Arbitrary<any> => fc.oneof(bounds, ...choices);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined, freq: 2, ...bounds });
const few = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { maxLength: 3, size: "xsmall", depthIdentifier: bounds.depthIdentifier });
const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: 1, maxLength: 3, size: "xsmall", depthIdentifier: bounds.depthIdentifier });

const word = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom("a", "b", "c", "price", "Größe", "_x1") },
  { weight: 1, arbitrary: fc.constantFrom("A b", 'say "hi"', "", "1st", "x;y", "--", "漢字").filter((text) => text !== "") },
  { weight: 2, arbitrary: fc.constantFrom(...KEYWORDS) },
);
const name: fc.Arbitrary<Identifier> = word.map((text) => ({ name: text, quoted: false, span }));
const path = fc.array(name, { minLength: 1, maxLength: 3 });
const text = fc
  .oneof(fc.constantFrom("", "x", "it's", "a\\b", "'", "\n", "--", "$$", "; "), fc.string({ maxLength: 5 }))
  .filter((value) => !value.includes("\0"));

const BINARY_OPS: BinaryOp[] = [
  ...([
    "->",
    "OR",
    "AND",
    "IS DISTINCT FROM",
    "IS NOT DISTINCT FROM",
    "=",
    "<>",
    "<",
    "<=",
    ">",
    ">=",
    "||",
    "&",
    "|",
    "<<",
    ">>",
  ] as const),
  ...(["->>", "~", "!~", "~*", "!~*", "^@", "@>", "<@", "&&", "<->", "<=>", "+", "-", "*", "/", "//", "%", "^"] as const),
];

/** Expressions that print without a parenthesis in front. */
const STARTS_PLAIN = new Set(["column", "list", "call", "map", "struct", "string"]);

/** Names that parse as something else without quotes; printed quoted they come back the same. */
const types: fc.Arbitrary<TypeName> = fc.letrec<{ type: TypeName }>((tie) => ({
  type: choose(
    node(
      {
        name: fc
          .constantFrom("INTEGER", "varchar", "Double", "timestamptz", "interval", "time")
          .map((n) => [{ name: n, quoted: false, span }]),
        args: fc.constant([]),
      },
      "namedType",
    ),
    node({ name: fc.constant([{ name: "DECIMAL", quoted: false, span }]), args: fc.constantFrom([10, 2], [38, 0], [4]) }, "namedType"),
    node({ element: tie("type"), size: optional(fc.nat(9)) }, "arrayType"),
    node({ fields: some(node({ name, type: tie("type") }, "structTypeField")) }, "structType"),
    node({ key: tie("type"), value: tie("type") }, "mapType"),
    node({ values: some(text) }, "enumType"),
  ),
})).type;

/** Functions whose arguments have a syntax of their own: these take plain values only. */
const OWN_SYNTAX = new Set(["position", "substring", "trim", "overlay"]);

interface Tied {
  expr: Expr;
  query: Query;
  body: QueryBody;
  select: Select;
  table: TableRef;
  order: OrderBy;
  arg: Arg;
  window: WindowSpec;
}

const direction = fc.constantFrom("asc" as const, "desc" as const);
const nulls = fc.constantFrom(undefined, "first" as const, "last" as const);
const alias: fc.Arbitrary<TableAlias | undefined> = optional(fc.record({ name, columns: few(name), span: fc.constant(span) }));
const noStar = { exclude: fc.constant([]), replace: fc.constant([]), rename: fc.constant([]) };

const column = node({ parts: path }, "column");
const spanOfTime = node(
  {
    value: node({ value: fc.constantFrom("5", "1 day", "x") }, "string"),
    unit: optional(fc.constantFrom("day", "minute")),
  },
  "interval",
);

const tied = fc.letrec<Tied>((tie) => ({
  expr: choose(
    node({ parts: path }, "column"),
    node({ type: fc.constant("integer"), text: fc.nat().map(String) }, "number"),
    node({ type: fc.constant("decimal"), text: fc.constantFrom("1.5", ".25", "3.") }, "number"),
    node({ type: fc.constant("double"), text: fc.constantFrom("1e5", "1.5E-3") }, "number"),
    node({ value: text }, "string"),
    node({ value: fc.boolean() }, "boolean"),
    node({}, "null"),
    node({ name: fc.constantFrom("1", "name", "x_2") }, "parameter"),
    node({ index: fc.integer({ min: 1, max: 9 }) }, "positional"),
    node({ hex: fc.constantFrom("", "0AFF") }, "blob"),
    node(
      {
        value: text,
        type: fc
          .constantFrom("DATE", "timestamp", "uuid")
          .map((n) => ({ kind: "namedType", name: [{ name: n, quoted: false, span }], args: [], span })),
      },
      "typedLiteral",
    ),
    node({ value: tie("expr"), unit: optional(fc.constantFrom("day", "microsecond", "century")) }, "interval"),
    node({ op: fc.constantFrom("+", "-", "~", "@", "NOT"), operand: tie("expr") }, "unary"),
    node({ op: fc.constantFrom(...BINARY_OPS), left: tie("expr"), right: tie("expr"), opSpan: fc.constant(span) }, "binary"),
    node({ op: fc.constantFrom(...BINARY_OPS), left: tie("expr"), right: tie("expr"), opSpan: fc.constant(span) }, "binary"),
    node(
      {
        op: fc.constantFrom("=", "<"),
        quantifier: fc.constantFrom("any", "all"),
        operand: tie("expr"),
        right: choose(
          tie("query"),
          tie("expr").filter((e) => (e as Expr).kind !== "subquery"),
        ),
      },
      "quantified",
    ),
    node({ operand: tie("expr"), low: tie("expr"), high: tie("expr"), negated: fc.boolean(), symmetric: fc.boolean() }, "between"),
    node(
      {
        operand: tie("expr"),
        list: some(tie("expr") as fc.Arbitrary<Expr>).filter(([first, ...rest]) => first.kind !== "subquery" || rest.length > 0),
        negated: fc.boolean(),
      },
      "inList",
    ),
    node({ operand: tie("expr"), query: tie("query"), negated: fc.boolean() }, "inQuery"),
    node(
      { operand: tie("expr"), collection: tie("expr").filter((e) => STARTS_PLAIN.has((e as Expr).kind)), negated: fc.boolean() },
      "inCollection",
    ),
    node(
      {
        variant: fc.constantFrom("like", "ilike", "glob", "similar"),
        operand: tie("expr"),
        pattern: tie("expr"),
        escape: optional(tie("expr")),
        negated: fc.boolean(),
      },
      "like",
    ),
    node({ operand: tie("expr"), test: fc.constantFrom("null", "true", "false", "unknown"), negated: fc.boolean() }, "isTest"),
    node(
      {
        operand: optional(tie("expr")),
        whens: some(node({ condition: tie("expr"), result: tie("expr") }, "when")),
        otherwise: optional(tie("expr")),
      },
      "case",
    ),
    node({ operand: tie("expr"), type: types, try: fc.boolean() }, "cast"),
    node({ operand: tie("expr"), zone: tie("expr") }, "atTimeZone"),
    node({ operand: tie("expr"), collation: some(name) }, "collate"),
    node(
      {
        name: path.filter((parts) => !OWN_SYNTAX.has(parts[0].name)),
        args: few(tie("arg")),
        distinct: fc.boolean(),
        orderBy: few(tie("order")),
        withinGroup: few(tie("order")),
        filter: optional(tie("expr")),
        nulls: fc.constantFrom(undefined, "ignore", "respect"),
        over: optional(choose(tie("window"), node({ name }, "windowName"))),
      },
      "call",
    ),
    node({ items: few(tie("expr")) }, "list"),
    node({ fields: some(node({ name, value: tie("expr") }, "structField")) }, "struct"),
    node({ entries: few(node({ key: tie("expr"), value: tie("expr") }, "mapEntry")) }, "map"),
    node({ items: few(tie("expr")) }, "row"),
    node({ operand: tie("expr"), index: tie("expr") }, "subscript"),
    node({ operand: tie("expr"), lower: optional(tie("expr")), upper: optional(tie("expr")), step: optional(tie("expr")) }, "slice"),
    node({ operand: tie("expr"), field: name }, "field"),
    node({ params: some(name), body: tie("expr") }, "lambda"),
    node({ result: tie("expr"), variables: some(name), source: tie("expr"), filter: optional(tie("expr")) }, "listComprehension"),
    node({ query: tie("query") }, "subquery"),
    node({ query: tie("query") }, "arraySubquery"),
    node({ query: tie("query") }, "exists"),
    node({ selector: choose(tie("expr"), node({ qualifier: fc.constant([]), ...noStar }, "star")), unpack: fc.boolean() }, "columns"),
  ),
  arg: node(
    {
      name: optional(name),
      value: choose({ weight: 5, arbitrary: tie("expr") }, node({ qualifier: fc.constant([]), ...noStar }, "star")),
    },
    "arg",
  ),
  order: choose(
    { weight: 5, arbitrary: node({ expr: tie("expr"), direction, nulls }, "orderItem") },
    node({ direction, nulls }, "orderAll"),
  ),
  window: node(
    {
      base: optional(name),
      partitionBy: few(tie("expr")),
      orderBy: few(tie("order")),
      frame: optional(
        node(
          {
            unit: fc.constantFrom("rows", "range", "groups"),
            start: choose(
              node({ bound: fc.constantFrom("unbounded preceding", "current row") }, "frameBound"),
              node({ bound: fc.constant("preceding"), offset: tie("expr") }, "frameBound"),
            ),
            end: choose(
              node({ bound: fc.constantFrom("unbounded following", "current row") }, "frameBound"),
              node({ bound: fc.constant("following"), offset: tie("expr") }, "frameBound"),
            ),
            exclude: fc.constantFrom(undefined, "ties", "group", "current row", "no others"),
          },
          "frame",
        ),
      ),
    },
    "windowSpec",
  ),
  select: node(
    {
      distinct: fc.boolean(),
      distinctOn: few(tie("expr")),
      items: some(
        node(
          {
            expr: choose(
              { weight: 5, arbitrary: tie("expr") },
              node(
                {
                  qualifier: few(name),
                  exclude: few(path),
                  replace: few(node({ expr: tie("expr"), alias: name }, "selectItem")),
                  rename: few(fc.record({ from: path, to: name })),
                },
                "star",
              ),
            ),
            alias: optional(name),
          },
          "selectItem",
        ),
      ),
      from: few(tie("table")),
      where: optional(tie("expr")),
      groupByAll: fc.constant(false),
      groupBy: few(
        choose(
          { weight: 4, arbitrary: tie("expr") },
          node({ items: fc.constant([]) }, "groupSet"),
          node({ sets: some(tie("expr").filter((e) => (e as Expr).kind !== "row")) }, "groupingSets"),
          node(
            {
              items: some(
                choose(
                  tie("expr").filter((e) => (e as Expr).kind !== "row"),
                  node({ items: fc.array(tie("expr"), { minLength: 2, maxLength: 3 }) }, "groupSet"),
                ),
              ),
            },
            "rollup",
          ),
        ),
      ),
      groupWindow: optional(
        choose(
          node({ type: fc.constant("tumble"), column: optional(column), size: spanOfTime, keys: fc.constant([]) }, "groupWindow"),
          node(
            { type: fc.constant("hop"), column: optional(column), size: spanOfTime, slide: spanOfTime, keys: fc.constant([]) },
            "groupWindow",
          ),
          node({ type: fc.constant("session"), column: optional(column), gap: spanOfTime, keys: few(tie("expr")) }, "groupWindow"),
          node({ type: fc.constant("count"), size: tie("expr"), slide: optional(tie("expr")), keys: fc.constant([]) }, "groupWindow"),
        ),
      ),
      sampleBy: optional(
        node(
          {
            size: spanOfTime,
            from: optional(tie("expr")),
            to: optional(tie("expr")),
            fill: few(node({ mode: fc.constantFrom("none", "null", "prev", "linear", "next") }, "fill")),
            align: fc.constant("calendar"),
            timeZone: optional(tie("expr")),
            offset: optional(spanOfTime),
          },
          "sampleBy",
        ),
      ),
      latestOn: optional(node({ column, partitionBy: some(tie("expr")) }, "latestOn")),
      having: optional(tie("expr")),
      windows: few(node({ name, window: tie("window") }, "namedWindow")),
      qualify: optional(tie("expr")),
    },
    "select",
  ).map((select) => ({ ...select, distinct: select.distinct || select.distinctOn.length > 0 })),
  table: choose(
    node(
      {
        ...{ name: path, alias, systemTime: optional(tie("expr")) },
        startingAt: optional(
          choose(
            node({ at: fc.constantFrom("earliest", "latest") }, "startingAt"),
            node({ at: fc.constant("time"), time: spanOfTime }, "startingAt"),
          ),
        ),
      },
      "tableName",
    ),
    node({ path: text, alias }, "file"),
    node({ name: path, args: few(tie("arg")), lateral: fc.boolean(), withOrdinality: fc.boolean(), alias }, "tableFunction"),
    node({ query: tie("query"), lateral: fc.boolean(), alias }, "subqueryRef"),
    node(
      {
        type: fc.constantFrom("inner", "left", "right", "full", "semi", "anti"),
        natural: fc.constant(false),
        left: tie("table"),
        right: tie("table"),
        on: tie("expr"),
        using: fc.constant([]),
        within: optional(spanOfTime),
      },
      "join",
    ),
    node(
      {
        type: fc.constantFrom("asof", "asof left"),
        natural: fc.constant(false),
        left: tie("table"),
        right: tie("table"),
        matchCondition: optional(tie("expr")),
        on: tie("expr"),
        using: fc.constant([]),
        tolerance: optional(spanOfTime),
      },
      "join",
    ),
    node(
      {
        type: fc.constantFrom("inner", "left", "full"),
        natural: fc.constant(false),
        left: tie("table"),
        right: tie("table"),
        using: some(name),
      },
      "join",
    ),
    node(
      {
        type: fc.constantFrom("cross", "positional"),
        natural: fc.constant(false),
        left: tie("table"),
        right: tie("table"),
        using: fc.constant([]),
      },
      "join",
    ),
  ),
  body: choose(
    tie("select"),
    node({ rows: some(some(tie("expr"))) }, "values"),
    node(
      {
        op: fc.constantFrom("union", "intersect", "except"),
        all: fc.boolean(),
        byName: fc.boolean(),
        left: tie("body"),
        right: tie("body"),
      },
      "setOperation",
    ),
    (tie("query") as fc.Arbitrary<Query>).filter((query) => query.orderBy.length > 0 || query.limit !== undefined),
  ),
  query: node(
    {
      recursive: fc.constant(false),
      ctes: few(node({ name, columns: few(name), materialized: fc.constantFrom(undefined, true, false), query: tie("query") }, "cte")),
      body: tie("body"),
      orderBy: few(tie("order")),
      limit: optional(tie("expr")),
      limitPercent: fc.constant(false),
      offset: optional(tie("expr")),
      emit: optional(
        choose(
          node({ mode: fc.constantFrom("final", "changes", "update"), lateness: optional(spanOfTime) }, "emit"),
          node({ mode: fc.constant("every"), every: spanOfTime, lateness: optional(spanOfTime) }, "emit"),
        ),
      ),
      duration: optional(spanOfTime),
      until: optional(tie("expr")),
    },
    "query",
  ).map(ownsSomething),
}));

/** A query around a query needs something of its own: else its parentheses leave no node. */
function ownsSomething(query: Query): Query {
  const parts = [query.limit, query.offset, query.emit, query.duration, query.until];
  const owns = query.ctes.length > 0 || query.orderBy.length > 0 || parts.some((part) => part !== undefined);
  return query.body.kind === "query" && !owns ? (query.body as Query) : query;
}

export const arbitraryExpr: fc.Arbitrary<Expr> = tied.expr;
export const arbitraryQuery: fc.Arbitrary<Query> = tied.query;
