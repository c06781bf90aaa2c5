import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { installedFolder } from "../../src/udf/packs/folders.ts";
import { installPack, packSource } from "../../src/udf/packs/install.ts";
import { testFolder, writePack } from "./folders.ts";

const folder = testFolder();
let registry: Server;
let ran: string;

/** A registry with two packages: a pack whose install script leaves a mark, and one that is no pack. */
beforeAll(async () => {
  ran = join(folder.path, "the-script-ran");
  const packages = new Map([pack("weir-pack-twice", true), pack("plain", false)]);
  registry = createServer((request, response) => {
    const url = request.url ?? "";
    const found = [...packages].find(([name]) => url === `/${name}`);
    const { port } = registry.address() as AddressInfo;
    if (found !== undefined) {
      const [name] = found;
      const dist = { tarball: `http://127.0.0.1:${port}/${name}.tgz` };
      const manifest = { name, version: "1.2.0", dist, scripts: { postinstall: "node mark.cjs" }, hasInstallScript: true };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name, "dist-tags": { latest: "1.2.0" }, versions: { "1.2.0": manifest } }));
      return;
    }
    const tarball = packages.get(url.slice(1).replace(/\.tgz$/, ""));
    response.statusCode = tarball === undefined ? 404 : 200;
    response.end(tarball ?? "{}");
  });
  await new Promise<void>((done) => registry.listen(0, "127.0.0.1", done));
  process.env.npm_config_registry = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`;
  process.env.npm_config_cache = join(folder.path, "cache");
});
afterAll(() => {
  registry.close();
  delete process.env.npm_config_registry;
  delete process.env.npm_config_cache;
});

function pack(name: string, isPack: boolean): [string, Buffer] {
  const path = join(folder.path, name);
  mkdirSync(path, { recursive: true });
  if (isPack)
    writePack(path, { name: "twice", version: "1.2.0", files: { "a.ts": "export const twice = (x: number): number => 2 * x;\n" } });
  writeFileSync(join(path, "mark.cjs"), `require("node:fs").writeFileSync(${JSON.stringify(ran)}, "");\n`);
  writeFileSync(join(path, "package.json"), JSON.stringify({ name, version: "1.2.0", scripts: { postinstall: "node mark.cjs" } }));
  const { stdout, stderr } = spawnSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder.path], {
    cwd: path,
    encoding: "utf8",
  });
  const file = join(folder.path, `${name}-1.2.0.tgz`);
  if (!existsSync(file)) throw new Error(`npm pack: ${stdout}${stderr}`);
  return [name, readFileSync(file)];
}

const install = (name: string) => installPack(packSource(name, folder.path));

it("fetches a pack with its scripts off", async () => {
  const { manifest, folder: installed } = await install("weir-pack-twice@1.2.0");
  expect([manifest.name, manifest.version, installed]).toEqual(["twice", "1.2.0", join(installedFolder(), "twice")]);
  expect(existsSync(join(installed, "a.ts"))).toBe(true);
  expect(existsSync(ran)).toBe(false);
});

it("tells of a package that is none, and of one that is no pack", async () => {
  await expect(install("weir-pack-twice@9.9.9")).rejects.toThrow(/npm could not fetch the pack: .*weir-pack-twice@9\.9\.9/);
  await expect(install("weir-pack-nowhere")).rejects.toThrow(/npm could not fetch the pack: /);
  await expect(install("plain")).rejects.toThrow("the npm package plain is no pack: it has no udf.json");
});
