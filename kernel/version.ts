import { existsSync, readFileSync } from "node:fs";

export const IMPLEMENTATION = "weir";

/** Folder of this package: the nearest package.json of ours above this file, in the sources and in the build alike. */
export const PACKAGE_ROOT: URL = (() => {
  let folder = new URL("./", import.meta.url);
  for (;;) {
    const manifest = new URL("package.json", folder);
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, "utf8")).name === "weir-sql") return folder;
    const parent = new URL("../", folder);
    if (parent.href === folder.href) throw new Error(`no package.json of weir-sql above ${import.meta.url}`);
    folder = parent;
  }
})();

export const VERSION: string = JSON.parse(readFileSync(new URL("package.json", PACKAGE_ROOT), "utf8")).version;
