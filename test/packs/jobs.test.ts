import { appendFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { Session, valueAt } from "../../src/index.ts";
import { testFolder, writePack } from "./folders.ts";

const folder = testFolder();
const open = () => new Session({ timeZone: "UTC", threads: 1, cwd: folder.path });
const lines = (from: number, to: number) =>
  Array.from(
    { length: to - from },
    (_, i) => `${new Date(Date.UTC(2024, 0, 1) + (from + i) * 1000).toISOString()},${100 + ((from + i) % 13)}\n`,
  ).join("");
const written = (name: string, rows: number) =>
  vi.waitFor(
    () => {
      const file = join(folder.path, name);
      const there = existsSync(file) ? readFileSync(file, "utf8").split("\n").length - 2 : 0;
      if (there < rows) throw new Error(`${there} of ${rows} rows`);
    },
    { timeout: 60_000, interval: 100 },
  );

it("a job goes on in a session that has loaded nothing, with the state of the pack's functions", async () => {
  const files = { "a.ts": "export const twice = (x: number): number => 2 * x;\n" };
  const pack = writePack(join(folder.path, "mine"), { name: "mine", files });
  writeFileSync(join(folder.path, "in.csv"), `ts,p\n${lines(0, 300)}`);
  const first = open();
  await first.run(`LOAD finance; LOAD './mine';
    CREATE STREAM i (ts TIMESTAMP, p DOUBLE, WATERMARK FOR ts AS ts) WITH (connector = 'file', path = 'in.csv', follow = true);
    CREATE STREAM o (ts TIMESTAMP, x DOUBLE) WITH (connector = 'file', path = 'out.csv');
    CREATE JOB j WITH (checkpoint_interval = '200 milliseconds') AS
      INSERT INTO o SELECT ts, mine.twice(finance.rsi(p) OVER (ORDER BY ts)) FROM i`);
  await written("out.csv", 250);
  await first.run("STOP JOB j");
  await first.close();

  appendFileSync(join(folder.path, "in.csv"), lines(300, 600));
  const second = open();
  await second.run("RESUME JOB j");
  await written("out.csv", 550);
  await second.run("STOP JOB j");
  await second.close();

  const third = open();
  const compared = await third.query(`LOAD finance;
    SELECT count(*) >= 550, max(abs(a.x - 2 * b.x)) FROM 'out.csv' AS a JOIN (SELECT ts, rsi(p) OVER (ORDER BY ts) AS x FROM 'in.csv') AS b USING (ts)`);
  expect(compared.batches[0].columns.map((column) => valueAt(column, 0))).toEqual([true, 0]);
  await third.close();

  rmSync(pack, { recursive: true });
  const fourth = open();
  await expect(fourth.run("RESUME JOB j")).rejects.toThrow(/there is no folder/);
  await fourth.close();
}, 180_000);

it("a running query takes over a pack that is loaded again, also where only a helper has changed", async () => {
  const pack = (k: number) =>
    writePack(join(folder.path, "scaled"), {
      name: "scaled",
      files: {
        "lib.ts": `export const k = ${k};\n`,
        "a.ts": 'import { k } from "./lib.ts";\nexport const f = (x: number): number => k * x;\n',
      },
    });
  pack(1);
  writeFileSync(join(folder.path, "in2.csv"), "x\n1\n2\n");
  const session = open();
  await session.run(`LOAD './scaled';
    CREATE STREAM i (x DOUBLE) WITH (connector = 'file', path = 'in2.csv', follow = true);
    CREATE STREAM o (y DOUBLE) WITH (connector = 'file', path = 'out2.csv');
    CREATE JOB scale WITH (checkpoint_interval = '100 milliseconds') AS INSERT INTO o SELECT scaled.f(x) FROM i`);
  await written("out2.csv", 2);
  pack(10);
  await session.run("LOAD './scaled'");
  appendFileSync(join(folder.path, "in2.csv"), "3\n4\n");
  await written("out2.csv", 4);
  await session.run("STOP JOB scale");
  await session.close();
  expect(readFileSync(join(folder.path, "out2.csv"), "utf8")).toBe("y\n1.0\n2.0\n30.0\n40.0\n");
}, 180_000);
