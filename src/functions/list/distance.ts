import type { ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { DOUBLE, FLOAT, list } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";

type Numbers = readonly (number | null)[];

function check(name: string, a: Numbers, b: Numbers): void {
  if (a.length !== b.length) throw runtimeError(`${name} needs lists of equal length, and got ${a.length} and ${b.length} elements`);
  if (a.includes(null) || b.includes(null)) throw runtimeError(`${name} takes no NULL elements`);
}

/** Sums over pairs of elements, rounded to the type at every step. */
type Metric = (a: readonly number[], b: readonly number[], round: (x: number) => number) => number | null;

const innerProduct = (a: readonly number[], b: readonly number[], round: (x: number) => number): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum = round(sum + round(a[i] * b[i]));
  return sum;
};

const distance: Metric = (a, b, round) => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = round(a[i] - b[i]);
    sum = round(sum + round(difference * difference));
  }
  return round(Math.sqrt(sum));
};

const cosine = (a: readonly number[], b: readonly number[], round: (x: number) => number): number | null => {
  if (a.length === 0) return null;
  const similarity = round(innerProduct(a, b, round) / Math.sqrt(round(innerProduct(a, a, round) * innerProduct(b, b, round))));
  // Out of range, or a list of zeros: DuckDB gives -1 for what is not a number.
  return Math.max(-1, Math.min(Number.isNaN(similarity) ? -1 : similarity, 1));
};

const overloads = (name: string, metric: Metric): ScalarOverload[] =>
  [DOUBLE, FLOAT].map((type) => {
    const round = type.kind === "float" ? Math.fround : (x: number) => x;
    return {
      args: [{ listOf: type.kind }, { listOf: type.kind }],
      returns: type,
      mayReturnNull: true,
      coerce: () => [list(type), list(type)],
      impl: (a: Numbers, b: Numbers) => {
        check(name, a, b);
        const result = metric(a as readonly number[], b as readonly number[], round);
        return result === null ? null : round(result);
      },
    };
  });

export const distanceEntries: readonly ScalarEntry[] = [
  {
    name: "list_distance",
    aliases: ["<->", "array_distance"],
    doc: doc("Euclidean distance of two lists of numbers.", ["a", "b"], "list_distance([1, 2, 3], [1, 2, 5])", "2.0"),
    overloads: overloads("list_distance", distance),
  },
  {
    name: "list_inner_product",
    aliases: ["list_dot_product", "array_inner_product", "array_dot_product"],
    doc: doc("Inner product of two lists of numbers.", ["a", "b"], "list_inner_product([1, 2, 3], [1, 2, 5])", "20.0"),
    overloads: overloads("list_inner_product", innerProduct),
  },
  {
    name: "list_negative_inner_product",
    aliases: ["list_negative_dot_product", "array_negative_inner_product", "array_negative_dot_product"],
    doc: doc("Negated inner product of two lists of numbers.", ["a", "b"], "list_negative_inner_product([1, 2, 3], [1, 2, 5])", "-20.0"),
    overloads: overloads("list_negative_inner_product", (a, b, round) => -innerProduct(a, b, round)),
  },
  {
    name: "list_cosine_similarity",
    aliases: ["array_cosine_similarity"],
    doc: doc("Cosine of the angle between two lists of numbers.", ["a", "b"], "list_cosine_similarity([1, 0], [1, 0])", "1.0"),
    overloads: overloads("list_cosine_similarity", cosine),
  },
  {
    name: "list_cosine_distance",
    aliases: ["<=>", "array_cosine_distance"],
    doc: doc("1 less the cosine similarity.", ["a", "b"], "list_cosine_distance([1, 0], [1, 0])", "0.0"),
    overloads: overloads("list_cosine_distance", (a, b, round) => {
      const similarity = cosine(a, b, round);
      return similarity === null ? null : 1 - similarity;
    }),
  },
];
