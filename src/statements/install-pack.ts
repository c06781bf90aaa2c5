import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { bindError } from "../core/errors.ts";
import type { InstallPack } from "../sql/ast.ts";
import { installPack, packSource } from "../udf/packs/install.ts";
import { MANIFEST } from "../udf/packs/manifest.ts";
import type { StatementContext, StatementOutput } from "./context.ts";

/** `INSTALL PACK 'folder'`, `INSTALL PACK 'npm-name@1.2'`. What comes from npm is asked about first. Nothing of the pack runs before LOAD. */
export async function runInstallPack({ source: written, sourceSpan }: InstallPack, context: StatementContext): Promise<StatementOutput> {
  const source = packSource(written, context.cwd, sourceSpan);
  if (source.kind === "npm") {
    if (context.confirm === undefined) {
      throw bindError(
        `installing "${source.spec}" from npm needs a yes, and nobody can be asked here`,
        sourceSpan,
        existsSync(resolve(context.cwd, written, MANIFEST))
          ? `for the folder write './${written}'`
          : `in a terminal: weir udf install --yes ${source.spec}`,
      );
    }
    const question = `Install the npm package ${source.spec} as a pack? Its functions run with your rights once it is loaded.`;
    if (!(await context.confirm(question))) return { message: `${source.spec} was not installed` };
  }
  const { manifest, replaced } = await installPack(source);
  const before = replaced === undefined ? "" : `, in the place of ${replaced}`;
  return { message: `installed pack ${manifest.name} ${manifest.version}${before}; LOAD ${manifest.name} makes its functions callable` };
}
