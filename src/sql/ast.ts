import type { Span } from "../core/errors.ts";

/**
 * The syntax tree. Nodes are immutable plain data, told apart by `kind` (unique over the whole tree), and every one knows its
 * `span` in the text that was parsed. Spellings that mean the same are one node, so that the binder sees each construct once:
 * `FROM t` and `TABLE t` are `SELECT * FROM t`, `==` is `=`, `x::T` is CAST, `a ~~ b` is LIKE, `EXTRACT(year FROM x)` is
 * `date_part('year', x)`, `POSITION(a IN b)` is `position(b, a)`, `(x).f(y)` is `f(x, y)`, `ARRAY[a]` is `[a]`.
 */

/** A name. `name` keeps its letters as written and without the quotes; names compare without regard to case, quoted or not. */
export interface Identifier {
  readonly name: string;
  readonly quoted: boolean;
  readonly span: Span;
}

/** `catalog.schema.name`, outermost part first; at least one part. */
export type QualifiedName = readonly Identifier[];

interface NodeBase<K extends string> {
  readonly kind: K;
  readonly span: Span;
}

/** Well-formed SQL that this parser knows by name only. `text` is its source, `feature` the name to show, as `UPDATE`. */
export interface Unsupported extends NodeBase<"unsupported"> {
  readonly feature: string;
  readonly text: string;
}

// ---------------------------------------------------------------- statements

export type Statement =
  | Query
  | CreateTable
  | CreateView
  | CreateStream
  | CreateMaterializedView
  | CreateJob
  | CreateFunction
  | CreateFunctions
  | CreateModel
  | InstallPack
  | LoadPack
  | JobAction
  | StopQuery
  | RecordStream
  | Insert
  | Drop
  | Describe
  | Summarize
  | Show
  | SetStatement
  | Reset
  | Copy
  | Explain
  | ExplainJob
  | Verify
  | Unsupported;

export interface CreateTable extends NodeBase<"createTable"> {
  readonly name: QualifiedName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly temporary: boolean;
  /** Empty for `CREATE TABLE t AS …`, unless names were given: then `type` is absent in each. */
  readonly columns: readonly ColumnDef[];
  readonly constraints: readonly TableConstraint[];
  readonly query?: Query;
  /** False for `AS … WITH NO DATA`. */
  readonly withData: boolean;
}

export interface ColumnDef extends NodeBase<"columnDef"> {
  readonly name: Identifier;
  readonly type?: TypeName;
  readonly notNull: boolean;
  readonly primaryKey: boolean;
  readonly unique: boolean;
  readonly defaultValue?: Expr;
  readonly checks: readonly Expr[];
  /** REFERENCES, COLLATE, GENERATED … */
  readonly unsupported?: Unsupported;
}

export type TableConstraint = KeyConstraint | CheckConstraint | Unsupported;

export interface KeyConstraint extends NodeBase<"keyConstraint"> {
  readonly primary: boolean;
  readonly columns: readonly Identifier[];
}

export interface CheckConstraint extends NodeBase<"checkConstraint"> {
  readonly condition: Expr;
}

export interface CreateView extends NodeBase<"createView"> {
  readonly name: QualifiedName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly temporary: boolean;
  readonly columns: readonly Identifier[];
  readonly query: Query;
}

/** `key = value` within WITH. */
export interface Property extends NodeBase<"property"> {
  /** As written, without quotes; the parts of a dotted key joined: `price.range`. */
  readonly key: string;
  readonly keySpan: Span;
  /** A constant expression. A bare word (`follow = on`) is a `column` expression of one part, as in SET. */
  readonly value: Expr;
}

/** `WATERMARK FOR ts AS ts - INTERVAL '5' SECOND` */
export interface Watermark extends NodeBase<"watermark"> {
  readonly column: Identifier;
  readonly expr: Expr;
}

/** `CREATE FUNCTION f(x DOUBLE) RETURNS DOUBLE LANGUAGE typescript AS $$ return x * 2 $$` */
export interface CreateFunction extends NodeBase<"createFunction"> {
  readonly name: QualifiedName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly params: readonly FunctionParam[];
  /** Absent where `returnsTable` is there. */
  readonly returns?: TypeName;
  /** `RETURNS TABLE (word VARCHAR, length INTEGER)` */
  readonly returnsTable?: readonly ColumnDef[];
  readonly language: Identifier;
  readonly body: string;
  /** Where the body stands, without its quotes. */
  readonly bodySpan: Span;
  /** `RETURNS NULL ON NULL INPUT` (or STRICT), `CALLED ON NULL INPUT`. */
  readonly nulls?: "strict" | "called";
  readonly volatility?: "immutable" | "stable" | "volatile";
  readonly properties: readonly Property[];
}

