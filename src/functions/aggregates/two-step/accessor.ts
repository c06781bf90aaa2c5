import type { BindContext, TypePattern } from "../../../catalog/function-types.ts";
import { type DataType, DOUBLE } from "../../../core/types.ts";
import type { Value } from "../../../core/value.ts";
import { doc, registerClass, type ScalarEntry } from "../../define.ts";
import { choiceFor, type StateKind } from "./state-kind.ts";

/** What an accessor does with states of one kind. */
export interface AccessorCase {
  readonly kind: Pick<StateKind<unknown>, "name" | "matches">;
  readonly returns: (bind: BindContext, state: DataType) => DataType;
  /** Made once per query. The result is a register; NaN is NULL. */
  readonly make: (bind: BindContext, state: DataType) => (state: Value, rest: readonly Register[]) => unknown;
}

// biome-ignore lint/suspicious/noExplicitAny: registers are typed by the accessor's arguments
type Register = any;

/** An accessor's arguments beside the state, which comes first unless `place` says otherwise. */
export interface AccessorShape {
  readonly params?: readonly string[];
  readonly args?: readonly TypePattern[];
  readonly optional?: number;
  readonly place?: number;
  /** Set where other arguments may be NULL; a state that is NULL gives NULL always. */
  readonly nullable?: true;
  /** Types that the arguments are cast to, where the patterns do not say. */
  readonly coerce?: (bind: BindContext) => readonly DataType[];
}

/** A case that reads one thing of a state. `get` is also given the registers of the other arguments. */
export const reads = <S>(
  kind: StateKind<S>,
  returns: DataType | ((state: DataType) => DataType),
  get: (state: S, ...rest: Register[]) => unknown,
): AccessorCase => ({
  kind,
  returns: (_bind, state) => (typeof returns === "function" ? returns(state) : returns),
  make: () => (state, rest) => get(kind.read(state), ...rest),
});

/** The same number of several kinds of states. */
export const numberOf = <S>(kinds: readonly StateKind<S>[], get: (state: S) => number, returns: DataType = DOUBLE): AccessorCase[] =>
  kinds.map((kind) => reads(kind, returns, get));

const plain = (value: unknown): unknown => (typeof value === "number" && Number.isNaN(value) ? null : (value ?? null));

const asBigint = (value: unknown): unknown => (typeof value === "number" ? BigInt(value) : value);

/** The accessor of a name; what it does is chosen by the type of the state. The example is what follows SELECT. */
export function accessor(
  name: string,
  summary: string,
  cases: readonly AccessorCase[],
  example: readonly [query: string, result: string],
  shape: AccessorShape & { readonly aliases?: readonly string[] } = {},
): ScalarEntry {
  const { params = [], args = [], optional, place = 0, nullable, coerce, aliases } = shape;
  const withState = <T>(rest: readonly T[], state: T): T[] => [...rest.slice(0, place), state, ...rest.slice(place)];
  const chosen = (bind: BindContext) => choiceFor(name, bind.types[place], cases);
  return {
    name,
    aliases,
    doc: doc(summary, withState(params, "state"), `(SELECT ${example[0]})`, example[1]),
    overloads: [
      {
        args: withState<TypePattern>(args, "struct"),
        optional,
        coerce,
        returns: (bind) => (bind.types[place].kind === "null" ? DOUBLE : chosen(bind).returns(bind, bind.types[place])),
        nulls: nullable === true ? "handles" : "strict",
        mayReturnNull: true,
        specialise: (bind) => {
          if (bind.types[place].kind === "null") return { impl: () => null };
          const get = chosen(bind).make(bind, bind.types[place]);
          const impl = (...registers: Register[]) => {
            const state = registers[place];
            return state === null ? null : plain(get(state, [...registers.slice(0, place), ...registers.slice(place + 1)]));
          };
          if (registerClass(chosen(bind).returns(bind, bind.types[place])) !== "int64") return { impl, wide: impl };
          return { impl, wide: (...registers) => asBigint(impl(...registers)) };
        },
      },
    ],
  };
}
