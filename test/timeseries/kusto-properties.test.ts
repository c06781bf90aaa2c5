import { expect, test } from "vitest";
import { WeirError } from "../../src/core/errors.ts";
import type { DataType } from "../../src/core/types.ts";
import type { Value } from "../../src/core/value.ts";
import { seriesFunctions } from "../../src/functions/series/index.ts";
import { generator } from "./series-cases.ts";

/** Numbers that break things, and ordinary ones. */
const NUMBERS = [0, -0, 1, -1, 2, 3.5, 1e-300, 1e300, -1e300, 2 ** 53, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN];

const next = generator(17);
const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)];

/** A value of a type that is as likely strange as not. */
function strange(type: DataType, length = pick([0, 1, 2, 3, 5, 8, 30, 60])): Value {
  switch (type.kind) {
    case "list": {
      const wild = next() < 0.4;
      return Array.from({ length }, (_, i) => {
        if (next() < 0.1) return null;
        if (type.element.kind === "timestamp") return BigInt(i * 1_000_000);
        if (type.element.kind !== "double") return strange(type.element);
        return wild ? pick(NUMBERS) : Math.round(10 * next());
      });
    }
    case "bigint":
      return pick([-1, 0, 1, 2, 3, 4, 5, 7, 12, 1000, 2 ** 53]);
    case "double":
      return pick([...NUMBERS, 0.3, 0.5, 4, 12]);
    case "boolean":
      return next() < 0.5;
    case "varchar":
      return pick(["tukey", "ctukey", "linefit", "avg", "none", "central", "backward", "additive", "multiplicative", "x"]);
    default:
      return null;
  }
}

function holdsNaN(value: unknown): boolean {
  return Array.isArray(value) ? value.some(holdsNaN) : Number.isNaN(value);
}

test.each(seriesFunctions.map((one) => [one.name, one] as const))("%s answers or says what is wrong, whatever it is given", (name, one) => {
  const [{ args, optional = 0, coerce, impl }] = one.overloads;
  const bind = { constants: [], names: [], timeZone: "UTC", nowMicros: 0 };
  const types = coerce?.({ ...bind, types: args.map(() => ({ kind: "null" as const })) }) ?? [];
  let answers = 0;
  for (let round = 0; round < 150; round++) {
    // Series of one length, mostly, as functions of several ask for that.
    const length = next() < 0.7 ? pick([3, 8, 30, 60]) : undefined;
    const given = types.map((type, i) => (i >= args.length - optional && next() < 0.6 ? null : strange(type, length)));
    try {
      const result = impl?.(...given);
      expect(holdsNaN(result), `${name}(${JSON.stringify(given.map(String))})`).toBe(false);
      if (result !== null) answers++;
    } catch (error) {
      expect(error, `${name}(${JSON.stringify(given.map(String))})`).toBeInstanceOf(WeirError);
      expect((error as WeirError).phase).toBe("runtime");
      expect((error as WeirError).message.startsWith(`${name}: `), (error as WeirError).message).toBe(true);
    }
  }
  expect(answers).toBeGreaterThan(0);
});
