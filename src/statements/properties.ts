import { EnvReference, type PropertyValue } from "../connectors/properties.ts";
import { bindError } from "../core/errors.ts";
import type { Expr, Property } from "../sql/index.ts";
import type { StatementContext } from "./context.ts";

/** The properties of a WITH clause as connectors take them. A bare word is its text; `env('NAME')` is read by the connector. */
export function propertiesOf(properties: readonly Property[], context: StatementContext): Record<string, PropertyValue> {
  const found: Record<string, PropertyValue> = {};
  for (const { key, keySpan, value } of properties) {
    if (Object.hasOwn(found, key)) throw bindError(`property "${key}" is given twice`, keySpan);
    found[key] = propertyValue(value, context);
  }
  return found;
}

function propertyValue(value: Expr, context: StatementContext): PropertyValue {
  if (value.kind === "column" && value.parts.length === 1) return value.parts[0].name;
  const variable = environmentVariable(value);
  if (variable !== undefined) return new EnvReference(variable);
  if (value.kind === "list") return value.items.map((item) => propertyValue(item, context));
  if (value.kind === "struct") {
    return Object.fromEntries(value.fields.map((field) => [field.name.name, propertyValue(field.value, context)]));
  }
  return context.plainValue(value);
}

/** NAME of `env('NAME')`. */
function environmentVariable(value: Expr): string | undefined {
  if (value.kind !== "call" || value.name.length !== 1 || value.name[0].name.toLowerCase() !== "env") return undefined;
  const [argument] = value.args;
  if (value.args.length !== 1 || argument.value.kind !== "string")
    throw bindError("env takes the name of a variable", value.span, "env('API_TOKEN')");
  return argument.value.value;
}

/** Where properties stand, by name, so that an error about one can point at it. */
export function spanOfProperty(properties: readonly Property[], message: string) {
  const kind = /^there is no (connector|format) "/.exec(message)?.[1];
  if (kind !== undefined) return properties.find(({ key }) => key.toLowerCase() === kind)?.value.span;
  return properties.find(({ key }) => message.includes(`"${key}"`))?.keySpan;
}