export interface FunctionParam extends NodeBase<"functionParam"> {
  readonly name: Identifier;
  readonly type: TypeName;
}

/** `CREATE FUNCTIONS LANGUAGE typescript AS $$ … $$`: every function that a TypeScript module exports; what `%%function` runs. */
export interface CreateFunctions extends NodeBase<"createFunctions"> {
  readonly orReplace: boolean;
  readonly language: Identifier;
  readonly source: string;
  /** Where the module's text stands, without its quotes. */
  readonly sourceSpan: Span;
  readonly properties: readonly Property[];
}

/** `CREATE MODEL m INPUT (age FLOAT) OUTPUT (label BIGINT) WITH ('provider' = 'onnx', 'path' = 'm.onnx')`; BigQuery's OPTIONS(…) are properties too. */
export interface CreateModel extends NodeBase<"createModel"> {
  readonly name: QualifiedName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  /** Empty where the model's file is to say. */
  readonly inputs: readonly ColumnDef[];
  readonly outputs: readonly ColumnDef[];
  readonly properties: readonly Property[];
}

/** `INSTALL PACK 'path or npm name'` */
export interface InstallPack extends NodeBase<"installPack"> {
  readonly source: string;
  readonly sourceSpan: Span;
}

/** `LOAD finance` */
export interface LoadPack extends NodeBase<"loadPack"> {
  readonly name: Identifier;
}

/** `-- @name: text`, a comment above a statement. */
export interface Annotation {
  /** Without the `@`: `data.price`. */
  readonly name: string;
  /** Behind the colon, trimmed; empty where there is none. */
  readonly text: string;
  /** Where the comment stands. */
  readonly span: Span;
}

export interface CreateStream extends NodeBase<"createStream"> {
  readonly name: QualifiedName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  /** Empty where the connector or the query tells them; every column has a type. */
  readonly columns: readonly ColumnDef[];
  readonly watermark?: Watermark;
  /** Of WITH before the query and behind it; no key twice. */
  readonly properties: readonly Property[];
  readonly query?: Query;
  /** In the order of the text. */
  readonly annotations: readonly Annotation[];
}

export interface CreateMaterializedView extends NodeBase<"createMaterializedView"> {
  readonly name: QualifiedName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly columns: readonly Identifier[];
  readonly properties: readonly Property[];
  readonly query: Query;
}

export interface CreateJob extends NodeBase<"createJob"> {
  readonly name: Identifier;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly properties: readonly Property[];
  /** Its `source` is there. */
  readonly insert: Insert;
}

/** `PAUSE JOB j`, `RESUME JOB j` (`START JOB j` too), `STOP JOB j WITH SAVEPOINT`. */
export interface JobAction extends NodeBase<"jobAction"> {
  readonly action: "pause" | "resume" | "stop";
  readonly name: Identifier;
  /** Of `stop` only. */
  readonly savepoint: boolean;
}

/** `STOP QUERY q`, `STOP q`; without a name `STOP ALL`. */
export interface StopQuery extends NodeBase<"stopQuery"> {
  readonly name?: Identifier;
}

/** `RECORD s TO 'file'` */
export interface RecordStream extends NodeBase<"record"> {
  readonly stream: TableNameRef;
  /** A string literal or a parameter. */
  readonly path: Expr;
  /** FOR INTERVAL … */
  readonly duration?: Expr;
  readonly until?: Expr;
}

export interface Insert extends NodeBase<"insert"> {
  readonly table: QualifiedName;
  readonly columns: readonly Identifier[];
  readonly byName: boolean;
  /** Absent for DEFAULT VALUES. Rows of a VALUES body may hold `default` expressions. */
  readonly source?: Query;
  /** OR REPLACE, OR IGNORE, ON CONFLICT, RETURNING. */
  readonly unsupported?: Unsupported;
}

export interface Drop extends NodeBase<"drop"> {
  readonly object: "table" | "view" | "stream" | "materialized view" | "job" | "function" | "model" | "pack";
  /** Of a model, a last part `m@2` means that version. */
  readonly names: readonly QualifiedName[];
  readonly ifExists: boolean;
  readonly cascade: boolean;
}

