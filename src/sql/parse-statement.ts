import { parseError } from "../core/errors.ts";
import type {
  Copy,
  CopyOption,
  Describe,
  Drop,
  Explain,
  ExplainJob,
  Expr,
  FileRef,
  Identifier,
  Insert,
  InstallPack,
  JobAction,
  LoadPack,
  QualifiedName,
  Query,
  RecordStream,
  Show,
  ShowSubject,
  Statement,
  StopQuery,
  TableNameRef,
  Unsupported,
} from "./ast.ts";
import type { TokenCursor } from "./cursor.ts";
import { parseCreate } from "./parse-create.ts";
import { parseExpression } from "./parse-expression.ts";
import { parseModelName } from "./parse-model-name.ts";
import { atQuery } from "./parse-parens.ts";
import { parseWordOrExpression } from "./parse-property.ts";
import { parseQuery, parseRunTime } from "./parse-query.ts";
import { parseStartingAt } from "./parse-table.ts";
import { starQuery } from "./star-query.ts";

/** Reads one statement, up to its semicolon or the end, which is left. */
export function parseStatement(c: TokenCursor): Statement {
  c.note("statement");
  c.noteWords(STATEMENT_WORDS);
  if (c.atOp("(")) return parseQueryOrInsert(c);
  if (c.token.type !== "word") throw c.error("expected a statement");
  const word = c.token.value;
  const read = STATEMENTS[word];
  if (read !== undefined && Object.hasOwn(STATEMENTS, word)) return read(c);
  if (word === "start" && c.peekWord(1, "job")) return parseJobAction(c);
  if (OTHER_STATEMENTS.has(word)) return parseOther(c);
  throw c.error();
}

const STATEMENTS: Readonly<Record<string, (c: TokenCursor) => Statement>> = {
  select: parseQueryOrInsert,
  with: parseQueryOrInsert,
  from: parseQueryOrInsert,
  values: parseQuery,
  table: parseQuery,
  create: parseCreate,
  insert: parseInsert,
  drop: parseDrop,
  describe: parseDescribe,
  desc: parseDescribe,
  summarize: parseSummarize,
  show: parseShow,
  set: parseSet,
  reset: parseReset,
  copy: parseCopy,
  explain: parseExplain,
  pause: parseJobAction,
  resume: parseJobAction,
  stop: parseStop,
  record: parseRecord,
  install: parseInstall,
  load: parseLoad,
  verify: parseVerify,
};

/** Statements that are known by name only. */
const OTHER_STATEMENTS = new Set(
  `update delete alter truncate begin start commit end abort rollback savepoint pragma attach detach use call prepare execute deallocate vacuum analyze
  checkpoint export import merge grant revoke comment pivot unpivot pivot_wider pivot_longer refresh force replay
  cancel kill cache uncache`.split(/\s+/),
);

/** Those that may stand alone. */
const BARE_STATEMENTS = new Set("begin commit end abort rollback vacuum analyze checkpoint start".split(" "));

const STATEMENT_WORDS = [...Object.keys(STATEMENTS), "update", "delete", "alter", "truncate"];

function parseOther(c: TokenCursor): Unsupported {
  const word = c.next();
  if (c.atEnd && !BARE_STATEMENTS.has(word.value)) throw c.error(`expected the rest of ${word.value.toUpperCase()}`);
  c.skipBalanced();
  return c.unsupportedFrom(word.value.toUpperCase(), word.start);
}

// ---------------------------------------------------------------- data

/** `SELECT … INTO sink FROM …` is an INSERT. */
function parseQueryOrInsert(c: TokenCursor): Query | Insert {
  const query = c.readWithInto(() => parseQuery(c));
  if (c.into === undefined) return query;
  return { kind: "insert", table: c.into, columns: [], byName: false, source: query, span: query.span };
}

function parseInsert(c: TokenCursor): Insert {
  const { start } = c.expect("insert");
  const orStart = c.token.start;
  let unsupported: Unsupported | undefined;
  if (c.accept("or")) {
    const action = c.acceptAny("replace", "ignore");
    if (action === undefined) throw c.error();
    unsupported = c.unsupportedFrom(`INSERT OR ${action.toUpperCase()}`, orStart);
  }
  c.expect("into");
  const table = c.qualifiedName("table");
  const columns = insertColumns(c) ?? [];
  let byName = false;
  if (c.accept("by")) {
    byName = c.accept("name");
    if (!byName) c.expect("position");
  }
  const isDefault = c.acceptSequence("default", "values");
  const source = isDefault ? undefined : parseQuery(c);
  const tailStart = c.token.start;
  if (c.atAny(["on", "returning"])) {
    const feature = c.token.value === "on" ? "ON CONFLICT" : "RETURNING";
    c.skipBalanced();
    unsupported ??= c.unsupportedFrom(feature, tailStart);
  }
  return { kind: "insert", table, columns, byName, source, unsupported, span: c.spanFrom(start) };
}

