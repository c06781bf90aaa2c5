import type { Schema } from "../../core/types.ts";

/** Columns of a subquery or table need names of their own: the second `a` becomes `a_1`, as in DuckDB. */
export function dedupeNames(schema: Schema): Schema {
  const taken = new Set<string>();
  return schema.map((field) => {
    let { name } = field;
    for (let n = 1; taken.has(name.toLowerCase()); n++) name = `${field.name}_${n}`;
    taken.add(name.toLowerCase());
    return name === field.name ? field : { ...field, name };
  });
}