/** `DESCRIBE t`, `DESCRIBE 'file'`, `DESCRIBE SELECT …`, `DESCRIBE JOB j`, and `SHOW t`. */
export interface Describe extends NodeBase<"describe"> {
  /** What `target`, a name then, is said to be. */
  readonly object?: "stream" | "job" | "connector" | "function" | "model" | "pack";
  readonly target: TableNameRef | FileRef | Query;
}

export interface Summarize extends NodeBase<"summarize"> {
  readonly target: TableNameRef | FileRef | Query;
}

export type ShowSubject =
  | "models"
  | "packs"
  | "tables"
  | "all tables"
  | "views"
  | "streams"
  | "functions"
  | "databases"
  | "schemas"
  | "settings"
  | "queries"
  | "connectors"
  | "jobs"
  | "state"
  | "topics"
  | "schema";

export interface Show extends NodeBase<"show"> {
  readonly subject: ShowSubject;
  /** The stream of `SHOW SCHEMA s`, always there then; the query, job or view of `SHOW STATE FOR q`. */
  readonly name?: QualifiedName;
  /** The pattern of `LIKE '…'`. */
  readonly like?: string;
}

/** `SET x = v`, `SET x TO v`; several values are a list. A bare word (`SET time_zone = UTC`) is a `column` expression of one part. */
export interface SetStatement extends NodeBase<"set"> {
  readonly scope?: "global" | "session" | "local";
  readonly name: Identifier;
  readonly value: Expr;
}

export interface Reset extends NodeBase<"reset"> {
  readonly scope?: "global" | "session" | "local";
  readonly name: Identifier;
}

export interface Copy extends NodeBase<"copy"> {
  readonly direction: "to" | "from";
  readonly source: TableNameRef | Query;
  /** The column list after a table name. */
  readonly columns: readonly Identifier[];
  /** A string literal or a parameter. */
  readonly path: Expr;
  readonly options: readonly CopyOption[];
}

/** `FORMAT parquet`, `HEADER`, `COMPRESSION 'zstd'`. A bare word is a `column` expression of one part; no value means true. */
export interface CopyOption extends NodeBase<"copyOption"> {
  readonly name: Identifier;
  readonly value?: Expr;
}

export interface Explain extends NodeBase<"explain"> {
  readonly analyze: boolean;
  /** Lower case, as `json`; absent for the tree. */
  readonly format?: string;
  readonly statement: Statement;
  /** `EXPLAIN f(…)`: what f finds in the rows it is given, where it can tell; the statement is SELECT * FROM f(…). */
  readonly ofCall?: boolean;
}

/** `EXPLAIN [ANALYZE] JOB j` */
export interface ExplainJob extends NodeBase<"explainJob"> {
  readonly analyze: boolean;
  /** Lower case, as `json`; absent for the tree. */
  readonly format?: string;
  readonly name: Identifier;
}

export interface Verify extends NodeBase<"verify"> {
  readonly query: Query;
}

// ---------------------------------------------------------------- queries

export interface Query extends NodeBase<"query"> {
  readonly recursive: boolean;
  readonly ctes: readonly Cte[];
  readonly body: QueryBody;
  readonly orderBy: readonly OrderBy[];
  readonly limit?: Expr;
  /** `LIMIT 10%`. */
  readonly limitPercent: boolean;
  readonly offset?: Expr;
  /** When a streaming query hands out results. */
  readonly emit?: Emit;
  /** `FOR INTERVAL '30' SECOND`: how long it runs, on its clock. */
  readonly duration?: Expr;
  /** `UNTIL timestamp`: the event time up to which it runs. */
  readonly until?: Expr;
}

/** `EMIT FINAL`, `EMIT CHANGES`, `EMIT EVERY INTERVAL '1' SECOND`, `EMIT ON UPDATE`; each with ALLOWED LATENESS. */
export interface Emit extends NodeBase<"emit"> {
  readonly mode: "final" | "changes" | "every" | "update";
  /** The interval of mode `every`, always there then. */
  readonly every?: Expr;
  readonly lateness?: Expr;
}

export interface Cte extends NodeBase<"cte"> {
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly materialized?: boolean;
  /** `USING KEY` of a recursive query. */
  readonly unsupported?: Unsupported;
  readonly query: Query;
}

/** A `query` here is one in parentheses that has CTEs, an ORDER BY, LIMIT or OFFSET of its own; other parentheses leave no node. */
export type QueryBody = Select | SetOperation | Values | Query;

