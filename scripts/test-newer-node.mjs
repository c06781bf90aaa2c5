// Runs the tests on a newer Node, from the npm registry's package of its binary: `npm run test:newer-node`, after a build.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const VERSION = "24";
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const name = `node-${process.platform}-${process.arch}`;
const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), `weir-node-${VERSION}`);
const binary = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
if (!existsSync(binary)) {
  mkdirSync(folder, { recursive: true });
  const npm = spawnSync("npm", ["install", "--no-save", "--prefix", folder, `${name}@${VERSION}`], {
    stdio: "inherit",
    shell: process.platform === "win32",
  });
  if (npm.status !== 0) process.exit(npm.status ?? 1);
}
console.log(`Node ${spawnSync(binary, ["--version"], { encoding: "utf8" }).stdout.trim()}`);
const tests = spawnSync(binary, [join(root, "node_modules", "vitest", "vitest.mjs"), "run", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
});
process.exit(tests.status ?? 1);
