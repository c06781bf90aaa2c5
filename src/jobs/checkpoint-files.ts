import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";

/** Makes the names in a folder durable: what was created, renamed or removed there outlives a crash of the machine. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders, and keeps names by itself.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a file is called while it is written. */
const TEMPORARY = ".tmp";

/**
 * Writes a file so that its name stands for the old content or for the new one, whenever the process or the machine dies: temporary file, fsync, rename,
 * fsync of the folder. Only the owner may read it.
 */
export async function writeAtomically(path: string, content: string): Promise<void> {
  const temporary = `${path}${TEMPORARY}`;
  const handle = await open(temporary, "w", 0o600);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncFolder(dirname(path));
}
