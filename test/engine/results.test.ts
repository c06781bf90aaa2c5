import { afterAll, expect, test } from "vitest";
import { Session } from "../../src/index.ts";

const session = new Session({ threads: 1 });
afterAll(() => session.close());

test("a result that is too large to be kept does not leave the one before it under its name", async () => {
  const warnings: string[] = [];
  const onOutput = (output: { warnings: readonly string[] }) => void warnings.push(...output.warnings);
  await session.run("SET memory_limit = '40MB'");
  await session.run("SELECT 1 AS a", { keepAs: ["_1", "_"], onOutput });
  expect((await session.query("FROM _")).rowCount).toBe(1);
  await session.run("SELECT range AS a, range AS b FROM range(1000000)", { keepAs: ["_2", "_"], onOutput });
  expect(warnings).toEqual([expect.stringContaining("is not kept")]);
  await expect(session.query("FROM _")).rejects.toMatchObject({
    message: 'result "_" does not exist',
    hint: expect.stringContaining("kept are _1"),
  });
  expect((await session.query("FROM _1")).rowCount).toBe(1);
});
