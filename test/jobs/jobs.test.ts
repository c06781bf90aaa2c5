import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { JobFigures } from "../../src/jobs/job.ts";
import { Session } from "../../src/session.ts";
import { compareRows, readRows } from "./kill-harness.ts";

let folder: string;
const sessions: Session[] = [];
const notices: string[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-jobs-"));
  notices.length = 0;
});
afterEach(async () => {
  for (const session of sessions.splice(0)) await session.close();
  rmSync(folder, { recursive: true });
});

function open(): Session {
  const session = new Session({ cwd: folder, threads: 1, timeZone: "UTC", notify: (message) => notices.push(message) });
  sessions.push(session);
  return session;
}

/** Runs statements and gives the message of the last one. */
async function say(session: Session, sql: string): Promise<string> {
  let message = "";
  await session.run(sql, {
    onOutput: ({ output }) => (message = "message" in output ? output.message : "text" in output ? output.text : ""),
  });
  return message;
}

const SOURCE = `SET checkpoint_interval = '50 milliseconds';
  CREATE STREAM s (ts TIMESTAMP, k VARCHAR, v BIGINT, WATERMARK FOR ts AS ts)
    WITH (connector = 'generator', rows = 20000, rows_per_second = 20000, start_time = '2024-01-01 00:00:00', time_step = '1 ms');`;
const SINK = "CREATE STREAM out WITH (connector = 'file', path = 'out.json');";
const JOB = "CREATE JOB j AS INSERT INTO out SELECT k, v FROM s WHERE v % 2 = 0;";
const job = (name = "j"): string => join(folder, ".weir", "jobs", name);
const stored = (name = "j") => JSON.parse(readFileSync(join(job(name), "job.json"), "utf8"));

async function figures(session: Session, name = "j"): Promise<JobFigures> {
  return (await session.jobs.get(name)).job!.figures();
}

