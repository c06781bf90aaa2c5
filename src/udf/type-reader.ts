import { nearestName, type Span } from "../core/errors.ts";
import type { ModuleErrors } from "./module-error.ts";
import type { ColumnForm } from "./module-source.ts";
import type { Program, TSSignature, TSType } from "./typescript.ts";
import { ALIASES, decimalValue, listValue, mapValue, NAMED_TYPES, orNull, structValue, type ValueType } from "./value-type.ts";

/** A column: what stands for it, and the type of its elements. */
export interface ColumnAnnotation {
  readonly column: ColumnForm;
  readonly value: ValueType;
}

const TYPED_ARRAYS: Readonly<Record<string, ValueType>> = {
  Float64Array: NAMED_TYPES.number,
  Float32Array: ALIASES.Float,
  Int8Array: ALIASES.TinyInt,
  Int16Array: ALIASES.SmallInt,
  Int32Array: ALIASES.Integer,
  Uint16Array: ALIASES.USmallInt,
  Uint32Array: ALIASES.UInteger,
  BigInt64Array: NAMED_TYPES.bigint,
  BigUint64Array: ALIASES.UBigInt,
};

const API = "weir-sql/udf";
const MOST_NESTED = 32;

type Declared = { readonly kind: "alias"; readonly type: TSType } | { readonly kind: "object"; readonly members: readonly TSSignature[] };

/** Reads the type annotations of one module: TypeScript's types, the aliases of `weir-sql/udf`, and types declared in the module itself. */
export class TypeReader {
  readonly #errors: ModuleErrors;
  readonly #declared = new Map<string, Declared | { readonly kind: "refused"; readonly why: string }>();
  /** What names imported from `weir-sql/udf` mean there. */
  readonly #imported = new Map<string, string>();
  #depth = 0;

  constructor(program: Program, errors: ModuleErrors) {
    this.#errors = errors;
    for (const statement of program.body) {
      const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
      if (declaration?.type === "TSTypeAliasDeclaration" || declaration?.type === "TSInterfaceDeclaration") {
        const { name } = declaration.id;
        if (declaration.typeParameters != null) this.#declared.set(name, { kind: "refused", why: "it has type parameters" });
        else if (declaration.type === "TSTypeAliasDeclaration")
          this.#declared.set(name, { kind: "alias", type: declaration.typeAnnotation });
        else if (declaration.extends.length > 0) this.#declared.set(name, { kind: "refused", why: "it extends another" });
        else this.#declared.set(name, { kind: "object", members: declaration.body.body });
      } else if (statement.type === "ImportDeclaration" && statement.source.value === API) {
        for (const specifier of statement.specifiers) {
          if (specifier.type !== "ImportSpecifier") continue;
          const { imported } = specifier;
          this.#imported.set(specifier.local.name, imported.type === "Literal" ? imported.value : imported.name);
        }
      } else if (declaration?.type === "TSEnumDeclaration") {
        this.#declared.set(declaration.id.name, { kind: "refused", why: "it is an enum" });
      }
    }
  }

  /** The name that something imported from `weir-sql/udf` has there. */
  imported(name: string): string | undefined {
    return this.#imported.get(name);
  }