/** The parenthesis behind the table opens its columns or the query. */
function insertColumns(c: TokenCursor): readonly Identifier[] | undefined {
  if (!c.atOp("(")) return undefined;
  return atQuery(c) ? undefined : c.nameList("column");
}

const DROPPED = ["table", "view", "stream", "job", "function", "model", "pack"] as const;

function parseDrop(c: TokenCursor): Drop | Unsupported {
  const { start } = c.expect("drop");
  const materialized = c.accept("materialized");
  if (materialized) c.expect("view");
  const object = materialized ? "materialized view" : c.acceptAny(...DROPPED);
  if (object === undefined) {
    const first = c.acceptAny("macro", "index", "schema", "sequence", "type", "connector", "secret", "database");
    if (first === undefined) throw c.error();
    if (c.atEnd) throw c.error("expected a name");
    c.skipBalanced();
    return c.unsupportedFrom(`DROP ${first.toUpperCase()}`, start);
  }
  const ifExists = c.acceptSequence("if", "exists");
  const names = c.commaList(() => (object === "function" ? c.qualifiedName("ownFunction") : parseObjectName(c, object)));
  const cascade = c.acceptAny("cascade", "restrict") === "cascade";
  return { kind: "drop", object, names, ifExists, cascade, span: c.spanFrom(start) };
}

// ---------------------------------------------------------------- looking

function parseTarget(c: TokenCursor): TableNameRef | FileRef {
  const { start, type } = c.token;
  c.note("table", "file");
  if (type === "string") return { kind: "file", path: c.next().value, span: c.spanFrom(start) };
  return { kind: "tableName", name: c.qualifiedName("table"), span: c.spanFrom(start) };
}

const DESCRIBED = ["stream", "job", "connector", "function", "model", "pack"] as const;

/** The name of an object; that of a model may have its version. */
function parseObjectName(c: TokenCursor, object: Drop["object"] | NonNullable<Describe["object"]>): QualifiedName {
  switch (object) {
    case "model":
      return [parseModelName(c)];
    case "function":
    case "pack":
      return c.qualifiedName(object);
    case "job":
    case "connector":
      return c.qualifiedName("name");
    default:
      return c.qualifiedName("table");
  }
}

/** `DESCRIBE x`, where x is a table, a file or a query; `DESCRIBE TABLE x` too. */
function parseDescribe(c: TokenCursor): Statement {
  const { start } = c.next();
  if (c.at("table") && !c.peekOp(1, "(")) c.next();
  c.noteWords(DESCRIBED);
  if (c.peekWord(0, ...DESCRIBED) && (c.isName(c.peek(1)) || c.pos + 1 === c.recordAt)) {
    const object = c.acceptAny(...DESCRIBED)!;
    const name = parseObjectName(c, object);
    const target: TableNameRef = { kind: "tableName", name, span: c.spanFrom(name[0].span.start) };
    return { kind: "describe", object, target, span: c.spanFrom(start) };
  }
  c.note("table", "file");
  if (c.atEnd) return { kind: "show", subject: "tables", span: c.spanFrom(start) };
  const target = atQuery(c) ? parseQuery(c) : parseTarget(c);
  return { kind: "describe", target, span: c.spanFrom(start) };
}

function parseSummarize(c: TokenCursor): Statement {
  const { start } = c.expect("summarize");
  if (c.at("table") && !c.peekOp(1, "(")) c.next();
  const target = atQuery(c) ? parseQuery(c) : parseTarget(c);
  return { kind: "summarize", target, span: c.spanFrom(start) };
}

const SHOW_SUBJECTS = [
  ...(["tables", "views", "streams", "functions", "databases", "schemas", "settings", "queries", "connectors"] as const),
  ...(["jobs", "state", "topics", "schema", "models", "packs"] as const),
];
const SHOW_LATER = ["windows"];

function parseShow(c: TokenCursor): Statement {
  const { start } = c.expect("show");
  let subject: ShowSubject | undefined = c.acceptSequence("all", "tables") ? "all tables" : c.acceptAny(...SHOW_SUBJECTS);
  if (subject === undefined && c.accept("all")) subject = "settings";
  if (subject !== undefined) {
    const named = subject === "schema" || (subject === "state" && c.acceptAny("of", "for") !== undefined);
    const name = named ? c.qualifiedName("table") : undefined;
    const like = c.acceptAny("like", "ilike") === undefined ? undefined : c.string().value;
    return { kind: "show", subject, name, like, span: c.spanFrom(start) } satisfies Show;
  }
  if (c.token.type === "word" && SHOW_LATER.includes(c.token.value)) {
    const feature = `SHOW ${c.token.value.toUpperCase()}`;
    c.skipBalanced();
    return c.unsupportedFrom(feature, start);
  }
  return { kind: "describe", target: parseTarget(c), span: c.spanFrom(start) };
}

