import { runtimeError } from "../../core/errors.ts";
import { list, VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";

/** Which characters part a path: both by default. */
function separators(option: string): RegExp {
  switch (option) {
    case "system":
    case "forward_slash":
      return /\//;
    case "backslash":
      return /\\/;
    default:
      return /[/\\]/;
  }
}

const SEPARATOR_OPTIONS = new Set(["system", "forward_slash", "backslash", "both_slash"]);

/** An option that is not one is passed over, as in DuckDB. */
const known = (option: string | undefined) => (option !== undefined && SEPARATOR_OPTIONS.has(option) ? option : "both_slash");

function parts(path: string, option?: string): string[] {
  const separator = separators(known(option));
  const found = path.split(separator).filter((part) => part !== "");
  return separator.test(path.slice(0, 1)) ? [path[0], ...found] : found;
}

function lastSeparator(path: string, option?: string): number {
  const separator = separators(known(option));
  for (let i = path.length - 1; i >= 0; i--) if (separator.test(path[i])) return i;
  return -1;
}

function fileName(path: string, trimExtension = false, option?: string): string {
  const name = path.slice(lastSeparator(path, option) + 1);
  const dot = name.lastIndexOf(".");
  return trimExtension && dot !== -1 ? name.slice(0, dot) : name;
}

function directoryName(path: string, option?: string): string {
  const at = path.search(separators(known(option)));
  if (at === -1) return "";
  return at === 0 ? path[0] : path.slice(0, at);
}

function directoryPath(path: string, option?: string): string {
  const at = lastSeparator(path, option);
  return path.length === 1 && at === 0 ? path : path.slice(0, Math.max(0, at));
}

const text2 = (impl: (path: string, option?: string) => string) => [
  { args: ["varchar" as const, "varchar" as const], optional: 1, returns: VARCHAR, impl },
];

export const pathEntries: readonly ScalarEntry[] = [
  {
    name: "parse_path",
    doc: doc(
      "The parts of a path: folders and file name.",
      ["path", "separator"],
      "parse_path('path/to/file.csv')",
      "[path, to, file.csv]",
    ),
    overloads: [{ args: ["varchar", "varchar"], optional: 1, returns: list(VARCHAR), impl: parts }],
  },
  {
    name: "parse_filename",
    doc: doc(
      "The last part of a path, without its extension on request.",
      ["path", "trim_extension", "separator"],
      "parse_filename('path/to/file.csv', true)",
      "file",
    ),
    overloads: [
      {
        args: ["varchar", "boolean", "varchar"],
        optional: 2,
        returns: VARCHAR,
        impl: (path: string, trim?: boolean, option?: string) => fileName(path, trim, option),
      },
      {
        args: ["varchar", "varchar"],
        returns: VARCHAR,
        impl: (path: string, option: string) => fileName(path, optionAsTrim(option), option),
      },
    ],
  },
  {
    name: "parse_dirname",
    doc: doc("The first folder of a path.", ["path", "separator"], "parse_dirname('path/to/file.csv')", "path"),
    overloads: text2(directoryName),
  },
  {
    name: "parse_dirpath",
    doc: doc("The folders of a path, without the file name.", ["path", "separator"], "parse_dirpath('path/to/file.csv')", "path/to"),
    overloads: text2(directoryPath),
  },
];

/** parse_filename(path, text) takes the text for trim_extension where it spells a boolean, else for the separator. */
function optionAsTrim(option: string): boolean {
  if (/^(true|t|1)$/i.test(option)) return true;
  if (/^(false|f|0)$/i.test(option) || SEPARATOR_OPTIONS.has(option)) return false;
  throw runtimeError(`unknown separator: '${option}'`, undefined, "system, forward_slash, backslash or both_slash");
}
