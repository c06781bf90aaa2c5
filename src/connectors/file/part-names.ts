import { closeSync, fsyncSync, openSync, readdirSync, rmSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { ioError } from "../../formats/files.ts";

const DIGITS = 5;

/** Names of a sink's files: the path itself, or numbered ones beside it (`out-00001.json`). */
export class PartNames {
  readonly #path: string;
  readonly #stem: string;
  readonly #extension: string;

  constructor(path: string) {
    this.#path = path;
    this.#extension = extname(path);
    this.#stem = path.slice(0, path.length - this.#extension.length);
  }

  get folder(): string {
    return dirname(this.#path);
  }

  /** Number 0 is the path itself. */
  name(part: number): string {
    return part === 0 ? this.#path : `${this.#stem}-${String(part).padStart(DIGITS, "0")}${this.#extension}`;
  }

  /** Where a part stands until it counts. */
  pending(part: number): string {
    return join(this.folder, `.${basename(this.name(part))}.pending`);
  }

  /** Numbers of the parts there are, finished or pending. */
  existing(): number[] {
    const stem = basename(this.#stem);
    let names: string[];
    try {
      names = readdirSync(this.folder);
    } catch (cause) {
      throw ioError(`cannot write "${this.#path}"`, `there is no folder "${this.folder}"`, cause);
    }
    const numbers = names.flatMap((name) => {
      const plain = name.startsWith(".") ? name.slice(1).replace(/\.pending(\.\d+\.part)?$/, "") : name;
      if (!plain.startsWith(`${stem}-`) || !plain.endsWith(this.#extension)) return [];
      const digits = plain.slice(stem.length + 1, plain.length - this.#extension.length);
      return /^\d{5,}$/.test(digits) ? [Number(digits)] : [];
    });
    return [...new Set(numbers)].sort((a, b) => a - b);
  }

  /** Removes parts from a number on, pending ones and pieces of such too. */
  removeFrom(part: number): void {
    for (const number of this.existing()) {
      if (number < part) continue;
      rmSync(this.name(number), { force: true });
      const hidden = basename(this.pending(number));
      for (const name of readdirSync(this.folder)) if (name.startsWith(hidden)) rmSync(join(this.folder, name), { force: true });
    }
  }
}

/** Makes names in a folder durable: files that were made, renamed or removed. */
export function syncFolder(folder: string): void {
  const fd = openSync(folder, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
