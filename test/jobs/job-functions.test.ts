import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Session } from "../../src/index.ts";

/** Jobs that call functions of the user's own, from session to session. */

let folder: string;
let notices: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-job-functions-"));
  notices = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = () => new Session({ cwd: folder, threads: 1, timeZone: "UTC", notify: (message) => notices.push(message) });

const SCALAR = (by: number) => `CREATE OR REPLACE FUNCTION plus(x BIGINT) RETURNS BIGINT LANGUAGE typescript AS $$ return x + ${by}n $$`;
const AGGREGATE = (by: number) => `CREATE OR REPLACE FUNCTIONS LANGUAGE typescript AS $$
  export const total = { init: () => ({ n: 0 }), add(s: { n: number }, x: number) { s.n += x * ${by} }, value(s: { n: number }): number { return s.n } };
$$`;
const STREAMS = `SET checkpoint_interval = '50 milliseconds';
  CREATE STREAM s (v BIGINT) WITH (connector = 'generator', rows = 6000, rows_per_second = 3000, v.distribution = 'sequence', v.range = '[0, 100000]');
  CREATE STREAM out WITH (connector = 'file', path = 'out.json')`;
const scalarJob = "CREATE JOB j AS INSERT INTO out SELECT plus(v) AS v FROM s";
const aggregateJob = "CREATE JOB j AS INSERT INTO out SELECT total(v) AS t FROM s EMIT FINAL";

const rows = (): { v?: number; t?: number }[] =>
  readFileSync(join(folder, "out.json"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));

async function someRows(session: Session): Promise<void> {
  while ((session.jobs.all()[0]?.rowsIn ?? 0) < 500) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function first(statements: string): Promise<void> {
  const session = open();
  try {
    await session.run(statements);
    await someRows(session);
    await session.run("PAUSE JOB j");
  } finally {
    await session.close();
  }
}

/** Runs statements in another session, resumes the job there, and waits for its end. */
async function resume(before = ""): Promise<void> {
  const session = open();
  try {
    await session.run(`${before}; RESUME JOB j`);
    const [job] = await session.jobs.atRest();
    expect(job).toMatchObject({ state: "finished", error: undefined });
  } finally {
    await session.close();
  }
}

it("a session that knows nothing of its functions defines them", async () => {
  await first(`${SCALAR(1)}; ${STREAMS}; ${scalarJob}`);
  await resume();
  expect(rows().map(({ v }) => v)).toEqual(Array.from({ length: 6000 }, (_, i) => i + 1));
  expect(notices).toEqual([]);
});

it("the state of an aggregate goes on", async () => {
  await first(`${AGGREGATE(1)}; ${STREAMS}; ${aggregateJob}`);
  await resume();
  expect(rows()).toEqual([{ t: (5999 * 6000) / 2 }]);
});

it("a scalar function that has changed is taken, with a notice", async () => {
  await first(`${SCALAR(1)}; ${STREAMS}; ${scalarJob}`);
  await resume(SCALAR(1_000_000));
  const values = rows().map(({ v }) => v!);
  const changed = values.findIndex((v) => v >= 1_000_000);
  expect(values).toEqual(Array.from({ length: 6000 }, (_, i) => i + (i < changed ? 1 : 1_000_000)));
  expect(changed).toBeGreaterThan(0);
  expect(notices).toEqual(["job j: function plus has changed since the last checkpoint: the job goes on with the present one"]);
});

it("an aggregate that has changed is refused, with how it was; defined so again the job goes on", async () => {
  await first(`${AGGREGATE(1)}; ${STREAMS}; ${aggregateJob}`);
  await expect(resume(AGGREGATE(2))).rejects.toMatchObject({
    message: 'the state of job "j" was made by another aggregate "total"',
    hint: expect.stringContaining("x * 1"),
  });
  await resume(AGGREGATE(1));
  expect(rows()).toEqual([{ t: (5999 * 6000) / 2 }]);
});

it("what was redefined while it ran is what another session defines", async () => {
  const session = open();
  await session.run(`${SCALAR(1)}; ${STREAMS}; ${scalarJob}`);
  await someRows(session);
  await session.run(SCALAR(1_000_000));
  const before = session.jobs.all()[0].rowsIn;
  while (session.jobs.all()[0].rowsIn < before + 500) await new Promise((resolve) => setTimeout(resolve, 5));
  await session.run("PAUSE JOB j");
  await session.close();
  await resume();
  const values = rows().map(({ v }) => v!);
  const changed = values.findIndex((v) => v >= 1_000_000);
  expect(values).toEqual(Array.from({ length: 6000 }, (_, i) => i + (i < changed ? 1 : 1_000_000)));
  expect(notices).toEqual([]);
});
