import { homedir } from "node:os";
import { delimiter, join } from "node:path";

/** Where Jupyter keeps things, by its own rules: https://docs.jupyter.org/en/latest/use/jupyter-directories.html */

/** The user's folder for kernelspecs and other data. */
export function userDataDir(env: NodeJS.ProcessEnv = process.env): string {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (process.platform === "darwin") return join(homedir(), "Library", "Jupyter");
  if (process.platform === "win32") return join(env.APPDATA ?? join(homedir(), "AppData", "Roaming"), "jupyter");
  return join(env.XDG_DATA_HOME || join(homedir(), ".local", "share"), "jupyter");
}

/** A Python environment's folder for kernelspecs. */
export const prefixDataDir = (prefix: string): string => join(prefix, "share", "jupyter");

function systemDataDirs(env: NodeJS.ProcessEnv): string[] {
  if (process.platform === "win32") return [join(env.PROGRAMDATA ?? "C:\\ProgramData", "jupyter")];
  return ["/usr/local/share/jupyter", "/usr/share/jupyter"];
}

/** Folders that hold kernelspecs, in the order in which Jupyter looks: the first that has a name wins. */
export function kernelDirs(prefix: string | undefined, env: NodeJS.ProcessEnv = process.env): string[] {
  const fromPath = (env.JUPYTER_PATH ?? "").split(delimiter).filter((dir) => dir !== "");
  const environment = prefix === undefined ? [] : [prefixDataDir(prefix)];
  // inside an environment, Jupyter prefers that environment's specs
  const inEnvironment = prefix !== undefined && (env.VIRTUAL_ENV === prefix || env.CONDA_PREFIX === prefix);
  const own = inEnvironment ? [...environment, userDataDir(env)] : [userDataDir(env), ...environment];
  return [...fromPath, ...own, ...systemDataDirs(env)].map((dir) => join(dir, "kernels"));
}