export interface SetOperation extends NodeBase<"setOperation"> {
  readonly op: "union" | "intersect" | "except";
  readonly all: boolean;
  readonly byName: boolean;
  readonly left: QueryBody;
  readonly right: QueryBody;
}

export interface Values extends NodeBase<"values"> {
  readonly rows: readonly (readonly Expr[])[];
}

export interface Select extends NodeBase<"select"> {
  readonly distinct: boolean;
  /** DISTINCT ON (…); `distinct` is true then. */
  readonly distinctOn: readonly Expr[];
  readonly items: readonly SelectItem[];
  /** Several are a cross join. */
  readonly from: readonly TableRef[];
  readonly where?: Expr;
  /** `GROUP BY ALL`; `groupBy` is empty then. */
  readonly groupByAll: boolean;
  readonly groupBy: readonly GroupItem[];
  readonly groupWindow?: GroupWindow;
  readonly sampleBy?: SampleBy;
  readonly latestOn?: LatestOn;
  readonly having?: Expr;
  readonly windows: readonly NamedWindow[];
  readonly qualify?: Expr;
  /** USING SAMPLE. */
  readonly unsupported?: Unsupported;
}

/**
 * `WINDOW TUMBLING(1m)`, `SLIDING(size, slide)`, `SESSION(gap, key …)`, `COUNT(n, slide)`, each but COUNT with the time column in
 * front. Times are intervals, `1m 30s` too; counts are numbers.
 */
export interface GroupWindow extends NodeBase<"groupWindow"> {
  readonly type: "tumble" | "hop" | "session" | "count";
  /** The event-time column; absent means that of the stream. */
  readonly column?: ColumnRef;
  /** Of `tumble`, `hop` and `count`, always there. */
  readonly size?: Expr;
  /** Of `hop` always there, of `count` where it was written. */
  readonly slide?: Expr;
  /** Of `session`, always there. */
  readonly gap?: Expr;
  /** Of `session`: further keys. */
  readonly keys: readonly Expr[];
}

/** `SAMPLE BY 1m FROM a TO b FILL(prev MAX 3h, 0) ALIGN TO CALENDAR TIME ZONE 'UTC' WITH OFFSET '00:30'` */
export interface SampleBy extends NodeBase<"sampleBy"> {
  /** An interval. */
  readonly size: Expr;
  readonly from?: Expr;
  readonly to?: Expr;
  /** One for all aggregates, or one for each; empty without FILL. */
  readonly fill: readonly Fill[];
  /** The default is the calendar. */
  readonly align: "calendar" | "first observation";
  readonly timeZone?: Expr;
  readonly offset?: Expr;
}

export interface Fill extends NodeBase<"fill"> {
  readonly mode: "none" | "null" | "prev" | "linear" | "next" | "constant";
  /** Of `constant`, always there. */
  readonly value?: Expr;
  /** `PREV(close)`: the column whose value is carried on. */
  readonly source?: ColumnRef;
  /** `MAX 3h`: a length of time. */
  readonly most?: Expr;
}

/** `LATEST ON ts PARTITION BY k, l` */
export interface LatestOn extends NodeBase<"latestOn"> {
  readonly column: ColumnRef;
  /** At least one. */
  readonly partitionBy: readonly Expr[];
}

/** `expr AS alias`; `expr` may be a `star`. */
export interface SelectItem extends NodeBase<"selectItem"> {
  readonly expr: Expr;
  readonly alias?: Identifier;
}

/** Integers are ordinals. */
export type GroupItem = Expr | GroupingSets | Rollup | Cube | GroupSet;

export interface GroupingSets extends NodeBase<"groupingSets"> {
  readonly sets: readonly GroupItem[];
}

export interface Rollup extends NodeBase<"rollup"> {
  readonly items: readonly (Expr | GroupSet)[];
}

export interface Cube extends NodeBase<"cube"> {
  readonly items: readonly (Expr | GroupSet)[];
}

/** `()`, and among grouping sets `(a, b)`; a set of one column is that column. */
export interface GroupSet extends NodeBase<"groupSet"> {
  readonly items: readonly Expr[];
}

export type OrderBy = OrderItem | OrderAll;

export interface OrderItem extends NodeBase<"orderItem"> {
  readonly expr: Expr;
  readonly direction: "asc" | "desc";
  /** As written; absent means the default of the dialect. */
  readonly nulls?: "first" | "last";
}

