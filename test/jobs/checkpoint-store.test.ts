import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { VARCHAR } from "../../src/core/types.ts";
import { type DictionaryVector, makeDictionary } from "../../src/core/vector.ts";
import type { DriverSnapshot } from "../../src/exec/driver.ts";
import { type CheckpointContent, CheckpointStore } from "../../src/jobs/checkpoint-store.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "weir-checkpoints-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Parts = Readonly<Record<string, { version: number; data: unknown }>>;

/** What a driver gives: `calls` gets the ids of the parts that were asked for their data. */
function content(time: number, parts: Parts, calls: string[] = [], rest: Partial<DriverSnapshot> = {}): CheckpointContent {
  const snapshot: DriverSnapshot = {
    operators: [
      {
        id: "0:sum",
        parts: Object.entries(parts).map(([id, { version, data }]) => ({
          id,
          version,
          data: () => {
            calls.push(id);
            return data;
          },
        })),
      },
    ],
    sources: [{ id: "1:scan", position: { file: "a.csv", offset: 10n, seen: new Uint32Array([1, 2]) }, watermark: 12.5 }],
    ended: [],
    ...rest,
  };
  return { time, plan: "p", snapshot, sink: { length: 7 }, counts: { rowsIn: 5, rowsOut: 3 }, uses: [], complete: false };
}

const files = (sub: string) => readdirSync(join(folder, "checkpoints", sub)).filter((name) => name !== "parts");
const fail = (message: string) => {
  throw new Error(`unexpected warning: ${message}`);
};

async function readBack(warn: (message: string) => void = fail) {
  const store = await CheckpointStore.open(folder);
  const found = await store.read(warn);
  return { store, found, parts: found?.restore.operators.get("0:sum") };
}

test("what was written is read back, in a new store", async () => {
  const store = await CheckpointStore.open(folder);
  expect(await store.read(fail)).toBeUndefined();
  const data = { counts: new Float64Array([1, -0, Number.NaN]), keys: ["a", undefined, null], big: 2n ** 70n, at: new Map([[1, "x"]]) };
  await store.write(content(17, { a: { version: 1, data } }, [], { ended: ["3:filter"], sources: [] }));
  const { found, parts } = await readBack();
  expect(parts?.get("a")).toEqual(data);
  expect(found).toMatchObject({ number: 0, time: 17, plan: "p", sink: { length: 7 }, counts: { rowsIn: 5, rowsOut: 3 } });
  expect(found?.restore.ended).toEqual(new Set(["3:filter"]));
});

test("positions keep values that JSON has no words for", async () => {
  const store = await CheckpointStore.open(folder);
  const position = {
    big: -5n,
    none: undefined,
    zero: -0,
    most: Infinity,
    $odd: { __proto__: null, a: [1, "x"] },
    bytes: new Float64Array([0.5]),
  };
  await store.write(content(0, {}, [], { sources: [{ id: "s", position, watermark: undefined }] }));
  const { found } = await readBack();
  expect(found?.restore.sources.get("s")).toEqual({ position: { ...position, $odd: { a: [1, "x"] } }, watermark: undefined });
});

test("parts that have not changed are not asked for and not written again", async () => {
  const store = await CheckpointStore.open(folder);
  const large = new Uint8Array(1000).fill(9);
  await store.write(content(1, { a: { version: 1, data: large }, b: { version: 1, data: 1 } }));
  const calls: string[] = [];
  const second = await store.write(content(2, { a: { version: 1, data: large }, b: { version: 2, data: 2 } }, calls));
  expect(calls).toEqual(["b"]);
  expect(second).toMatchObject({ number: 1, parts: 2, partsWritten: 1 });
  expect(second.stateBytes).toBeGreaterThan(1000);
  const { parts } = await readBack();
  expect(parts?.get("a")).toEqual(large);
  expect(parts?.get("b")).toBe(2);
});

test("a new run writes everything once more, since its versions begin anew", async () => {
  const store = await CheckpointStore.open(folder);
  await store.write(content(1, { a: { version: 1, data: "before" } }));
  const { store: next } = await readBack();
  const calls: string[] = [];
  await next.write(content(2, { a: { version: 1, data: "after" } }, calls));
  expect(calls).toEqual(["a"]);
  expect((await readBack()).parts?.get("a")).toBe("after");
});

test("two checkpoints are kept, and part files only while something refers to them", async () => {
  const store = await CheckpointStore.open(folder);
  for (let n = 0; n < 5; n++) {
    await store.write(
      content(n, { fixed: { version: 1, data: new Uint8Array(100) }, moving: { version: n, data: new Uint8Array(100).fill(n) } }),
    );
    await store.removeUnused();
  }
  expect(files("").sort()).toEqual(["3.json", "4.json"]);
  expect(files("parts").sort()).toEqual(["0-0.bin", "3-0.bin", "4-0.bin"]);
  expect(store.list().map(({ number }) => number)).toEqual([3, 4]);
  expect((await readBack()).parts?.get("fixed")).toEqual(new Uint8Array(100));
});

