import {
  appendFileSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PropertyValue } from "../../src/connectors/properties.ts";
import { BIGINT, DOUBLE, INTEGER, type Schema, TIMESTAMP, VARCHAR } from "../../src/core/types.ts";
import { drain, hubs, openStream, rowsOf, take, testFolder } from "../streams/stream-kit.ts";

const folder = testFolder();
const hub = hubs();
let number = 0;

/** A folder for one test. */
function place(): string {
  const path = join(folder, `case ${number++}`);
  mkdirSync(path);
  return path;
}

const NUMBER: Schema = [{ name: "n", type: INTEGER }];
const line = (n: number) => `{"n":${n}}\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => line(from + i)).join("");
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => [from + i]);

const open = (cwd: string, properties: Record<string, PropertyValue>, columns: Schema | null = NUMBER, from?: unknown) =>
  openStream(hub().hub, { name: "s", ...(columns !== null && { columns }), properties: { connector: "file", ...properties } }, cwd, from);

describe("files read to their end", () => {
  test("columns are found as read_json and read_csv find them", async () => {
    const cwd = place();
    writeFileSync(join(cwd, "a.ndjson"), '{"ts":"2024-01-01T00:00:00Z","x":1.5}\n{"ts":"2024-01-01T00:00:01Z","x":2}');
    writeFileSync(join(cwd, "a.csv"), 'city,temp\nOslo,-3.5\n"Rio, de Janeiro",31\n');
    writeFileSync(join(cwd, "a.log"), "first\r\n\nlast");
    const json = await open(cwd, { path: "a.ndjson" }, null);
    expect(json.definition.schema.map(({ name }) => name)).toEqual(["ts", "x"]);
    expect(json.definition.endless).toBe(false);
    expect(drain(json.reader)).toMatchObject({
      rows: [
        [1704067200000000n, 1.5],
        [1704067201000000n, 2],
      ],
      state: "end",
    });
    const csv = await open(cwd, { path: "a.csv" }, null);
    expect(drain(csv.reader).rows).toEqual([
      ["Oslo", -3.5],
      ["Rio, de Janeiro", 31],
    ]);
    const raw = await open(cwd, { path: "a.log" }, null);
    expect(drain(raw.reader).rows).toEqual([["first"], [""], ["last"]]);
  });

  test("a header finds declared columns by name, and every file has one", async () => {
    const cwd = place();
    writeFileSync(join(cwd, "1.csv"), "b,a,c\n2,1,x\n");
    writeFileSync(join(cwd, "2.csv"), "b,a,c\n4,3,y\n");
    const { reader } = await open(cwd, { path: "*.csv" }, [
      { name: "a", type: BIGINT },
      { name: "b", type: DOUBLE },
    ]);
    expect(drain(reader).rows).toEqual([
      [1n, 2],
      [3n, 4],
    ]);
  });

  test("epochs become timestamps", async () => {
    const cwd = place();
    writeFileSync(join(cwd, "a.json"), '{"ts":1704067200123,"x":null}\n{"ts":null,"x":2}\n');
    const columns: Schema = [
      { name: "ts", type: TIMESTAMP },
      { name: "x", type: INTEGER },
    ];
    const { reader } = await open(cwd, { path: "a.json", timestamp_format: "epoch_ms" }, columns);
    expect(drain(reader).rows).toEqual([
      [1704067200123000n, null],
      [null, 2],
    ]);
  });

  test("of several files, the one whose time is furthest behind is read first", async () => {
    const cwd = place();
    const day = (d: number) =>
      Array.from({ length: 20_000 }, (_, i) => `{"ts":"2024-01-0${d}T00:00:00.${String(i).padStart(6, "0")}"}\n`).join("");
    for (const d of [2, 1, 3]) writeFileSync(join(cwd, `${d}.json`), day(d));
    const { hub: streams } = hub();
    const declaration = {
      name: "s",
      columns: [{ name: "ts", type: TIMESTAMP }],
      watermark: { column: "ts", delay: 0 },
      properties: { connector: "file", path: "*.json" },
    };
    const { pieces, rows } = drain((await openStream(streams, declaration, cwd)).reader);
    expect(rows.length).toBe(60_000);
    expect(pieces.some(({ batch }) => batch.watermarks !== undefined)).toBe(false);
    const marks = pieces.map(({ watermark }) => watermark ?? 0);
    expect([...marks].sort((a, b) => a - b)).toEqual(marks);
    expect(marks.at(-1)).toBe(Date.UTC(2024, 0, 3) * 1000 + 19_000);
  });

  test("a missing file is an error that names the nearest, and so is a folder", async () => {
    const cwd = place();
    writeFileSync(join(cwd, "trades.json"), line(1));
    await expect(open(cwd, { path: "trade.json" })).rejects.toMatchObject({ hint: 'did you mean "trades.json"?' });
    await expect(open(cwd, { path: "." })).rejects.toThrow("is a folder");
    await expect(open(cwd, { path: ".", follow: true })).rejects.toThrow("is a folder");
  });
});

describe("records that cannot be read", () => {
  test("go to the dead letters, with what they were and where", async () => {
    const cwd = place();
    writeFileSync(join(cwd, "a.json"), `${line(1)}{"n":"x"}\nnonsense\n${line(2)}${"[".repeat(300)}\n`);
    const { hub: streams } = hub();
    const { reader } = await openStream(
      streams,
      { name: "s", columns: NUMBER, properties: { connector: "file", path: "a.json", max_record_size: 200 } },
      cwd,
    );
    expect(drain(reader).rows).toEqual([[1], [2]]);
    const table = streams.deadLetters("s");
    expect(table.schema.map(({ name }) => name)).toEqual(["raw", "reason", "position", "at"]);
    const letters = table.batches.flatMap(rowsOf);
    expect(
      letters.map(([raw]) =>
        Buffer.from(raw as Uint8Array)
          .toString()
          .slice(0, 12),
      ),
    ).toEqual(['{"n":"x"}', "nonsense", "[".repeat(12)]);
    expect(letters[0][1]).toBe('"n": cannot read "x" as INTEGER');
    expect(letters[1][2]).toBe("a.json:18");
    expect(streams.figures("s")).toMatchObject({ rows: 2, deadLetters: 3 });
    expect(reader.warnings()[0]).toMatchObject({ rejectedCount: 3 });
  });

  test("are told of at once when they are most", async () => {
    const cwd = place();
    writeFileSync(join(cwd, "a.json"), Array.from({ length: 20_000 }, (_, i) => (i % 10 < 4 ? line(i) : "oops\n")).join(""));
    const { hub: streams, warnings } = hub();
    const { reader } = await openStream(
      streams,
      { name: "s", columns: NUMBER, properties: { connector: "file", path: "a.json", follow: true } },
      cwd,
    );
    reader.next(() => {});
    expect(warnings.map(({ message }) => message).join()).toContain("most records cannot be read");
    expect(drain(reader).state).toBe("waiting");
    expect(streams.figures("s").deadLetters).toBe(12_000);
  });
});

describe("files that are followed", () => {
  test("whole lines only, as they are written", async () => {
    const cwd = place();
    const path = join(cwd, "a.json");
    writeFileSync(path, `${lines(0, 3)}{"n":`);
    const { reader } = await open(cwd, { path: "a.json", follow: true });
    expect(drain(reader)).toMatchObject({ rows: numbers(0, 3), state: "waiting" });
    appendFileSync(path, `3}\n${line(4)}`);
    expect(await take(reader, 2)).toEqual(numbers(3, 5));
    appendFileSync(path, line(5));
    expect(await take(reader, 1)).toEqual(numbers(5, 6));
  });

  test("a file that is not there yet", async () => {
    const cwd = place();
    const { reader } = await open(cwd, { path: "later.json", follow: true });
    setTimeout(() => writeFileSync(join(cwd, "later.json"), lines(0, 2)), 20);
    expect(await take(reader, 2)).toEqual(numbers(0, 2));
  });

  test("rotation: the old file is read to its end, the new one from its start", async () => {
    const cwd = place();
    const path = join(cwd, "app.json");
    writeFileSync(path, lines(0, 2));
    const { reader } = await open(cwd, { path: "app.json", follow: true });
    expect(await take(reader, 2)).toEqual(numbers(0, 2));
    const old = openSync(path, "a");
    renameSync(path, join(cwd, "app.json.1"));
    writeSync(old, lines(2, 4));
    closeSync(old);
    writeFileSync(path, lines(4, 6));
    expect((await take(reader, 4)).sort()).toEqual(numbers(2, 6));
    appendFileSync(path, lines(6, 8));
    expect(await take(reader, 2)).toEqual(numbers(6, 8));
  });

  test("a renamed file that still matches is not read again", async () => {
    const cwd = place();
    writeFileSync(join(cwd, "app.json"), lines(0, 2));
    const { reader } = await open(cwd, { path: "app*.json", follow: true });
    expect(await take(reader, 2)).toEqual(numbers(0, 2));
    renameSync(join(cwd, "app.json"), join(cwd, "app-1.json"));
    writeFileSync(join(cwd, "app.json"), lines(2, 3));
    expect(await take(reader, 1)).toEqual(numbers(2, 3));
    expect(drain(reader).rows).toEqual([]);
  });

  test("copy and truncate", async () => {
    const cwd = place();
    const path = join(cwd, "app.json");
    writeFileSync(path, lines(0, 3));
    const { reader } = await open(cwd, { path: "app.json", follow: true });
    expect(await take(reader, 3)).toEqual(numbers(0, 3));
    copyFileSync(path, `${path}.1`);
    truncateSync(path);
    appendFileSync(path, lines(3, 4));
    expect(await take(reader, 1)).toEqual(numbers(3, 4));
  });

  test("new files of a glob, and folders that come with them", async () => {
    const cwd = place();
    writeFileSync(join(cwd, "1.json"), lines(0, 1));
    const { reader } = await open(cwd, { path: "*.json", follow: true });
    expect(await take(reader, 1)).toEqual(numbers(0, 1));
    writeFileSync(join(cwd, "2.json"), lines(1, 3));
    expect(await take(reader, 2)).toEqual(numbers(1, 3));
    rmSync(join(cwd, "1.json"));
    writeFileSync(join(cwd, "3.json"), lines(3, 4));
    expect(await take(reader, 1)).toEqual(numbers(3, 4));
  });

  test("from the end, where that is asked for", async () => {
    const cwd = place();
    const path = join(cwd, "a.json");
    writeFileSync(path, `${lines(0, 3)}{"n":`);
    const { hub: streams } = hub();
    const definition = await streams.declare(
      { name: "s", columns: NUMBER, properties: { connector: "file", path, follow: true } },
      { cwd },
    );
    const reader = streams.open({ ...definition.spec, start: "latest" }, { columns: [0] });
    expect(drain(reader).rows).toEqual([]);
    appendFileSync(path, `7}\n${line(8)}`);
    expect(await take(reader, 2)).toEqual([[7], [8]]);
  });
});

describe("positions", () => {
  test("a reader that goes on gives what the other had still to give, wherever it stopped", async () => {
    const cwd = place();
    const path = join(cwd, "a.csv");
    const text = Array.from({ length: 3000 }, (_, i) => `${i},"row ""${i}""\nand on"\n`).join("");
    writeFileSync(path, `n,t\n${text}`);
    const columns: Schema = [
      { name: "n", type: INTEGER },
      { name: "t", type: VARCHAR },
    ];
    const all = drain((await open(cwd, { path: "a.csv" }, columns)).reader).rows;
    expect(all.length).toBe(3000);
    const first = await open(cwd, { path: "a.csv" }, columns);
    for (let seen = 0; ; ) {
      const position = structuredClone(first.reader.position());
      const { reader } = await open(cwd, { path: "a.csv" }, columns, position);
      expect(drain(reader).rows).toEqual(all.slice(seen));
      const piece = first.reader.next(() => {});
      if (typeof piece === "string") break;
      seen += piece.batch.length;
    }
  });

  test("hold through rotation and rewriting", async () => {
    const cwd = place();
    const path = join(cwd, "app.json");
    writeFileSync(path, lines(0, 3));
    const { reader } = await open(cwd, { path: "app*.json", follow: true });
    expect(await take(reader, 3)).toEqual(numbers(0, 3));
    const position = structuredClone(reader.position());
    reader.close();
    appendFileSync(path, lines(3, 4));
    renameSync(path, join(cwd, "app-1.json"));
    writeFileSync(path, lines(4, 6));
    const resumed = await open(cwd, { path: "app*.json", follow: true }, NUMBER, position);
    expect(drain(resumed.reader).rows.sort()).toEqual(numbers(3, 6));
    // Another file under the old name is read from its start
    writeFileSync(join(cwd, "other.json"), lines(10, 13));
    renameSync(join(cwd, "other.json"), path);
    rmSync(join(cwd, "app-1.json"));
    const again = await open(cwd, { path: "app*.json", follow: true }, NUMBER, position);
    expect(drain(again.reader).rows).toEqual(numbers(10, 13));
  });

  test("any way of writing, any place to stop: nothing lost, nothing twice", { timeout: 60_000 }, async () => {
    const cwd = place();
    let file = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 10, max: 150 }), { minLength: 1, maxLength: 6 }), fc.nat(5), async (pieces, stopAt) => {
        const name = `p${file++}.json`;
        const text = Buffer.from(lines(0, 60));
        writeFileSync(join(cwd, name), "");
        let { reader } = await open(cwd, { path: name, follow: true });
        const seen: unknown[] = [];
        let at = 0;
        for (let i = 0; at < text.length; i++) {
          const size = pieces[i % pieces.length];
          appendFileSync(join(cwd, name), text.subarray(at, at + size));
          at += size;
          if (i === stopAt) {
            const position = structuredClone(reader.position());
            reader.close();
            ({ reader } = await open(cwd, { path: name, follow: true }, NUMBER, position));
          }
          // What changed is told by an event that has not come yet: look anew
          const look = structuredClone(reader.position());
          reader.close();
          ({ reader } = await open(cwd, { path: name, follow: true }, NUMBER, look));
          seen.push(...drain(reader).rows);
        }
        reader.close();
        expect(seen).toEqual(numbers(0, 60));
      }),
      { numRuns: 10 },
    );
  });
});
