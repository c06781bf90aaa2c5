import { closeSync, fsyncSync, renameSync, rmSync, writeSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { openForWriting } from "./files.ts";
import type { OptionSpec } from "./format.ts";

export const COMPRESSION_OPTION: OptionSpec = {
  name: "compression",
  type: "text",
  choices: ["auto", "none", "gzip"],
  default: "auto",
  doc: "gzip, or none; auto goes by the name's ending (.gz).",
};

const FLUSH_BYTES = 1 << 20;

/** A text file in the making: written beside its name, and moved into place when it is whole. Gzip members are written piece by piece. */
export class TextFile {
  readonly #path: string;
  readonly #temporary: string;
  readonly #fd: number;
  readonly #gzip: boolean;
  #pieces: string[] = [];
  #length = 0;

  constructor(path: string, compression: string | undefined) {
    this.#path = path;
    this.#temporary = `${path}.${process.pid}.part`;
    this.#gzip = compression === "gzip" || ((compression ?? "auto") === "auto" && path.toLowerCase().endsWith(".gz"));
    this.#fd = openForWriting(path, this.#temporary);
  }

  write(text: string): void {
    this.#pieces.push(text);
    this.#length += text.length;
    if (this.#length >= FLUSH_BYTES) this.#flush();
  }

  finish(): void {
    this.#flush();
    fsyncSync(this.#fd);
    closeSync(this.#fd);
    renameSync(this.#temporary, this.#path);
  }

  abort(): void {
    closeSync(this.#fd);
    rmSync(this.#temporary, { force: true });
  }

  #flush(): void {
    if (this.#length === 0) return;
    const bytes = Buffer.from(this.#pieces.join(""), "utf8");
    this.#pieces = [];
    this.#length = 0;
    const out = this.#gzip ? gzipSync(bytes) : bytes;
    for (let at = 0; at < out.length; ) at += writeSync(this.#fd, out, at);
  }
}
