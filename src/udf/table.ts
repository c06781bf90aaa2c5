import type { BindContext, ScalarFunction, TableCall } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import { runtimeError } from "../core/errors.ts";
import type { Value } from "../core/value.ts";
import type { Vector } from "../core/vector.ts";
import { registerClass } from "../functions/define.ts";
import { callError, ResultError, shortValue } from "./call-error.ts";
import { Failures } from "./call-failures.ts";
import { argumentPatterns, definitionHead, parametersOf, type UserFunction } from "./definition.ts";
import type { Signature } from "./module-source.ts";
import { type Current, type Implementation, replaceable, type WithImplementation } from "./replaceable.ts";
import { argumentReader, fromTypeScript, toTypeScript } from "./value-map.ts";

/** Rows that one call may give where they become a list; in FROM they come one by one, and LIMIT or an interrupt ends them. */
const MOST_LISTED = 1_000_000;

/** A function whose calls give rows: a generator, or one that returns an array. Where a parameter that takes no NULL is NULL, there are none. */
export function userTableFunction(signature: Signature, exported: UserFunction, origin: Origin): WithImplementation<ScalarFunction> {
  const implementation = { signature, exported };
  return {
    kind: "scalar",
    ...definitionHead(signature, origin),
    volatility: signature.options.volatility,
    implementation,
    tableCall: (bind) => tableCall(implementation, origin, bind),
    overloads: [
      {
        ...argumentPatterns(signature),
        returns: { kind: "list", element: signature.returns },
        nulls: "handles",
        mayReturnNull: true,
        specialise: (bind) => {
          const failures = failuresOf(signature);
          const calls = new Calls({ now: implementation }, failures);
          const params = parametersOf(signature, bind.types.length);
          const converters = params.map(({ value }) => toTypeScript(value));
          const isNarrow = params.map(({ type }) => registerClass(type) === "int64");
          const impl = (...registers: (Value | number)[]): Value => {
            if (registers.some((register, i) => register === null && !params[i].takesNull)) return null;
            const args = registers.map((register, i) => {
              if (register === null) return null;
              const value = isNarrow[i] && typeof register === "number" ? BigInt(register) : register;
              return converters[i] === undefined ? value : converters[i](value);
            });
            return calls.list(args);
          };
          return { impl, wide: impl, failures };
        },
      },
    ],
  };
}

function tableCall(implementation: Implementation, origin: Origin, bind: BindContext): TableCall {
  const { signature } = implementation;
  const failures = failuresOf(signature);
  const calls = new Calls(
    replaceable(implementation, origin, bind, () => failures.report()),
    failures,
  );
  const params = parametersOf(signature, bind.types.length);
  let rows = 0;
  return {
    open: (args: readonly Vector[]) => {
      const readers = args.map((vector, i) => argumentReader(vector, params[i].value));
      const before = rows;
      rows += args[0]?.length ?? 1;
      return (row) => {
        for (const [i, { validity }] of args.entries())
          if (validity !== null && validity[row] === 0 && !params[i].takesNull) return undefined;
        return calls.rows(() => readers.map((reader) => reader(row)), before + row + 1);
      };
    },
  };
}

const failuresOf = (signature: Signature): Failures => new Failures(signature, "gave no further rows");

/** Calls of one table function in one query. */
class Calls {
  readonly #current: Current;
  readonly #failures: Failures;

  constructor(current: Current, failures: Failures) {
    this.#current = current;
    this.#failures = failures;
  }

  /** The rows of one call, each made when it is asked for. One that fails ends them, where failures are forgiven. */
  *rows(read: () => readonly unknown[], row?: number): Generator<Value> {
    const { signature, exported } = this.#current.now;
    const convert = fromTypeScript(signature.result);
    let args: readonly unknown[] = [];
    try {
      args = read();
      for (const one of iterable(exported(...args))) yield convert(one);
    } catch (error) {
      if (signature.options.onError !== "null") throw callError(signature, error, { args, row });
      this.#failures.add(error, { args, row });
    }
  }

  list(args: readonly unknown[]): Value[] {
    const rows: Value[] = [];
    for (const row of this.rows(() => args)) {
      if (rows.length === MOST_LISTED) {
        const { name } = this.#current.now.signature;
        throw runtimeError(
          `${name} gives more than ${MOST_LISTED} rows for one list`,
          undefined,
          `call it in FROM: FROM ${name}(…) LIMIT 10`,
        );
      }
      rows.push(row);
    }
    return rows;
  }
}

function iterable(returned: unknown): Iterable<unknown> {
  if (typeof returned === "object" && returned !== null && Symbol.iterator in returned) return returned as Iterable<unknown>;
  throw new ResultError(`it returned ${shortValue(returned)}, and its signature says rows`, "return an array, or write function*");
}
