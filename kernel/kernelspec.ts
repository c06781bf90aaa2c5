import { execFileSync } from "node:child_process";
import { cp, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { prefixDataDir, userDataDir } from "./jupyter-paths.ts";
import { PROTOCOL_VERSION } from "./message.ts";
import { PACKAGE_ROOT } from "./version.ts";

const DEFAULT_NAME = "weir";
const LOGOS = ["logo-32x32.png", "logo-64x64.png", "logo-svg.svg"];

/** The built command, as a file: never a shim, which a front end without our PATH would not find. */
export const COMMAND_FILE = fileURLToPath(new URL("../cli/main.js", import.meta.url));

/** Starts a kernel. `{connection_file}` is for the front end to replace. */
export const KERNEL_ARGV: readonly string[] = [process.execPath, COMMAND_FILE, "kernel", "start", "--connection-file", "{connection_file}"];

/** What kernel.json holds. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode: string;
  readonly kernel_protocol_version: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

function kernelSpec(name: string): KernelSpec {
  return {
    argv: KERNEL_ARGV,
    display_name: name === DEFAULT_NAME ? "Weir SQL" : `Weir SQL (${name})`,
    language: "sql",
    interrupt_mode: "message",
    kernel_protocol_version: PROTOCOL_VERSION,
    metadata: { debugger: false },
  };
}

/** Where a kernelspec goes. At most one is given; none means the user's folder. */
export interface Target {
  readonly user?: boolean;
  /** The Python environment that is active, or whose `python3` comes first. */
  readonly sysPrefix?: boolean;
  readonly prefix?: string;
}

function targetFolder(target: Target): string {
  if ([target.user, target.sysPrefix, target.prefix].filter(Boolean).length > 1) {
    throw new Error("--user, --sys-prefix and --prefix exclude one another");
  }
  if (target.prefix !== undefined) return join(prefixDataDir(target.prefix), "kernels");
  if (!target.sysPrefix) return join(userDataDir(), "kernels");
  const prefix = pythonPrefix();
  if (prefix === undefined) throw new Error("--sys-prefix: there is no active Python environment and no python3; use --prefix DIR");
  return join(prefixDataDir(prefix), "kernels");
}

/** `sys.prefix` of the Python that a front end would most likely run on. */
export function pythonPrefix(env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env.VIRTUAL_ENV) return env.VIRTUAL_ENV;
  if (env.CONDA_PREFIX) return env.CONDA_PREFIX;
  const python = process.platform === "win32" ? "python" : "python3";
  try {
    return execFileSync(python, ["-c", "import sys; print(sys.prefix)"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
  } catch {
    return undefined;
  }
}

function checkName(name: string): void {
  if (!/^[A-Za-z0-9._-]+$/.test(name))
    throw new Error(`"${name}" cannot name a kernel: letters, digits, dots, underscores and hyphens can`);
}

/** Writes the kernelspec and gives its folder. One that is there is replaced. */
export async function installKernelSpec(target: Target, name: string): Promise<string> {
  checkName(name);
  if (/[\\/]_npx[\\/]/.test(COMMAND_FILE)) {
    throw new Error(
      `${COMMAND_FILE} is in npx's cache, which may be emptied at any time: npm install --global weir-sql, then weir kernel install`,
    );
  }
  const folder = join(targetFolder(target), name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "kernel.json"), `${JSON.stringify(kernelSpec(name), undefined, 2)}\n`);
  for (const logo of LOGOS) await cp(fileURLToPath(new URL(`kernel/assets/${logo}`, PACKAGE_ROOT)), join(folder, logo));
  return folder;
}

/** Removes the kernelspec and gives the folder that held it; an error where there is none. */
export async function uninstallKernelSpec(target: Target, name: string): Promise<string> {
  checkName(name);
  const folder = join(targetFolder(target), name);
  try {
    await rm(folder, { recursive: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new Error(`there is no kernel ${name} in ${targetFolder(target)}`, { cause: error });
  }
  return folder;
}
