import type {
  ColumnDef,
  Copy,
  CopyOption,
  CreateTable,
  Drop,
  Expr,
  Insert,
  Node,
  NodeKind,
  NodeOf,
  QualifiedName,
  Statement,
} from "./ast.ts";
import { PRECEDENCE } from "./precedence.ts";
import {
  EXPRESSION_PRINTERS,
  operand,
  printArg,
  printFrame,
  printFrameBound,
  printOrderItem,
  printWindowSpec,
  TYPE_PRINTERS,
} from "./print-expression.ts";
import { printCreateFunction, printCreateFunctions, printCreateModel } from "./print-function.ts";
import { identifier, modelName, nameList, type Print, qualifiedName, quoteString, words } from "./print-names.ts";
import {
  pointInTime,
  printCte,
  printEmit,
  printFill,
  printGroupWindow,
  printJoin,
  printJoinRange,
  printLatestOn,
  printQuery,
  printSampleBy,
  printSelect,
  printSelectItem,
  printSetOperation,
  printTableFunction,
  TABLE_PRINTERS,
} from "./print-query.ts";
import {
  printCreateJob,
  printCreateMaterializedView,
  printCreateStream,
  printJobAction,
  printProperty,
  printRecord,
  printWatermark,
} from "./print-stream.ts";

/** The call that `EXPLAIN f(…)` is about. */
const calledIn = (statement: Statement): Node =>
  statement.kind === "query" && statement.body.kind === "select" ? statement.body.from[0] : statement;

type Printers = { readonly [K in NodeKind]: (node: NodeOf<K>, print: Print) => string };

const PRINTERS: Printers = {
  ...EXPRESSION_PRINTERS,
  ...TYPE_PRINTERS,
  ...TABLE_PRINTERS,
  query: printQuery,
  cte: printCte,
  setOperation: printSetOperation,
  values: ({ rows }, print) => `VALUES ${rows.map((row) => `(${row.map(print).join(", ")})`).join(", ")}`,
  select: printSelect,
  selectItem: printSelectItem,
  groupingSets: ({ sets }, print) => `GROUPING SETS (${sets.map(print).join(", ")})`,
  rollup: ({ items }, print) => `ROLLUP (${items.map(print).join(", ")})`,
  cube: ({ items }, print) => `CUBE (${items.map(print).join(", ")})`,
  groupSet: ({ items }, print) => `(${items.map(print).join(", ")})`,
  orderItem: printOrderItem,
  orderAll: printOrderItem,
  namedWindow: ({ name, window }, print) => `${identifier(name)} AS ${print(window)}`,
  windowSpec: printWindowSpec,
  windowName: ({ name }) => identifier(name),
  frame: printFrame,
  frameBound: printFrameBound,
  joinRange: printJoinRange,
  emit: printEmit,
  groupWindow: printGroupWindow,
  sampleBy: printSampleBy,
  fill: printFill,
  latestOn: printLatestOn,
  startingAt: ({ at, time }, print) => `STARTING AT ${time === undefined ? at.toUpperCase() : pointInTime(time, print)}`,
  join: printJoin,
  tableFunction: printTableFunction,
  when: ({ condition, result }, print) => `WHEN ${print(condition)} THEN ${print(result)}`,
  arg: (node, print) => printArg(node, false, print),
  tableArg: ({ source, partitionBy, orderBy: order }, print) =>
    words(
      "TABLE",
      source.kind === "query" ? `(${print(source)})` : print(source),
      partitionBy.length > 0 && `PARTITION BY ${printPartition(partitionBy, print)}`,
      order.length > 0 && `ORDER BY (${order.map(print).join(", ")})`,
    ),
  modelArg: ({ name }) => `MODEL ${modelName(name)}`,
  descriptor: ({ columns }) => `DESCRIPTOR${nameList(columns)}`,
  structField: ({ name, value }, print) => `${quoteString(name.name)}: ${print(value)}`,
  mapEntry: ({ key, value }, print) => `${print(key)}: ${print(value)}`,
  structTypeField: ({ name, type }, print) => `${identifier(name)} ${print(type)}`,
  createTable: printCreateTable,
  columnDef: printColumnDef,
  keyConstraint: ({ primary, columns }) => `${primary ? "PRIMARY KEY" : "UNIQUE"} ${nameList(columns)}`,
  checkConstraint: ({ condition }, print) => `CHECK (${print(condition)})`,
  createView: ({ name, orReplace, ifNotExists, temporary, columns, query }, print) =>
    words(
      "CREATE",
      orReplace && "OR REPLACE",
      temporary && "TEMPORARY",
      "VIEW",
      ifNotExists && "IF NOT EXISTS",
      qualifiedName(name) + nameList(columns),
      `AS ${print(query)}`,
    ),
  createStream: printCreateStream,
  createMaterializedView: printCreateMaterializedView,
  createJob: printCreateJob,
  property: printProperty,
  watermark: printWatermark,
  jobAction: printJobAction,
  stopQuery: ({ name }) => (name === undefined ? "STOP ALL" : `STOP QUERY ${identifier(name)}`),
  record: printRecord,
  createFunction: printCreateFunction,
  functionParam: ({ name, type }, print) => `${identifier(name)} ${print(type)}`,
  createFunctions: printCreateFunctions,
  createModel: printCreateModel,
  installPack: ({ source }) => `INSTALL PACK ${quoteString(source)}`,
  loadPack: ({ name }) => `LOAD ${identifier(name)}`,
  insert: printInsert,
  drop: ({ object, names, ifExists, cascade }) =>
    words("DROP", object.toUpperCase(), ifExists && "IF EXISTS", names.map(objectName(object)).join(", "), cascade && "CASCADE"),
  describe: ({ object, target }, print) =>
    words(
      "DESCRIBE",
      object?.toUpperCase(),
      object === "model" && target.kind === "tableName" ? target.name.map(modelName).join(".") : print(target),
    ),
  summarize: ({ target }, print) => `SUMMARIZE ${print(target)}`,
  show: ({ subject, name, like }) =>
    words(
      "SHOW",
      subject.toUpperCase(),
      name !== undefined && subject === "state" && "FOR",
      name !== undefined && qualifiedName(name),
      like !== undefined && `LIKE ${quoteString(like)}`,
    ),
  set: ({ scope, name, value }, print) => words("SET", scope?.toUpperCase(), identifier(name), "=", print(value)),
  reset: ({ scope, name }) => words("RESET", scope?.toUpperCase(), identifier(name)),
  copy: printCopy,
  copyOption: printCopyOption,
  explain: ({ analyze, format, statement, ofCall }, print) =>
    words(
      "EXPLAIN",
      analyze && "ANALYZE",
      format !== undefined && `(FORMAT ${quoteString(format)})`,
      ofCall === true ? print(calledIn(statement)) : print(statement),
    ),
  explainJob: ({ analyze, format, name }) =>
    words("EXPLAIN", analyze && "ANALYZE", format !== undefined && `(FORMAT ${quoteString(format)})`, `JOB ${identifier(name)}`),
  verify: ({ query }, print) => `VERIFY ${print(query)}`,
};