/** `ORDER BY ALL` */
export interface OrderAll extends NodeBase<"orderAll"> {
  readonly direction: "asc" | "desc";
  readonly nulls?: "first" | "last";
}

export interface NamedWindow extends NodeBase<"namedWindow"> {
  readonly name: Identifier;
  readonly window: WindowSpec;
}

export interface WindowSpec extends NodeBase<"windowSpec"> {
  /** The window this one extends: `(w ORDER BY x)`. */
  readonly base?: Identifier;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderBy[];
  readonly frame?: Frame;
}

/** `OVER w` */
export interface WindowName extends NodeBase<"windowName"> {
  readonly name: Identifier;
}

export interface Frame extends NodeBase<"frame"> {
  readonly unit: "rows" | "range" | "groups";
  readonly start: FrameBound;
  /** CURRENT ROW where only a start was written. */
  readonly end: FrameBound;
  readonly exclude?: "current row" | "group" | "ties" | "no others";
}

export interface FrameBound extends NodeBase<"frameBound"> {
  readonly bound: "unbounded preceding" | "preceding" | "current row" | "following" | "unbounded following";
  /** Present for `preceding` and `following`. */
  readonly offset?: Expr;
}

// ---------------------------------------------------------------- FROM

export type TableRef = TableNameRef | FileRef | TableFunction | SubqueryRef | Join | Unsupported;

/** `AS t(a, b)` */
export interface TableAlias {
  readonly name: Identifier;
  readonly columns: readonly Identifier[];
  readonly span: Span;
}

export interface TableNameRef extends NodeBase<"tableName"> {
  readonly name: QualifiedName;
  readonly startingAt?: StartingAt;
  /** `FOR SYSTEM_TIME AS OF expr` */
  readonly systemTime?: Expr;
  readonly alias?: TableAlias;
}

/** `STARTING AT EARLIEST | LATEST | TIMESTAMP '…'` */
export interface StartingAt extends NodeBase<"startingAt"> {
  readonly at: "earliest" | "latest" | "time";
  /** Of `time`, always there. */
  readonly time?: Expr;
}

/** `FROM 'flights.parquet'`, globs included. */
export interface FileRef extends NodeBase<"file"> {
  readonly path: string;
  readonly alias?: TableAlias;
}

export interface TableFunction extends NodeBase<"tableFunction"> {
  readonly name: QualifiedName;
  readonly args: readonly Arg[];
  readonly lateral: boolean;
  readonly withOrdinality: boolean;
  readonly alias?: TableAlias;
}

/** `(SELECT …) t(a, b)`, and `(VALUES …) t(a, b)`. */
export interface SubqueryRef extends NodeBase<"subqueryRef"> {
  readonly query: Query;
  readonly lateral: boolean;
  readonly alias?: TableAlias;
}

export type JoinType = "inner" | "left" | "right" | "full" | "cross" | "semi" | "anti" | "asof" | "asof left" | "window" | "positional";

export interface Join extends NodeBase<"join"> {
  readonly type: JoinType;
  readonly natural: boolean;
  readonly left: TableRef;
  readonly right: TableRef;
  readonly on?: Expr;
  /** `ASOF JOIN b MATCH_CONDITION (a.ts >= b.ts)` */
  readonly matchCondition?: Expr;
  /** `TOLERANCE INTERVAL …` of an ASOF join: how far apart in time a match may be. */
  readonly tolerance?: Expr;
  /** `JOIN b WITHIN INTERVAL …`: how far apart in time the rows of a pair may be, either way. */
  readonly within?: Expr;
  /** Of WINDOW JOIN, always there: which rows of the right side each row of the left one meets. */
  readonly range?: JoinRange;
  /** Empty where there is no USING. */
  readonly using: readonly Identifier[];
}

/** `RANGE BETWEEN 1m PRECEDING AND 30s FOLLOWING EXCLUDE PREVAILING`, around the time of a row of the left side. */
export interface JoinRange extends NodeBase<"joinRange"> {
  readonly start: FrameBound;
  readonly end: FrameBound;
  /** Whether the row that is the latest when the range begins belongs to it. */
  readonly prevailing: boolean;
}

// ---------------------------------------------------------------- expressions

export type Expr =
  | NullLiteral
  | BooleanLiteral
  | NumberLiteral
  | StringLiteral
  | BlobLiteral
  | TypedLiteral
  | IntervalLiteral
  | ColumnRef
  | Positional
  | Parameter
  | Star
  | Columns
  | Unary
  | Binary
  | Quantified
  | Between
  | InList
  | InQuery
  | InCollection
  | Like
  | IsTest
  | Case
  | Cast
  | AtTimeZone
  | Collate
  | Call
  | List
  | Struct
  | MapLiteral
  | Row
  | Subscript
  | Slice
  | Field
  | Lambda
  | ListComprehension
  | Subquery
  | ArraySubquery
  | Exists
  | DefaultValue;

