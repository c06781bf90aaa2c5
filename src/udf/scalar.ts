import type { Implementation, ScalarFunction } from "../catalog/function-types.ts";
import type { Origin } from "../catalog/user-functions.ts";
import { generatedFunction } from "../core/generated.ts";
import { physicalOf } from "../core/types.ts";
import type { Value } from "../core/value.ts";
import { callError } from "./call-error.ts";
import { Failures } from "./call-failures.ts";
import { argumentPatterns, definitionHead, parametersOf, type UserFunction } from "./definition.ts";
import type { Param, Signature } from "./module-source.ts";
import { fromTypeScript, misfit, toTypeScript } from "./value-map.ts";
import type { ValueType } from "./value-type.ts";

/**
 * A function of single values. The generated loop of a query calls a wrapper, which V8 inlines together with the function: it converts what is no number,
 * text or boolean, checks what comes back, and makes an error (or NULL) of what is thrown.
 */
export function scalarFunction(signature: Signature, exported: UserFunction, origin: Origin): ScalarFunction {
  const forgives = signature.options.onError === "null";
  const plain = needsNoWrapper(signature);
  /** Wrappers by number of arguments: all queries share one, so that V8 knows which function it inlines. */
  const kept = new Map<number, Wrappers>();
  return {
    kind: "scalar",
    ...definitionHead(signature, origin),
    volatility: signature.options.volatility,
    overloads: [
      {
        ...argumentPatterns(signature),
        returns: signature.returns,
        nulls: signature.params.some((param) => param.takesNull) ? "handles" : "strict",
        mayReturnNull: signature.returnsNull || (forgives && !plain),
        harmless: signature.harmless,
        cost: callCost(signature),
        specialise: ({ types }) => {
          if (plain) return { impl: exported as Implementation };
          if (forgives) {
            const failures = new Failures(signature);
            return { ...wrap(signature, exported, types.length, (error, args) => failures.add(error, { args })), failures };
          }
          let wrappers = kept.get(types.length);
          if (wrappers === undefined) {
            wrappers = wrap(signature, exported, types.length, (error, args) => {
              throw callError(signature, error, { args });
            });
            kept.set(types.length, wrappers);
          }
          return wrappers;
        },
      },
    ],
  };
}

/** What is made for every row, of values that are no numbers, texts or truth values inside generated loops. */
function callCost({ params, result }: Signature): string | undefined {
  const forms = new Set([...params.map((param) => param.value), result].map(({ form }) => form));
  for (const free of ["number", "string", "boolean", "bytes"] as const) forms.delete(free);
  if (forms.size === 0) return undefined;
  return forms.has("bigint")
    ? "a bigint is made for every row; Long, a number, costs nothing"
    : `${[...forms].join(" and ")} values are made for every row`;
}

/** Arithmetic on registers as they are cannot throw, and gives what its signature says: the less there is to inline, the more of it V8 inlines. */
const needsNoWrapper = ({ harmless, params, result }: Signature): boolean =>
  harmless !== undefined && (result.type.kind === "double" || result.type.kind === "boolean") && !params.some((param) => is64(param.value));

interface Wrappers {
  readonly impl: Implementation;
  readonly wide: Implementation | undefined;
}

/** What a failed call gives, if it gives anything. */
type Fail = (error: unknown, args: readonly unknown[]) => null;

function wrap(signature: Signature, exported: UserFunction, count: number, fail: Fail): Wrappers {
  const { result } = signature;
  const given = parametersOf(signature, count);
  const has64 = [result, ...given.map((param) => param.value)].some(is64);
  return {
    impl: wrapper(signature, exported, given, fail, false),
    wide: has64 ? wrapper(signature, exported, given, fail, true) : undefined,
  };
}

const is64 = ({ type }: ValueType): boolean => physicalOf(type) === "i64" || physicalOf(type) === "u64";

let serial = 1;

