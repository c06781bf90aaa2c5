import { bindError, runtimeError } from "../../../core/errors.ts";
import { type DataType, typeName } from "../../../core/types.ts";
import type { Value } from "../../../core/value.ts";

/**
 * Aggregates in two steps: the first gives a state, an SQL value of a STRUCT type that can be stored, sent and merged (`rollup`); accessors read from it. A kind of
 * state is known by the names of its fields.
 */
export interface StateKind<S> {
  /** The aggregate that makes it, and of what, where it makes several. */
  readonly name: string;
  readonly matches: (type: DataType) => boolean;
  /** Throws for a value that no aggregate gave. */
  readonly read: (value: Value) => S;
}

/** Whether a type is a STRUCT of exactly these fields, in this order. */
export const hasFields = (type: DataType, names: readonly string[]): boolean =>
  type.kind === "struct" && type.fields.length === names.length && type.fields.every(({ name }, i) => name.toLowerCase() === names[i]);

/** The fields of a state none of which is NULL; `isSound` looks further. Throws where the value is none that an aggregate gave. */
export function wholeState(name: string, value: Value, isSound: (fields: readonly Value[]) => boolean): readonly Value[] {
  const fields = value as readonly Value[];
  if (fields.includes(null) || !isSound(fields)) throw runtimeError(`this STRUCT has the fields of a state of ${name}, but is none`);
  return fields;
}

/** The choice that is made for a state's type; the error names what `user` takes. */
export function choiceFor<T extends { readonly kind: Pick<StateKind<unknown>, "name" | "matches"> }>(
  user: string,
  type: DataType,
  choices: readonly T[],
): T {
  const found = choices.find(({ kind }) => kind.matches(type));
  if (found !== undefined) return found;
  const makers = [...new Set(choices.map(({ kind }) => kind.name))];
  throw bindError(
    `${user} takes what ${makers.join(" or ")} gives, not ${type.kind === "struct" ? "this STRUCT" : typeName(type)}`,
    undefined,
    `${user}(${makers[0].split(" ")[0]}(…))`,
  );
}