function parseExplain(c: TokenCursor): Explain | ExplainJob {
  const { start } = c.expect("explain");
  let analyze = c.accept("analyze");
  let format: string | undefined;
  if (c.atOp("(") && c.peekWord(1, "format", "analyze")) {
    c.next();
    do {
      if (c.accept("analyze")) analyze = true;
      else {
        c.expect("format");
        const token = c.token;
        if (token.type !== "word" && token.type !== "string") throw c.error("expected a format, as JSON");
        format = c.next().value.toLowerCase();
      }
    } while (c.acceptOp(","));
    c.expectOp(")");
  }
  if (c.at("job") && c.isName(c.peek(1))) {
    c.next();
    return { kind: "explainJob", analyze, format, name: c.name("name"), span: c.spanFrom(start) };
  }
  if (atTableCall(c)) {
    const called = c.token.start;
    const table = c.grammar.table(c);
    return { kind: "explain", analyze, format, statement: starQuery([table], c.spanFrom(called)), ofCall: true, span: c.spanFrom(start) };
  }
  c.enter();
  const statement = parseStatement(c);
  c.leave();
  return { kind: "explain", analyze, format, statement, span: c.spanFrom(start) };
}

/** `f(…)` or `AI.f(…)`, where f is no word that begins a statement. */
function atTableCall(c: TokenCursor): boolean {
  if (!c.isName(c.token) || Object.hasOwn(STATEMENTS, c.token.value) || OTHER_STATEMENTS.has(c.token.value)) return false;
  return c.peekOp(1, "(") || (c.peekOp(1, ".") && c.peekOp(3, "("));
}

function parseVerify(c: TokenCursor): Statement {
  const { start } = c.next();
  return { kind: "verify", query: parseQuery(c), span: c.spanFrom(start) };
}

// ---------------------------------------------------------------- what runs

const JOB_ACTIONS = { pause: "pause", resume: "resume", start: "resume" } as const;

/** `PAUSE JOB j`, `RESUME JOB j`, `START JOB j`. */
function parseJobAction(c: TokenCursor): JobAction {
  const { start, value } = c.next();
  c.expect("job");
  const action = JOB_ACTIONS[value as keyof typeof JOB_ACTIONS];
  return { kind: "jobAction", action, name: c.name("name"), savepoint: false, span: c.spanFrom(start) };
}

/** `STOP JOB j WITH SAVEPOINT`, `STOP QUERY q`, `STOP q`, `STOP ALL`. */
function parseStop(c: TokenCursor): JobAction | StopQuery {
  const { start } = c.expect("stop");
  if (c.accept("all")) return { kind: "stopQuery", span: c.spanFrom(start) };
  const object = c.acceptAny("job", "query");
  if (object === undefined && !c.isName(c.token)) throw c.error("expected JOB, QUERY, ALL or the name of a query");
  const name = c.name("name");
  if (object !== "job") return { kind: "stopQuery", name, span: c.spanFrom(start) };
  const savepoint = c.accept("with");
  if (savepoint) c.expect("savepoint");
  return { kind: "jobAction", action: "stop", name, savepoint, span: c.spanFrom(start) };
}

/** `RECORD s TO 'file' FOR INTERVAL … UNTIL …` */
function parseRecord(c: TokenCursor): RecordStream {
  const { start } = c.expect("record");
  const nameStart = c.token.start;
  const name = c.qualifiedName("table");
  const startingAt = parseStartingAt(c);
  const stream: TableNameRef = { kind: "tableName", name, startingAt, span: c.spanFrom(nameStart) };
  c.expect("to");
  const path = parsePath(c);
  let duration: Expr | undefined;
  let until: Expr | undefined;
  for (;;) {
    if (duration === undefined && c.accept("for")) duration = parseRunTime(c);
    else if (until === undefined && c.accept("until")) until = parseExpression(c);
    else return { kind: "record", stream, path, duration, until, span: c.spanFrom(start) };
  }
}

/** The path of a file: a string or a parameter. */
function parsePath(c: TokenCursor): Expr {
  c.note("file");
  if (c.token.type !== "string" && c.token.type !== "parameter") throw c.error("expected the path of a file in single quotes");
  return parseExpression(c);
}

// ---------------------------------------------------------------- packs

/** `INSTALL PACK 'path or npm name'` */
function parseInstall(c: TokenCursor): InstallPack {
  const { start } = c.expect("install");
  c.expect("pack");
  if (c.token.type !== "string") throw c.error("expected a folder or the name of an npm package in single quotes");
  const { value, ...span } = c.string();
  return { kind: "installPack", source: value, sourceSpan: { start: span.start, end: span.end }, span: c.spanFrom(start) };
}

