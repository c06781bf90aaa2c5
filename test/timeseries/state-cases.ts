import { valueAt } from "../../src/core/read.ts";
import type { Value } from "../../src/core/value.ts";
import type { Session } from "../../src/session.ts";
import { type ReferenceCase, readReference } from "./reference-values.ts";

/** Cases of aggregates: a call over a table, which has columns of the reference's data; `t` is microseconds there, and a TIMESTAMP here. */
export type StateCase = ReferenceCase<
  { readonly data: string; readonly call: string },
  number | string | null | readonly (number | string)[]
>;

interface Reference {
  readonly data: Readonly<Record<string, Readonly<Record<string, readonly (number | string)[]>>>>;
  readonly cases: readonly StateCase[];
}

export const stateReference = (name: string): Reference => readReference<Reference>(name);

/** A table of columns. */
export async function makeTable(
  session: Session,
  name: string,
  columns: Readonly<Record<string, readonly (number | string)[]>>,
): Promise<void> {
  const written = (value: number | string) => (typeof value === "number" ? `${value}` : `'${value}'`);
  const lists = Object.entries(columns).map(([column, values]) => {
    const list = `unnest([${values.map(written).join(", ")}])`;
    return column === "t"
      ? `make_timestamp(${list}::BIGINT) AS t`
      : `${list}${typeof values[0] === "number" ? "::DOUBLE" : ""} AS ${column}`;
  });
  await session.run(`CREATE OR REPLACE TABLE ${name} AS SELECT ${lists.join(", ")}`);
}

/** All rows of a query. */
export async function rowsOf(session: Session, query: string): Promise<Value[][]> {
  const { batches } = await session.query(query);
  return batches.flatMap(({ columns, length }) => Array.from({ length }, (_, row) => columns.map((column) => valueAt(column, row))));
}

/** The one value of a query. */
export const answer = async (session: Session, query: string): Promise<Value> => (await rowsOf(session, query))[0][0];

/** Throws where numbers differ by more than the tolerance, relative (absolute below 1), and where anything else differs at all. */
export function expectAlike(actual: Value, expected: unknown, tolerance: number, what: string): void {
  if (expected instanceof Uint8Array) {
    expectAlike(actual instanceof Uint8Array ? [...actual] : actual, [...expected], tolerance, what);
    return;
  }
  if (Array.isArray(expected)) {
    if (!Array.isArray(actual) || actual.length !== expected.length) throw new Error(`${what}: ${actual}, not ${expected}`);
    expected.forEach((one, i) => {
      expectAlike(actual[i], one, tolerance, `${what}[${i}]`);
    });
    return;
  }
  if (typeof expected !== "number" && typeof expected !== "bigint") {
    if (actual !== expected) throw new Error(`${what}: ${actual}, not ${expected}`);
    return;
  }
  const [got, wanted] = [Number(actual), Number(expected)];
  const same = actual !== null && (got === wanted || Math.abs(got - wanted) <= tolerance * Math.max(1, Math.abs(wanted)));
  if (!same) throw new Error(`${what}: ${actual}, not ${expected}: off by more than ${tolerance}`);
}
