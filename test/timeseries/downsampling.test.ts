import { afterAll, beforeAll, expect, test } from "vitest";
import { Session } from "../../src/session.ts";
import { lttb } from "../../src/timeseries/downsampling/lttb.ts";
import { m4 } from "../../src/timeseries/downsampling/m4.ts";
import { answer, expectAlike, makeTable, stateReference } from "./state-cases.ts";

const { data, cases } = stateReference("downsampling");

let session: Session;
beforeAll(async () => {
  session = new Session({ timeZone: "UTC", threads: 1 });
  for (const [name, columns] of Object.entries(data)) await makeTable(session, name, columns);
});
afterAll(() => session.close());

test.each(cases.map((one) => [one.input.call, one] as const))("%s", async (_, { input, expected, tolerance }) => {
  expectAlike(await answer(session, `SELECT ${input.call} FROM ${input.data}`), expected, tolerance, input.call);
});

test("lttb keeps as many points as asked for, and both ends", () => {
  for (const length of [1, 2, 3, 50, 1000]) {
    const times = Float64Array.from({ length }, (_, i) => i * 1e6);
    const values = Float64Array.from({ length }, (_, i) => Math.sin(i));
    for (const count of [2, 3, 4, 49, 50, 51]) {
      const kept = [...lttb(times, values, length, count)];
      expect(kept.length).toBe(Math.min(count, length));
      expect(kept).toEqual([...new Set(kept)].sort((a, b) => a - b));
      expect([kept[0], kept[kept.length - 1]]).toEqual([0, length - 1]);
    }
  }
});

test("m4 of no, one and equal points", () => {
  const points = (length: number) => [new Float64Array(length), new Float64Array(length), length, 5] as const;
  expect([...m4(...points(0))]).toEqual([]);
  expect([...m4(...points(1))]).toEqual([0]);
  expect([...m4(...points(3))]).toEqual([0, 2]);
});

test("groups without points, and numbers of points that make no sense", async () => {
  expect(await answer(session, "SELECT lttb(t, v, 10) FROM line WHERE false")).toBeNull();
  await expect(session.query("SELECT lttb(t, v, 1) FROM line")).rejects.toThrow("n of lttb is 1");
  await expect(session.query("SELECT m4(t, v, NULL) FROM line")).rejects.toThrow("n of m4 cannot be NULL");
});
