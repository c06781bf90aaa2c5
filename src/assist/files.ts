import { readdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";

/** Files that could be tables, compressed ones too. */
const DATA_FILE = /\.(?:csv|tsv|txt|json|ndjson|jsonl|geojson|parquet|arrow|arrows|feather|ipc)(?:\.(?:gz|zst))?$/i;
/** Entries offered of one folder. */
const FILES_MAX = 300;

/** Folders and data files that a half-written path could mean, as they would stand in the text; folders end in a slash. */
export function suggestFiles(typed: string, cwd: string, file = DATA_FILE): string[] {
  const folder = typed.endsWith("/") ? typed : typed.includes("/") ? `${dirname(typed)}/` : "";
  const start = typed.slice(folder === "//" ? 1 : folder.length).toLowerCase();
  const shown = folder === "//" ? "/" : folder;
  const path = shown.startsWith("~/") ? join(homedir(), shown.slice(2)) : resolve(cwd, shown);
  const names: string[] = [];
  for (const entry of listFolder(path)) {
    if (entry.name.startsWith(".") && !start.startsWith(".")) continue;
    if (!entry.name.toLowerCase().startsWith(start)) continue;
    if (entry.isDirectory()) names.push(`${shown}${entry.name}/`);
    else if (file.test(entry.name)) names.push(`${shown}${entry.name}`);
  }
  return names.sort().slice(0, FILES_MAX);
}

/** A folder that is not there, or may not be read, has nothing to offer. */
function listFolder(path: string) {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}
