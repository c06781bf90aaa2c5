import { Buffer } from "node:buffer";
import type { DataType } from "../../core/types.ts";
import type { Conversion } from "./conversion.ts";
import { formatBlob } from "./format.ts";

/** Casts among VARCHAR, BLOB and UUID. */
export function binaryConversion(from: DataType, to: DataType): Conversion | undefined {
  switch (`${from.kind} ${to.kind}`) {
    case "varchar blob":
      return {
        cast: parseBlob,
        explain: (text: string) =>
          /[^\0-\x7f]/.test(text)
            ? `invalid byte encountered in STRING -> BLOB conversion of string "${text}". All non-ascii characters must be escaped with hex codes (e.g. \\xAA)`
            : `invalid hex escape code encountered in string -> blob conversion of string "${text}"`,
      };
    case "blob varchar":
      return { cast: formatBlob, fallible: false };
    case "varchar uuid":
      return { cast: parseUuid, explain: (text: string) => `could not convert string '${text}' to UUID` };
    case "uuid blob":
      return { cast: (text: string) => new Uint8Array(Buffer.from(text.replaceAll("-", ""), "hex")), fallible: false };
    case "blob uuid":
      return {
        cast: (bytes: Uint8Array) => (bytes.length === 16 ? parseUuid(Buffer.from(bytes).toString("hex")) : undefined),
        explain: (bytes: Uint8Array) => `a BLOB of ${bytes.length} bytes can't be cast to UUID, which has 16`,
      };
    default:
      return undefined;
  }
}

/** ASCII with \xHH escapes; undefined for anything else. */
function parseBlob(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 127) return undefined;
    if (code !== 92) {
      bytes[length++] = code;
      continue;
    }
    const hex = /^x([0-9a-fA-F]{2})/.exec(text.slice(i + 1, i + 4));
    if (hex === null) return undefined;
    bytes[length++] = Number.parseInt(hex[1], 16);
    i += 3;
  }
  return bytes.slice(0, length);
}

/** Canonical form of a UUID, written with or without hyphens and braces. */
function parseUuid(text: string): string | undefined {
  const match = /^\{?([0-9a-f]{8})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{4})-?([0-9a-f]{12})\}?$/i.exec(text);
  return match === null ? undefined : match.slice(1).join("-").toLowerCase();
}
