import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { installedFolder } from "../../src/udf/packs/folders.ts";
import { installPack, packSource } from "../../src/udf/packs/install.ts";
import { testFolder, writePack } from "./folders.ts";

/** INSTALL PACK of names that mean something else to npm, and of packages whose archives reach for what lies outside of them. */

const folder = testFolder();

describe("names that npm would take as something else are refused, before npm is asked", () => {
  it.each([
    "--global",
    "-g",
    "--foo=bar",
    "-",
    "~",
    "",
    " ",
    "weir-pack-x --global",
    "weir-pack-x\n--global",
    "weir-pack-x;touch x",
    "$(touch x)",
    "file:x",
    "file:../x",
    "file:///etc",
    "git+ssh://git@example.org/x.git",
    "git@example.org:x/y.git",
    "github:user/x",
    "user/x",
    "https://example.org/x.tgz",
    "x.tgz",
    "x.tar.gz",
    "x.tar",
    "x@y.tgz",
    "npm:x",
    "x@npm:y",
    "x@file:..",
    "x@git+ssh://y",
    "x@../y",
    "x@latest/../..",
    "@scope/../x",
    "@../x",
    "@/x",
    "@scope/",
    "@-s/x",
    "@s/-x",
    "..",
    "../..",
    "../nowhere",
    "..\\x",
    "/nowhere",
    "node_modules/../../x",
    "x\0y",
  ])("%j", (written) => {
    expect(() => {
      const source = packSource(written, join(folder.path, "empty"));
      // Folders that are there are no packs.
      if (source.kind === "npm") return;
      expect(existsSync(join(source.folder, "udf.json"))).toBe(false);
      throw new Error(`folder ${source.folder}`);
    }).toThrow(/is neither a folder nor the name|there is no folder|^folder /);
  });

  it("and those of packages are not", () => {
    for (const written of ["x", "weir-pack-x", "x.y_z", "@scope/x", "x@1.2", "x@1.2.3-rc.1", "@scope/x@latest", "3d"]) {
      expect(packSource(written, folder.path), written).toMatchObject({ kind: "npm", spec: written });
    }
  });
});

describe("an archive", () => {
  let registry: Server;
  const archives = new Map<string, Buffer>();

  beforeAll(async () => {
    registry = createServer((request, response) => {
      const { port } = registry.address() as AddressInfo;
      const name = (request.url ?? "/").slice(1);
      const archive = archives.get(name.replace(/\.tgz$/, ""));
      response.statusCode = archive === undefined ? 404 : 200;
      if (archive === undefined || name.endsWith(".tgz")) {
        response.end(archive ?? "{}");
        return;
      }
      const manifest = { name, version: "1.0.0", dist: { tarball: `http://127.0.0.1:${port}/${name}.tgz` } };
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ name, "dist-tags": { latest: "1.0.0" }, versions: { "1.0.0": manifest } }));
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

  it.each<[string, readonly Entry[]]>([
    [
      "with names that climb",
      [{ name: "package/../../../../../escaped" }, { name: "../../../escaped" }, { name: "package/lib/../../../escaped" }],
    ],
    ["with absolute names", [{ name: join(folder.path, "escaped") }, { name: `/${join(folder.path, "escaped")}` }]],
    ["with a link to a folder, and a file through it", [{ name: "package/lib", link: folder.path }, { name: "package/lib/escaped" }]],
    ["with a link to a file", [{ name: "package/secret.ts", link: join(folder.path, "secret") }]],
    ["with a hard link to a file", [{ name: "package/secret.ts", link: join(folder.path, "secret"), isHard: true }]],
    ["with a link in the place of the manifest", [{ name: "package/udf.json", link: join(folder.path, "secret") }]],
  ])("%s leaves nothing outside of the pack, and brings nothing in", async (what, entries) => {
    const name = `weir-pack-${what.replaceAll(/\W+/g, "-")}`;
    writeFileSync(join(folder.path, "secret"), "the secret");
    archives.set(name, archive(name, entries));
    const installed = await installPack(packSource(name, folder.path)).then(
      (pack) => pack.folder,
      () => undefined,
    );
    const inside = installed ?? "none";
    expect(treeOf(folder.path).filter((file) => file.endsWith("escaped") && !file.startsWith(inside))).toEqual([]);
    expect(existsSync(join(installedFolder(), "..", "escaped"))).toBe(false);
    if (installed === undefined) return;
    for (const file of treeOf(installed)) {
      expect(lstatSync(file).isSymbolicLink(), file).toBe(false);
      expect(readFileSync(file, "utf8"), file).not.toContain("the secret");
    }
  });

  /** A package that is a pack, and these entries behind its files. */
  function archive(name: string, entries: readonly Entry[]): Buffer {
    const path = join(folder.path, "made", name);
    mkdirSync(path, { recursive: true });
    writePack(path, { name: "hostile", version: "1.0.0", files: { "a.ts": "export const twice = (x: number): number => 2 * x;\n" } });
    writeFileSync(join(path, "package.json"), JSON.stringify({ name, version: "1.0.0" }));
    const own = readdirSync(path).map((file) => ({ name: `package/${file}`, text: readFileSync(join(path, file), "utf8") }));
    return gzipSync(Buffer.concat([...[...own, ...entries].map(tarEntry), Buffer.alloc(1024)]));
  }
});

interface Entry {
  readonly name: string;
  readonly text?: string;
  /** Where it leads. */
  readonly link?: string;
  readonly isHard?: boolean;
}

/** An entry as tar has it: a block of 512 bytes that describes it, and its text in whole blocks. */
function tarEntry({ name, text = "escaped", link, isHard }: Entry): Buffer {
  const content = Buffer.from(link === undefined ? text : "");
  const header = Buffer.alloc(512);
  header.write(name, 0, 100);
  header.write("0000644\0", 100);
  header.write(`${content.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write(`${"0".repeat(11)}\0`, 136);
  header.write(link === undefined ? "0" : isHard === true ? "1" : "2", 156);
  header.write(link ?? "", 157, 100);
  header.write("ustar\x0000", 257, "latin1");
  header.write(" ".repeat(8), 148);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
}

/** Files below a folder; links are not followed. */
function treeOf(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? treeOf(join(path, entry.name)) : [join(path, entry.name)],
  );
}
