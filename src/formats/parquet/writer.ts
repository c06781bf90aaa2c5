import { closeSync, fsyncSync, renameSync, rmSync, writeSync } from "node:fs";
import type { Schema } from "../../core/types.ts";
import type { RecordBatch } from "../../core/vector.ts";
import { openForWriting } from "../files.ts";
import type { CheckedOptions, FileWriter, FileWriterFactory } from "../format.ts";
import { shred } from "./shred.ts";
import { binary, encodeThrift, i32, i64, listOf, structOf, type ThriftOut } from "./thrift-writer.ts";
import { type WriteCodec, writeColumn } from "./write-column.ts";
import { schemaElements } from "./write-schema.ts";

/** As DuckDB's. */
const ROW_GROUP_ROWS = 122_880;
const MAGIC = Buffer.from("PAR1");

const CODEC_OF: Record<string, WriteCodec> = {
  snappy: "SNAPPY",
  gzip: "GZIP",
  brotli: "BROTLI",
  none: "UNCOMPRESSED",
  uncompressed: "UNCOMPRESSED",
};

/** `COPY … TO 'x.parquet'`. */
export const parquetWriter: FileWriterFactory = {
  options: [
    {
      name: "compression",
      aliases: ["codec"],
      type: "text",
      choices: Object.keys(CODEC_OF),
      default: "snappy",
      doc: "How pages are compressed.",
    },
    { name: "row_group_size", type: "integer", default: "122880", doc: "Rows of a row group." },
  ],
  create: (path, schema, options) => new ParquetFile(path, schema, options),
};

/** A Parquet file in the making: row groups are written as they fill, beside the file's name, and moved into place at the end. */
class ParquetFile implements FileWriter {
  readonly #path: string;
  readonly #temporary: string;
  readonly #schema: Schema;
  readonly #codec: WriteCodec;
  readonly #groupRows: number;
  readonly #fd: number;
  #position = 0;
  #pending: RecordBatch[] = [];
  #pendingRows = 0;
  #rows = 0;
  readonly #groups: ThriftOut[] = [];
  #leaves = 0;

  constructor(path: string, schema: Schema, options: CheckedOptions) {
    this.#path = path;
    this.#temporary = `${path}.${process.pid}.part`;
    this.#schema = schema;
    this.#codec = CODEC_OF[options.text("compression") ?? "snappy"];
    this.#groupRows = Math.max(1, options.integer("row_group_size") ?? ROW_GROUP_ROWS);
    // Types that cannot be written are found before anything is
    schemaElements(schema);
    this.#fd = openForWriting(path, this.#temporary);
    this.#append(MAGIC);
  }

  write(batch: RecordBatch): void {
    if (batch.length === 0) return;
    this.#pending.push(batch);
    this.#pendingRows += batch.length;
    if (this.#pendingRows >= this.#groupRows) this.#writeGroup();
  }

  finish(): void {
    this.#writeGroup();
    const footer = encodeThrift(
      structOf(
        [1, i32(2)],
        [2, listOf("struct", schemaElements(this.#schema))],
        [3, i64(this.#rows)],
        [4, listOf("struct", this.#groups)],
        [6, binary("weir")],
        // Without these, readers must not trust minimum and maximum
        [7, listOf("struct", new Array<ThriftOut>(this.#leaves).fill(structOf([1, structOf()])))],
      ),
    );
    const length = Buffer.alloc(4);
    length.writeUInt32LE(footer.length);
    this.#append(Buffer.concat([footer, length, MAGIC]));
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    renameSync(this.#temporary, this.#path);
  }

  abort(): void {
    closeSync(this.#fd);
    rmSync(this.#temporary, { force: true });
  }

  #writeGroup(): void {
    if (this.#pendingRows === 0) return;
    const columns: ThriftOut[] = [];
    let total = 0;
    this.#schema.forEach(({ name, type }, i) => {
      const vectors = this.#pending.map((batch) => batch.columns[i]);
      for (const leaf of shred(name, vectors, type)) {
        const start = this.#position;
        const written = writeColumn(leaf, this.#codec, start);
        for (const page of written.pages) this.#append(page);
        total += written.uncompressed;
        columns.push(structOf([2, i64(start)], [3, written.metadata]));
      }
    });
    this.#leaves = columns.length;
    this.#groups.push(structOf([1, listOf("struct", columns)], [2, i64(total)], [3, i64(this.#pendingRows)]));
    this.#rows += this.#pendingRows;
    this.#pending = [];
    this.#pendingRows = 0;
  }

  #append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) at += writeSync(this.#fd, bytes, at);
    this.#position += bytes.length;
  }
}
