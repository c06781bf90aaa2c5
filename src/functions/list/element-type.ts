import type { BindContext } from "../../catalog/function-types.ts";
import { commonType } from "../../core/common-type.ts";
import { bindError } from "../../core/errors.ts";
import { type DataType, list, NULL_TYPE, typeName } from "../../core/types.ts";

/** Element type of a list; NULL's own where the list is a bare NULL. */
export const elementType = (type: DataType): DataType => (type.kind === "list" ? type.element : NULL_TYPE);

/** Casts a list and a value that is looked for in it to one element type. */
export function listAndElement({ types: [listType, type], constants: [, constant] }: BindContext): readonly DataType[] {
  const element = elementType(listType);
  // A constant text is read as an element.
  if (type.kind === "varchar" && typeof constant === "string") return [listType, element];
  const common = commonType(element, type);
  if (common === undefined) {
    throw bindError(`a list of ${typeName(element)} cannot hold ${typeName(type)}`, undefined, "cast one of them");
  }
  return [list(common), common];
}

/** Casts lists to one type. */
export function sameLists({ types }: BindContext): readonly DataType[] {
  let element: DataType = NULL_TYPE;
  for (const type of types) {
    const next = commonType(element, elementType(type));
    if (next === undefined)
      throw bindError(`lists of ${typeName(element)} and ${typeName(elementType(type))} do not go together`, undefined, "cast one of them");
    element = next;
  }
  return types.map(() => list(element));
}
