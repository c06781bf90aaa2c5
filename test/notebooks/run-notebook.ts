import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { VEGALITE_MIME } from "../../kernel/display.ts";
import { type Notebook, textOf } from "../../kernel/notebook.ts";
import { PACKAGE_ROOT } from "../../kernel/version.ts";

/** A notebook that was run by `weir run`. */
export interface Ran {
  readonly status: number | null;
  readonly json: string;
  /** Plain texts of the outputs of the cell whose source holds a text. */
  readonly outputs: (source: string) => string;
  /** Rows drawn by the cell with this title. */
  readonly drawn: (title: string) => readonly Record<string, unknown>[];
  /** Whether outputs name files of this machine; they should be named from the notebook's folder. */
  readonly namesThisMachine: boolean;
}

/** A copy of the notebooks in a folder of its own, and what runs one of them there. */
export function copyOfNotebooks(): { readonly folder: string; run(name: string): Ran } {
  const folder = mkdtempSync(join(tmpdir(), "weir-notebooks-"));
  const root = fileURLToPath(PACKAGE_ROOT);
  cpSync(join(root, "notebooks"), join(folder, "notebooks"), { recursive: true, filter: (path) => !/\.weir|out$/.test(path) });
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"));
  const run = (name: string): Ran => {
    const target = join(folder, `${name}.out.ipynb`);
    // Compiled code lies in dist/, or in the folder that tests were compiled to.
    const command = fileURLToPath(new URL("../../cli/main.js", import.meta.url));
    const { status } = spawnSync(process.execPath, [command, "run", join(folder, "notebooks", `${name}.ipynb`), "--output", target], {
      env: { ...process.env, JUPYTER_DATA_DIR: join(folder, "data"), TZ: "UTC" },
    });
    const json = readFileSync(target, "utf8");
    const cells = (JSON.parse(json) as Notebook).cells.filter((cell) => cell.cell_type === "code");
    const outputsOf = (source: string) => cells.find((cell) => textOf(cell.source).includes(source))?.outputs ?? [];
    const plain = ({ data, text }: Record<string, unknown>) =>
      textOf(((data as Record<string, unknown>)?.["text/plain"] ?? text) as string);
    return {
      status,
      json,
      outputs: (source) => outputsOf(source).map(plain).join("\n"),
      drawn: (title) => {
        const data = outputsOf(`title="${title}"`)[0]?.data as Record<string, { data: { values: Record<string, unknown>[] } }>;
        return data[VEGALITE_MIME].data.values;
      },
      namesThisMachine: [folder, root, tmpdir()].some((path) => json.includes(path)),
    };
  };
  return { folder, run };
}
