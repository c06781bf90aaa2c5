/** A name of several parts as SQL text, each part quoted: `pack.f` is `"pack"."f"`. Quotes that were written are kept. */
export function quotedParts(written: string): string {
  const parts = written.match(/"(?:[^"]|"")*"|[^".]+/g) ?? [];
  return parts.map((part) => (part.startsWith('"') ? part : `"${part.replaceAll('"', '""')}"`)).join(".");
}
