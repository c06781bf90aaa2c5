import { compareValues } from "../core/compare.ts";
import { compareText } from "../core/text.ts";
import { BOOLEAN, type DataType } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import type { DictionaryVector, RecordBatch } from "../core/vector.ts";
import type { BoundExpr } from "../plan/expression.ts";
import { bytesEqual, bytesOrder, constantBytes } from "./bytes-compare.ts";
import { CodeTable, CodeTables, Interner, PRESENT, TOO_WIDE, UNKNOWN } from "./code-table.ts";
import type { ColumnSource } from "./columns.ts";
import { type Environment, hasFreeParameter } from "./environment.ts";
import { membership } from "./membership.ts";
import type { Operation } from "./operation.ts";
import { MAX_EXACT, needsWide, numberText, outOfRangeText, present, type Register, registerClass, zeroText } from "./registers.ts";
import { isNullFree, isSafe } from "./safety.ts";
import type { SourceWriter } from "./source-writer.ts";
import { textOrderIsPlain } from "./text-order.ts";

type Of<K extends BoundExpr["kind"]> = Extract<BoundExpr, { kind: K }>;

const TRUE_LITERAL: Register = { value: "true", ok: null };
const FALSE_LITERAL: Register = { value: "false", ok: null };

/** Registers known at a place of the text; inner blocks see outer ones. */
class Scope {
  readonly #registers = new Map<number, Register>();
  readonly #outer: Scope | undefined;
  constructor(outer?: Scope) {
    this.#outer = outer;
  }
  get(id: number): Register | undefined {
    return this.#registers.get(id) ?? this.#outer?.get(id);
  }
  set(id: number, register: Register): void {
    this.#registers.set(id, register);
  }
}

/** Turns bound expressions into statements. Each sub-expression becomes a register; equal ones share it. */
export class Generator {
  readonly #env: Environment;
  readonly #columns: ColumnSource;
  readonly #writer: SourceWriter;
  #wide: boolean;
  #scope = new Scope();
  /** Parameters of the lambdas around, innermost last. */
  readonly #lambdas: Register[][] = [];
  /** Statement that leaves the loop for the wide variant. */
  readonly #bail: string;
  /** A constant of the query is beyond what narrow registers hold. */
  impossible = false;

  constructor(env: Environment, columns: ColumnSource, writer: SourceWriter, wide: boolean, bail: string) {
    this.#env = env;
    this.#columns = columns;
    this.#writer = writer;
    this.#wide = wide;
    this.#bail = bail;
  }

  /** Emits what computes `expr` (unless that stands already) and gives its register. */
  generate(expr: BoundExpr): Register {
    const id = this.#env.id(expr);
    const known = this.#scope.get(id);
    if (known !== undefined) return known;
    const register = this.#make(expr);
    this.#scope.set(id, register);
    return register;
  }

  /** Text of a JavaScript condition that is true where the register is true and not NULL. */
  static truth(register: Register): string {
    return register.ok === null ? register.value : `${register.ok} !== 0 && ${register.value}`;
  }

  /** The same as an integer, 1 or 0, without a branch to mispredict. */
  static bit(register: Register): string {
    return register.ok === null ? `(${register.value} | 0)` : `(${register.ok} & ${register.value})`;
  }

  #make(expr: BoundExpr): Register {
    const constant = expr.kind === "column" ? undefined : this.#env.constant(expr);
    if (constant !== undefined) return this.#literal(expr.type, constant.value);
    const coded = this.#dictionaryColumn(expr);
    if (coded !== undefined) return this.#lookup(expr, coded);
    switch (expr.kind) {
      case "literal":
        return this.#literal(expr.type, expr.value);
      case "subquery":
        return this.#literal(expr.type, this.#env.context.subqueryValues[expr.index]);
      case "column":
        return this.#columns.load(expr.index, this.#writer, this.#wide);
      case "lambda-param":
        return this.#lambdas[this.#lambdas.length - 1 - expr.depth][expr.index];
      case "lambda":
        return this.#lambda(expr);
      case "call":
      case "cast":
        return this.#apply(expr);
      case "compare":
        return this.#compare(expr);
      case "and":
      case "or":
        return this.#connect(expr);
      case "not": {
        const input = this.generate(expr.input);
        return { value: this.#writer.constant(`!${input.value}`), ok: input.ok };
      }
      case "is-null":
        return this.#isNull(expr);
      case "case":
        return this.#case(expr);
      case "coalesce":
        return this.#coalesce(expr);
      case "in":
        return this.#in(expr);
    }
  }

