import { bindError, WeirError } from "../core/errors.ts";
import type { DataType } from "../core/types.ts";
import { resolveType } from "../plan/index.ts";
import { parseExpression } from "../sql/index.ts";

/** The type that an option's text names, as in a CAST: 'DECIMAL(10, 2)', 'STRUCT(a INTEGER)[]'. */
export function parseTypeName(text: string): DataType {
  try {
    const cast = parseExpression(`CAST(NULL AS ${text})`);
    if (cast.kind === "cast") return resolveType(cast.type);
  } catch (error) {
    // Places in the made-up text mean nothing to the reader.
    if (error instanceof WeirError) throw bindError(`cannot read the type "${text}": ${error.message}`, undefined, error.hint);
    throw error;
  }
  throw bindError(`cannot read the type "${text}"`);
}