export interface NullLiteral extends NodeBase<"null"> {}

export interface BooleanLiteral extends NodeBase<"boolean"> {
  readonly value: boolean;
}

/**
 * `text` has neither sign nor underscores, and hexadecimal and binary integers are written in decimal, so that BigInt and Number
 * read it. `integer` has digits only, `decimal` a point, `double` an exponent.
 */
export interface NumberLiteral extends NodeBase<"number"> {
  readonly type: "integer" | "decimal" | "double";
  readonly text: string;
}

export interface StringLiteral extends NodeBase<"string"> {
  readonly value: string;
}

/** `x'0AFF'`; `hex` has an even number of upper-case digits. */
export interface BlobLiteral extends NodeBase<"blob"> {
  readonly hex: string;
}

/** `DATE '2024-01-01'` */
export interface TypedLiteral extends NodeBase<"typedLiteral"> {
  readonly type: TypeName;
  readonly value: string;
}

export type IntervalUnit =
  | "millennium"
  | "century"
  | "decade"
  | "year"
  | "quarter"
  | "month"
  | "week"
  | "day"
  | "hour"
  | "minute"
  | "second"
  | "millisecond"
  | "microsecond";

/** `INTERVAL '1 day 2 hours'` (a string and no unit), `INTERVAL '5' MINUTE`, `INTERVAL 5 MINUTE`, `INTERVAL (n) DAY`. */
export interface IntervalLiteral extends NodeBase<"interval"> {
  readonly value: Expr;
  readonly unit?: IntervalUnit;
}

/** `a`, `t.a`, `s.t.a`, `t.struct.field`: the binder decides which parts are the table and which are fields. */
export interface ColumnRef extends NodeBase<"column"> {
  readonly parts: QualifiedName;
}

/** `#1`: the n-th column of FROM, from 1. */
export interface Positional extends NodeBase<"positional"> {
  readonly index: number;
}

/** `$name`, `$1`, and `?`, whose number is one more than the highest before it in the statement, from 1. */
export interface Parameter extends NodeBase<"parameter"> {
  readonly name: string;
}

/** `*`, `t.* EXCLUDE (a) REPLACE (b + 1 AS b) RENAME (c AS d)`; in a select list, as an argument (`count(*)`), and in COLUMNS. */
export interface Star extends NodeBase<"star"> {
  /** Empty for a bare `*`. */
  readonly qualifier: readonly Identifier[];
  readonly exclude: readonly QualifiedName[];
  readonly replace: readonly SelectItem[];
  readonly rename: readonly StarRename[];
}

export interface StarRename {
  readonly from: QualifiedName;
  readonly to: Identifier;
}

/** `COLUMNS('regex')`, `COLUMNS(*)`, `COLUMNS(c -> …)`, `COLUMNS(['a', 'b'])`; `unpack` for `*COLUMNS(…)`. */
export interface Columns extends NodeBase<"columns"> {
  readonly selector: Expr;
  readonly unpack: boolean;
}

/** `@x` is the absolute value. */
export type UnaryOp = "+" | "-" | "~" | "@" | "NOT";

export interface Unary extends NodeBase<"unary"> {
  readonly op: UnaryOp;
  readonly operand: Expr;
}

export type ComparisonOp = "=" | "<>" | "<" | "<=" | ">" | ">=";

export type BinaryOp =
  | ComparisonOp
  | "OR"
  | "AND"
  | "IS DISTINCT FROM"
  | "IS NOT DISTINCT FROM"
  | "+"
  | "-"
  | "*"
  | "/"
  | "//"
  | "%"
  | "^"
  | "||"
  | "&"
  | "|"
  | "<<"
  | ">>"
  | "->"
  | "->>"
  | "~"
  | "!~"
  | "~*"
  | "!~*"
  | "^@"
  | "@>"
  | "<@"
  | "&&"
  | "<->"
  | "<=>";

/**
 * `**` is written `^`, `==` is `=`, `!=` is `<>`. `a -> b` is JSON access or a lambda, which only the function around it can tell:
 * see `asLambda`.
 */
