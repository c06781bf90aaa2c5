import { unsupported } from "../core/errors.ts";
import type { Identifier, QualifiedName } from "../sql/index.ts";

/** The one name of a table or view; `main.t` and `memory.main.t` name the same, other schemas do not exist. */
export function objectName(name: QualifiedName): Identifier {
  const last = name[name.length - 1];
  const qualifier = name.slice(0, -1).map((part) => part.name.toLowerCase());
  if (qualifier.length > 0 && !["main", "memory.main", "temp", "temp.main"].includes(qualifier.join("."))) {
    throw unsupported(`schemas are not there yet: ${name.map((part) => part.name).join(".")}`, name[0].span, `name the table ${last.name}`);
  }
  return last;
}

/** The name of a function: `f`, or `pack.f` in one. */
export function functionName(parts: QualifiedName): Identifier {
  const last = parts[parts.length - 1];
  if (parts.length === 1) return last;
  return { name: parts.map((part) => part.name).join("."), quoted: true, span: { start: parts[0].span.start, end: last.span.end } };
}

/** `m@2` in its parts; no version where none is written. */
export function splitVersion(written: string): { name: string; version?: number } {
  const match = /^(.+)@([1-9]\d*)$/s.exec(written);
  return match === null ? { name: written } : { name: match[1], version: Number(match[2]) };
}
