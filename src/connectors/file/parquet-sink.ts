import { existsSync, renameSync } from "node:fs";
import type { RecordBatch } from "../../core/vector.ts";
import { ioError } from "../../formats/files.ts";
import type { FileWriter, OptionValues } from "../../formats/format.ts";
import { createFileWriter } from "../../formats/index.ts";
import type { Sink, SinkContext } from "../connector.ts";
import type { FileSinkRules } from "./file-sink.ts";
import { PartNames, syncFolder } from "./part-names.ts";

interface ParquetPosition {
  /** Number of the part after the last one that counts. */
  readonly next: number;
  /** Parts that are whole, and get their names once the checkpoint is durable. */
  readonly pending: readonly number[];
}

/**
 * Parquet files. A Parquet file cannot be added to, so with checkpoints each of them ends a part: written under a hidden name, and renamed when the
 * checkpoint is durable.
 */
export class ParquetSink implements Sink {
  readonly #rules: FileSinkRules;
  readonly #context: SinkContext;
  readonly #names: PartNames;
  #writer: FileWriter | undefined;
  /** Number of the part being written, or the next to be. */
  #part: number | undefined;
  #pending: number[] = [];
  #rows = 0;
  #bytes = 0;
  #openedAt = 0;
  #isCheckpointed = false;

  constructor(path: string, rules: FileSinkRules, context: SinkContext) {
    this.#names = new PartNames(path);
    this.#rules = rules;
    this.#context = context;
  }

  write(batch: RecordBatch): void {
    if (batch.length === 0) return;
    if (this.#writer !== undefined && this.#mustRoll()) this.#endPart();
    this.#writer ??= this.#beginPart();
    this.#writer.write(batch);
    this.#rows += batch.length;
    this.#bytes += estimateBytes(batch);
  }

  #beginPart(): FileWriter {
    this.#part ??= this.#firstPart();
    const part = this.#part;
    this.#openedAt = this.#context.clock.now();
    this.#rows = 0;
    this.#bytes = 0;
    const { compression } = this.#rules;
    const options: OptionValues = compression === undefined ? {} : { compression };
    return createFileWriter(this.#names.pending(part), this.#context.schema, { format: "parquet", options, cwd: this.#names.folder });
  }

  #firstPart(): number {
    const isNumbered = this.#isCheckpointed || this.#rules.rollBytes !== undefined || this.#rules.rollMicros !== undefined;
    if (isNumbered) {
      if (this.#rules.overwrite) this.#names.removeFrom(1);
      return (this.#names.existing().at(-1) ?? 0) + 1;
    }
    if (!this.#rules.overwrite && existsSync(this.#names.name(0))) {
      throw ioError(
        `"${this.#names.name(0)}" is there, and nothing can be added to a Parquet file`,
        "mode = 'overwrite', or roll_size or roll_interval for numbered files",
      );
    }
    return 0;
  }

  #mustRoll(): boolean {
    const { rollBytes, rollMicros } = this.#rules;
    if (rollBytes !== undefined && this.#bytes >= rollBytes) return true;
    return rollMicros !== undefined && this.#rows > 0 && this.#context.clock.now() - this.#openedAt >= rollMicros;
  }

  /** Ends the part at hand. Without checkpoints it has its name at once. */
  #endPart(): void {
    if (this.#writer === undefined) return;
    this.#writer.finish();
    this.#writer = undefined;
    const part = this.#part as number;
    this.#pending.push(part);
    this.#part = part + 1;
    if (!this.#isCheckpointed) this.#publish(this.#pending);
  }

  #publish(parts: readonly number[]): void {
    for (const part of parts) {
      if (existsSync(this.#names.pending(part))) renameSync(this.#names.pending(part), this.#names.name(part));
      else if (!existsSync(this.#names.name(part)))
        throw ioError(`"${this.#names.name(part)}" is gone: rows that were written are missing`);
    }
    if (parts.length > 0) syncFolder(this.#names.folder);
    this.#pending = this.#pending.filter((part) => !parts.includes(part));
  }

  flush(): void {}

  snapshot(): ParquetPosition {
    this.#isCheckpointed = true;
    this.#part ??= this.#firstPart();
    this.#endPart();
    if (this.#pending.length > 0) syncFolder(this.#names.folder);
    return { next: this.#part, pending: [...this.#pending] };
  }

  committed(position: unknown): void {
    this.#publish((position as ParquetPosition).pending);
  }

  restore(position: unknown): void {
    const { next, pending } = position as ParquetPosition;
    this.#isCheckpointed = true;
    this.#names.removeFrom(next);
    this.#publish(pending);
    this.#part = next;
  }

  finish(): void {
    // A query without rows leaves a file without rows, where its file has one name
    if (!this.#isCheckpointed && this.#part === undefined) this.#writer ??= this.#beginPart();
    this.#endPart();
    this.#publish([...this.#pending]);
  }

  close(): void {
    this.#writer?.abort();
    this.#writer = undefined;
  }
}

/** About what a batch takes in the file: columns as they are in memory, which compression makes smaller. */
const estimateBytes = (batch: RecordBatch): number => batch.columns.length * batch.length * 4;
