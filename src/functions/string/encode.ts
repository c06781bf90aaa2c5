import { createHash } from "node:crypto";
import type { ScalarOverload } from "../../catalog/function-types.ts";
import { runtimeError } from "../../core/errors.ts";
import { BLOB, VARCHAR } from "../../core/types.ts";
import { doc, type ScalarEntry } from "../define.ts";
import { utf8Bytes } from "./code-points.ts";

/** Digits of a whole number in two's complement: negative ones as 64 (HUGEINT: 128) bits. */
const digits = (radix: number): ScalarOverload[] => {
  const wide = (x: bigint) => BigInt.asUintN(64, x).toString(radix).toUpperCase();
  return [
    {
      args: ["bigint"],
      returns: VARCHAR,
      impl: (x: number) => (x >= 0 ? x.toString(radix).toUpperCase() : wide(BigInt(x))),
      wide,
    },
    { args: ["ubigint"], returns: VARCHAR, impl: (x: number) => x.toString(radix).toUpperCase(), wide },
    { args: ["hugeint"], returns: VARCHAR, impl: (x: bigint) => BigInt.asUintN(128, x).toString(radix).toUpperCase() },
  ];
};

const onBytes = (impl: (bytes: Uint8Array) => string): ScalarOverload[] => [
  { args: ["varchar"], returns: VARCHAR, impl: (text: string) => impl(utf8Bytes(text)) },
  { args: ["blob"], returns: VARCHAR, impl },
];

const toHex = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex").toUpperCase();

function toBits(bytes: Uint8Array): string {
  let result = "";
  for (const byte of bytes) result += byte.toString(2).padStart(8, "0");
  return result;
}

