import type { Span } from "../core/errors.ts";
import { harmlessness } from "./harmless.ts";
import { DEFAULT_OPTIONS, type FunctionComment } from "./jsdoc.ts";
import type { ModuleErrors } from "./module-error.ts";
import type { FunctionKind, Param, Signature } from "./module-source.ts";
import type { TypeReader } from "./type-reader.ts";
import type { ArrowFunctionExpression, Expression, FunctionNode, ObjectExpression, ParamPattern, Program, TSType } from "./typescript.ts";
import { orNull, type ValueType } from "./value-type.ts";

type Callable = FunctionNode | ArrowFunctionExpression;

/** One export that may be a SQL function. */
export interface Exported {
  readonly name: string;
  /** The name's place. */
  readonly place: Span;
  readonly node: Callable | ObjectExpression | { readonly call: "aggregate" | "windowFunction"; readonly argument: Expression };
  readonly comment: FunctionComment;
}

/** Reads the signature of an exported function from its annotations. */
export class SignatureReader {
  readonly #types: TypeReader;
  readonly #errors: ModuleErrors;
  readonly #program: Program;

  constructor(types: TypeReader, errors: ModuleErrors, program: Program) {
    this.#program = program;
    this.#types = types;
    this.#errors = errors;
  }

  read(exported: Exported): Signature {
    const { node, name, place } = exported;
    if ("call" in node) {
      if (node.call === "windowFunction") {
        if (!isCallable(node.argument)) throw this.#errors.at(place, `windowFunction of ${name} takes a function`, "write it in place");
        return this.#window(exported, node.argument);
      }
      if (node.argument.type !== "ObjectExpression")
        throw this.#errors.at(place, `aggregate of ${name} takes an object`, "write it in place");
      return this.#aggregate(exported, node.argument);
    }
    return node.type === "ObjectExpression" ? this.#aggregate(exported, node) : this.#function(exported, node);
  }

