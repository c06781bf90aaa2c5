import type { FunctionDefinition } from "../../catalog/function-types.ts";
import { isUserFunction } from "../../catalog/user-functions.ts";
import { bindError, nearestName } from "../../core/errors.ts";
import type { Arg, Call } from "../../sql/ast.ts";

const fillsIn = (definition: FunctionDefinition): boolean => definition.kind === "scalar" && definition.named === true;

/** Whether arguments of a function may be named: of the user's own, and of built-in ones that say so. */
export const takesNames = (definition: FunctionDefinition): boolean => isUserFunction(definition) || fillsIn(definition);

/** A call of a function whose parameters have names: `bollinger(close, width => 3)` with its arguments in the order of the parameters. */
export function inOrder(call: Call, definition: FunctionDefinition): Call {
  const first = call.args.findIndex((arg) => arg.name !== undefined);
  if (first < 0) return call;
  const { params } = definition.doc;
  const placed: (Arg | undefined)[] = call.args.slice(0, first);
  for (const arg of call.args.slice(first)) {
    const { name } = arg;
    if (name === undefined) throw bindError("an argument without a name cannot follow one with a name", arg.span);
    const at = params.findIndex((param) => param.toLowerCase() === name.name.toLowerCase());
    if (at < 0) {
      const near = nearestName(name.name, params);
      const hint = near === undefined ? `it has ${params.join(", ")}` : `did you mean "${near}"?`;
      throw bindError(`${definition.name} has no argument named "${name.name}"`, name.span, hint);
    }
    if (placed[at] !== undefined) throw bindError(`argument "${name.name}" is given twice`, name.span);
    const { name: _, ...unnamed } = arg;
    placed[at] = unnamed;
  }
  const args = Array.from(placed, (arg, i) => {
    if (arg === undefined && fillsIn(definition)) return nothing(call);
    if (arg === undefined)
      throw bindError(`${definition.name} needs "${params[i]}" too, which stands before those that are named`, call.span);
    return arg;
  });
  return { ...call, args };
}

/** The argument that is left out: NULL, which stands for its default. */
const nothing = ({ span }: Call): Arg => ({ kind: "arg", value: { kind: "null", span }, span });