test("a file of which little is in use is not kept for it", async () => {
  const store = await CheckpointStore.open(folder);
  const at = (n: number): Parts => ({
    fixed: { version: 1, data: new Uint8Array(100).fill(5) },
    moving: { version: n, data: new Uint8Array(10_000).fill(n) },
  });
  for (let n = 0; n < 4; n++) {
    await store.write(content(n, at(n)));
    await store.removeUnused();
  }
  expect(files("parts")).not.toContain("0-0.bin");
  expect((await readBack()).parts?.get("fixed")).toEqual(new Uint8Array(100).fill(5));
});

test("a savepoint outlives the checkpoints after it", async () => {
  const store = await CheckpointStore.open(folder);
  await store.write(content(0, { a: { version: 0, data: new Uint8Array(50) } }));
  await store.keepAsSavepoint("first");
  for (let n = 1; n < 5; n++) {
    await store.write(content(n, { a: { version: n, data: n } }));
    await store.removeUnused();
  }
  expect(files("parts").sort()).toEqual(["0-0.bin", "3-0.bin", "4-0.bin"]);
  const { store: next } = await readBack();
  expect(next.list().map(({ number, savepoint }) => [number, savepoint])).toEqual([
    [0, "first"],
    [3, undefined],
    [4, undefined],
  ]);
});

test.each([
  ["a manifest cut short", () => truncateSync(join(folder, "checkpoints", "1.json"), 100), /it is not whole/],
  ["a manifest with another digit", () => replaceIn("1.json", '"rowsIn":5', '"rowsIn":6'), /checksum is wrong/],
  ["a part with another byte", () => flipByte("1-0.bin"), /part "a" of 0:sum in 1-0.bin: its checksum is/],
  ["a part cut short", () => truncateSync(join(folder, "checkpoints", "parts", "1-0.bin"), 3), /the file ends at 3/],
  ["a part file that is gone", () => rmSync(join(folder, "checkpoints", "parts", "1-0.bin")), /ENOENT/],
])("%s: the checkpoint before is taken, with a warning", async (_what, damage, reason) => {
  const store = await CheckpointStore.open(folder);
  await store.write(content(0, { a: { version: 1, data: "old" } }));
  await store.write(content(1, { a: { version: 2, data: "new" } }));
  damage();
  const warnings: string[] = [];
  const { parts, store: next } = await readBack((message) => warnings.push(message));
  expect(parts?.get("a")).toBe("old");
  expect(warnings.join()).toMatch(/checkpoint 1 is damaged and left out/);
  expect(warnings.join()).toMatch(reason);
  // Its number is not given to another one.
  expect((await next.write(content(2, { a: { version: 1, data: "newer" } }))).number).toBe(2);
});

test("nothing is made up when all checkpoints are damaged", async () => {
  const store = await CheckpointStore.open(folder);
  await store.write(content(0, { a: { version: 1, data: "x" } }));
  writeFileSync(join(folder, "checkpoints", "0.json"), "{}");
  await expect(readBack(() => {})).rejects.toThrow(/none of the checkpoints in .* can be read/);
});

test("a checkpoint that cannot be written leaves the ones before", async () => {
  const store = await CheckpointStore.open(folder);
  await store.write(content(0, { a: { version: 1, data: "kept" } }));
  await expect(store.write(content(1, { a: { version: 2, data: () => 1 } }))).rejects.toThrow(/could not be cloned/);
  const { parts, found } = await readBack();
  expect(found?.number).toBe(0);
  expect(parts?.get("a")).toBe("kept");
});

test("state that is no plain data is refused when it is read", async () => {
  const store = await CheckpointStore.open(folder);
  await store.write(content(0, { a: { version: 1, data: { pattern: /a/ } } }));
  await expect(readBack(() => {})).rejects.toThrow(/none of the checkpoints/);
});

test("dictionaries come back with an identity of their own, shared where it was", async () => {
  const values = {
    layout: "bytes",
    type: VARCHAR,
    length: 1,
    validity: null,
    offsets: new Int32Array([0, 1]),
    bytes: new Uint8Array([65]),
  } as const;
  const dictionary = makeDictionary(values);
  const vector: DictionaryVector = { layout: "dictionary", type: VARCHAR, length: 2, validity: null, codes: new Int32Array(2), dictionary };
  const store = await CheckpointStore.open(folder);
  await store.write(content(0, { a: { version: 1, data: { columns: [vector, vector] } } }));
  const { parts } = await readBack();
  const { columns } = parts!.get("a") as { columns: DictionaryVector[] };
  const [first, second] = columns;
  expect(first.dictionary.values).toEqual(values);
  expect(first.dictionary).toBe(second.dictionary);
  expect(first.dictionary.id).toBeGreaterThan(dictionary.id);
});

function replaceIn(name: string, from: string, to: string): void {
  const path = join(folder, "checkpoints", name);
  const text = readFileSync(path, "utf8");
  expect(text).toContain(from);
  writeFileSync(path, text.replace(from, to));
}

function flipByte(name: string): void {
  const path = join(folder, "checkpoints", "parts", name);
  const bytes = readFileSync(path);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(path, bytes);
}
