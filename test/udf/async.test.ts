import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { Asked } from "./harness.ts";

/** Asynchronous functions against a real server. */

const asked = new Asked();
let server: Server;
let url: string;
let requests: string[] = [];
let under = 0;
let most = 0;
let failures = 0;
let aborted = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    const path = new URL(request.url ?? "", "http://x").searchParams.get("id") ?? "";
    requests.push(path);
    under++;
    most = Math.max(most, under);
    response.on("close", () => {
      under--;
      if (!response.writableFinished) aborted++;
    });
    if (path === "hang") return;
    if (path.startsWith("flaky") && failures-- > 0) {
      response.writeHead(503).end();
      return;
    }
    setTimeout(() => response.end(`name ${path}`), path.length % 2 === 0 ? 15 : 2);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/?id=`;
});
afterAll(async () => {
  await asked.session.close();
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = [];
  most = 0;
  aborted = 0;
});

const get = (id: string, signal = "") =>
  `const answer = await fetch(${JSON.stringify(url)} + ${id}${signal === "" ? "" : `, { signal: ${signal} }`}); if (!answer.ok) throw new Error("status " + answer.status); return await answer.text();`;

test("answers stand at their rows, and no more calls than allowed are under way", async () => {
  await asked.define(`
    /** Asks for a name.
     * @concurrency 3 */
    export async function name_of(id: string): Promise<string> { ${get("id")} }
  `);
  const rows = await asked.rows("SELECT i, name_of(repeat('x', i::INTEGER)) FROM range(1, 21) t(i) ORDER BY i");
  expect(rows).toEqual(Array.from({ length: 20 }, (_, i) => [BigInt(i + 1), `name ${"x".repeat(i + 1)}`]));
  expect(most).toBeLessThanOrEqual(3);
  expect(most).toBeGreaterThan(1);
});

test("rows that leave as they come are the same rows", async () => {
  await asked.define(`/** @unordered @concurrency 4 */
    export async function name_of(id: string): Promise<string> { ${get("id")} }`);
  const rows = await asked.rows("SELECT i, name_of(repeat('x', i::INTEGER)) FROM range(1, 41) t(i)");
  expect(new Set(rows.map((row) => row.join()))).toEqual(
    new Set(Array.from({ length: 40 }, (_, i) => `${i + 1},name ${"x".repeat(i + 1)}`)),
  );
});

test("NULL is not asked for", async () => {
  await asked.define(`export async function name_of(id: string): Promise<string> { ${get("id")} }`);
  expect(await asked.rows("SELECT name_of(x) FROM (VALUES ('a'), (NULL), ('b')) v(x)")).toEqual([["name a"], [null], ["name b"]]);
  expect(requests.sort()).toEqual(["a", "b"]);
});

test("a call that hangs is ended by its time limit, and its request is given up", async () => {
  await asked.define(`/** @timeout 60ms */
    export async function name_of(id: string, signal: AbortSignal): Promise<string> { ${get("id", "signal")} }`);
  const error = await asked.error("SELECT name_of(x) FROM (VALUES ('a'), ('hang')) v(x)");
  expect(error.message).toMatch(/^name_of\('hang'\) failed for row 2: no answer within 60 ms/);
  await expect.poll(() => aborted).toBe(1);
});

test("failed calls are tried again", async () => {
  await asked.define(`/** @retries 2 */
    export async function name_of(id: string): Promise<string> { ${get("id")} }`);
  failures = 2;
  expect(await asked.value("SELECT name_of('flaky')")).toBe("name flaky");
  expect(requests).toEqual(["flaky", "flaky", "flaky"]);
  failures = 3;
  expect((await asked.error("SELECT name_of('flaky1')")).message).toMatch(
    /^name_of\('flaky1'\) failed for row 1: status 503 \(line \d+ of the module\)$/,
  );
});

test("on_error null keeps the query alive and warns", async () => {
  await asked.define(`/** @on_error null */
    export async function name_of(id: string): Promise<string> { ${get("id")} }`);
  failures = 1;
  const sql = "SELECT name_of(x) FROM (VALUES ('a'), ('flaky')) v(x)";
  expect(await asked.rows(sql)).toEqual([["name a"], [null]]);
  failures = 1;
  expect(await asked.warnings(sql)).toEqual([
    expect.stringMatching(/^name_of failed once and gave NULL; first: name_of\('flaky'\) failed for row 2: status 503/),
  ]);
});

test("batches: one call for many rows", async () => {
  await asked.define(`
    import type { Column } from "weir-sql/udf";
    let calls = 0;
    /** @volatile */
    export function calls_made(): number { return calls }
    /** @batch 10 */
    export async function lengths(ids: Column<string>): Promise<Column<number>> {
      calls++;
      await null;
      return ids.map((id) => (id === null ? null : id.length));
    }
    export async function short(ids: Column<string>): Promise<Column<number>> { return [1] }
  `);
  expect(await asked.value("SELECT sum(lengths(repeat('x', i::INTEGER))) FROM range(25) t(i)")).toBe(300);
  expect(await asked.value("SELECT calls_made()")).toBe(3);
  expect((await asked.error("SELECT short(repeat('x', i::INTEGER)) FROM range(5) t(i)")).message).toMatch(
    /failed for row 1: it returned a column of 1 rows for 5 rows/,
  );
});

test("a result of the wrong type names the row", async () => {
  await asked.define(`export async function odd(x: number): Promise<number> { return x === 2 ? ("two" as never) : x }`);
  expect((await asked.error("SELECT odd(i) FROM range(4) t(i)")).message).toBe(
    "odd(2) failed for row 3: it returned 'two', and its signature says number",
  );
});

test("a body in SQL that awaits is asynchronous", async () => {
  await asked.session.run(
    `CREATE OR REPLACE FUNCTION asks(id VARCHAR) RETURNS VARCHAR LANGUAGE typescript WITH ('timeout' = '5s', 'concurrency' = 2) AS $body$ ${get("id")} $body$`,
  );
  expect(await asked.value("SELECT asks('z')")).toBe("name z");
});
