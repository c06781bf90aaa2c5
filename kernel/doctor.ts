import { execFileSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { startKernel } from "./client.ts";
import { kernelDirs, userDataDir } from "./jupyter-paths.ts";
import { COMMAND_FILE, type KernelSpec, pythonPrefix } from "./kernelspec.ts";
import { PROTOCOL_VERSION } from "./message.ts";

/** One thing that was looked at. `mend` says what to do where it is not right. */
export interface Finding {
  readonly ok: boolean;
  readonly text: string;
  readonly mend?: string;
}

const OLDEST_NODE = [20, 19];

const good = (text: string): Finding => ({ ok: true, text });
const bad = (text: string, mend: string): Finding => ({ ok: false, text, mend });

/** Why a front end would not find the kernel of this name, or would find it and not start it. */
export async function examine(name: string): Promise<Finding[]> {
  const folders = kernelDirs(pythonPrefix());
  const found = folders.filter((folder) => existsSync(join(folder, name, "kernel.json")));
  if (found.length === 0) {
    const looked = folders.map((folder) => `\n    ${folder}`).join("");
    return [bad(`no kernel ${name} is installed; Jupyter looks in${looked}`, installCommand(name)), nearMisses(folders, name)].filter(
      (finding) => finding !== undefined,
    );
  }
  const file = join(found[0], name, "kernel.json");
  const findings = [good(`kernelspec: ${file}`)];
  for (const other of found.slice(1)) findings.push(good(`also in ${join(other, name)}, which the first one hides`));
  const spec = readSpec(file, name, findings);
  if (spec === undefined) return findings;
  findings.push(...checkSpec(spec, name), ...checkFolders());
  if (findings.every((finding) => finding.ok)) findings.push(await checkStart(spec));
  return findings;
}

const installCommand = (name: string): string => (name === "weir" ? "weir kernel install" : `weir kernel install --name ${name}`);

/** Jupyter lower-cases names, so that `Weir` and `weir` are one. */
function nearMisses(folders: readonly string[], name: string): Finding | undefined {
  for (const folder of folders.filter((candidate) => existsSync(candidate))) {
    const near = readdirSync(folder).find((entry) => entry.toLowerCase() === name.toLowerCase());
    if (near !== undefined && !existsSync(join(folder, near, "kernel.json"))) {
      return bad(`${join(folder, near)} is there, without a kernel.json`, installCommand(name));
    }
  }
  return undefined;
}

function readSpec(file: string, name: string, findings: Finding[]): KernelSpec | undefined {
  try {
    const spec = JSON.parse(readFileSync(file, "utf8"));
    if (Array.isArray(spec.argv) && spec.argv.length > 1) return spec;
    findings.push(bad(`${file} has no argv`, installCommand(name)));
  } catch (error) {
    findings.push(bad(`${file} cannot be read: ${(error as Error).message}`, installCommand(name)));
  }
  return undefined;
}

function checkSpec(spec: KernelSpec, name: string): Finding[] {
  const [node, script] = spec.argv;
  const again = installCommand(name);
  const findings: Finding[] = [checkNode(node, again)];
  if (!isAbsolute(script) || !existsSync(script)) findings.push(bad(`the kernel's file is not there: ${script}`, again));
  else if (script !== COMMAND_FILE) findings.push(good(`the kernel's file is another installation's: ${script}`));
  else findings.push(good(`the kernel's file: ${script}`));
  if (!spec.argv.some((part) => part.includes("{connection_file}"))) findings.push(bad("argv names no {connection_file}", again));
  if (spec.interrupt_mode !== "message") {
    findings.push(bad(`interrupt_mode is ${spec.interrupt_mode ?? "signal"}: the stop button would do nothing`, again));
  }
  if (spec.language !== "sql") findings.push(bad(`language is ${spec.language}, not sql: notebooks would not match it`, again));
  if (spec.kernel_protocol_version !== undefined && spec.kernel_protocol_version !== PROTOCOL_VERSION) {
    findings.push(bad(`kernel_protocol_version is ${spec.kernel_protocol_version}, not ${PROTOCOL_VERSION}`, again));
  }
  return findings;
}

function checkNode(node: string, again: string): Finding {
  if (!isAbsolute(node) || !existsSync(node)) return bad(`node is not there: ${node} (was it upgraded or removed?)`, again);
  try {
    accessSync(node, constants.X_OK);
    const version = execFileSync(node, ["--version"], { encoding: "utf8" }).trim();
    const [major, minor] = version.slice(1).split(".").map(Number);
    const tooOld = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
    return tooOld
      ? bad(`${node} is ${version}, older than v${OLDEST_NODE.join(".")}`, `install a newer Node.js, then ${again}`)
      : good(`node: ${node} (${version})`);
  } catch (error) {
    return bad(`${node} does not run: ${(error as Error).message.split("\n")[0]}`, again);
  }
}

/** The kernel writes its history, and front ends their connection files, below the user's data folder. */
function checkFolders(): Finding[] {
  const folder = userDataDir();
  try {
    mkdirSync(folder, { recursive: true });
    accessSync(folder, constants.W_OK);
    return [good(`data folder: ${folder}`)];
  } catch (error) {
    return [bad(`${folder} cannot be written: ${(error as Error).message}`, "set JUPYTER_DATA_DIR to a folder of yours")];
  }
}

async function checkStart(spec: KernelSpec): Promise<Finding> {
  const start = performance.now();
  try {
    const kernel = await startKernel(spec.argv);
    try {
      const { reply } = await kernel.client.execute("SELECT 6 * 7 AS answer", { content: { store_history: false } });
      if (reply.content.status !== "ok") return bad(`it starts, but does not run SQL: ${reply.content.evalue}`, "report this");
      return good(`it starts and runs SQL, in ${Math.round(performance.now() - start)} ms`);
    } finally {
      await kernel.stop();
    }
  } catch (error) {
    return bad(`it does not start: ${(error as Error).message}`, `${spec.argv.slice(0, 4).join(" ")} --help shows whether it runs at all`);
  }
}
