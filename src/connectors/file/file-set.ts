import { statSync } from "node:fs";
import { resolve } from "node:path";
import { WeirError } from "../../core/errors.ts";
import { expandFiles, localPath } from "../../formats/files.ts";
import { type FilePosition, FollowedFile } from "./followed-file.ts";

/** The files that a path or glob names, known by inode, so that a file which is renamed stays the same and one that takes its name is another. */
export class FileSet {
  readonly files: FollowedFile[] = [];
  readonly #patterns: readonly string[];
  readonly #cwd: string;

  constructor(patterns: readonly string[], cwd: string) {
    this.#patterns = patterns;
    this.#cwd = cwd;
  }

  /** Paths that match now, in order; none is no error, but a folder is. */
  paths(): string[] {
    return this.#patterns.flatMap((pattern) => {
      try {
        return expandFiles(pattern, this.#cwd);
      } catch (error) {
        const isFolder = statSync(resolve(this.#cwd, localPath(pattern)), { throwIfNoEntry: false })?.isDirectory() === true;
        if (error instanceof WeirError && error.phase === "io" && !isFolder) return [];
        throw error;
      }
    });
  }

  /** Looks which files are there: new ones are added (`onNew` tells where they start), replaced and deleted ones end where they end. */
  refresh(onNew: (file: FollowedFile) => void = () => {}): void {
    const found = new Set<FollowedFile>();
    for (const path of this.paths()) {
      const stat = statSync(path, { throwIfNoEntry: false });
      if (stat === undefined) continue;
      let file = this.files.find((known) => known.ino === stat.ino && known.dev === stat.dev && !(known.ended && known.detached));
      if (file === undefined) {
        file = new FollowedFile(path, stat.dev, stat.ino);
        // Held open, so that it can be read to its end when it is renamed away or deleted
        file.open();
        this.files.push(file);
        onNew(file);
      }
      file.path = path;
      file.detached = false;
      file.maybeMore = true;
      found.add(file);
    }
    for (const file of this.files) {
      if (found.has(file) || file.detached) continue;
      file.detached = true;
      file.maybeMore = true;
    }
  }

  /** Takes up the positions of an earlier reader: by inode where the file is still itself, else by path where it begins as it did. */
  resume(positions: readonly FilePosition[]): void {
    for (const file of this.files) {
      const same = positions.find((position) => position.ino === file.ino && position.dev === file.dev && file.beginsWith(position.head));
      const moved =
        same ?? positions.find((position) => position.path === file.path && position.offset > 0 && file.beginsWith(position.head));
      if (moved !== undefined) file.resume(moved);
    }
  }

  positions(): FilePosition[] {
    return this.files.filter((file) => !(file.ended && file.detached)).map((file) => file.position());
  }

  close(): void {
    for (const file of this.files) file.close();
  }
}