export interface Binary extends NodeBase<"binary"> {
  readonly op: BinaryOp;
  readonly left: Expr;
  readonly right: Expr;
  /** Where the operator itself stands. */
  readonly opSpan: Span;
}

/** `x = ANY (SELECT …)`, `x < ALL (list)`. */
export interface Quantified extends NodeBase<"quantified"> {
  readonly op: ComparisonOp;
  readonly quantifier: "any" | "all";
  readonly operand: Expr;
  readonly right: Query | Expr;
}

export interface Between extends NodeBase<"between"> {
  readonly operand: Expr;
  readonly low: Expr;
  readonly high: Expr;
  readonly negated: boolean;
  readonly symmetric: boolean;
}

export interface InList extends NodeBase<"inList"> {
  readonly operand: Expr;
  readonly list: readonly Expr[];
  readonly negated: boolean;
}

export interface InQuery extends NodeBase<"inQuery"> {
  readonly operand: Expr;
  readonly query: Query;
  readonly negated: boolean;
}

/** `x IN some_list`: without parentheses, a list or map. */
export interface InCollection extends NodeBase<"inCollection"> {
  readonly operand: Expr;
  readonly collection: Expr;
  readonly negated: boolean;
}

export interface Like extends NodeBase<"like"> {
  readonly variant: "like" | "ilike" | "similar" | "glob";
  readonly operand: Expr;
  readonly pattern: Expr;
  readonly escape?: Expr;
  readonly negated: boolean;
}

/** `unknown` is the same test as `null`, on a boolean. */
export interface IsTest extends NodeBase<"isTest"> {
  readonly operand: Expr;
  readonly test: "null" | "true" | "false" | "unknown";
  readonly negated: boolean;
}

export interface Case extends NodeBase<"case"> {
  readonly operand?: Expr;
  readonly whens: readonly When[];
  readonly otherwise?: Expr;
}

export interface When extends NodeBase<"when"> {
  readonly condition: Expr;
  readonly result: Expr;
}

export interface Cast extends NodeBase<"cast"> {
  readonly operand: Expr;
  readonly type: TypeName;
  readonly try: boolean;
}

export interface AtTimeZone extends NodeBase<"atTimeZone"> {
  readonly operand: Expr;
  readonly zone: Expr;
}

export interface Collate extends NodeBase<"collate"> {
  readonly operand: Expr;
  readonly collation: QualifiedName;
}

/**
 * A scalar, aggregate or window function. A name of several parts is either schema and function or, as in DuckDB, a column and a
 * method: `col.upper()` is `upper(col)` where no schema `col` exists. `current_date` and its kin are calls without arguments.
 */
export interface Call extends NodeBase<"call"> {
  readonly name: QualifiedName;
  readonly args: readonly Arg[];
  readonly distinct: boolean;
  readonly orderBy: readonly OrderBy[];
  readonly withinGroup: readonly OrderBy[];
  readonly filter?: Expr;
  readonly nulls?: "ignore" | "respect";
  readonly over?: WindowSpec | WindowName;
}

/** `name` is that of `name := v`, `name => v`, and in a table function `name = v`. */
export interface Arg extends NodeBase<"arg"> {
  readonly name?: Identifier;
  readonly value: Expr | TableArg | ModelArg | Descriptor;
}

/** `MODEL m`, `MODEL m@2`: an argument of ML_PREDICT and its kin. */
export interface ModelArg extends NodeBase<"modelArg"> {
  /** With its version, where one is written: `m@2`. */
  readonly name: Identifier;
}

/** `TABLE t PARTITION BY k ORDER BY ts`, an argument of a table function. `TABLE f(…)` is `TABLE (SELECT * FROM f(…))`. */
export interface TableArg extends NodeBase<"tableArg"> {
  readonly source: TableNameRef | FileRef | Query;
  readonly partitionBy: readonly Expr[];
  readonly orderBy: readonly OrderBy[];
}

/** `DESCRIPTOR(a, b)` */
export interface Descriptor extends NodeBase<"descriptor"> {
  readonly columns: readonly Identifier[];
}

export interface List extends NodeBase<"list"> {
  readonly items: readonly Expr[];
}

/** `{'a': 1, b: 2}` */
export interface Struct extends NodeBase<"struct"> {
  readonly fields: readonly StructField[];
}

export interface StructField extends NodeBase<"structField"> {
  readonly name: Identifier;
  readonly value: Expr;
}

/** `MAP {k: v}` */
export interface MapLiteral extends NodeBase<"map"> {
  readonly entries: readonly MapEntry[];
}