/** The text is the engine's own: it calls what it is handed, and its names are numbered. */
function wrapper(signature: Signature, exported: UserFunction, given: readonly Param[], fail: Fail, wide: boolean): Implementation {
  const handlesNulls = signature.params.some((param) => param.takesNull);
  const converters = given.map((param) => fromRegister(param.value, wide));
  const names = given.map((_, i) => `a${i}`).join(", ");
  const args = given.map((param, i) => {
    if (converters[i] === undefined) return `a${i}`;
    return handlesNulls && param.takesNull ? `(a${i} === null ? null : c${i}(a${i}))` : `c${i}(a${i})`;
  });
  const nulls = handlesNulls ? given.flatMap((param, i) => (param.takesNull ? [] : [`a${i} === null`])) : [];
  const failed = (error: unknown, registers: readonly unknown[]) =>
    fail(
      error,
      registers.map((register, i) => shown(register, converters[i])),
    );
  const refused = (value: unknown, registers: readonly unknown[]) => failed(misfit(value, signature.result), registers);
  const check = resultCheck(signature.result, wide);
  const call = `f(${args.join(", ")})`;
  const body =
    typeof check === "string"
      ? `let r;
  try { r = ${call}; } catch (error) { return failed(error, [${names}]); }
  ${check}
  ${signature.returnsNull ? "if (r === null || r === undefined) return null;" : ""}
  return refused(r, [${names}]);`
      : `try { return give(${call}); } catch (error) { return failed(error, [${names}]); }`;
  const text = `const { f, failed, refused, give, fround, converters } = k;
${converters.map((convert, i) => (convert === undefined ? "" : `const c${i} = converters[${i}];`)).join(" ")}
return function (${names}) {
  ${nulls.length === 0 ? "" : `if (${nulls.join(" || ")}) return null;`}
  ${body}
};`;
  const make = generatedFunction<(k: unknown) => Implementation>(["k"], text, `user function ${serial++}`);
  const give = typeof check === "string" ? undefined : check;
  return make({ f: exported, failed, refused, give, fround: Math.fround, converters });
}

/** A register as an error shows it. */
function shown(register: unknown, convert: ((register: never) => unknown) | undefined): unknown {
  if (register === null || convert === undefined) return register;
  try {
    return convert(register as never);
  } catch {
    return register;
  }
}

/** How a register becomes what TypeScript gets; undefined where it is the same. */
function fromRegister(type: ValueType, wide: boolean): ((register: never) => unknown) | undefined {
  if (is64(type)) {
    if (type.form === "bigint") return wide ? undefined : (register: number) => BigInt(register);
    if (type.form === "number" && !wide) return undefined;
    if (type.form === "date" && !wide) return (register: number) => new Date(Math.floor(register / 1000));
  }
  return toTypeScript(type) as ((register: never) => unknown) | undefined;
}

/**
 * A statement that returns `r` as a register where it fits; a function that does both, throwing ResultError, for what is no number, text or boolean.
 * A narrow 64-bit result beyond the exact range is noticed by the loop that calls.
 */
function resultCheck(type: ValueType, wide: boolean): string | ((value: unknown) => unknown) {
  const number = 'typeof r === "number"';
  switch (type.type.kind) {
    case "double":
      return `if (${number}) return r;`;
    case "float":
      return `if (${number}) return fround(r);`;
    case "boolean":
      return 'if (typeof r === "boolean") return r;';
    case "varchar":
      return 'if (typeof r === "string") return r;';
    case "integer":
    case "date":
      return `if (${number} && r === (r | 0)) return r | 0;`;
    case "uinteger":
      return `if (${number} && r === r >>> 0) return r >>> 0;`;
    case "tinyint":
      return `if (${number} && r === (r << 24) >> 24) return r | 0;`;
    case "smallint":
      return `if (${number} && r === (r << 16) >> 16) return r | 0;`;
    case "utinyint":
      return `if (${number} && r === (r & 255)) return r | 0;`;
    case "usmallint":
      return `if (${number} && r === (r & 65535)) return r | 0;`;
    default:
  }
  if (is64(type) && type.form === "number") {
    return `if (${number} && Math.abs(r) <= 9007199254740991 && Math.floor(r) === r) return ${wide ? "BigInt(r)" : "r"};`;
  }
  const convert = fromTypeScript(type);
  return is64(type) && !wide ? narrowed(convert) : convert;
}

/** A 64-bit value as a narrow register: beyond 2^53 it is inexact, and sends the batch to the wide variant. */
function narrowed(convert: (value: unknown) => Value): (value: unknown) => unknown {
  return (value) => {
    const result = convert(value);
    return result === null ? null : Number(result);
  };
}
