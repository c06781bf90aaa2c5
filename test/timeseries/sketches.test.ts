import { afterAll, beforeAll, expect, test } from "vitest";
import { Session } from "../../src/session.ts";
import { answer, expectAlike, rowsOf, stateReference } from "./state-cases.ts";

const { cases } = stateReference("sketches");

let session: Session;
beforeAll(async () => {
  session = new Session({ timeZone: "UTC", threads: 1 });
  // The formulas are those of the script that wrote the values.
  await session.run(`CREATE TABLE sketched AS SELECT i, exp((i * 7919 % 20000 + 0.5::DOUBLE) / 20000 * 8 - 4) AS heavy,
    (i * 7919 % 20000 - 8000) / 100::DOUBLE AS both_signs, 'w' || floor(sqrt(i * 7919 % 20000))::INTEGER AS zipf, 'w' || (i * i % 97) AS few
    FROM range(20000) t(i)`);
});
afterAll(() => session.close());

test.each(cases.map((one) => [`${one.input.call} and ${one.against}`, one] as const))("%s", async (_, { input, expected, tolerance }) => {
  expectAlike(await answer(session, `SELECT ${input.call} FROM sketched`), expected, tolerance, input.call);
});

/** Sketches that merge to exactly what all values give. */
const EXACT = ["hyperloglog(few)", "hyperloglog(64, heavy)", "ddsketch(both_signs)", "uddsketch(100, 0.01, heavy)", "topn_agg(3, few)"];

test.each(EXACT)("rollup of %s is the state of all", async (sketch) => {
  const parts = `SELECT ${sketch} AS s FROM sketched GROUP BY i % 7`;
  const [[whole, merged]] = await rowsOf(session, `SELECT (SELECT ${sketch} FROM sketched), (SELECT rollup(s) FROM (${parts}))`);
  // The sum of a sketch is one of doubles, in whatever order.
  expectAlike(merged, whole, 1e-12, sketch);
});

test("rollup of t-digests has the accuracy of one", async () => {
  const parts = "SELECT tdigest(heavy) AS s FROM sketched GROUP BY i % 7";
  const ranks = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999];
  const [[exact, merged]] = await rowsOf(
    session,
    `SELECT quantile_disc(heavy, [${ranks}]), (SELECT approx_percentile_array([${ranks}], rollup(s)) FROM (${parts})) FROM sketched`,
  );
  // Values rise by 8 natural logarithms over all ranks.
  ranks.forEach((rank, i) => {
    const off = Math.abs(Math.log((merged as number[])[i] / (exact as number[])[i])) / 8;
    expect(off).toBeLessThan(0.01 * rank * (1 - rank) * 4 + 0.0005);
  });
});

test("counts of frequent values are within their bound, merged or not", async () => {
  for (const from of [
    "SELECT topn_agg(5, zipf) AS s FROM sketched",
    "SELECT rollup(s) AS s FROM (SELECT topn_agg(5, zipf) AS s FROM sketched GROUP BY i % 9)",
  ]) {
    const kept = new Map(
      (await rowsOf(session, `SELECT item[1], item[2], item[3] FROM (SELECT unnest(into_values(s)) AS item FROM (${from}))`)).map(
        ([word, low, high]) => [word, [low, high]],
      ),
    );
    const rows = await rowsOf(session, "SELECT zipf, count(*)::DOUBLE / 20000 FROM sketched GROUP BY zipf");
    expect(kept.size).toBeLessThanOrEqual(256);
    for (const [word, share] of rows as [string, number][]) {
      const [low, high] = (kept.get(word) ?? [0, 1 / 257]) as number[];
      expect(share).toBeGreaterThanOrEqual(low - 1e-12);
      expect(share).toBeLessThanOrEqual(high + 1e-12);
      expect(high - low).toBeLessThanOrEqual(1 / 257);
    }
  }
});

test("whole numbers beyond the exact range of doubles are told apart", async () => {
  const values = "(VALUES (9007199254740993), (9007199254740993), (9007199254740992), (-9007199254740992), (5)) t(x)";
  expect(await answer(session, `SELECT topn(topn_agg(4, x)) FROM ${values}`)).toEqual([
    9007199254740993n,
    -9007199254740992n,
    5n,
    9007199254740992n,
  ]);
  expect(await answer(session, `SELECT min_frequency(topn_agg(3, x), 9007199254740993) FROM ${values}`)).toBe(0.4);
});

test("sketches that cannot be merged say why", async () => {
  const two = (a: string, b: string) =>
    session.query(`SELECT rollup(s) FROM (SELECT ${a} AS s FROM sketched UNION ALL SELECT ${b} FROM sketched)`);
  await expect(two("hyperloglog(64, i)", "hyperloglog(128, i)")).rejects.toThrow("64 and of 128 registers");
  await expect(two("ddsketch(heavy, 0.01)", "ddsketch(heavy, 0.02)")).rejects.toThrow("accuracy 0.01");
  await expect(session.query("SELECT approx_percentile(1.5, tdigest(heavy)) FROM sketched")).rejects.toThrow("a percentile of 1.5");
});

test("values that only look like states are refused", async () => {
  const refused = (accessor: string, state: string, replaced: string, by: string) =>
    expect(
      session.query(`SELECT ${accessor} FROM (SELECT struct_update(${state}, ${replaced} := ${by}) AS s FROM sketched)`),
    ).rejects.toThrow("is none");
  await refused("approx_percentile(0.5, s)", "tdigest(heavy)", "means", "[1.0]");
  await refused("approx_percentile(0.5, s)", "tdigest(heavy)", "weights", "NULL::DOUBLE[]");
  await refused("num_vals(s)", "ddsketch(heavy)", "collapses", "1000000000");
  await refused("num_vals(s)", "ddsketch(heavy)", "positive", "[{'bucket': 2000000000, 'count': 1::BIGINT}]");
  await refused("distinct_count(s)", "hyperloglog(heavy)", "registers", "17");
  await refused("distinct_count(rollup(s))", "hyperloglog(64, heavy)", "registers", "63");
  await refused("topn(s)", "topn_agg(3, few)", "items", "[NULL::STRUCT(value VARCHAR, count BIGINT)]");
});
