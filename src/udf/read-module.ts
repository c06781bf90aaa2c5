import { createHash } from "node:crypto";
import { builtinModules, isBuiltin } from "node:module";
import { SPECIAL_FORMS } from "../catalog/special-forms.ts";
import { nearestName, type Span } from "../core/errors.ts";
import { asyncOption, commentBefore } from "./jsdoc.ts";
import { moduleCode } from "./module-code.ts";
import { ModuleErrors, type ModulePlace } from "./module-error.ts";
import type { ModuleSource, Signature, SignatureOptions } from "./module-source.ts";
import { type Exported, isCallable, SignatureReader } from "./read-signature.ts";
import { refuseUnrunnable } from "./refuse-unrunnable.ts";
import { TypeReader } from "./type-reader.ts";
import { type Expression, type ParsedModule, parseModule, type Statement } from "./typescript.ts";

/** Why a function cannot have a name, and what mends it. */
export interface NameProblem {
  readonly message: string;
  readonly hint: string;
}

export interface ReadOptions {
  /** For errors and stack traces: "the module", a function's name, a pack's file. */
  readonly name: string;
  readonly place: ModulePlace;
  readonly pack?: string;
  /** What holds for functions whose comment does not say otherwise. */
  readonly options?: Partial<SignatureOptions>;
  /** What is wrong with the SQL name of a function: it is taken. */
  readonly nameProblem?: (name: string) => NameProblem | undefined;
  /** Which exports are SQL functions; the others need no annotations. Default: all. */
  readonly wanted?: (exported: string) => boolean;
  /**
   * What a specifier imports that is neither `weir-sql/udf` nor a module of Node: another module, or an absolute file URL; undefined where it may not be
   * imported. Absent: nothing else may.
   */
  readonly resolve?: (specifier: string) => ModuleSource | string | undefined;
}

/**
 * Reads TypeScript text: every exported function becomes a signature, and the code is made ready to run. Evaluates nothing. What is wrong with the text is
 * a WeirError with its place in it.
 */
export function readModule(text: string, options: ReadOptions): ModuleSource {
  const errors = new ModuleErrors(text, options.place);
  const parsed = parseModule(text);
  if ("message" in parsed) throw errors.at(parsed, parsed.message, parsed.hint, "parse");
  refuseUnrunnable(text, parsed, errors, "write import … from '…' at the top");
  const imports = resolveImports(parsed, options, errors);
  const signatures = readSignatures(text, parsed, options, errors);
  const code = moduleCode(text, errors);
  return finishModule({
    name: options.name,
    code: code.code,
    imports: code.imports.map(({ specifier }) => imports.get(specifier) ?? specifier),
    importedNames: code.imports.map(({ names }) => names),
    ...(options.pack === undefined ? {} : { pack: options.pack }),
    lines: code.lines,
    functions: signatures,
  });
}

/** The module with its hash. */
export function finishModule(module: Omit<ModuleSource, "hash">): ModuleSource {
  const hash = createHash("sha256");
  const imports = module.imports.map((one) => (typeof one === "string" ? one : { hash: one.hash }));
  hash.update(JSON.stringify([module.pack === undefined ? null : [module.pack, module.name], module.code, imports, module.functions]));
  return { hash: hash.digest("hex"), ...module };
}

const NODE_MODULES = builtinModules.map((name) => (name.startsWith("node:") ? name : `node:${name}`));

/** What each specifier stands for; those that stand for themselves are left out. */
function resolveImports({ program }: ParsedModule, options: ReadOptions, errors: ModuleErrors): Map<string, ModuleSource | string> {
  const resolved = new Map<string, ModuleSource | string>();
  for (const statement of program.body) {
    if (statement.type === "ImportDeclaration" && statement.importKind === "type") continue;
    if (!("source" in statement) || statement.source == null) continue;
    const { source } = statement;
    const specifier = source.value;
    if (specifier === "weir-sql/udf" || (isBuiltin(specifier) && options.pack === undefined)) continue;
    const found = options.resolve?.(specifier);
    if (found === undefined) {
      const allowed =
        options.pack === undefined ? "weir-sql/udf and modules of Node ('node:crypto')" : "weir-sql/udf and other modules of the pack";
      const near = nearestName(specifier, options.pack === undefined ? ["weir-sql/udf", ...NODE_MODULES] : ["weir-sql/udf"]);
      throw errors.at(
        source,
        `module '${specifier}' cannot be imported here`,
        near === undefined ? `what can be: ${allowed}` : `did you mean '${near}'?`,
      );
    }
    resolved.set(specifier, found);
  }
  return resolved;
}

function readSignatures(text: string, parsed: ParsedModule, options: ReadOptions, errors: ModuleErrors): Signature[] {
  const types = new TypeReader(parsed.program, errors);
  const reader = new SignatureReader(types, errors, parsed.program);
  const wanted = options.wanted ?? (() => true);
  const signatures: Signature[] = [];
  const seen = new Map<string, string>();
  for (const exported of exportsOf(text, parsed, types, errors, wanted)) {
    const signature = reader.read({
      ...exported,
      comment: { ...exported.comment, options: { ...options.options, ...exported.comment.options } },
    });
    const idle = signature.kind === "async" ? undefined : asyncOption(exported.comment.options);
    if (idle !== undefined) throw errors.at(exported.place, `@${idle} is for asynchronous functions, and ${signature.name} is none`);
    if (!/^[\p{L}_][\p{L}\p{N}_$]*$/u.test(signature.name)) {
      throw errors.at(exported.place, `'${signature.name}' is no name of a SQL function`, "letters, digits and _");
    }
    const problem = builtInForm(signature.name) ?? options.nameProblem?.(signature.name);
    if (problem !== undefined) throw errors.at(exported.place, problem.message, problem.hint);
    const key = signature.name.toLowerCase();
    const other = seen.get(key);
    if (other !== undefined) {
      throw errors.at(exported.place, `${signature.name} and ${other} are the same name in SQL`, "names of SQL compare without case");
    }
    seen.set(key, signature.name);
    signatures.push(signature);
  }
  return signatures;
}