  /** The type of a value. */
  value(type: TSType): ValueType {
    if (++this.#depth > MOST_NESTED) throw this.#error(type, "this type refers to itself or is nested too deeply", "SQL types end");
    try {
      return this.#value(type);
    } finally {
      this.#depth--;
    }
  }

  /** The column that a type stands for, if it is one: a typed array, or `Column<T>`. */
  column(type: TSType): ColumnAnnotation | undefined {
    if (type.type !== "TSTypeReference" || type.typeName.type !== "Identifier") return undefined;
    const { name } = type.typeName;
    const declared = this.#declared.get(name);
    if (declared?.kind === "alias") return this.column(declared.type);
    if (declared !== undefined) return undefined;
    const imported = this.#imported.get(name);
    if ((imported ?? name) === "Column") {
      const [element] = this.#arguments(type, 1, "Column<number>");
      return { column: "values", value: { ...this.value(element), nullable: true } };
    }
    const value = TYPED_ARRAYS[name];
    return value === undefined ? undefined : { column: name as ColumnForm, value };
  }

  /** True for `AbortSignal`. */
  isSignal(type: TSType): boolean {
    return type.type === "TSTypeReference" && type.typeName.type === "Identifier" && type.typeName.name === "AbortSignal";
  }

  /** What is inside `Promise<T>`, `Iterable<T>` and the like. */
  inside(type: TSType, wrappers: readonly string[]): TSType | undefined {
    if (type.type !== "TSTypeReference" || type.typeName.type !== "Identifier") return undefined;
    if (!wrappers.includes(type.typeName.name)) return undefined;
    const first = type.typeArguments?.params[0];
    if (first === undefined) throw this.#error(type, `${type.typeName.name} of what is not said`, `write ${type.typeName.name}<number>`);
    return first;
  }

  #value(type: TSType): ValueType {
    switch (type.type) {
      case "TSNumberKeyword":
        return NAMED_TYPES.number;
      case "TSBigIntKeyword":
        return NAMED_TYPES.bigint;
      case "TSStringKeyword":
      case "TSTemplateLiteralType":
        return NAMED_TYPES.string;
      case "TSBooleanKeyword":
        return NAMED_TYPES.boolean;
      case "TSLiteralType":
        return this.#literal(type);
      case "TSArrayType":
        return listValue(this.value(type.elementType));
      case "TSParenthesizedType":
        return this.value(type.typeAnnotation);
      case "TSTypeOperator":
        if (type.operator === "readonly") return this.value(type.typeAnnotation);
        break;
      case "TSTypeLiteral":
        return this.#object(type.members, type);
      case "TSUnionType":
        return this.#union(type.types, type);
      case "TSTypeReference":
        return this.#reference(type);
      case "TSAnyKeyword":
      case "TSUnknownKeyword":
      case "TSObjectKeyword":
        throw this.#error(type, "this type says nothing of a SQL type", "name one: number, string, boolean, Date, …");
      case "TSNullKeyword":
      case "TSUndefinedKeyword":
      case "TSVoidKeyword":
      case "TSNeverKeyword":
        throw this.#error(type, "this type has no values of a SQL type", "write number | null for numbers that may be NULL");
      default:
    }
    throw this.#error(type, "no SQL type corresponds to this type", "docs/functions-of-your-own.md lists those that do");
  }

