import { readFileSync } from "node:fs";

export const IMPLEMENTATION = "weir";

/** Version of this package: the nearest package.json above this file is ours, in the sources and in the build. */
export const VERSION: string = (() => {
  for (let folder = new URL("./", import.meta.url); ; folder = new URL("../", folder)) {
    try {
      const manifest = JSON.parse(readFileSync(new URL("package.json", folder), "utf8"));
      if (manifest.name === "weir-sql") return manifest.version;
    } catch (error) {
      if (folder.pathname === "/") throw error;
    }
  }
})();