/** `LOAD finance`, `LOAD PACK finance`, `LOAD './folder'` */
function parseLoad(c: TokenCursor): LoadPack {
  const { start } = c.expect("load");
  if (c.at("pack") && (c.isName(c.peek(1)) || c.peek(1).type === "string")) c.next();
  if (c.token.type === "string") {
    const { value, start: from, end } = c.string();
    return { kind: "loadPack", name: { name: value, quoted: true, span: { start: from, end } }, span: c.spanFrom(start) };
  }
  return { kind: "loadPack", name: c.name("pack"), span: c.spanFrom(start) };
}

// ---------------------------------------------------------------- settings

function parseScope(c: TokenCursor): "global" | "session" | "local" | undefined {
  return c.peekOp(1, "=") || c.peekWord(1, "to") ? undefined : c.acceptAny("global", "session", "local");
}

function parseSettingName(c: TokenCursor): Identifier {
  const first = c.name("setting");
  if (!c.acceptOp(".")) return first;
  const second = c.label();
  return { name: `${first.name}.${second.name}`, quoted: true, span: c.spanFrom(first.span.start) };
}

function parseSet(c: TokenCursor): Statement {
  const { start } = c.expect("set");
  if (c.peekWord(0, "variable") && !c.peekOp(1, "=")) {
    c.skipBalanced();
    return c.unsupportedFrom("SET VARIABLE", start);
  }
  const scope = parseScope(c);
  if (c.atSequence("time", "zone")) {
    const name: Identifier = { name: "TimeZone", quoted: false, span: { start: c.token.start, end: c.peek(1).end } };
    c.pos += 2;
    return { kind: "set", scope, name, value: parseWordOrExpression(c), span: c.spanFrom(start) };
  }
  const name = parseSettingName(c);
  if (!c.acceptOp("=") && !c.accept("to")) throw c.error("expected = or TO");
  if (c.accept("default")) return { kind: "reset", scope, name, span: c.spanFrom(start) };
  const first = parseWordOrExpression(c);
  if (!c.atOp(",")) return { kind: "set", scope, name, value: first, span: c.spanFrom(start) };
  const items = [first];
  while (c.acceptOp(",")) items.push(parseWordOrExpression(c));
  const value: Expr = { kind: "list", items, span: c.spanFrom(first.span.start) };
  return { kind: "set", scope, name, value, span: c.spanFrom(start) };
}

function parseReset(c: TokenCursor): Statement {
  const { start } = c.expect("reset");
  const scope = c.acceptAny("global", "session", "local");
  return { kind: "reset", scope, name: parseSettingName(c), span: c.spanFrom(start) };
}

// ---------------------------------------------------------------- COPY

function parseCopy(c: TokenCursor): Copy {
  const { start } = c.expect("copy");
  let source: Copy["source"];
  let columns: readonly Identifier[] = [];
  const sourceStart = c.token.start;
  if (c.acceptOp("(")) {
    source = parseQuery(c);
    c.expectOp(")");
  } else {
    source = { kind: "tableName", name: c.qualifiedName("table"), span: c.spanFrom(sourceStart) };
    columns = c.nameList("column") ?? [];
  }
  const direction = c.acceptAny("to", "from");
  if (direction === undefined) throw c.error("expected TO or FROM");
  if (direction === "from" && source.kind === "query") throw parseError("a query can be copied to a file, not from one", source.span);
  const path = parsePath(c);
  if ((c.accept("with") || c.peek(0).type === "word") && !c.atOp("("))
    throw c.error("expected options in parentheses, as (FORMAT csv, HEADER)");
  let options: CopyOption[] = [];
  if (c.acceptOp("(")) {
    options = c.commaList(() => parseCopyOption(c));
    c.closeList(")");
  }
  return { kind: "copy", direction, source, columns, path, options, span: c.spanFrom(start) };
}

function parseCopyOption(c: TokenCursor): CopyOption {
  const { start } = c.token;
  const name = c.label();
  c.acceptOp("=");
  if (c.atOp(",") || c.atOp(")")) return { kind: "copyOption", name, span: c.spanFrom(start) };
  return { kind: "copyOption", name, value: parseCopyValue(c), span: c.spanFrom(start) };
}

/** A list in parentheses is a row even where it holds one thing; `*` is every column. */
function parseCopyValue(c: TokenCursor): Expr {
  const { start, end } = c.token;
  if (c.acceptOp("*")) return { kind: "star", qualifier: [], exclude: [], replace: [], rename: [], span: { start, end } };
  if (!c.acceptOp("(")) return parseWordOrExpression(c);
  const items = c.commaList(() => parseWordOrExpression(c));
  c.expectOp(")");
  return { kind: "row", items, span: c.spanFrom(start) };
}
