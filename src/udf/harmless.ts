import { declaredNames } from "./declared-names.ts";
import type { Signature } from "./module-source.ts";
import type { ArrowFunctionExpression, Expression, FunctionNode, Program } from "./typescript.ts";

/**
 * Whether calling a function for a row that does not need it can do no harm: its body is arithmetic on its parameters, so that it cannot throw and changes
 * nothing. Where it is cheap too, generated loops call it without a branch. What is not understood is not harmless.
 */
export function harmlessness(signature: Signature, node: FunctionNode | ArrowFunctionExpression, program: Program): Signature["harmless"] {
  const { kind, params, result, returnsNull, variadic, options } = signature;
  const wanted =
    result.type.kind === "boolean" ? "boolean" : result.type.kind === "double" || result.type.kind === "float" ? "number" : undefined;
  if (kind !== "scalar" || wanted === undefined || returnsNull || variadic || options.volatility !== "immutable") return undefined;
  // A Math of the module's own may do anything.
  if (program.body.some((statement) => declaredNames(statement).includes("Math"))) return undefined;
  const names = new Map<string, Kind>();
  for (const [i, param] of node.params.entries()) {
    const { form, nullable } = params[i].value;
    if (param.type !== "Identifier" || params[i].optional || nullable || (form !== "number" && form !== "boolean")) return undefined;
    names.set(param.name, form);
  }
  const walk = new Walk(names, constantsOf(program));
  if (node.body == null || walk.body(node.body) !== wanted) return undefined;
  return walk.cost <= CHEAP ? "cheap" : "costly";
}

type Kind = "number" | "boolean";

/** Parts of an expression, each about an instruction: more are dearer than a branch that is mispredicted now and then. */
const CHEAP = 24;
const SQRT_COST = 16;
const LIBRARY_COST = 24;

/** Numbers that the module declares as constants. */
function constantsOf(program: Program): ReadonlySet<string> {
  const names = new Set<string>();
  for (const statement of program.body) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declaration?.type !== "VariableDeclaration" || declaration.kind !== "const") continue;
    for (const { id, init } of declaration.declarations) {
      if (id.type === "Identifier" && init?.type === "Literal" && typeof init.value === "number") names.add(id.name);
    }
  }
  return names;
}

const ARITHMETIC = new Set(["+", "-", "*", "/", "%", "**", "&", "|", "^", "<<", ">>", ">>>"]);
const COMPARISON = new Set(["<", "<=", ">", ">=", "===", "!==", "==", "!="]);
const MATH = new Set(
  "abs,acos,acosh,asin,asinh,atan,atan2,atanh,cbrt,ceil,clz32,cos,cosh,exp,expm1,floor,fround,hypot,imul,log,log10,log1p,log2,max,min,pow,round,sign,sin,sinh,sqrt,tan,tanh,trunc".split(
    ",",
  ),
);
const CHEAP_MATH = new Set(["abs", "ceil", "clz32", "floor", "fround", "imul", "max", "min", "round", "sign", "trunc"]);
const MATH_CONSTANTS = new Set(["PI", "E", "LN2", "LN10", "LOG2E", "LOG10E", "SQRT2", "SQRT1_2"]);

/** Follows an expression; undefined stands for all that may do anything. */
class Walk {
  readonly #names: Map<string, Kind>;
  readonly #constants: ReadonlySet<string>;
  /** What was followed so far costs. */
  cost = 0;

  constructor(names: Map<string, Kind>, constants: ReadonlySet<string>) {
    this.#names = names;
    this.#constants = constants;
  }

  /** `return …`, with constants declared before it. */
  body(node: NonNullable<(FunctionNode | ArrowFunctionExpression)["body"]> | Expression): Kind | undefined {
    if (node.type !== "BlockStatement") return this.#kind(node as Expression);
    for (const statement of node.body) {
      if (statement.type === "ReturnStatement") return statement.argument === null ? undefined : this.#kind(statement.argument);
      if (statement.type !== "VariableDeclaration" || statement.kind !== "const") return undefined;
      for (const { id, init } of statement.declarations) {
        // A name that is used before it is declared throws: one of the module's must not be hidden.
        if (id.type !== "Identifier" || init === null || this.#names.has(id.name) || this.#constants.has(id.name)) return undefined;
        const kind = this.#kind(init);
        if (kind === undefined) return undefined;
        this.#names.set(id.name, kind);
      }
    }
    return undefined;
  }

  #kind(node: Expression): Kind | undefined {
    this.cost++;
    switch (node.type) {
      case "Literal":
        return typeof node.value === "number" ? "number" : typeof node.value === "boolean" ? "boolean" : undefined;
      case "Identifier":
        return this.#names.get(node.name) ?? (this.#constants.has(node.name) ? "number" : undefined);
      case "UnaryExpression": {
        const kind = this.#kind(node.argument);
        if (kind === undefined) return undefined;
        if (node.operator === "!") return "boolean";
        return node.operator === "-" || node.operator === "+" || node.operator === "~" ? "number" : undefined;
      }
      case "BinaryExpression": {
        if (node.left.type === "PrivateIdentifier") return undefined;
        if (this.#kind(node.left as Expression) !== "number" || this.#kind(node.right) !== "number") return undefined;
        if (node.operator === "%" || node.operator === "**") this.cost += LIBRARY_COST;
        return ARITHMETIC.has(node.operator) ? "number" : COMPARISON.has(node.operator) ? "boolean" : undefined;
      }
      case "LogicalExpression": {
        const kind = this.#kind(node.left);
        return kind !== undefined && kind === this.#kind(node.right) ? kind : undefined;
      }
      case "ConditionalExpression": {
        const kind = this.#kind(node.consequent);
        return this.#kind(node.test) !== undefined && kind !== undefined && kind === this.#kind(node.alternate) ? kind : undefined;
      }
      case "MemberExpression":
        return this.#math(node, MATH_CONSTANTS) ? "number" : undefined;
      case "CallExpression": {
        if (node.callee.type !== "MemberExpression" || !this.#math(node.callee, MATH)) return undefined;
        const { property } = node.callee;
        const name = property.type === "Identifier" ? property.name : "";
        if (!CHEAP_MATH.has(name)) this.cost += name === "sqrt" ? SQRT_COST : LIBRARY_COST;
        return node.arguments.every((argument) => argument.type !== "SpreadElement" && this.#kind(argument) === "number")
          ? "number"
          : undefined;
      }
      default:
        return undefined;
    }
  }

  #math(node: Extract<Expression, { type: "MemberExpression" }>, members: ReadonlySet<string>): boolean {
    const { object, property } = node;
    if (node.computed || object.type !== "Identifier" || object.name !== "Math" || this.#names.has("Math")) return false;
    return property.type === "Identifier" && members.has(property.name);
  }
}
