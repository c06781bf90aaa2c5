import type { PackManifest } from "./manifest.ts";

const WIDTH = 140;

/** The manifest as the text of `udf.json`: what fits on a line stands on one. */
export function manifestText({ models, ...manifest }: PackManifest, schema?: string): string {
  const written = {
    ...(schema !== undefined && { $schema: schema }),
    ...manifest,
    models: models.map(({ properties, ...model }) => ({ ...model, ...properties })),
  };
  return `${expanded(written, "")}\n`;
}

function expanded(value: object, indent: string): string {
  const inner = `${indent}  `;
  if (Array.isArray(value)) return `[\n${value.map((item) => inner + text(item, inner, inner.length)).join(",\n")}\n${indent}]`;
  const lines = Object.entries(value).map(([key, item]) => {
    const head = `${inner}${JSON.stringify(key)}: `;
    return head + text(item, inner, head.length);
  });
  return `{\n${lines.join(",\n")}\n${indent}}`;
}

/** `column`: where the text begins; a comma follows it. */
function text(value: unknown, indent: string, column: number): string {
  const line = oneLine(value);
  return typeof value !== "object" || value === null || column + line.length < WIDTH ? line : expanded(value, indent);
}

function oneLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(oneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${oneLine(item)}`);
  return fields.length === 0 ? "{}" : `{ ${fields.join(", ")} }`;
}
