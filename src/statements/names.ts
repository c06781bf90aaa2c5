import { unsupported } from "../core/errors.ts";
import type { Identifier, QualifiedName } from "../sql/index.ts";

/** The one name of a table or view; `main.t` and `memory.main.t` name the same, other schemas do not exist. */
export function objectName(name: QualifiedName): Identifier {
  const last = name[name.length - 1];
  const qualifier = name.slice(0, -1).map((part) => part.name.toLowerCase());
  if (qualifier.length > 0 && !["main", "memory.main", "temp", "temp.main"].includes(qualifier.join("."))) {
    throw unsupported(`schemas are not there yet: ${name.map((part) => part.name).join(".")}`, name[0].span, `name the table ${last.name}`);
  }
  return last;
}
