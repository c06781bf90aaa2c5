import type { Node, NodeKind, NodeOf } from "./ast.ts";

/**
 * Where the children of each kind stand: the properties that hold a node, a list of nodes, or (`values`) a list of lists. Everything
 * that goes through trees in general goes by this table; the compiler sees to it that no kind is missing and that each name exists.
 */
const CHILDREN: { readonly [K in NodeKind]: readonly Exclude<keyof NodeOf<K>, "kind" | "span">[] } = {
  unsupported: [],
  // statements
  createTable: ["columns", "constraints", "query"],
  columnDef: ["type", "defaultValue", "checks", "unsupported"],
  keyConstraint: [],
  checkConstraint: ["condition"],
  createView: ["query"],
  createStream: ["columns", "watermark", "properties", "query"],
  createMaterializedView: ["properties", "query"],
  createJob: ["properties", "insert"],
  createFunction: ["params", "returns", "returnsTable", "properties"],
  functionParam: ["type"],
  createFunctions: ["properties"],
  createModel: ["inputs", "outputs", "properties"],
  installPack: [],
  loadPack: [],
  property: ["value"],
  watermark: ["expr"],
  jobAction: [],
  stopQuery: [],
  record: ["stream", "path", "duration", "until"],
  insert: ["source", "unsupported"],
  drop: [],
  describe: ["target"],
  summarize: ["target"],
  show: [],
  set: ["value"],
  reset: [],
  copy: ["source", "path", "options"],
  copyOption: ["value"],
  explain: ["statement"],
  explainJob: [],
  verify: ["query"],
  // queries
  query: ["ctes", "body", "orderBy", "limit", "offset", "emit", "duration", "until"],
  emit: ["every", "lateness"],
  cte: ["unsupported", "query"],
  setOperation: ["left", "right"],
  values: ["rows"],
  select: [
    "distinctOn",
    "items",
    "from",
    "where",
    "latestOn",
    "groupBy",
    "sampleBy",
    "groupWindow",
    "having",
    "windows",
    "qualify",
    "unsupported",
  ],
  groupWindow: ["column", "size", "slide", "gap", "keys"],
  sampleBy: ["size", "from", "to", "fill", "timeZone", "offset"],
  fill: ["value", "source", "most"],
  latestOn: ["column", "partitionBy"],
  selectItem: ["expr"],
  groupingSets: ["sets"],
  rollup: ["items"],
  cube: ["items"],
  groupSet: ["items"],
  orderItem: ["expr"],
  orderAll: [],
  namedWindow: ["window"],
  windowSpec: ["partitionBy", "orderBy", "frame"],
  windowName: [],
  frame: ["start", "end"],
  frameBound: ["offset"],
  // tables
  tableName: ["startingAt", "systemTime"],
  startingAt: ["time"],
  file: [],
  tableFunction: ["args"],
  subqueryRef: ["query"],
  join: ["left", "right", "matchCondition", "on", "tolerance", "within", "range"],
  joinRange: ["start", "end"],
  // expressions
  null: [],
  boolean: [],
  number: [],
  string: [],
  blob: [],
  typedLiteral: ["type"],
  interval: ["value"],
  column: [],
  positional: [],
  parameter: [],
  star: ["replace"],
  columns: ["selector"],
  unary: ["operand"],
  binary: ["left", "right"],
  quantified: ["operand", "right"],
  between: ["operand", "low", "high"],
  inList: ["operand", "list"],
  inQuery: ["operand", "query"],
  inCollection: ["operand", "collection"],
  like: ["operand", "pattern", "escape"],
  isTest: ["operand"],
  case: ["operand", "whens", "otherwise"],
  when: ["condition", "result"],
  cast: ["operand", "type"],
  atTimeZone: ["operand", "zone"],
  collate: ["operand"],
  call: ["args", "orderBy", "withinGroup", "filter", "over"],
  arg: ["value"],
  tableArg: ["source", "partitionBy", "orderBy"],
  modelArg: [],
  descriptor: [],
  list: ["items"],
  struct: ["fields"],
  structField: ["value"],
  map: ["entries"],
  mapEntry: ["key", "value"],
  row: ["items"],
  subscript: ["operand", "index"],
  slice: ["operand", "lower", "upper", "step"],
  field: ["operand"],
  lambda: ["body"],
  listComprehension: ["result", "source", "filter"],
  subquery: ["query"],
  arraySubquery: ["query"],
  exists: ["query"],
  default: [],
  // types
  namedType: [],
  arrayType: ["element"],
  structType: ["fields"],
  structTypeField: ["type"],
  mapType: ["key", "value"],
  enumType: [],
};

type Child = Node | readonly Child[] | undefined;

const childrenOf = (node: Node, key: string): Child => (node as unknown as Record<string, Child>)[key];
const keysOf = (node: Node): readonly string[] => CHILDREN[node.kind];

/** The direct children, in the order of the text as far as the table has it. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  const add = (child: Child): void => {
    if (child === undefined) return;
    if (isList(child)) child.forEach(add);
    else found.push(child);
  };
  for (const key of keysOf(node)) add(childrenOf(node, key));
  return found;
}

function isList(child: Node | readonly Child[]): child is readonly Child[] {
  return Array.isArray(child);
}

/** Visits a node and all below it, parents first. A visitor that returns false is not shown the children. */
export function walk(node: Node, visit: (node: Node, parent: Node | undefined) => unknown, parent?: Node): void {
  if (visit(node, parent) === false) return;
  for (const child of children(node)) walk(child, visit, node);
}

/**
 * The tree with every node replaced by what `change` makes of it, children first. A node that `change` gives back as it is, with
 * children that stayed, stays the same object. `change` must give a kind that may stand in its place.
 */
export function rewrite<T extends Node>(node: T, change: (node: Node) => Node): T {
  let copy: Record<string, unknown> | undefined;
  for (const key of keysOf(node)) {
    const before = childrenOf(node, key);
    const after = rewriteChild(before, change);
    if (after === before) continue;
    copy ??= { ...node };
    copy[key] = after;
  }
  return change((copy as unknown as T) ?? node) as T;
}

function rewriteChild(child: Child, change: (node: Node) => Node): Child {
  if (child === undefined) return undefined;
  if (!isList(child)) return rewrite(child, change);
  const after = child.map((item) => rewriteChild(item, change));
  return after.some((item, i) => item !== child[i]) ? after : child;
}