  #literal(type: DataType, value: Value): Register {
    if (value === null || value === undefined) return { value: zeroText(type, this.#wide), ok: "0" };
    switch (registerClass(type)) {
      case "bool":
        return value ? TRUE_LITERAL : FALSE_LITERAL;
      case "number":
        return { value: numberText(Number(value)), ok: null };
      case "int64":
        if (this.#wide) return { value: `(${BigInt(value as bigint)}n)`, ok: null };
        if (needsWide(value)) this.impossible = true;
        return { value: numberText(Number(value)), ok: null };
      case "bigint":
        return { value: `(${BigInt(value as bigint)}n)`, ok: null };
      default:
        return { value: this.#writer.value(value), ok: null };
    }
  }

  /** The one dictionary-coded column that the expression depends on, where that is all it depends on. */
  #dictionaryColumn(expr: BoundExpr): number | undefined {
    if (expr.kind === "column" || expr.kind === "lambda" || expr.kind === "is-null" || this.#lambdas.length > 0) return undefined;
    const columns = this.#env.columns(expr);
    if (columns.size !== 1) return undefined;
    const [index] = columns;
    if (this.#columns.shape(index)?.layout !== "dictionary") return undefined;
    return this.#env.isSteady(expr) && !hasFreeParameter(expr) ? index : undefined;
  }

  #lookup(expr: BoundExpr, index: number): Register {
    const writer = this.#writer;
    const { code, table } = this.#lookupWith(expr, index, `table${this.#env.id(expr)}`, undefined);
    const wide = this.#wide;
    const kind = registerClass(expr.type);
    if (kind === "int64" && !wide) writer.line(`if (${table}.state[${code}] === ${TOO_WIDE}) ${this.#bail}`);
    const state = `${table}State`;
    const value = writer.constant(kind === "bool" ? `${table}Values[${code}] !== 0` : `${table}Values[${code}]`);
    const nullable = this.#columns.shape(index)?.nullable === true;
    if (isNullFree(expr, this.#env, () => !nullable)) return { value, ok: null };
    return { value, ok: writer.constant(`${state}[${code}] === ${PRESENT} ? 1 : 0`, "ok") };
  }

  /** A dictionary column's expression whose text is itself wanted as codes, of the interner's dictionary. */
  internedCode(expr: BoundExpr, index: number): { readonly code: string; readonly table: string; readonly interner: Interner } {
    const name = `interned${this.#env.id(expr)}`;
    let interner = this.#interners.get(name);
    if (interner === undefined) {
      interner = new Interner(expr.type);
      this.#interners.set(name, interner);
    }
    return { ...this.#lookupWith(expr, index, name, interner), interner };
  }
  readonly #interners = new Map<string, Interner>();

  /** Emits the evaluation of a dictionary column's expression once per code; gives the names of code and table. */
  #lookupWith(expr: BoundExpr, index: number, table: string, interner: Interner | undefined) {
    const writer = this.#writer;
    const env = this.#env;
    const wide = this.#wide;
    const makeEvaluate = () => env.rowFunction(expr, [index]);
    const tables = new CodeTables(
      (dictionary) => new CodeTable(dictionary, env.inputTypes[index], lazy(makeEvaluate), expr.type, wide, interner),
    );
    const of = (batch: RecordBatch) => tables.of((batch.columns[index] as DictionaryVector).dictionary);
    this.#columns.input(table, of);
    const state = this.#columns.input(`${table}State`, (batch) => of(batch).state);
    this.#columns.input(`${table}Values`, (batch) => of(batch).values);
    const code = this.#codeOf(index);
    writer.line(`if (${state}[${code}] === ${UNKNOWN}) { ${writer.site(expr.span)}${table}.fill(${code}); }`);
    return { code, table };
  }

  readonly #codes = new Map<number, { scope: Scope; name: string }>();
  #codeOf(index: number): string {
    const known = this.#codes.get(index);
    if (known !== undefined && this.#visible(known.scope)) return known.name;
    const name = this.#columns.code(index, this.#writer);
    this.#codes.set(index, { scope: this.#scope, name });
    return name;
  }

  readonly #open: Scope[] = [];
  #visible(scope: Scope): boolean {
    return scope === this.#scope || this.#open.includes(scope);
  }

  /** Emits `body` as a block of its own, whose registers are not seen after it. */
  #block(head: string, body: () => void, tail = "}"): void {
    this.#writer.open(head);
    this.#open.push(this.#scope);
    this.#scope = new Scope(this.#scope);
    body();
    this.#scope = this.#open.pop() as Scope;
    this.#writer.close(tail);
  }

  #bothOk(...oks: (string | null)[]): string | null {
    const distinct = [...new Set(oks.filter((ok) => ok !== null))];
    if (distinct.length === 0) return null;
    if (distinct.length === 1) return distinct[0];
    if (distinct.includes("0")) return "0";
    return this.#writer.constant(distinct.join(" & "), "ok");
  }

  // Calls and casts

  #apply(expr: Of<"call" | "cast">): Register {
    const operation = this.#env.operation(expr);
    const operands = expr.kind === "cast" ? [expr.input] : expr.args;
    // NULL for every row: nothing is evaluated for it.
    const nullArgument = !operation.handlesNulls && operands.some((operand) => this.#env.constant(operand)?.value === null);
    if (nullArgument) return { value: zeroText(expr.type, this.#wide), ok: "0" };
    const wideCall = this.#wide && [expr.type, ...operands.map((operand) => operand.type)].some((type) => registerClass(type) === "int64");
    const registers = operands.map((operand) => this.generate(operand));
    if (operation.handlesNulls) return this.#callWithNulls(expr, operation, registers, wideCall);
    const ok = this.#bothOk(...registers.map((register) => register.ok));
    if (ok === "0") return { value: zeroText(expr.type, this.#wide), ok };
    const args = registers.map((register) => register.value);
    if (operation.inline !== undefined && !wideCall) return this.#inline(expr, operation, args, ok);
    if (operation.step !== undefined && !wideCall) return this.#step(expr, operation, registers, ok);
    const f = this.#writer.value(wideCall ? operation.wide : operation.impl);
    const text = `${f}(${args.join(", ")})`;
    // It may be called for what stands for NULL as well.
    if (operation.harmless === "cheap" && !operation.mayReturnNull && !operation.checkRange)
      return { value: this.#writer.constant(text), ok };
    return this.#guarded(expr, text, ok, operation.mayReturnNull, operation.checkRange);
  }

  #inline(expr: BoundExpr, operation: Operation, args: string[], ok: string | null): Register {
    const writer = this.#writer;
    const text = (operation.inline as (registers: readonly string[]) => string)(args);
    // An inline cast that changes nothing needs no name.
    const plain = args.includes(text);
    if (registerClass(expr.type) === "int64" && !this.#wide) {
      const value = plain ? text : writer.constant(text);
      if (operation.mayReturnNull) return this.#nanIsNull(value, ok);
      if (operation.checkRange) writer.line(this.#exactOrBail(expr.type, value));
      return { value, ok };
    }
    if (operation.mayReturnNull) {
      if (expr.type.kind !== "double" && expr.type.kind !== "float") return this.#nanIsNull(writer.constant(text), ok);
      return this.#guarded(expr, `${writer.value(operation.impl)}(${args.join(", ")})`, ok, true, false);
    }
    const outOfRange = operation.checkRange ? outOfRangeText(expr.type, "") : undefined;
    if (outOfRange === undefined) return { value: plain ? text : writer.constant(text), ok };
    const value = writer.name("v");
    writer.line(`let ${value} = ${text};`);
    // The implementation itself decides, and throws the error with its values.
    const call = `${writer.site(expr.span)}${value} = ${writer.value(operation.impl)}(${args.join(", ")});`;
    writer.line(`if (${outOfRangeText(expr.type, value)}) { ${ok === null ? call : `if (${ok} !== 0) { ${call} } else ${value} = 0;`} }`);
    return { value, ok };
  }

  /** Statement that leaves for the wide variant where a narrow 64-bit result is not exact, or negative in an unsigned type. */
  #exactOrBail(type: DataType, value: string): string {
    const exact = type.kind === "ubigint" ? `${value} >= 0 && ${value} <= ${MAX_EXACT}` : `Math.abs(${value}) <= ${MAX_EXACT}`;
    return `if (!(${exact})) ${this.#bail}`;
  }

  /** An inline result of NaN where the type has no NaN stands for NULL. */
  #nanIsNull(value: string, ok: string | null): Register {
    const writer = this.#writer;
    const present = writer.constant(ok === null ? `${value} === ${value} ? 1 : 0` : `${value} === ${value} ? ${ok} : 0`, "ok");
    return { value: writer.constant(`${value} === ${value} ? ${value} : 0`), ok: present };
  }

  /** A call that runs only where its arguments are not NULL. */
  #guarded(expr: BoundExpr, call: string, ok: string | null, mayReturnNull: boolean, checkRange: boolean): Register {
    const writer = this.#writer;
    const zero = zeroText(expr.type, this.#wide);
    const check =
      registerClass(expr.type) === "int64" && !this.#wide && checkRange ? (value: string) => this.#exactOrBail(expr.type, value) : () => "";
    if (mayReturnNull) {
      const value = writer.name("v");
      const present = writer.name("ok");
      writer.line(`let ${value} = ${zero}, ${present} = 0;`);
      const result = writer.name("r");
      const body = `${writer.site(expr.span)}const ${result} = ${call}; if (${result} != null) { ${check(result)} ${value} = ${result}; ${present} = 1; }`;
      writer.line(ok === null ? `{ ${body} }` : `if (${ok} !== 0) { ${body} }`);
      return { value, ok: present };
    }
    if (ok === null) {
      const site = writer.site(expr.span);
      if (site !== "") writer.line(site);
      const value = writer.constant(call);
      const guard = check(value);
      if (guard !== "") writer.line(guard);
      return { value, ok };
    }
    const value = writer.name("v");
    writer.line(`let ${value} = ${zero};`);
    writer.line(`if (${ok} !== 0) { ${writer.site(expr.span)}${value} = ${call}; ${check(value)} }`);
    return { value, ok };
  }

  #callWithNulls(expr: BoundExpr, operation: Operation, registers: readonly Register[], wideCall: boolean): Register {
    const args = registers.map(({ value, ok }) => (ok === null ? value : ok === "0" ? "null" : `(${ok} !== 0 ? ${value} : null)`));
    const f = this.#writer.value(wideCall ? operation.wide : operation.impl);
    return this.#guarded(expr, `${f}(${args.join(", ")})`, null, true, operation.checkRange);
  }

  /** A step function of one argument: called only when a row leaves the range of the row before. */
  #step(expr: BoundExpr, operation: Operation, registers: readonly Register[], ok: string | null): Register {
    const writer = this.#writer;
    const input = registers.find((register) => !/^[(\d-]|^k\d/.test(register.value)) ?? registers[0];
    const memo = writer.name("step");
    this.memos.push(`let ${memo}From = 1, ${memo}To = 0, ${memo}Value = 0;`);
    const f = writer.value(operation.step);
    const result = writer.name("r");
    const miss = `!(${input.value} >= ${memo}From && ${input.value} < ${memo}To)`;
    writer.open(`if (${ok === null ? miss : `${ok} !== 0 && ${miss}`}) {`);
    writer.line(`${writer.site(expr.span)}const ${result} = ${f}(${input.value});`);
    if (registerClass(expr.type) === "int64") writer.line(`if (!(Math.abs(${result}.value) <= ${MAX_EXACT})) ${this.#bail}`);
    writer.line(`${memo}From = ${result}.from; ${memo}To = ${result}.to; ${memo}Value = ${result}.value;`);
    writer.close();
    return { value: writer.constant(`${memo}Value`), ok };
  }

  /** Declarations that must stand before the loop. */
  readonly memos: string[] = [];

  /** An arrow function on value forms; its register is the function itself. */
  #lambda(expr: Of<"lambda">): Register {
    const writer = this.#writer;
    // What the body takes from outside is computed before it.
    const captured = [...this.#env.columns(expr.body)].map((index) => {
      const type = this.#env.inputTypes[index];
      const column: BoundExpr = { kind: "column", type, index, name: "", span: expr.span };
      return { column, type, register: this.generate(column) };
    });
    const outerParams = this.#lambdas.length;
    const name = writer.name("f");
    const params = expr.params.map(() => writer.name("p"));
    const [scope, wide, tracks] = [this.#scope, this.#wide, writer.tracksSites];
    writer.open(`const ${name} = (${params.join(", ")}) => {`);
    this.#scope = new Scope();
    this.#wide = true;
    writer.tracksSites = false;
    for (const { column, type, register } of captured) {
      const convert = registerClass(type) === "int64" && !wide;
      this.#scope.set(this.#env.id(column), convert ? { value: writer.constant(`BigInt(${register.value})`), ok: register.ok } : register);
    }
    this.#lambdas.push(params.map((param, i) => present(writer, param, expr.params[i])));
    const body = this.generate(expr.body);
    writer.line(`return ${body.ok === null ? body.value : `${body.ok} !== 0 ? ${body.value} : null`};`);
    this.#lambdas.length = outerParams;
    [this.#scope, this.#wide, writer.tracksSites] = [scope, wide, tracks];
    writer.close("};");
    return { value: name, ok: null };
  }

  // Comparisons

  #compare(expr: Of<"compare">): Register {
    const bytes = this.#compareBytes(expr);
    if (bytes !== undefined) return bytes;
    const left = this.#comparand(expr.left);
    const right = this.#comparand(expr.right);
    const { op } = expr;
    if (op === "distinct" || op === "not-distinct") return this.#compareDistinct(expr, left, right);
    const ok = this.#bothOk(left.ok, right.ok);
    if (ok === "0") return { value: "false", ok };
    const text = this.#comparison(expr, op, left.value, right.value);
    // Text and nested values of a NULL are no values to compare.
    const unsafe = ok !== null && registerClass(expr.left.type) === "object";
    return { value: this.#writer.constant(unsafe ? `${ok} !== 0 && ${text}` : text), ok };
  }

  /** A constant beyond the exact range still compares rightly: every narrow value is nearer to 0 than it. */
  #comparand(expr: BoundExpr): Register {
    const constant = this.#wide ? undefined : this.#env.constant(expr);
    if (constant !== undefined && registerClass(expr.type) === "int64" && needsWide(constant.value)) {
      return { value: numberText(Number(constant.value)), ok: null };
    }
    return this.generate(expr);
  }

  #compareDistinct(expr: Of<"compare">, left: Register, right: Register): Register {
    const equal = this.#comparison(expr, "=", left.value, right.value);
    const [a, b] = [left.ok ?? "1", right.ok ?? "1"];
    const same = left.ok === null && right.ok === null ? `(${equal})` : `(${a} === ${b} && (${a} === 0 || ${b} === 0 || (${equal})))`;
    return { value: this.#writer.constant(expr.op === "distinct" ? `!${same}` : same), ok: null };
  }

  /** Text of a comparison of two present values. */
  #comparison(expr: Of<"compare">, op: "=" | "<>" | "<" | "<=" | ">" | ">=", a: string, b: string): string {
    const type = expr.left.type;
    const jsOp = op === "=" ? "===" : op === "<>" ? "!==" : op;
    if (type.kind === "double" || type.kind === "float") {
      const number = (side: BoundExpr) => {
        const constant = this.#env.constant(side);
        return constant !== undefined && !Number.isNaN(Number(constant.value));
      };
      return floatComparison(op, a, b, number(expr.left), number(expr.right));
    }
    switch (registerClass(type)) {
      case "text": {
        if (op === "=" || op === "<>") return `${a} ${jsOp} ${b}`;
        if (type.kind === "enum") break;
        const plain = [expr.left, expr.right].some((side) => {
          const constant = this.#env.constant(side);
          return typeof constant?.value === "string" && textOrderIsPlain(constant.value);
        });
        return plain ? `${a} ${jsOp} ${b}` : `${this.#writer.value(compareText)}(${a}, ${b}) ${jsOp} 0`;
      }
      case "object":
        break;
      default:
        return `${a} ${jsOp} ${b}`;
    }
    const compare = this.#writer.value(comparatorOf(type));
    return `${compare}(${a}, ${b}) ${jsOp} 0`;
  }

  /** Plain text columns are compared with constants as bytes, without decoding. */
  #compareBytes(expr: Of<"compare">): Register | undefined {
    const { op } = expr;
    if (op === "distinct" || op === "not-distinct" || this.#lambdas.length > 0) return undefined;
    const flipped = expr.left.kind !== "column";
    const [column, other] = flipped ? [expr.right, expr.left] : [expr.left, expr.right];
    if (column.kind !== "column" || this.#columns.shape(column.index)?.layout !== "bytes") return undefined;
    const wanted = constantBytes(this.#env.constant(other)?.value);
    if (wanted === undefined || this.#scope.get(this.#env.id(column)) !== undefined) return undefined;
    const equality = op === "=" || op === "<>";
    if (!equality && column.type.kind === "enum") return undefined;
    const { offsets, bytes } = this.#columns.bytes(column.index, this.#writer);
    const range = `${bytes}, ${offsets}[i], ${offsets}[i + 1], ${this.#writer.value(wanted)}`;
    const ok = this.#columns.shape(column.index)?.nullable === true ? this.#isNullMask(column.index) : null;
    if (equality) {
      const equal = `${this.#writer.value(bytesEqual)}(${range})`;
      return { value: this.#writer.constant(op === "=" ? equal : `!${equal}`), ok };
    }
    const order = `${this.#writer.value(bytesOrder)}(${range})`;
    return { value: this.#writer.constant(flipped ? `0 ${op} ${order}` : `${order} ${op} 0`), ok };
  }

  #isNullMask(index: number): string {
    const mask = this.#columns.input(`mask${index}`, (batch) => batch.columns[index].validity);
    return this.#writer.constant(`${mask}[i]`, "ok");
  }

  #isNull(expr: Of<"is-null">): Register {
    const { input } = expr;
    // Whether a column is NULL can be seen without reading it.
    const shape = input.kind === "column" ? this.#columns.shape(input.index) : undefined;
    let ok: string | null;
    if (input.kind === "column" && shape !== undefined) ok = shape.nullable ? this.#isNullMask(input.index) : null;
    else ok = this.generate(input).ok;
    if (ok === null) return expr.negated ? TRUE_LITERAL : FALSE_LITERAL;
    return { value: this.#writer.constant(`${ok} ${expr.negated ? "!==" : "==="} 0`), ok: null };
  }

  // Logic

  /** AND and OR in three-valued logic. What may throw or costs much runs only where the arguments before it leave the answer open. */
  #connect(expr: Of<"and" | "or">): Register {
    const writer = this.#writer;
    const and = expr.kind === "and";
    const safe = expr.args.every((arg, i) => i === 0 || isSafe(arg, this.#env));
    if (safe) {
      const args = expr.args.map((arg) => this.generate(arg));
      // Integer operators: `&&` and `||` would be branches.
      if (args.every((arg) => arg.ok === null)) {
        return { value: writer.constant(`(${args.map((arg) => arg.value).join(and ? " & " : " | ")}) !== 0`), ok: null };
      }
      // The deciding value (FALSE for AND, TRUE for OR) wins over NULL.
      const sides = args.map((arg) => (and ? { value: `!${arg.value}`, ok: arg.ok } : arg));
      const decides = writer.constant(sides.map((side) => Generator.bit(side)).join(" | "), "bit");
      const present = args.flatMap((arg) => (arg.ok === null ? [] : [arg.ok])).join(" & ");
      return { value: writer.constant(`${decides} ${and ? "===" : "!=="} 0`), ok: writer.constant(`${decides} | (${present})`, "ok") };
    }
    const value = writer.name("v");
    const ok = writer.name("ok");
    const first = this.generate(expr.args[0]);
    const decided = (arg: Register) => (and ? `!${arg.value}` : arg.value);
    writer.line(`let ${value} = ${and}, ${ok} = 1;`);
    let nullable = false;
    const take = (arg: Register) => {
      const settle = `${value} = ${!and};`;
      if (arg.ok === null) writer.line(`if (${decided(arg)}) ${settle}`);
      else {
        nullable = true;
        writer.line(`if (${arg.ok} === 0) ${ok} = 0; else if (${decided(arg)}) ${settle}`);
      }
    };
    take(first);
    for (const arg of expr.args.slice(1)) {
      this.#block(`if (${and ? value : `!${value}`}) {`, () => take(this.generate(arg)));
    }
    if (!nullable) return { value, ok: null };
    writer.line(`if (${and ? `!${value}` : value}) ${ok} = 1;`);
    return { value, ok };
  }

  /** Only the branch that is chosen is evaluated. */
  #case(expr: Of<"case">): Register {
    const writer = this.#writer;
    const blended = this.#blend(expr);
    if (blended !== undefined) return blended;
    const value = writer.name("v");
    const ok = writer.name("ok");
    writer.line(`let ${value} = ${zeroText(expr.type, this.#wide)}, ${ok} = 1;`);
    let nullable = false;
    const assign = (branch: BoundExpr) => {
      const register = this.generate(branch);
      if (register.ok !== null) {
        nullable = true;
        writer.line(`${ok} = ${register.ok};`);
      }
      writer.line(`${value} = ${register.value};`);
    };
    const chain = (index: number): void => {
      const branch = expr.branches[index];
      if (branch === undefined) {
        assign(expr.otherwise);
        return;
      }
      const when = this.generate(branch.when);
      this.#block(`if (${Generator.truth(when)}) {`, () => assign(branch.then));
      this.#block("else {", () => chain(index + 1));
    };
    chain(0);
    return { value, ok: nullable ? ok : null };
  }

  /** A choice among whole numbers (codes of texts, flags) by harmless conditions, as arithmetic: no branch to mispredict. */
  #blend(expr: Of<"case">): Register | undefined {
    if (registerClass(expr.type) !== "number") return undefined;
    const numbers = [...expr.branches.map((branch) => branch.then), expr.otherwise].map((result) => this.#env.constant(result)?.value);
    if (!numbers.every((number) => typeof number === "number" && Number.isInteger(number) && Math.abs(number) < 2 ** 31)) return undefined;
    if (!expr.branches.every((branch) => isSafe(branch.when, this.#env))) return undefined;
    let value = numberText(numbers[numbers.length - 1] as number);
    for (let i = expr.branches.length - 1; i >= 0; i--) {
      const bit = Generator.bit(this.generate(expr.branches[i].when));
      const result = numberText(numbers[i] as number);
      value = this.#writer.constant(`${value} + ${bit} * (${result} - ${value})`);
    }
    return { value, ok: null };
  }

  #coalesce(expr: Of<"coalesce">): Register {
    const writer = this.#writer;
    const first = this.generate(expr.args[0]);
    if (first.ok === null) return first;
    if (expr.args.length === 2 && this.#env.constant(expr.args[1])?.value === false) {
      return { value: writer.constant(`${Generator.bit(first)} !== 0`), ok: null };
    }
    const value = writer.name("v");
    const ok = writer.name("ok");
    writer.line(`let ${value} = ${first.ok} !== 0 ? ${first.value} : ${zeroText(expr.type, this.#wide)}, ${ok} = ${first.ok};`);
    let nullable = true;
    for (const arg of expr.args.slice(1)) {
      this.#block(`if (${ok} === 0) {`, () => {
        const next = this.generate(arg);
        writer.line(`${value} = ${next.value}; ${ok} = ${next.ok ?? "1"};`);
        if (next.ok === null) nullable = false;
      });
      if (!nullable) return { value, ok: null };
    }
    return { value, ok };
  }

  #in(expr: Of<"in">): Register {
    const writer = this.#writer;
    const constants = expr.values.map((value) => this.#env.constant(value));
    if (constants.every((constant) => constant !== undefined)) {
      const input = this.generate(expr.input);
      const values = constants.map((constant) => (constant as { value: Value }).value);
      const { test, hasNull } = membership(expr.input.type, values, this.#wide);
      const kind = registerClass(expr.input.type);
      const numbers = kind === "number" && values.length <= 4 && values.every((value) => value === null || !Number.isNaN(Number(value)));
      const found = numbers
        ? values
            .filter((value) => value !== null)
            .map((value) => `${input.value} === ${numberText(Number(value))}`)
            .join(" || ") || "false"
        : `${writer.value(test)}.has(${input.value})`;
      const value = writer.constant(kind === "object" && input.ok !== null ? `${input.ok} !== 0 && ${found}` : found);
      const ok = hasNull ? writer.constant(input.ok === null ? `${value} ? 1 : 0` : `${value} ? ${input.ok} : 0`, "ok") : input.ok;
      return { value: expr.negated ? writer.constant(`!${value}`) : value, ok };
    }
    // One comparison a value, joined by OR.
    const comparisons: BoundExpr[] = expr.values.map((value) => ({
      kind: "compare",
      type: BOOLEAN,
      op: "=",
      left: expr.input,
      right: value,
      span: expr.span,
    }));
    const any: BoundExpr = comparisons.length === 1 ? comparisons[0] : { kind: "or", type: BOOLEAN, args: comparisons, span: expr.span };
    const register = this.generate(any);
    return expr.negated ? { value: writer.constant(`!${register.value}`), ok: register.ok } : register;
  }
}

/** Makes a function at its first call. */
function lazy<A extends unknown[], R>(make: () => (...args: A) => R): (...args: A) => R {
  let made: ((...args: A) => R) | undefined;
  return (...args) => {
    made ??= make();
    return made(...args);
  };
}

const comparators = new Map<DataType, (a: Value, b: Value) => number>();
function comparatorOf(type: DataType): (a: Value, b: Value) => number {
  let comparator = comparators.get(type);
  if (comparator === undefined) {
    comparator = (a, b) => compareValues(type, a, b);
    comparators.set(type, comparator);
  }
  return comparator;
}

/** NaN equals NaN and is above every other number. A side known not to be NaN saves its test. */
function floatComparison(op: "=" | "<>" | "<" | "<=" | ">" | ">=", a: string, b: string, aNumber: boolean, bNumber: boolean): string {
  switch (op) {
    case "=":
      return aNumber || bNumber ? `${a} === ${b}` : `(${a} === ${b} || (${a} !== ${a} && ${b} !== ${b}))`;
    case "<>":
      return aNumber || bNumber ? `${a} !== ${b}` : `(${a} !== ${b} && (${a} === ${a} || ${b} === ${b}))`;
    case "<":
      return bNumber ? `${a} < ${b}` : aNumber ? `!(${a} >= ${b})` : `(${a} < ${b} || (${b} !== ${b} && ${a} === ${a}))`;
    case "<=":
      return bNumber ? `${a} <= ${b}` : aNumber ? `!(${a} > ${b})` : `(${a} <= ${b} || ${b} !== ${b})`;
    case ">":
      return floatComparison("<", b, a, bNumber, aNumber);
    case ">=":
      return floatComparison("<=", b, a, bNumber, aNumber);
  }
}