/** Reads digits of 1 or 4 bits into bytes; the first byte takes what does not fill a whole one. */
function fromDigits(text: string, bits: number, what: string): Uint8Array {
  const perByte = 8 / bits;
  const bytes = new Uint8Array(Math.ceil(text.length / perByte));
  const lead = bytes.length * perByte - text.length;
  for (let i = 0; i < text.length; i++) {
    const digit = Number.parseInt(text[i], 1 << bits);
    if (Number.isNaN(digit)) throw runtimeError(`invalid ${what} digit: ${text[i]}`);
    const at = Math.floor((i + lead) / perByte);
    bytes[at] = (bytes[at] << bits) | digit;
  }
  return bytes;
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function fromBase64(text: string): Uint8Array {
  if (!BASE64.test(text)) throw runtimeError(`not valid base64: '${text}'`);
  return new Uint8Array(Buffer.from(text, "base64"));
}

const hash = (algorithm: string) => onBytes((bytes) => createHash(algorithm).update(bytes).digest("hex"));

function character(code: number): string {
  if (code < 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) throw runtimeError(`not a Unicode code point: ${code}`);
  return String.fromCodePoint(code);
}

const urlEncode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

const lossless = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const lossy = new TextDecoder("utf-8", { ignoreBOM: true });

function decodeBlob(blob: Uint8Array): string {
  try {
    return lossless.decode(blob);
  } catch {
    throw runtimeError("a BLOB with invalid UTF-8 cannot be decoded", undefined, "decode(blob, 'replace') puts ? for what is invalid");
  }
}

/** A percent sign without two hexadecimal digits stands for itself. */
function urlDecode(text: string): string {
  if (!text.includes("%")) return text;
  const bytes = utf8Bytes(text);
  const result = new Uint8Array(bytes.length);
  let length = 0;
  for (let i = 0; i < bytes.length; i++) {
    const hex = bytes[i] === 0x25 ? String.fromCharCode(bytes[i + 1] ?? 0, bytes[i + 2] ?? 0) : "";
    if (/^[0-9a-fA-F]{2}$/.test(hex)) {
      result[length++] = Number.parseInt(hex, 16);
      i += 2;
    } else result[length++] = bytes[i];
  }
  return decodeBlob(result.subarray(0, length));
}

/** What does not decode becomes one `?` a byte, or goes. */
function decodeWith(blob: Uint8Array, mode: string): string {
  const text = lossy.decode(blob);
  if (!text.includes("\ufffd")) return text;
  switch (mode.toLowerCase()) {
    case "strict":
      return decodeBlob(blob);
    case "replace":
      return text.replace(/\ufffd/g, "?");
    case "ignore":
      return text.replace(/\ufffd/g, "");
    default:
      throw runtimeError(`unknown way to treat decoding errors: '${mode}'`, undefined, "strict, replace or ignore");
  }
}

export const encodeEntries: readonly ScalarEntry[] = [
  {
    name: "hex",
    aliases: ["to_hex"],
    doc: doc("Hexadecimal digits of a whole number, a text or a BLOB.", ["value"], "hex(42)", "2A"),
    overloads: [...digits(16), ...onBytes(toHex)],
  },
  {
    name: "bin",
    aliases: ["to_binary"],
    doc: doc("Binary digits of a whole number or a text.", ["value"], "bin(42)", "101010"),
    overloads: [...digits(2), onBytes(toBits)[0]],
  },
  {
    name: "unhex",
    aliases: ["from_hex"],
    doc: doc("The BLOB that hexadecimal digits give.", ["text"], "unhex('2A')", "*"),
    overloads: [{ args: ["varchar"], returns: BLOB, impl: (text: string) => fromDigits(text, 4, "hexadecimal") }],
  },
  {
    name: "unbin",
    aliases: ["from_binary"],
    doc: doc("The BLOB that binary digits give.", ["text"], "unbin('00101010')", "*"),
    overloads: [{ args: ["varchar"], returns: BLOB, impl: (text: string) => fromDigits(text, 1, "binary") }],
  },
  {
    name: "to_base64",
    aliases: ["base64"],
    doc: doc("A BLOB in base64.", ["blob"], "to_base64('A'::BLOB)", "QQ=="),
    overloads: [
      {
        args: ["blob"],
        returns: VARCHAR,
        impl: (blob: Uint8Array) => Buffer.from(blob.buffer, blob.byteOffset, blob.byteLength).toString("base64"),
      },
    ],
  },
  {
    name: "from_base64",
    doc: doc("The BLOB that base64 gives.", ["text"], "from_base64('QQ==')", "A"),
    overloads: [{ args: ["varchar"], returns: BLOB, impl: fromBase64 }],
  },
  {
    name: "md5",
    doc: doc("MD5 hash of a text or BLOB, in hexadecimal.", ["value"], "md5('abc')", "900150983cd24fb0d6963f7d28e17f72"),
    overloads: hash("md5"),
  },
  {
    name: "sha1",
    doc: doc("SHA-1 hash of a text or BLOB, in hexadecimal.", ["value"], "sha1('abc')", "a9993e364706816aba3e25717850c26c9cd0d89d"),
    overloads: hash("sha1"),
  },
  {
    name: "sha256",
    doc: doc(
      "SHA-256 hash of a text or BLOB, in hexadecimal.",
      ["value"],
      "sha256('abc')",
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    ),
    overloads: hash("sha256"),
  },
  {
    name: "chr",
    doc: doc("The character with a code point.", ["code"], "chr(65)", "A"),
    overloads: [{ args: ["integer"], returns: VARCHAR, impl: character }],
  },
  {
    name: "url_encode",
    doc: doc("Percent-encodes all but letters, digits and four signs (-_.~).", ["text"], "url_encode('a b&c')", "a%20b%26c"),
    overloads: [{ args: ["varchar"], returns: VARCHAR, impl: urlEncode }],
  },
  {
    name: "url_decode",
    doc: doc("Undoes url_encode.", ["text"], "url_decode('a%20b%26c')", "a b&c"),
    overloads: [{ args: ["varchar"], returns: VARCHAR, impl: urlDecode }],
  },
  {
    name: "encode",
    doc: doc("The UTF-8 bytes of a text as a BLOB.", ["text"], "encode('my_string')", "my_string"),
    overloads: [{ args: ["varchar"], returns: BLOB, impl: utf8Bytes }],
  },
  {
    name: "decode",
    doc: doc(
      "The text whose UTF-8 bytes a BLOB holds. Invalid bytes are an error (strict), a ? (replace), or left out (ignore).",
      ["blob", "mode"],
      "decode('\\xC3\\xBC'::BLOB)",
      "ü",
    ),
    overloads: [
      { args: ["blob"], returns: VARCHAR, impl: decodeBlob },
      { args: ["blob", "varchar"], returns: VARCHAR, impl: decodeWith },
    ],
  },
];
