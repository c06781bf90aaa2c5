import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataset } from "../test/datasets.ts";

/** Made once and kept in the system's temporary folder; the content depends on the row count alone. */
const FOLDER = join(tmpdir(), "weir-bench");

/** A small generator with a fixed seed (mulberry32). */
export function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function makeFile(name: string, rows: number, line: (i: number, next: () => number) => string): string {
  const path = join(FOLDER, name);
  if (existsSync(path)) return path;
  mkdirSync(FOLDER, { recursive: true });
  const file = openSync(`${path}.part`, "w");
  const next = random(42);
  let lines: string[] = [];
  for (let i = 0; i < rows; i++) {
    lines.push(line(i, next));
    if (lines.length === 50_000 || i === rows - 1) {
      writeSync(file, `${lines.join("\n")}\n`);
      lines = [];
    }
  }
  closeSync(file);
  renameSync(`${path}.part`, path);
  return path;
}

const STATIONS = 408;

/** `station;temperature` lines of the One Billion Row Challenge, fewer of them. */
export function measurements(rows: number): string {
  const stations = Array.from(
    { length: STATIONS },
    (_, i) => `${["Abha", "Zürich", "São Paulo", "Ürümqi", "Oslo", "Las Palmas de Gran Canaria", "Xi'an", "Wellington"][i % 8]} ${i}`,
  );
  return makeFile(
    `measurements-${rows}.csv`,
    rows,
    (_, next) => `${stations[Math.floor(next() * STATIONS)]};${(next() * 100 - 30).toFixed(1)}`,
  );
}

/** 1BRC with another delimiter, a column more, other names and some empty temperatures. */
export function measurementsVariant(rows: number): string {
  return makeFile(
    `measurements-variant-${rows}.csv`,
    rows,
    (i, next) => `${next() < 0.05 ? "" : (next() * 100 - 30).toFixed(1)},town_${Math.floor(next() * STATIONS)},${i}`,
  );
}

export function events(rows: number): string {
  const symbols = Array.from({ length: 50 }, (_, i) => `SYM${i}`);
  return makeFile(
    `events-${rows}.ndjson`,
    rows,
    (i, next) =>
      `{"id":${i},"symbol":"${symbols[Math.floor(next() * 50)]}","price":${(next() * 500).toFixed(2)},"qty":${1 + Math.floor(next() * 1000)},"active":${next() < 0.5}}`,
  );
}

/** The same kind of rows with other names and order, missing fields, and one field more. */
export function eventsVariant(rows: number): string {
  return makeFile(
    `events-variant-${rows}.ndjson`,
    rows,
    (i, next) =>
      `{"amount": ${next() < 0.05 ? "null" : Math.floor(next() * 1000)}, "kind": "k${Math.floor(next() * 50)}", "value": ${(next() * 500).toFixed(2)}, "seen": ${next() < 0.5}, "note": "n${i % 97}", "id": ${i}}`,
  );
}

export const flights = (): string => dataset("flights-3m.parquet");
