// Writes docs/connectors.md from what connectors and formats say of themselves. Run by `npm run docs`, after a build.
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CONNECTORS, RECORD_FORMATS } from "../dist/src/connectors/registry.js";
import { SINK_OPTIONS } from "../dist/src/connectors/sinks.js";
import { streamOptions } from "../dist/src/streams/stream-options.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", "<br>");
const typeText = ({ type, choices }) => (choices === undefined ? type : choices.map((choice) => `\`${choice}\``).join(", "));
const defaultText = (option) => (option.required ? "**required**" : option.default);

function table(options) {
  if (options.length === 0) return [];
  const lines = ["| property | value | default | what it does |", "|---|---|---|---|"];
  for (const option of options) {
    const secret = option.secret ? " Never shown." : "";
    lines.push(`| \`${option.name}\` | ${cell(typeText(option))} | ${cell(defaultText(option))} | ${cell(option.doc)}${secret} |`);
  }
  return [...lines, ""];
}

const lines = [
  "# Connectors",
  "",
  "Generated from the code by `npm run docs`.",
  "",
  "`CREATE STREAM s (…) WITH (connector = '…', …)` declares where rows come from, or where `INSERT INTO s` writes them. Every property is checked; one that is",
  "not listed is an error that names the nearest. Durations are written `'10 seconds'` or `'1m30s'`, sizes `'64MB'`. Secrets are written `env('NAME')`, and are",
  "never shown. Records that cannot be read go to `s$dead_letters`.",
  "",
];
for (const { name, doc, source, sink } of CONNECTORS) {
  lines.push(`## ${name}`, "", doc, "");
  if (source !== undefined) {
    const formats = source.formats.length === 0 ? "" : ` Formats: ${source.formats.join(", ")}.`;
    const again = source.replayable ? "Can be read again from a position." : "Cannot be read again; `retain` keeps rows.";
    const replay = name === "memory" ? "" : ` ${again}`;
    lines.push(`**Source**: ${source.delivery}.${replay}${formats}`, "", ...table([...source.options, ...streamOptions(source, true)]));
    if (source.columnHints !== undefined)
      lines.push('Hints for a column are written `"column.hint" = value`:', "", ...table(source.columnHints));
  }
  if (sink !== undefined) {
    const changes = sink.acceptsChangelog ? " Takes updates and deletions." : "";
    lines.push(
      `**Sink**: ${sink.delivery}.${changes} Formats: ${sink.formats.join(", ")}.`,
      "",
      ...table([...sink.options, ...SINK_OPTIONS]),
    );
  }
}
lines.push(
  "# Formats",
  "",
  "Named by `format = '…'`; left out, the path's ending tells, or else the first format of the connector is meant.",
  "",
);
for (const { name, doc, options } of RECORD_FORMATS) lines.push(`## ${name}`, "", doc, "", ...table(options));
writeFileSync(join(root, "docs", "connectors.md"), lines.join("\n"));