async function until(condition: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** Rows that the sink has too few or too many of, against the query in one go. */
async function differences(query = "SELECT k, v FROM s WHERE v % 2 = 0") {
  const session = open();
  await session.run(`${SOURCE} CREATE STREAM expected WITH (connector = 'file', path = 'expected.json'); INSERT INTO expected ${query}`);
  return compareRows(readRows(join(folder, "expected.json")), readRows(join(folder, "out.json")));
}

const NONE = { lost: [], repeated: [] };

describe("the life of a job", () => {
  test("runs in the background to its end, with checkpoints, and writes what the query gives", async () => {
    const session = open();
    expect(await say(session, SOURCE + SINK + JOB)).toBe("job j runs: exactly-once");
    expect((await session.query("SELECT 1 AS x")).rowCount).toBe(1);
    const [end] = await session.jobs.atRest();
    expect(end).toMatchObject({ state: "finished", rowsIn: 20_000, restarts: 0, checkpointsFailed: 0 });
    expect(end.checkpoint!.number).toBeGreaterThan(3);
    expect(stored().state).toBe("finished");
    expect(await differences()).toEqual(NONE);
    await expect(say(session, "RESUME JOB j")).rejects.toThrow(/has finished/);
  });

  test("pauses at a checkpoint, goes on in the same session, and again in another one that knows nothing", async () => {
    const first = open();
    await say(first, SOURCE + SINK + JOB);
    await until(async () => (await figures(first)).rowsIn > 2000);
    expect(await say(first, "PAUSE JOB j")).toMatch(/^job j is paused at checkpoint \d+$/);
    const before = (await figures(first)).rowsOut;
    expect(readRows(join(folder, "out.json")).length).toBe(before);
    expect(await say(first, "RESUME JOB j")).toMatch(/^job j runs from checkpoint \d+: exactly-once$/);
    await until(async () => (await figures(first)).rowsIn > 6000);
    await first.close();
    expect(stored().state).toBe("running");
    const second = open();
    expect(await say(second, "RESUME JOB J")).toMatch(/^job j runs from checkpoint/);
    const [end] = await second.jobs.atRest();
    expect(end).toMatchObject({ state: "finished", rowsIn: 20_000 });
    expect(await differences()).toEqual(NONE);
  });

  test("stops with a savepoint, which stays", async () => {
    const session = open();
    await say(session, SOURCE + SINK + JOB);
    await until(async () => (await figures(session)).rowsIn > 2000);
    const message = await say(session, "STOP JOB j WITH SAVEPOINT");
    expect(message).toMatch(/^job j is stopped at checkpoint (\d+), kept as savepoint-\1$/);
    await expect(say(session, "PAUSE JOB j")).rejects.toMatchObject({ hint: "it is stopped; RESUME JOB j" });
    await say(session, "RESUME JOB j");
    await session.jobs.atRest();
    expect(readdirSync(join(job(), "savepoints"))).toHaveLength(1);
    expect(await differences()).toEqual(NONE);
  });

  test("is dropped with its folder; what was written stays", async () => {
    const session = open();
    await say(session, SOURCE + SINK + JOB);
    await until(async () => (await figures(session)).rowsOut > 0);
    expect(await say(session, "DROP JOB j")).toBe("dropped job j");
    expect(existsSync(job())).toBe(false);
    expect(existsSync(join(folder, "out.json"))).toBe(true);
    await expect(say(session, "DROP JOB j")).rejects.toThrow('job "j" does not exist');
    expect(await say(session, "DROP JOB IF EXISTS j")).toBe("nothing to drop");
  });

  test("goes on by CREATE JOB IF NOT EXISTS, so that a script can be run again", async () => {
    const script = SOURCE + SINK + JOB.replace("JOB j", "JOB IF NOT EXISTS j");
    const first = open();
    await say(first, script);
    await until(async () => (await figures(first)).rowsIn > 2000);
    await first.close();
    const second = open();
    expect(await say(second, script)).toMatch(/^job j runs from checkpoint/);
    await second.jobs.atRest();
    expect(await differences()).toEqual(NONE);
    const other = JOB.replace("JOB j", "JOB IF NOT EXISTS j").replace("% 2", "% 3");
    await expect(say(second, other)).rejects.toThrow(/exists already, with another query/);
  });

  test("keeps what its query was planned under: settings, parameters, views", async () => {
    const first = open();
    await first.run(
      `${SOURCE}${SINK} SET TimeZone = 'Asia/Tokyo'; CREATE VIEW evens AS SELECT * FROM s WHERE v % 2 = 0;
       CREATE JOB j AS INSERT INTO out (k, v, day) SELECT k, v + $more, CAST(TIMESTAMPTZ '2024-01-01 20:00:00+00' AS DATE) FROM evens`,
      { parameters: { more: 10n } },
    );
    await until(async () => (await figures(first)).rowsOut > 100);
    await first.close();
    const second = open();
    await say(second, "RESUME JOB j");
    await second.jobs.atRest();
    expect((await second.jobs.get("j")).stored.parameters).toEqual({ more: 10n });
    expect(await differences("SELECT k, v + 10 AS v, DATE '2024-01-02' AS day FROM s WHERE v % 2 = 0")).toEqual(NONE);
  });
});

describe("what is refused", () => {
  test.each([
    ["CREATE JOB j AS INSERT INTO out SELECT k, count(*) FROM s GROUP BY k", /updates rows it has given/],
    ["CREATE JOB j AS INSERT INTO out SELECT 1 AS x", /reads tables only/],
    ["CREATE JOB j AS INSERT INTO s2 SELECT k FROM s", /"s2" has no sink|"s2" does not exist/],
    ["CREATE JOB j AS INSERT INTO out SELECT k FROM s FOR INTERVAL '1' SECOND", /runs until it is stopped/],
    ["CREATE JOB j WITH (checkpoint_intervall = '1s') AS INSERT INTO out SELECT k FROM s", /a job has no property "checkpoint_intervall"/],
    ["CREATE JOB j AS INSERT INTO out SELECT k, v FROM s ORDER BY v EMIT FINAL", /cannot keep the state of an ORDER BY/],
    ["RESUME JOB nope", /job "nope" does not exist/],
    ["PAUSE JOB nope", /job "nope" does not exist/],
    ["DESCRIBE JOB nope", /job "nope" does not exist/],
  ])("%s", async (sql, message) => {
    const session = open();
    await say(session, SOURCE + SINK);
    await expect(say(session, sql)).rejects.toThrow(message);
    expect(existsSync(job())).toBe(false);
  });

  test("a name that is nearly right is suggested", async () => {
    const session = open();
    await say(session, SOURCE + SINK + JOB.replace("JOB j", "JOB enrich"));
    await expect(say(session, "PAUSE JOB enrih")).rejects.toMatchObject({ hint: 'did you mean "enrich"?' });
  });

  test("a second job of a name, unless it replaces the first", async () => {
    const session = open();
    await say(session, SOURCE + SINK + JOB);
    await expect(say(session, JOB)).rejects.toThrow('job "j" exists already');
    expect(await say(session, JOB.replace("CREATE", "CREATE OR REPLACE"))).toBe("job j runs: exactly-once");
    expect(stored().restarts).toBe(0);
  });

  test("a folder that another session works in; one that a dead process left is taken over", async () => {
    const first = open();
    await say(first, SOURCE + SINK + JOB);
    const second = open();
    await expect(say(second, "RESUME JOB j")).rejects.toThrow(/at work already by another session of this process/);
    await expect(say(second, "DROP JOB j")).rejects.toThrow(/at work already/);
    const lock = join(job(), "lock");
    const holder = JSON.parse(readFileSync(lock, "utf8"));
    await first.close();
    expect(existsSync(lock)).toBe(false);
    // The same process id, begun at another time: that process is dead, and its number was given again.
    writeFileSync(lock, JSON.stringify({ ...holder, pid: process.ppid, token: "dead", started: "1" }));
    expect(await say(second, "RESUME JOB j")).toMatch(/^job j runs from/);
    await second.close();
    writeFileSync(lock, JSON.stringify({ ...holder, host: "elsewhere", token: "x" }));
    const third = open();
    await expect(say(third, "RESUME JOB j")).rejects.toThrow(/on elsewhere/);
    rmSync(lock);
  });

  test("a stream that was declared otherwise since", async () => {
    const first = open();
    await say(first, SOURCE + SINK + JOB);
    await first.close();
    const second = open();
    await say(second, `${SOURCE.replace("rows = 20000", "rows = 10")}`);
    await expect(say(second, "RESUME JOB j")).rejects.toThrow(/job "j" was made with another stream "s"/);
    expect(await say(second, "DROP STREAM s; RESUME JOB j")).toMatch(/^job j runs/);
  });

  test("checkpoints of another plan", async () => {
    const first = open();
    await say(first, SOURCE + SINK + JOB);
    await until(async () => (await figures(first)).rowsOut > 0);
    await first.close();
    const path = join(job(), "job.json");
    writeFileSync(path, readFileSync(path, "utf8").replace("v % 2 = 0", "v % 2 = 1"));
    await expect(say(open(), "RESUME JOB j")).rejects.toThrow(/was made with another plan/);
  });

  test("job files that are damaged", async () => {
    const first = open();
    await say(first, SOURCE + SINK + JOB);
    await first.close();
    writeFileSync(join(job(), "job.json"), '{"format": 1, "name": "j"}');
    await expect(say(open(), "RESUME JOB j")).rejects.toThrow(/job.json cannot be read/);
  });
});

describe("what goes wrong while it runs", () => {
  test("an error that comes again fails the job, and says why", async () => {
    const session = open();
    await say(session, `${SOURCE}${SINK} CREATE JOB j AS INSERT INTO out SELECT CAST(k || 'x' AS BIGINT) AS n FROM s`);
    const [end] = await session.jobs.atRest();
    expect(end.state).toBe("failed");
    expect(end.error).toMatch(/convert|cast/i);
    expect(notices.join("\n")).toMatch(/job j failed/);
    expect(stored()).toMatchObject({ state: "failed", restarts: 0 });
  });

  test("what may go better is tried again, from the last checkpoint", async () => {
    const got = new Set<number>();
    let refusals = 2;
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (data) => (body += data));
      request.on("end", () => {
        const refused = got.size > 2000 && refusals-- > 0;
        if (!refused) for (const line of body.split("\n").filter(Boolean)) got.add(JSON.parse(line).v);
        response.writeHead(refused ? 400 : 200).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const session = open();
    const message = await say(
      session,
      `${SOURCE.replace("WITH (", "WITH (v.distribution = 'sequence', v.range = '[0, 20000]', ")}
       CREATE STREAM posted WITH (connector = 'http', url = 'http://127.0.0.1:${port}/');
       CREATE JOB j AS INSERT INTO posted SELECT v FROM s`,
    );
    expect(message).toMatch(/^job j runs: at-least-once: after a crash posted may repeat rows/);
    await until(async () => (await figures(session)).restarts === 1);
    expect((await figures(session)).state).toBe("restarting");
    const [end] = await session.jobs.atRest();
    server.close();
    expect(end).toMatchObject({ state: "finished", restarts: 2, rowsIn: 20_000 });
    expect(notices.join("\n")).toMatch(/job j restarts from its last checkpoint in 1 s: cannot post rows/);
    expect(got.size).toBe(20_000);
  });

  test("a checkpoint that is damaged is passed over, with a notice", async () => {
    const first = open();
    await say(first, SOURCE + SINK + JOB);
    await until(async () => (await figures(first)).checkpoint!.number > 2);
    await first.close();
    const manifests = readdirSync(join(job(), "checkpoints")).filter((name) => name.endsWith(".json"));
    const last = manifests.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10))[0];
    writeFileSync(join(job(), "checkpoints", last), "garbage");
    const second = open();
    await say(second, "RESUME JOB j");
    expect(notices.join("\n")).toMatch(/checkpoint \d+ is damaged and left out/);
    await second.jobs.atRest();
    expect(await differences()).toEqual(NONE);
  });
});