/** A name that a built-in function has. */
export const isBuiltIn = (name: string): NameProblem => ({
  message: `${name} is a built-in function`,
  hint: "give yours another name; in a module a tag can do it: @name my_name",
});

/** COALESCE and its kin, which are no functions of the registry. */
const builtInForm = (name: string) => (SPECIAL_FORMS.has(name.toLowerCase()) ? isBuiltIn(name) : undefined);

/** The exports that are, or may be, functions. */
function exportsOf(
  text: string,
  { program, comments }: ParsedModule,
  types: TypeReader,
  errors: ModuleErrors,
  wanted: (name: string) => boolean,
): Exported[] {
  const locals = new Map<string, Statement>();
  const found: Exported[] = [];
  const namelessError = (place: Span) => errors.at(place, "a default export has no name in SQL", "write export function name(…)");
  const comment = (start: number) => commentBefore(text, comments, start, errors);
  const add = (name: string, place: Span, statement: Statement, outer: Statement) => {
    if (!wanted(name)) return;
    if (name === "default") throw namelessError(place);
    const node = functionIn(statement, place, name, types, errors);
    if (node !== undefined) found.push({ name, place, node, comment: comment(outer.start) });
  };
  for (const statement of program.body) for (const { name } of declared(statement)) locals.set(name, statement);
  for (const statement of program.body) {
    if (statement.type === "ExportDefaultDeclaration") {
      if (wanted("default")) throw namelessError(statement);
    } else if (statement.type === "ExportNamedDeclaration" && statement.exportKind !== "type") {
      if (statement.declaration != null) {
        const inner = statement.declaration as Statement;
        for (const { name, place } of declared(inner)) add(name, place, narrowed(inner, name), statement);
        continue;
      }
      if (statement.source !== null) continue;
      for (const specifier of statement.specifiers) {
        if (specifier.exportKind === "type") continue;
        const name = "name" in specifier.exported ? specifier.exported.name : specifier.exported.value;
        const local = "name" in specifier.local ? specifier.local.name : specifier.local.value;
        const declaration = locals.get(local);
        if (declaration !== undefined) add(name, specifier, narrowed(declaration, local), declaration);
      }
    }
  }
  return found;
}

/** Names a statement declares that may be functions. */
function declared(statement: Statement): { readonly name: string; readonly place: Span }[] {
  if (statement.type === "FunctionDeclaration" && statement.id !== null) return [{ name: statement.id.name, place: statement.id }];
  if (statement.type !== "VariableDeclaration") return [];
  return statement.declarations.flatMap(({ id }) =>
    id.type === "Identifier" ? [{ name: id.name, place: { start: id.start, end: id.start + id.name.length } }] : [],
  );
}

/** The statement with the one variable alone. */
function narrowed(statement: Statement, name: string): Statement {
  if (statement.type !== "VariableDeclaration") return statement;
  return { ...statement, declarations: statement.declarations.filter(({ id }) => id.type === "Identifier" && id.name === name) };
}

/** The function that a declaration makes; undefined for constants and classes. */
function functionIn(
  statement: Statement,
  place: Span,
  name: string,
  types: TypeReader,
  errors: ModuleErrors,
): Exported["node"] | undefined {
  if (statement.type === "FunctionDeclaration") return statement;
  if (statement.type !== "VariableDeclaration") return undefined;
  let value: Expression | null = statement.declarations[0].init;
  while (
    value !== null &&
    (value.type === "TSAsExpression" || value.type === "TSSatisfiesExpression" || value.type === "TSNonNullExpression")
  ) {
    value = value.expression;
  }
  if (value === null) return undefined;
  if (isCallable(value)) return value;
  if (value.type === "ObjectExpression") {
    const keys = value.properties.flatMap((property) =>
      property.type === "Property" && property.key.type === "Identifier" ? [property.key.name] : [],
    );
    return ["init", "add", "value"].filter((part) => keys.includes(part)).length > 1 ? value : undefined;
  }
  if (value.type !== "CallExpression") return undefined;
  const called = value.callee.type === "Identifier" ? (types.imported(value.callee.name) ?? value.callee.name) : undefined;
  const [argument] = value.arguments;
  if ((called === "aggregate" || called === "windowFunction") && argument !== undefined && argument.type !== "SpreadElement") {
    return { call: called, argument };
  }
  const near = called === undefined ? undefined : nearestName(called, ["aggregate", "windowFunction"]);
  if (near !== undefined) throw errors.at(value.callee, `weir-sql/udf has no ${called}`, `did you mean ${near}?`);
  throw errors.at(place, `the signature of ${name} cannot be read`, `write it as a function: export function ${name}(x: number): number`);
}
