/** A tree without what a printed text may change: positions, and quotes around names. */
export function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(
    ([key, item]) => key !== "span" && !key.endsWith("Span") && key !== "quoted" && item !== undefined,
  );
  return Object.fromEntries(entries.map(([key, item]) => [key, bare(item)]));
}
