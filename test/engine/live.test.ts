import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type EngineClient, type LiveOutput, type LivePicture, type StatementResult, startEngine } from "../../src/index.ts";

let engine: EngineClient;
beforeAll(async () => {
  engine = await startEngine({ timeZone: "UTC" });
  await run(`CREATE STREAM ticks (ts TIMESTAMP, symbol VARCHAR, price DOUBLE, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
    WITH (connector = 'generator', rows_per_second = 1000)`);
});
afterEach(async () => {
  await engine.stopLive();
});
afterAll(() => engine.close());

const TABLE = { kind: "table", maxRows: 10 } as const;

async function run(code: string, options: { cell?: number; name?: string; unattended?: boolean } = {}) {
  const results: StatementResult[] = [];
  const lives: LiveOutput[] = [];
  const outcome = await engine.run(
    { code, ...options },
    { onResult: (result) => results.push(result), onLive: (live) => lives.push(live) },
  );
  return { results, lives, error: outcome.error?.message };
}

/** Where a chart has its points. */
function xsOf(picture: LivePicture | undefined): number[] {
  const data = picture?.chart?.spec.data as { values: { x: number }[] } | undefined;
  return data?.values.map((value) => value.x) ?? [];
}

/** Pictures until one is as wanted. */
async function pictureWhere(live: LiveOutput, wanted: (picture: LivePicture) => boolean): Promise<LivePicture> {
  for (;;) {
    const picture = await live.next(TABLE);
    if (picture === undefined) throw new Error("the query ended before");
    if (wanted(picture)) return picture;
  }
}

it("a query without an end gives its run back at once, and pictures when they are asked for", async () => {
  const { results, lives, error } = await run("SELECT * FROM ticks", { cell: 4 });
  expect(error).toBeUndefined();
  expect(results).toMatchObject([{ statement: "query", live: "q4" }]);
  expect(lives).toMatchObject([{ name: "q4", held: false, span: { start: 0, end: 19 } }]);
  const first = await lives[0].next(TABLE);
  expect(first?.table?.columns.map((column) => column.name)).toEqual(["ts", "symbol", "price"]);
  const later = await pictureWhere(lives[0], (picture) => picture.rowCount > 50);
  expect(later.table?.rows).toHaveLength(10);
  expect(later.table?.isTail).toBe(true);
  expect(later.watermark).toMatch(/^2\d\d\d-\d\d-\d\d /);
});

it("a stopped query gives one last picture, and then none", async () => {
  const { lives } = await run("SELECT * FROM ticks");
  await lives[0].next(TABLE);
  lives[0].stop();
  expect((await pictureWhere(lives[0], (picture) => picture.state !== "running")).state).toBe("stopped");
  expect(await lives[0].next(TABLE)).toBeUndefined();
});

it("queries stop by name, or all", async () => {
  await run("SELECT * FROM ticks", { name: "one" });
  await run("SELECT price FROM ticks", { name: "two" });
  await run("SELECT symbol FROM ticks", { name: "three" });
  expect(await engine.stopLive("ONE")).toEqual(["one"]);
  expect(await engine.stopLive()).toEqual(["two", "three"]);
  await expect(engine.stopLive("four")).rejects.toThrow('there is no query "four"');
});

it("a chart's picture has its data within the points asked for; a wrong option rejects", async () => {
  const { lives } = await run("SELECT ts, price FROM ticks");
  await pictureWhere(lives[0], (picture) => picture.rowCount > 1500);
  const drawn = await lives[0].next({ kind: "chart", options: "line x=ts y=price", maxPoints: 200 });
  expect(xsOf(drawn).length).toBeGreaterThan(50);
  expect(xsOf(drawn).length).toBeLessThanOrEqual(200);
  await expect(lives[0].next({ kind: "chart", options: "line x=nope", maxPoints: 200 })).rejects.toThrow('no column "nope"');
});

it("the part of a chart that is looked at gets all its points", async () => {
  const { lives } = await run("SELECT ts, price FROM ticks");
  await pictureWhere(lives[0], (picture) => picture.rowCount > 1500);
  const view = { kind: "chart", options: "line x=ts y=price", maxPoints: 200 } as const;
  const whole = xsOf(await lives[0].next(view));
  const range = [whole[10], whole[10] + 40] as const;
  const part = xsOf(await lives[0].next({ ...view, range })).filter((x) => x >= range[0] && x <= range[1]);
  expect(part.length).toBeGreaterThan(whole.filter((x) => x >= range[0] && x <= range[1]).length);
});

it("an interrupt ends a held query well, and leaves what is live alone", async () => {
  const { lives } = await run("SELECT price FROM ticks", { name: "background" });
  const held: LiveOutput[] = [];
  const running = engine.run({ code: "SELECT * FROM ticks FOR INTERVAL '1' HOUR", cell: 9 }, { onLive: (live) => held.push(live) });
  while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await pictureWhere(held[0], (picture) => picture.rowCount > 10);
  expect(held[0].held).toBe(true);
  await engine.interrupt();
  expect((await running).status).toBe("ok");
  const kept = await run("SELECT count(*) > 10 FROM _9");
  expect(kept.results[0].table?.rows).toEqual([["true"]]);
  const before = (await lives[0].next(TABLE))?.rowCount ?? 0;
  await pictureWhere(lives[0], (picture) => picture.rowCount > before + 100);
});

it("an interrupt of a batch query leaves what is live alone", async () => {
  const { lives } = await run("SELECT price FROM ticks");
  const batch = run("SELECT count(*) FROM range(100000000000)");
  await new Promise((resolve) => setTimeout(resolve, 200));
  await engine.interrupt();
  expect((await batch).error).toBe("query interrupted");
  const before = (await lives[0].next(TABLE))?.rowCount ?? 0;
  await pictureWhere(lives[0], (picture) => picture.rowCount > before + 100);
});

it("unattended, a query without an end holds its run and ends after the setting, with a warning", async () => {
  await run("SET live_seconds_unattended = 1");
  const { results, lives, error } = await run("SELECT * FROM ticks", { unattended: true });
  await run("RESET live_seconds_unattended");
  expect(error).toBeUndefined();
  expect(lives[0].held).toBe(true);
  expect(results[0].warnings.join()).toContain("ends after 1 s");
  expect((await pictureWhere(lives[0], (picture) => picture.state !== "running")).state).toBe("stopped");
});

it("of windows that may change, the latest are shown, those still open marked", async () => {
  const { lives } = await run(`SELECT window_start, window_end, symbol, count(*) AS n
    FROM TUMBLE(TABLE ticks, DESCRIPTOR(ts), INTERVAL '200' MILLISECOND) GROUP BY ALL EMIT CHANGES`);
  const picture = await pictureWhere(lives[0], ({ rowCount, table }) => rowCount > 40 && table?.open !== undefined);
  expect(picture.table).toMatchObject({ isTail: true, firstCloses: expect.stringMatching(/^2\d\d\d-/) });
  expect(picture.table?.open?.at(-1)).toBe(true);
  const starts = picture.table?.rows.map((row) => String(row[0])) ?? [];
  expect(starts).toHaveLength(10);
  expect(starts.at(-1) === [...starts].sort().at(-1)).toBe(true);
});
