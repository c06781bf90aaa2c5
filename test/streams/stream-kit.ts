import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach } from "vitest";
import type { ScanWarning } from "../../src/catalog/source-spec.ts";
import type { Clock } from "../../src/connectors/connector.ts";
import { valueReader } from "../../src/core/read.ts";
import type { Value } from "../../src/core/value.ts";
import type { RecordBatch } from "../../src/core/vector.ts";
import { WallClock } from "../../src/exec/clock.ts";
import type { StreamPiece, StreamReader } from "../../src/exec/stream-reader.ts";
import { type StreamDeclaration, StreamHub } from "../../src/streams/hub.ts";

/** A folder of the test's own, gone afterwards. */
export function testFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "weir streams "));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Hubs that are closed after each test. */
export function hubs(): (clock?: Clock) => { hub: StreamHub; warnings: ScanWarning[] } {
  const made: StreamHub[] = [];
  afterEach(() => {
    for (const hub of made.splice(0)) hub.close();
  });
  return (clock = new WallClock()) => {
    const warnings: ScanWarning[] = [];
    const hub = new StreamHub({ clock, warn: (_, warning) => warnings.push(warning) });
    made.push(hub);
    return { hub, warnings };
  };
}

export const rowsOf = (batch: RecordBatch): Value[][] => {
  const readers = batch.columns.map((column) => valueReader(column));
  return Array.from({ length: batch.length }, (_, row) => readers.map((read) => read(row)));
};

/** Everything that is there without waiting, and how it stopped. */
export function drain(reader: StreamReader): { rows: Value[][]; pieces: StreamPiece[]; state: string } {
  const rows: Value[][] = [];
  const pieces: StreamPiece[] = [];
  for (;;) {
    const piece = reader.next(() => {});
    if (typeof piece === "string") return { rows, pieces, state: piece };
    pieces.push(piece);
    for (const row of rowsOf(piece.batch)) rows.push(row);
  }
}

/** Reads until there are `count` rows (or the stream ends), waiting to be woken as a driver does. */
export async function take(reader: StreamReader, count: number): Promise<Value[][]> {
  const rows: Value[][] = [];
  while (rows.length < count) {
    let wake: () => void = () => {};
    const woken = new Promise<void>((resolve) => {
      wake = resolve;
    });
    const piece = reader.next(wake);
    if (piece === "end") break;
    if (typeof piece === "string") await woken;
    else for (const row of rowsOf(piece.batch)) rows.push(row);
  }
  return rows;
}

/** Declares and opens a stream in one go. */
export async function openStream(hub: StreamHub, declaration: StreamDeclaration, cwd: string, from?: unknown) {
  const definition = await hub.declare(declaration, { cwd });
  return { definition, reader: hub.open(definition.spec, { columns: definition.schema.map((_, i) => i), from }) };
}