  #literal(type: Extract<TSType, { type: "TSLiteralType" }>): ValueType {
    const { literal } = type;
    if (literal.type === "UnaryExpression") return NAMED_TYPES.number;
    if (literal.type === "Literal" && "value" in literal) {
      const named = NAMED_TYPES[typeof literal.value];
      if (named !== undefined) return named;
    }
    return NAMED_TYPES.string;
  }

  #union(types: readonly TSType[], union: Span): ValueType {
    const isNull = (type: TSType) => type.type === "TSNullKeyword" || type.type === "TSUndefinedKeyword";
    const others = types.filter((type) => !isNull(type)).map((type) => this.value(type));
    const [first] = others;
    if (first === undefined) throw this.#error(union, "this type has no values of a SQL type");
    const other = others.find((value) => value.form !== first.form || JSON.stringify(value.type) !== JSON.stringify(first.type));
    if (other !== undefined) {
      throw this.#error(
        union,
        `a value of SQL is ${first.text} or ${other.text}, not either of them`,
        "declare one type, and null where it may be NULL",
      );
    }
    return others.some((value) => value.nullable) || others.length < types.length ? orNull(first) : first;
  }

  #object(members: readonly TSSignature[], place: Span): ValueType {
    const fields = members.map((member) => {
      if (member.type !== "TSPropertySignature" || member.computed) {
        const hint =
          member.type === "TSIndexSignature" ? "write Map<string, number> for a MAP" : "a STRUCT has fields: { name: string; at: number }";
        throw this.#error(member, "this is no field of a STRUCT", hint);
      }
      const name =
        member.key.type === "Identifier" ? member.key.name : member.key.type === "Literal" ? String(member.key.value) : undefined;
      if (name === undefined) throw this.#error(member, "a field of a STRUCT needs a plain name");
      if (member.typeAnnotation === null) throw this.#error(member, `field ${name} has no type`, `write ${name}: number`);
      const value = this.value(member.typeAnnotation.typeAnnotation);
      return { name, value: member.optional ? orNull(value) : value };
    });
    const seen = new Set<string>();
    for (const { name } of fields) {
      if (seen.has(name.toLowerCase()))
        throw this.#error(place, `the fields of this type differ in case only: ${name}`, "names of SQL compare without case");
      seen.add(name.toLowerCase());
    }
    if (fields.length === 0) throw this.#error(place, "an empty object type is no STRUCT", "give it fields: { name: string }");
    return structValue(fields);
  }

  #reference(type: Extract<TSType, { type: "TSTypeReference" }>): ValueType {
    if (type.typeName.type !== "Identifier") throw this.#error(type, "no SQL type corresponds to this type");
    const { name } = type.typeName;
    const declared = this.#declared.get(name);
    if (declared !== undefined) {
      if (declared.kind === "refused")
        throw this.#error(type, `${name} cannot be read as a SQL type: ${declared.why}`, "declare the fields themselves");
      return declared.kind === "alias" ? this.value(declared.type) : this.#object(declared.members, type);
    }
    if (name === "Array" || name === "ReadonlyArray") return listValue(this.value(this.#arguments(type, 1, "Array<number>")[0]));
    if (name === "Readonly") return this.value(this.#arguments(type, 1, "Readonly<{ a: number }>")[0]);
    if (name === "Map" || name === "ReadonlyMap") {
      const [key, value] = this.#arguments(type, 2, "Map<string, number>");
      return mapValue(this.value(key), this.value(value));
    }
    const own = NAMED_TYPES[name];
    if (own !== undefined) return own;
    const imported = this.#imported.get(name);
    if ((imported ?? name) === "Decimal") return this.#decimal(type);
    const alias = ALIASES[imported ?? name];
    if (alias !== undefined && type.typeArguments == null) return alias;
    if (this.column(type) !== undefined) {
      throw this.#error(type, `${name} is a column, and stands for a whole parameter or result only`, "write number[] for a LIST");
    }
    if (name === "Record")
      throw this.#error(type, "Record is no SQL type", "write Map<string, number> for a MAP, or { a: number } for a STRUCT");
    const near = nearestName(name, [...this.#declared.keys(), ...Object.keys(ALIASES), ...Object.keys(NAMED_TYPES), "Decimal", "Column"]);
    throw this.#error(
      type,
      `no SQL type corresponds to type ${name}`,
      near !== undefined ? `did you mean ${near}?` : "declare it in this module, or use number, string, boolean, Date, …",
    );
  }

  #decimal(type: Extract<TSType, { type: "TSTypeReference" }>): ValueType {
    const digits = this.#arguments(type, 2, "Decimal<18, 2>").map((argument) =>
      argument.type === "TSLiteralType" && argument.literal.type === "Literal" ? Number(argument.literal.value) : Number.NaN,
    );
    const [precision, scale] = digits;
    if (!Number.isInteger(precision) || !Number.isInteger(scale) || precision < 1 || precision > 38 || scale < 0 || scale > precision) {
      throw this.#error(type, "Decimal takes its digits (up to 38) and how many of them are behind the point", "Decimal<18, 2>");
    }
    return decimalValue(precision, scale);
  }

  #arguments(type: Extract<TSType, { type: "TSTypeReference" }>, count: number, example: string): readonly TSType[] {
    const given = type.typeArguments?.params ?? [];
    if (given.length !== count)
      throw this.#error(type, `this type takes ${count === 1 ? "one type" : `${count} types`}, not ${given.length}`, example);
    return given;
  }

  #error(place: Span, message: string, hint?: string): Error {
    return this.#errors.at(place, message, hint);
  }
}
