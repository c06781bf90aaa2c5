import fc from "fast-check";
import { PNG } from "pngjs";
import { expect, it } from "vitest";
import { renderPng } from "../../src/charts/png.ts";
import { extentOf, lttb, m4 } from "../../src/charts/reduce.ts";
import { chartOf, valuesOf } from "./table.ts";

const allRows = (length: number) => Int32Array.from({ length }, (_, i) => i);

it("m4 keeps first, last, lowest and highest of every pixel column", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.integer({ min: -50, max: 50 })), { minLength: 1, maxLength: 300 }),
      (points) => {
        const x = Float64Array.from(points, ([value]) => value);
        const y = Float64Array.from(points, ([, value]) => value);
        const pixels = 10;
        const { min, max } = extentOf(x) ?? { min: 0, max: 0 };
        const kept = m4(x, y, allRows(points.length), min, max, pixels);
        const columnOf = (row: number) => Math.min(pixels - 1, Math.floor(((x[row] - min) / (max - min || 1)) * pixels));
        expect(kept.length).toBeLessThanOrEqual(4 * pixels);
        for (let column = 0; column < pixels; column++) {
          const all = [...allRows(points.length)].filter((row) => columnOf(row) === column);
          const some = [...kept].filter((row) => columnOf(row) === column);
          if (all.length === 0) continue;
          for (const pick of [Math.min, Math.max]) {
            expect(pick(...some.map((row) => y[row]))).toBe(pick(...all.map((row) => y[row])));
            expect(pick(...some.map((row) => x[row]))).toBe(pick(...all.map((row) => x[row])));
          }
        }
      },
    ),
  );
});

it("lttb keeps the ends and as many points as asked", () => {
  const x = Float64Array.from({ length: 1000 }, (_, i) => i);
  const y = x.map((value) => Math.sin(value / 20));
  const kept = lttb(x, y, allRows(1000), 100);
  expect(kept.length).toBe(100);
  expect([kept[0], kept[99]]).toEqual([0, 999]);
});

it("a reduced line looks like the full one but for anti-aliasing", async () => {
  const sql =
    "SELECT TIMESTAMP '2024-01-01' + to_seconds(i) AS ts, sin(i / 3000.0) * 10 + (i * 7919 % 1000) / 200.0 AS v FROM range(60000) t(i)";
  const width = 500;
  const [reduced, full] = [await chartOf(sql, "line x=ts y=v", width), await chartOf(sql, "line x=ts y=v reduce=none", width)];
  expect(valuesOf(reduced).length).toBeLessThanOrEqual(4 * width);
  expect(valuesOf(full).length).toBe(60000);
  const line = (spec: Readonly<Record<string, unknown>>) => {
    // The same exact domain for both, and the line alone: what is compared is the reduction, not the rounding of axes.
    const { layer, encoding, ...rest } = JSON.parse(JSON.stringify(spec));
    encoding.x.scale = { type: "utc", domain: [Date.UTC(2024, 0, 1), Date.UTC(2024, 0, 1) + 59_999_000], nice: false };
    encoding.y.scale = { domain: [-10, 15], nice: false };
    return { ...rest, encoding, layer: [{ mark: layer[0].mark }] };
  };
  const [a, b] = await Promise.all([renderPng(line(reduced.spec), 1), renderPng(line(full.spec), 1)]);
  const [one, two] = [PNG.sync.read(Buffer.from(a)), PNG.sync.read(Buffer.from(b))];
  expect([one.width, one.height]).toEqual([two.width, two.height]);
  let different = 0;
  for (let i = 0; i < one.data.length; i += 4) if (Math.abs(one.data[i] - two.data[i]) > 96) different++;
  expect(different / (one.width * one.height)).toBeLessThan(0.005);
}, 120_000);
