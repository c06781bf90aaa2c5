import { bindError, type Span } from "../core/errors.ts";
import type { DataType } from "../core/types.ts";
import { harmlessness } from "./harmless.ts";
import { DEFAULT_OPTIONS } from "./jsdoc.ts";
import { moduleCode } from "./module-code.ts";
import { ModuleErrors, type ModulePlace } from "./module-error.ts";
import type { FunctionKind, ModuleSource, Signature, SignatureOptions } from "./module-source.ts";
import { finishModule } from "./read-module.ts";
import { refuseUnrunnable } from "./refuse-unrunnable.ts";
import { parseModule } from "./typescript.ts";
import { orNull, valueTypeOf } from "./value-type.ts";

/** A function whose signature SQL declares, and whose body is TypeScript. */
export interface FunctionBody {
  readonly name: string;
  readonly params: readonly { readonly name: string; readonly type: DataType; readonly span: Span }[];
  readonly returns: DataType;
  /** It gives rows: `returns` is the STRUCT of their columns. */
  readonly rows: boolean;
  readonly body: string;
  readonly place: ModulePlace;
  /** It is called for NULL too. */
  readonly takesNull: boolean;
  /** Those that are declared. */
  readonly options: Partial<SignatureOptions>;
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** Makes a module of a function's body. A body that awaits makes an asynchronous function. */
export function readBody(declared: FunctionBody): ModuleSource {
  const { name, params, returns, rows, body, takesNull } = declared;
  for (const param of params) {
    if (IDENTIFIER.test(param.name) && isFree(`(${param.name}) => 0;`)) continue;
    throw bindError(
      `"${param.name}" cannot be the name of a parameter in TypeScript`,
      param.span,
      "letters, digits and _, and no word of TypeScript",
    );
  }
  // Its own name, so that it can call itself.
  const own = IDENTIFIER.test(name) && isFree(`function ${name}() {}`) && params.every((param) => param.name !== name) ? name : "call";
  const head = `export async function${rows ? "*" : ""} ${own}(${params.map((param) => param.name).join(", ")}) {`;
  const text = `${head}${body}\n}`;
  const { place } = declared;
  const errors = new ModuleErrors(text, place.kind === "statement" ? { kind: "statement", offset: place.offset - head.length } : place, {
    start: head.length,
    end: head.length + body.length,
  });
  const parsed = parseModule(text);
  if ("message" in parsed) throw errors.at(parsed, parsed.message, parsed.hint, "parse");
  const [statement, ...others] = parsed.program.body;
  if (others.length > 0) throw errors.at(others[0], "the body ends before its text does", "one } too many?", "parse");
  refuseUnrunnable(text, parsed, errors, "CREATE FUNCTIONS takes a module with import at its top");
  const isAsync = awaits(statement);
  if (isAsync && rows) throw bindError(`${name} gives rows, so it cannot wait`, undefined, "return a list from an asynchronous function");
  // Read as an asynchronous one, so that `await` is known; blanks keep places where they are.
  const code = moduleCode(isAsync ? text : text.replace("export async", "export      "), errors);
  const kind: FunctionKind = rows ? "table" : isAsync ? "async" : "scalar";
  const result = valueTypeOf(returns);
  const signature: Signature = {
    kind,
    name,
    exported: own,
    params: params.map((param) => {
      const value = valueTypeOf(param.type);
      return { name: param.name, type: param.type, value: takesNull ? orNull(value) : value, takesNull, optional: false };
    }),
    variadic: false,
    returns,
    result,
    returnsNull: false,
    harmless: undefined,
    signal: false,
    doc: "",
    options: { ...DEFAULT_OPTIONS, ...(isAsync ? { volatility: "volatile" as const } : {}), ...declared.options },
  };
  const node = statement.type === "ExportNamedDeclaration" ? statement.declaration : undefined;
  const harmless = node?.type === "FunctionDeclaration" ? harmlessness(signature, node, parsed.program) : undefined;
  // SQL does not say whether a result may be NULL; one that is arithmetic is not.
  const nullable = !rows && harmless === undefined;
  return finishModule({
    name,
    code: code.code,
    imports: [],
    importedNames: [],
    lines: code.lines,
    functions: [{ ...signature, harmless, result: nullable ? { ...result, nullable } : result, returnsNull: nullable }],
  });
}

const isFree = (text: string): boolean => !("message" in parseModule(text));

/** Whether a function's own body awaits; functions inside it do not count. */
function awaits(node: unknown, inside = false): boolean {
  if (typeof node !== "object" || node === null) return false;
  if (Array.isArray(node)) return node.some((item) => awaits(item, inside));
  const { type } = node as { type?: string };
  if (type === "AwaitExpression" || (type === "ForOfStatement" && (node as { await?: boolean }).await === true)) return true;
  const isFunction = type === "FunctionDeclaration" || type === "FunctionExpression" || type === "ArrowFunctionExpression";
  if (isFunction && inside) return false;
  return Object.values(node).some((child) => awaits(child, inside || isFunction));
}
