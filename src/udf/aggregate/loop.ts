import { generatedFunction } from "../../core/generated.ts";
import { physicalOf, typeName } from "../../core/types.ts";
import type { FlatVector, Vector } from "../../core/vector.ts";
import { paramAt } from "../definition.ts";
import { argumentReader } from "../value-map.ts";
import type { ValueType } from "../value-type.ts";
import type { AggregateImplementation, AggregateObject } from "./implementation.ts";

/**
 * Adds rows `from` up to `to` to the states of their groups, or takes them out. Where a method throws, `place.row` is the row it threw for.
 */
export type AggregateLoop = (
  from: number,
  to: number,
  groups: Int32Array,
  filter: Uint8Array | null,
  states: unknown[],
  object: AggregateObject,
  ofStates: StateCalls,
  place: { row: number },
  ...columns: unknown[]
) => void;

/** High words of 64-bit integers that are exact as numbers lie below this, and from its negative on. */
const HIGH = 2 ** 21;

/** What is to be called for a new state, for one that a method returned, and for a single value that it left as it was. */
export type StateCalls = Pick<AggregateImplementation, "init" | "replaced" | "kept">;

/** How a loop reads an argument: from the column's own array, from its 32-bit words, or by a reader of rows. */
type Form = "number" | "words" | "boolean" | "bigint" | "reader";

function formOf({ form, type }: ValueType): Form {
  if (form === "boolean") return "boolean";
  const physical = physicalOf(type);
  const wide = physical === "i64" || physical === "u64";
  if (form === "bigint") return wide ? "bigint" : "reader";
  if (form === "number") return !wide ? "number" : physical === "i64" ? "words" : "reader";
  return "reader";
}

/** What a loop is handed of argument columns: an array or a reader, the validity, and a reader for what is not exact, of each. */
export function loopColumns({ signature }: AggregateImplementation, args: readonly Vector[]): unknown[] {
  const columns: unknown[] = [];
  for (const [k, vector] of args.entries()) {
    const { value } = paramAt(signature, k);
    const form = formOf(value);
    const reader = form === "reader" || form === "words" ? argumentReader(vector, value) : undefined;
    columns.push(form === "reader" ? reader : form === "words" ? words(vector) : (vector as FlatVector).data, vector.validity, reader);
  }
  return columns;
}

function words(vector: Vector): Int32Array {
  const { data } = vector as FlatVector;
  return new Int32Array(data.buffer, data.byteOffset, data.byteLength / 4);
}

/**
 * The loop of one method of one definition over columns of these types and NULLs. Its text is the engine's own; the method is called on the object it
 * is handed, and the signature, which keeps apart what V8 learns of different functions, names the definition.
 */
export function aggregateLoop(
  implementation: AggregateImplementation,
  method: "add" | "remove",
  args: readonly Vector[],
  filtered: boolean,
): AggregateLoop {
  const names: string[] = [];
  const missing: string[] = [];
  const values = args.map((vector, k) => {
    const { value: type, takesNull } = paramAt(implementation.signature, k);
    names.push(`a${k}`, `v${k}`, `r${k}`);
    const value = {
      number: `a${k}[i]`,
      words: `(a${k}[2 * i + 1] >= ${-HIGH} && a${k}[2 * i + 1] < ${HIGH} ? a${k}[2 * i + 1] * 4294967296 + (a${k}[2 * i] >>> 0) : r${k}(i))`,
      bigint: `a${k}[i]`,
      boolean: `a${k}[i] === 1`,
      reader: `a${k}(i)`,
    }[formOf(type)];
    if (vector.validity === null) return value;
    if (takesNull) return `(v${k}[i] === 0 ? null : ${value})`;
    missing.push(`v${k}[i] === 0`);
    return value;
  });
  const text = [
    "let i = from;",
    "try {",
    "for (; i < to; i++) {",
    filtered ? "if (f[i] === 0) continue;" : "",
    missing.length === 0 ? "" : `if (${missing.join(" || ")}) continue;`,
    "const id = g[i];",
    "let s = states[id];",
    "if (s === undefined) { s = h.init(); states[id] = s; }",
    `const r = o.${method}(${["s", ...values].join(", ")});`,
    `if (r === undefined) { if (typeof s !== "object" || s === null) h.kept(s, "${method}"); }`,
    `else if (r !== s) states[id] = h.replaced(s, r, "${method}");`,
    "}",
    "} catch (error) { place.row = i; throw error; }",
  ].join("\n");
  const types = args.map((vector) => `${typeName(vector.type)} ${vector.layout}`).join();
  return generatedFunction<AggregateLoop>(
    ["from", "to", "g", "f", "states", "o", "h", "place", ...names],
    text,
    `${implementation.serial} ${types}`,
  );
}
