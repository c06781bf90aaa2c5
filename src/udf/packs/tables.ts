import type { PackFunction, PackManifest } from "./manifest.ts";

/** Markdown tables of packs for docs/packs.md: a section a pack, a row a function. */
export function packTables(manifests: readonly PackManifest[]): string {
  return manifests.map(packTable).join("\n");
}

function packTable({ name, version, description, functions }: PackManifest): string {
  const rows = functions.map((fn) => `| ${row(name, fn).map(cell).join(" | ")} |`);
  return [
    `### ${name} ${version}`,
    "",
    description,
    "",
    "| function | kind | what it gives | parameters |",
    "|---|---|---|---|",
    ...rows,
    "",
    "| example | result |",
    "|---|---|",
    ...functions.flatMap(({ example, result }) => (example === undefined ? [] : [`| \`${cell(example)}\` | \`${cell(result ?? "")}\` |`])),
    "",
  ].join("\n");
}

function row(pack: string, { name, kind, params, doc, returns }: PackFunction): string[] {
  const called = params.map((param) => (param.optional === true ? `[${param.name}]` : param.name)).join(", ");
  const explained = params.map((param) => `\`${param.name}\` ${param.type}${param.doc === undefined ? "" : `: ${param.doc}`}`);
  return [`\`${pack}.${name}(${called})\` → ${returns}`, kind, doc, explained.join("\n")];
}

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", "<br>");