/** The SQL text of a node, on one line. Parsed again it gives the same tree but for spans and for quotes around names. */
export function print(node: Node): string {
  const printer = PRINTERS[node.kind] as (node: Node, print: Print) => string;
  return printer(node, print);
}

const objectName = (object: Drop["object"]): ((name: QualifiedName) => string) =>
  object === "model" ? (name) => name.map(modelName).join(".") : qualifiedName;

/** Several columns stand in parentheses: their commas would part arguments. */
function printPartition(exprs: readonly Expr[], print: Print): string {
  return exprs.length === 1 ? print(exprs[0]) : `(${exprs.map(print).join(", ")})`;
}

function printCreateTable(node: CreateTable, print: Print): string {
  const items = [...node.columns, ...node.constraints].map(print);
  return words(
    "CREATE",
    node.orReplace && "OR REPLACE",
    node.temporary && "TEMPORARY",
    "TABLE",
    node.ifNotExists && "IF NOT EXISTS",
    qualifiedName(node.name),
    items.length > 0 && `(${items.join(", ")})`,
    node.query !== undefined && `AS ${print(node.query)}`,
    !node.withData && "WITH NO DATA",
  );
}

function printColumnDef(node: ColumnDef, print: Print): string {
  return words(
    identifier(node.name),
    node.type !== undefined && print(node.type),
    node.notNull && "NOT NULL",
    node.primaryKey && "PRIMARY KEY",
    node.unique && "UNIQUE",
    node.defaultValue !== undefined && `DEFAULT ${operand(node.defaultValue, PRECEDENCE.postfix, print)}`,
    ...node.checks.map((check) => `CHECK (${print(check)})`),
    node.unsupported !== undefined && print(node.unsupported),
  );
}

/** OR REPLACE and OR IGNORE stand before INTO, the other clauses at the end. */
function printInsert(node: Insert, print: Print): string {
  const other = node.unsupported === undefined ? undefined : print(node.unsupported);
  const isPrefix = node.unsupported?.feature.startsWith("INSERT OR") === true;
  return words(
    "INSERT",
    isPrefix && other,
    "INTO",
    qualifiedName(node.table),
    nameList(node.columns),
    node.byName && "BY NAME",
    node.source === undefined ? "DEFAULT VALUES" : print(node.source),
    !isPrefix && other,
  );
}

function printCopy(node: Copy, print: Print): string {
  return words(
    "COPY",
    node.source.kind === "query" ? `(${print(node.source)})` : print(node.source),
    nameList(node.columns),
    node.direction.toUpperCase(),
    print(node.path),
    node.options.length > 0 && `(${node.options.map(print).join(", ")})`,
  );
}

function printCopyOption({ name, value }: CopyOption, print: Print): string {
  if (value === undefined) return identifier(name);
  const text = value.kind === "row" ? `(${value.items.map(print).join(", ")})` : print(value);
  return `${identifier(name)} ${text}`;
}
