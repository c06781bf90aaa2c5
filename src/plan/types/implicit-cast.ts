import { type DataType, isInteger, type TypeKind } from "../../core/types.ts";
import { type ArgType, literalFits } from "./literal-types.ts";

/** Which types an argument of each kind is cast to without being asked, besides its own. Text is never made or read implicitly. */
const IMPLICIT_TARGETS: Partial<Record<TypeKind, readonly TypeKind[]>> = {
  tinyint: ["smallint", "integer", "bigint", "hugeint", "float", "double", "decimal"],
  smallint: ["integer", "bigint", "hugeint", "float", "double", "decimal"],
  integer: ["bigint", "hugeint", "float", "double", "decimal"],
  bigint: ["hugeint", "float", "double", "decimal"],
  utinyint: ["usmallint", "uinteger", "ubigint", "smallint", "integer", "bigint", "hugeint", "float", "double", "decimal"],
  usmallint: ["uinteger", "ubigint", "integer", "bigint", "hugeint", "float", "double", "decimal"],
  uinteger: ["ubigint", "bigint", "hugeint", "float", "double", "decimal"],
  ubigint: ["hugeint", "float", "double", "decimal"],
  hugeint: ["float", "double", "decimal"],
  float: ["double"],
  decimal: ["float", "double"],
  date: ["timestamp", "timestamptz"],
  timestamp: ["timestamptz"],
  enum: ["varchar"],
  json: ["varchar"],
};

/** How costly a cast to a type is: overloads with cheaper targets are preferred (BIGINT before INTEGER before DOUBLE). */
function targetCost(kind: TypeKind): number {
  switch (kind) {
    case "bigint":
      return 101;
    case "integer":
      return 102;
    case "hugeint":
      return 103;
    case "double":
      return 104;
    case "decimal":
      return 105;
    case "timestamp":
      return 120;
    case "timestamptz":
      return 123;
    case "varchar":
      return 149;
    case "list":
    case "struct":
    case "map":
      return 160;
    default:
      return 110;
  }
}

/** Cost of casting an argument to `to` without an explicit cast: 0 for its own type, undefined where there is no implicit cast. */
export function implicitCastCost(from: ArgType, to: DataType): number | undefined {
  const kind = from.type.kind;
  if (kind === "null") return to.kind === "null" ? 0 : targetCost(to.kind);
  if (from.literal === "string") return to.kind === "varchar" ? 1 : 20;
  if (from.literal === "integer" && literalFits(from.value as bigint, to)) {
    return isInteger(to) && kind === to.kind ? 0 : targetCost(to.kind) - 90;
  }
  if (kind === to.kind) return nestedCost(from.type, to);
  return IMPLICIT_TARGETS[kind]?.includes(to.kind) ? targetCost(to.kind) : undefined;
}

/** Cost between two types of the same kind. */
function nestedCost(from: DataType, to: DataType): number | undefined {
  if (from.kind === "list" && to.kind === "list") return implicitCastCost({ type: from.element }, to.element);
  if (from.kind === "map" && to.kind === "map") {
    const key = implicitCastCost({ type: from.key }, to.key);
    const value = implicitCastCost({ type: from.value }, to.value);
    return key === undefined || value === undefined ? undefined : key + value;
  }
  if (from.kind === "struct" && to.kind === "struct") {
    if (from.fields.length !== to.fields.length) return undefined;
    let total = 0;
    for (const [i, field] of from.fields.entries()) {
      const cost = implicitCastCost({ type: field.type }, to.fields[i].type);
      if (cost === undefined) return undefined;
      total += cost;
    }
    return total;
  }
  return 0;
}
