import { openSync, readdirSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { nearestName, WeirError } from "../core/errors.ts";

const GLOB = /[*?[\]{}]/;

/**
 * Absolute paths of the files a pattern names, sorted within each pattern. A pattern is a path or a glob (`*`, `?`, `[a-z]`, `{a,b}`, `**`).
 * Throws when a pattern matches nothing, with the nearest file name of that folder.
 */
export function expandFiles(patterns: string | readonly string[], cwd: string): string[] {
  const files: string[] = [];
  for (const pattern of typeof patterns === "string" ? [patterns] : patterns) {
    const path = localPath(pattern);
    const full = resolve(cwd, path);
    const plain = statKind(full);
    if (plain === "file") files.push(full);
    else if (plain === "folder") throw ioError(`"${pattern}" is a folder`, `read its files with "${pattern.replace(/\/$/, "")}/*.csv"`);
    else if (GLOB.test(path)) {
      const found = glob(path, cwd);
      if (found.length === 0) throw ioError(`no file matches "${pattern}"`);
      files.push(...found);
    } else throw missingFile(pattern, full);
  }
  if (files.length === 0) throw ioError("no files given");
  return files;
}

/** A path as it is written, with `~/` and `file://` replaced. Other URLs are an error. */
export function localPath(written: string): string {
  if (written.startsWith("file://")) return decodeURIComponent(new URL(written).pathname);
  if (written.startsWith("~/")) return join(homedir(), written.slice(2));
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(written)?.[1];
  if (scheme === undefined) return written;
  throw new WeirError("unsupported", `"${written}": files are read from disk, not over ${scheme}, so far`, {
    hint: "download it first, and name the local file",
  });
}

export const ioError = (message: string, hint?: string, cause?: unknown) => new WeirError("io", message, { hint, cause });

/** Opens `temporary`, which is to become `path`, for writing. */
export function openForWriting(path: string, temporary: string): number {
  try {
    return openSync(temporary, "w");
  } catch (cause) {
    const folder = dirname(path);
    if (statKind(folder) !== "folder") throw ioError(`cannot write "${path}"`, `there is no folder "${folder}"`, cause);
    throw ioError(`cannot write "${path}": ${(cause as Error).message}`, undefined, cause);
  }
}

function statKind(path: string): "file" | "folder" | undefined {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  return stat.isDirectory() ? "folder" : "file";
}

function missingFile(pattern: string, full: string): WeirError {
  const folder = dirname(full);
  if (statKind(folder) !== "folder") return ioError(`no such file "${pattern}"`, `there is no folder "${folder}"`);
  const entries = readdirSync(folder).sort();
  const near = entries.find((entry) => entry.startsWith(`${basename(full)}.`)) ?? nearestName(basename(full), entries);
  const hint = near === undefined ? undefined : `did you mean "${pattern.slice(0, pattern.length - basename(pattern).length)}${near}"?`;
  return ioError(`no such file "${pattern}"`, hint);
}

/** Walks folders along the pattern's segments; hidden entries need a pattern that starts with a dot. */
function glob(pattern: string, cwd: string): string[] {
  const found = new Set<string>();
  for (const alternative of expandBraces(pattern)) {
    const segments = alternative.split("/").filter((segment) => segment !== "" && segment !== ".");
    walk(alternative.startsWith("/") ? "/" : resolve(cwd), segments, found);
  }
  return [...found].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

function walk(folder: string, segments: readonly string[], found: Set<string>): void {
  const [segment, ...rest] = segments;
  if (segment === undefined) return;
  if (segment === "..") {
    walk(dirname(folder), rest, found);
    return;
  }
  const isLast = rest.length === 0;
  if (segment === "**") {
    walk(folder, isLast ? ["*"] : rest, found);
    for (const entry of listFolder(folder))
      if (entry.isDirectory() && !entry.name.startsWith(".")) walk(resolve(folder, entry.name), segments, found);
    return;
  }
  const test = segmentRegExp(segment);
  for (const entry of listFolder(folder)) {
    if (!test.test(entry.name) || (entry.name.startsWith(".") && !segment.startsWith("."))) continue;
    const path = resolve(folder, entry.name);
    const kind = entry.isSymbolicLink() ? statKind(path) : entry.isDirectory() ? "folder" : "file";
    if (isLast && kind === "file") found.add(path);
    else if (!isLast && kind === "folder") walk(path, rest, found);
  }
}

function listFolder(folder: string) {
  return statKind(folder) === "folder" ? readdirSync(folder, { withFileTypes: true }) : [];
}

/** `a{b,c}d` as `abd`, `acd`; nested braces too. */
function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf("{");
  if (open === -1) return [pattern];
  let depth = 0;
  let from = open + 1;
  const choices: string[] = [];
  for (let i = open; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "{") depth++;
    else if (c === "," && depth === 1) {
      choices.push(pattern.slice(from, i));
      from = i + 1;
    } else if (c === "}" && --depth === 0) {
      choices.push(pattern.slice(from, i));
      return choices.flatMap((choice) => expandBraces(pattern.slice(0, open) + choice + pattern.slice(i + 1)));
    }
  }
  return [pattern];
}

function segmentRegExp(segment: string): RegExp {
  const source = segment.replace(/\*+|\?|\[(!?)([^\]]+)\]|[.+^${}()|\\[\]]/g, (match, not: string | undefined, set: string | undefined) => {
    if (match.startsWith("*")) return ".*";
    if (match === "?") return ".";
    if (set !== undefined) return `[${not === "!" ? "^" : ""}${set.replace(/[\\\]^]/g, "\\$&")}]`;
    return `\\${match}`;
  });
  return new RegExp(`^${source}$`, "su");
}