  #function(exported: Exported, node: Callable): Signature {
    this.#refuseGenerics(exported.name, node);
    const { params, variadic, signal } = this.#params(exported.name, node.params, 0);
    const returned = this.#returned(exported, node);
    const promised = this.#types.inside(returned, ["Promise", "PromiseLike"]);
    if (node.async === true && !isGenerator(node) && promised === undefined) {
      throw this.#errors.at(returned, `${exported.name} is asynchronous, so it returns a promise`, "write Promise<string>");
    }
    const columns = params.filter((param) => param.column !== undefined);
    if (columns.length > 0 && columns.length < params.length) {
      const other = params.find((param) => param.column === undefined) as Param;
      throw this.#errors.at(
        exported.place,
        `${exported.name} takes both columns and single values (${other.name})`,
        "make every parameter a column",
      );
    }
    const isColumns = columns.length > 0;
    const common = { params, variadic, signal };
    if (promised !== undefined) {
      if (isGenerator(node)) throw this.#errors.at(exported.place, `${exported.name} is both asynchronous and a generator`);
      return this.#make(exported, "async", { ...common, ...this.#result(exported, promised, isColumns) });
    }
    const rows = this.#types.inside(returned, ["Iterable", "IterableIterator", "Generator", "IteratorObject", "Iterator"]);
    if (isGenerator(node) || rows !== undefined) {
      if (node.async === true)
        throw this.#errors.at(exported.place, `${exported.name} is an asynchronous generator`, "return a promise of a list");
      if (rows === undefined) throw this.#errors.at(returned, `${exported.name} is a generator`, "write Iterable<{ name: string }>");
      if (isColumns) throw this.#errors.at(exported.place, `${exported.name} gives rows, so it takes single values`);
      const row = this.#types.value(rows);
      if (row.form !== "struct") throw this.#errors.at(rows, `rows are objects, not ${row.text}`, "write Iterable<{ value: number }>");
      if (signal) throw this.#errors.at(exported.place, `${exported.name} is not asynchronous, so it gets no AbortSignal`);
      return this.#make(exported, "table", { ...common, result: row });
    }
    if (signal) throw this.#errors.at(exported.place, `${exported.name} is not asynchronous, so it gets no AbortSignal`);
    const result = this.#result(exported, returned, isColumns);
    const signature = this.#make(exported, isColumns ? "vectorised" : "scalar", { ...common, ...result });
    return { ...signature, harmless: harmlessness(signature, node, this.#program) };
  }

  #window(exported: Exported, node: Callable): Signature {
    this.#refuseGenerics(exported.name, node);
    const { params, variadic } = this.#params(exported.name, node.params, 0);
    const value = params.find((param) => param.column === undefined);
    if (value !== undefined) {
      throw this.#errors.at(
        exported.place,
        `${exported.name} is a window function, so ${value.name} is a column`,
        `write ${value.name}: Column<${value.value.text}>`,
      );
    }
    return this.#make(exported, "window", {
      params,
      variadic,
      signal: false,
      ...this.#result(exported, this.#returned(exported, node), true),
    });
  }

  #aggregate(exported: Exported, node: ObjectExpression): Signature {
    const { name } = exported;
    const methods = new Map<string, Callable>();
    for (const property of node.properties) {
      if (property.type !== "Property" || property.computed) continue;
      const key = property.key.type === "Identifier" ? property.key.name : undefined;
      if (key !== undefined && isCallable(property.value)) methods.set(key, property.value);
    }
    const method = (key: string): Callable => {
      const found = methods.get(key);
      if (found === undefined) {
        throw this.#errors.at(
          exported.place,
          `aggregate ${name} has no ${key}`,
          "an aggregate has init, add and value, and may have remove and merge",
        );
      }
      return found;
    };
    method("init");
    const add = method("add");
    const value = method("value");
    for (const [key, one] of methods) {
      if (one.async === true || isGenerator(one)) throw this.#errors.at(exported.place, `${name}.${key} must give its result at once`);
    }
    this.#refuseGenerics(name, add);
    const { params, variadic } = this.#params(`${name}.add`, add.params, 1);
    const column = params.find((param) => param.column !== undefined);
    if (column !== undefined)
      throw this.#errors.at(exported.place, `${name}.add gets one row at a time, not columns`, `give ${column.name} the type of a value`);
    const result = this.#result(exported, this.#returned({ ...exported, name: `${name}.value` }, value), false);
    return this.#make(exported, "aggregate", { params, variadic, signal: false, ...result });
  }

  #make(
    exported: Exported,
    kind: FunctionKind,
    parts: Pick<Signature, "params" | "variadic" | "signal" | "result" | "resultColumn">,
  ): Signature {
    const { comment, name } = exported;
    const options = { ...DEFAULT_OPTIONS, ...(kind === "async" ? { volatility: "volatile" as const } : {}), ...comment.options };
    return {
      kind,
      name: comment.name ?? name,
      exported: name,
      ...parts,
      params: parts.params.map((param) => (comment.params[param.name] ? { ...param, doc: comment.params[param.name] } : param)),
      returns: parts.result.type,
      returnsNull: parts.result.nullable,
      harmless: undefined,
      doc: comment.doc,
      ...(comment.example === undefined ? {} : { example: comment.example }),
      options,
    };
  }

  #refuseGenerics(name: string, node: Callable): void {
    const { typeParameters } = node;
    if (typeParameters != null) {
      throw this.#errors.at(typeParameters, `${name} has type parameters, and SQL has none`, "write one function for each type");
    }
  }

  /** The annotation of the result. */
  #returned(exported: Exported, node: Callable): TSType {
    if (node.returnType == null) {
      throw this.#errors.at(
        exported.place,
        `${exported.name} does not say what it returns`,
        `write it behind the parameters: ${exported.name}(…): number`,
      );
    }
    return node.returnType.typeAnnotation;
  }

  #result(exported: Exported, type: TSType, isColumn: boolean): Pick<Signature, "result" | "resultColumn"> {
    const column = this.#types.column(type);
    if (!isColumn) {
      if (column !== undefined)
        throw this.#errors.at(
          type,
          `${exported.name} takes single values, so it returns one`,
          "make every parameter a column, or the result a list: number[]",
        );
      return { result: this.#types.value(type) };
    }
    if (column !== undefined) return { result: column.value, resultColumn: column.column };
    if (type.type !== "TSArrayType")
      throw this.#errors.at(type, `${exported.name} takes columns, so it returns one`, "write Column<number> or Float64Array");
    return { result: this.#types.value(type.elementType), resultColumn: "values" };
  }

  #params(name: string, nodes: readonly ParamPattern[], skip: number): Pick<Signature, "params" | "variadic" | "signal"> {
    const params: Param[] = [];
    let variadic = false;
    let signal = false;
    for (const [i, node] of nodes.slice(skip).entries()) {
      const { name: param, type, optional, rest } = this.#param(name, node, i);
      if (this.#types.isSignal(type)) {
        signal = true;
        continue;
      }
      if (signal) throw this.#errors.at(node, `${param} stands behind the AbortSignal`, "let the signal be last");
      if (rest && type.type !== "TSArrayType") throw this.#errors.at(type, `...${param} is a list`, `write ...${param}: number[]`);
      const element = rest && type.type === "TSArrayType" ? type.elementType : type;
      const column = this.#types.column(element);
      const value: ValueType = column?.value ?? this.#types.value(element);
      const last = params[params.length - 1];
      if (last?.optional && !optional && !rest)
        throw this.#errors.at(node, `${param} stands behind a parameter that may be left out`, `give ${param} a default too`);
      variadic = rest;
      params.push({
        name: param,
        type: value.type,
        value: optional && value.nullable ? orNull(value) : value,
        ...(column === undefined ? {} : { column: column.column }),
        takesNull: value.nullable,
        optional,
      });
    }
    return { params, variadic, signal };
  }

  #param(of: string, node: ParamPattern, index: number): { name: string; type: TSType; optional: boolean; rest: boolean } {
    if (node.type === "TSParameterProperty") throw this.#errors.at(node, "this is no parameter of a function");
    const rest = node.type === "RestElement";
    const inner = rest ? node.argument : node.type === "AssignmentPattern" ? node.left : node;
    const name = inner.type === "Identifier" ? inner.name : `argument ${index + 1}`;
    const annotation = inner.typeAnnotation ?? node.typeAnnotation;
    const optional = node.type === "AssignmentPattern" || ("optional" in node && node.optional === true);
    if (annotation == null) {
      const inferred = node.type === "AssignmentPattern" ? typeOfDefault(node.right) : undefined;
      if (inferred !== undefined) return { name, type: inferred, optional, rest };
      const hint =
        inner.type === "Identifier" ? `write ${rest ? "..." : ""}${name}: number${rest ? "[]" : ""}` : "write the type behind it";
      throw this.#errors.at(node, `parameter ${name} of ${of} has no type`, hint);
    }
    return { name, type: annotation.typeAnnotation, optional, rest };
  }
}

/** The type of a literal that is a parameter's default, as TypeScript infers it. */
function typeOfDefault(value: Expression): TSType | undefined {
  if (value.type !== "Literal") return undefined;
  const { start, end } = value;
  switch (typeof value.value) {
    case "number":
      return { type: "TSNumberKeyword", start, end };
    case "string":
      return { type: "TSStringKeyword", start, end };
    case "boolean":
      return { type: "TSBooleanKeyword", start, end };
    case "bigint":
      return { type: "TSBigIntKeyword", start, end };
    default:
      return undefined;
  }
}

const isGenerator = (node: Callable): boolean => "generator" in node && node.generator === true;

export const isCallable = (node: { readonly type: string }): node is Callable =>
  node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression";