describe("what is shown", () => {
  test("SHOW JOBS, DESCRIBE JOB, EXPLAIN ANALYZE JOB", async () => {
    const session = open();
    await say(session, SOURCE + SINK + JOB);
    await until(async () => (await figures(session)).checkpoint!.number > 1);
    const rows = await session.query("SHOW JOBS");
    expect(rows.schema.map(({ name }) => name)).toContain("checkpoint_bytes");
    expect(rows.rowCount).toBe(1);
    expect((await session.query("SHOW JOBS LIKE 'x%'")).rowCount).toBe(0);
    expect((await session.query("DESCRIBE JOB j")).rowCount).toBeGreaterThan(12);
    expect(await say(session, "EXPLAIN JOB j")).not.toMatch(/rows=/);
    expect(await say(session, "EXPLAIN ANALYZE JOB j")).toMatch(/stream-scan rows=\d+/);
    expect(JSON.parse(await say(session, "EXPLAIN ANALYZE (FORMAT JSON) JOB j")).plan.metrics.rowsOut).toBeGreaterThan(0);
    await session.close();
    const other = open();
    expect((await other.query("SHOW JOBS")).rowCount).toBe(1);
    expect((await other.query("DESCRIBE JOB j")).rowCount).toBeGreaterThan(8);
  });

  test("what a crash would do is said when a job is made", async () => {
    const session = open();
    const message = await say(
      session,
      `${SOURCE} CREATE STREAM shown WITH (connector = 'console'); CREATE JOB j AS INSERT INTO shown SELECT k FROM s WHERE v < 0`,
    );
    expect(message).toMatch(/^job j runs: at-(least|most)-once: .*shown/);
  });
});
