import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** A value that a second implementation gave, and how near ours must come: see the script of the same name. */
export interface ReferenceCase<Input, Expected> {
  readonly function: string;
  readonly against: string;
  readonly tolerance: number;
  readonly why?: string;
  readonly input: Input;
  readonly expected: Expected;
}

/** Parses test/timeseries/reference/<name>.json, which lies beside the sources that the compiled tests stand under. */
export function readReference<T>(name: string): T {
  for (const start of [process.cwd(), dirname(fileURLToPath(import.meta.url))]) {
    for (let at = start; at !== dirname(at); at = dirname(at)) {
      const file = join(at, "test/timeseries/reference", `${name}.json`);
      if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as T;
    }
  }
  throw new Error(`no reference values: test/timeseries/reference/${name}.json`);
}

/** Null stands for what is undefined. Throws with the place of the first value that is further off than the tolerance, relative (absolute below 1). */
export function expectNear(actual: ArrayLike<number>, expected: readonly (number | null)[], tolerance: number, what: string): void {
  if (actual.length !== expected.length) throw new Error(`${what}: ${actual.length} values, not ${expected.length}`);
  for (let i = 0; i < expected.length; i++) {
    const wanted = expected[i];
    const off = wanted === null ? (Number.isNaN(actual[i]) ? 0 : Infinity) : Math.abs(actual[i] - wanted) / Math.max(1, Math.abs(wanted));
    if (!(off <= tolerance)) throw new Error(`${what}[${i}]: ${actual[i]}, not ${wanted}: off by ${off}, allowed ${tolerance}`);
  }
}