export interface MapEntry extends NodeBase<"mapEntry"> {
  readonly key: Expr;
  readonly value: Expr;
}

/** `(a, b)` and `ROW(a)`. */
export interface Row extends NodeBase<"row"> {
  readonly items: readonly Expr[];
}

/** `x[i]`; lists count from 1, negative from the end. */
export interface Subscript extends NodeBase<"subscript"> {
  readonly operand: Expr;
  readonly index: Expr;
}

/** `x[lower:upper:step]`; an end left out, or written `-`, is absent. */
export interface Slice extends NodeBase<"slice"> {
  readonly operand: Expr;
  readonly lower?: Expr;
  readonly upper?: Expr;
  readonly step?: Expr;
}

/** `(expr).field`; of a plain name the parts are in `column`. */
export interface Field extends NodeBase<"field"> {
  readonly operand: Expr;
  readonly field: Identifier;
}

/** `lambda x, y: …`. The spelling `(x, y) -> …` is a `binary`: read it with `asLambda`. */
export interface Lambda extends NodeBase<"lambda"> {
  readonly params: readonly Identifier[];
  readonly body: Expr;
}

/** `[result for variables in source if filter]` */
export interface ListComprehension extends NodeBase<"listComprehension"> {
  readonly result: Expr;
  readonly variables: readonly Identifier[];
  readonly source: Expr;
  readonly filter?: Expr;
}

export interface Subquery extends NodeBase<"subquery"> {
  readonly query: Query;
}

/** `ARRAY(SELECT …)` */
export interface ArraySubquery extends NodeBase<"arraySubquery"> {
  readonly query: Query;
}

export interface Exists extends NodeBase<"exists"> {
  readonly query: Query;
}

/** `DEFAULT` in the rows of an INSERT. */
export interface DefaultValue extends NodeBase<"default"> {}

/** The lambda that an argument of `list_transform` and its kin stands for, in either spelling; undefined where it is none. */
export function asLambda(expr: Expr): Lambda | undefined {
  if (expr.kind === "lambda") return expr;
  if (expr.kind !== "binary" || expr.op !== "->") return undefined;
  const left = expr.left.kind === "row" ? expr.left.items : [expr.left];
  const params: Identifier[] = [];
  for (const item of left) {
    if (item.kind !== "column" || item.parts.length !== 1) return undefined;
    params.push(item.parts[0]);
  }
  return { kind: "lambda", params, body: expr.right, span: expr.span };
}

// ---------------------------------------------------------------- types

export type TypeName = NamedType | ArrayType | StructType | MapType | EnumType | Unsupported;

/** `name` as written, but the names of several words are one: `double`, `varchar`, `timestamptz`, `timetz`, `timestamp`, `time`. */
export interface NamedType extends NodeBase<"namedType"> {
  readonly name: QualifiedName;
  /** DECIMAL(10, 2) */
  readonly args: readonly number[];
}

/** `T[]`, `T[3]` */
export interface ArrayType extends NodeBase<"arrayType"> {
  readonly element: TypeName;
  readonly size?: number;
}

export interface StructType extends NodeBase<"structType"> {
  readonly fields: readonly StructTypeField[];
}

export interface StructTypeField extends NodeBase<"structTypeField"> {
  readonly name: Identifier;
  readonly type: TypeName;
}

export interface MapType extends NodeBase<"mapType"> {
  readonly key: TypeName;
  readonly value: TypeName;
}

export interface EnumType extends NodeBase<"enumType"> {
  readonly values: readonly string[];
}

// ---------------------------------------------------------------- all of them

export type Node =
  | Statement
  | ColumnDef
  | KeyConstraint
  | CheckConstraint
  | CopyOption
  | Property
  | Watermark
  | Emit
  | GroupWindow
  | SampleBy
  | Fill
  | LatestOn
  | StartingAt
  | Cte
  | QueryBody
  | SelectItem
  | GroupItem
  | OrderBy
  | NamedWindow
  | WindowSpec
  | WindowName
  | Frame
  | FrameBound
  | JoinRange
  | TableRef
  | Expr
  | When
  | Arg
  | TableArg
  | ModelArg
  | Descriptor
  | FunctionParam
  | StructField
  | MapEntry
  | TypeName
  | StructTypeField;

export type NodeKind = Node["kind"];

/** The node type of a kind. */
export type NodeOf<K extends NodeKind> = Extract<Node, { readonly kind: K }>;
