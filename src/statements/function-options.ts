import { bindError, nearestName } from "../core/errors.ts";
import type { Property } from "../sql/index.ts";
import { namedOption } from "../udf/jsdoc.ts";
import type { SignatureOptions } from "../udf/module-source.ts";
import type { StatementContext } from "./context.ts";
import { propertiesOf } from "./properties.ts";

const NAMES = ["on_error", "concurrency", "timeout", "retries", "ordered", "batch"];

/** What WITH ('on_error' = 'null', …) of CREATE FUNCTION says; the tags of a module's comments have the same names and meanings. */
export function functionOptions(properties: readonly Property[], context: StatementContext): Partial<SignatureOptions> {
  const options: Partial<SignatureOptions> = {};
  const values = propertiesOf(properties, context);
  for (const { key, keySpan, value } of properties) {
    const name = key.toLowerCase();
    if (!NAMES.includes(name)) {
      const near = nearestName(name, NAMES);
      throw bindError(
        `functions have no property "${key}"`,
        keySpan,
        near === undefined ? `there are ${NAMES.join(", ")}` : `did you mean "${near}"?`,
      );
    }
    const text = String(values[key]).toLowerCase();
    if (name === "ordered") {
      if (text !== "true" && text !== "false") throw bindError("ordered is true or false", value.span);
      Object.assign(options, { ordered: text === "true" });
      continue;
    }
    const option = namedOption(name, text);
    if (typeof option === "string") throw bindError(option, value.span);
    Object.assign(options, option);
  }
  return options;
}
