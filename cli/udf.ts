import { knownPacks } from "../src/udf/packs/folders.ts";
import { installPack, packSource, uninstallPack } from "../src/udf/packs/install.ts";
import { askYes, canAsk } from "./confirm.ts";

/** `weir udf install`: as INSTALL PACK; what comes from npm is asked about first. Gives the exit status. */
export async function installCommand(written: string, options: { readonly yes?: boolean }): Promise<number> {
  const source = packSource(written, process.cwd());
  if (source.kind === "npm" && options.yes !== true && !(await confirmed(source.spec))) {
    process.stderr.write(`${source.spec} was not installed\n`);
    return 1;
  }
  const { manifest, folder, replaced } = await installPack(source, (text) => process.stderr.write(text));
  const before = replaced === undefined ? "" : ` in the place of ${replaced}`;
  process.stdout.write(`installed ${manifest.name} ${manifest.version}${before} in ${folder}\n`);
  return 0;
}

function confirmed(spec: string): Promise<boolean> {
  if (!canAsk()) throw new Error(`installing "${spec}" from npm needs a yes, and nobody can be asked here: weir udf install --yes ${spec}`);
  return askYes(`Install the npm package ${spec} as a pack? Its functions run with your rights once it is loaded.`);
}

/** `weir udf list`: the packs that ship with Weir and those installed. */
export function listPacks(): number {
  const packs = knownPacks((message) => process.stderr.write(`warning: ${message}\n`));
  const rows = packs.map(({ manifest, where }) => [manifest.name, manifest.version, where, manifest.description]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column].length)));
  for (const row of rows) process.stdout.write(`${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ")}\n`);
  return 0;
}

/** `weir udf remove`: takes an installed pack out again. */
export function removePack(name: string): number {
  const { version } = uninstallPack(name, process.cwd());
  process.stdout.write(`removed ${name} ${version}\n`);
  return 0;
}
