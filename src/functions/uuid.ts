import { randomBytes, randomUUID } from "node:crypto";
import { runtimeError } from "../core/errors.ts";
import { TIMESTAMPTZ, UINTEGER, UUID } from "../core/types.ts";
import { doc, scalarFamily } from "./define.ts";

/** RFC 9562, version 7: milliseconds since 1970, then random bits. */
function timeOrdered(): string {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(Date.now(), 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const versionOf = (uuid: string): number => Number.parseInt(uuid[14], 16);

/** Microseconds since 1970 in a version 7 UUID. */
function timeOf(uuid: string): number {
  if (versionOf(uuid) !== 7)
    throw runtimeError(`a UUID of version ${versionOf(uuid)} has no time: ${uuid}`, undefined, "uuidv7() makes ones that have");
  return Number.parseInt(uuid.slice(0, 8) + uuid.slice(9, 13), 16) * 1000;
}

export const uuidFunctions = scalarFamily("uuid", [
  {
    name: "uuid",
    aliases: ["gen_random_uuid", "uuidv4"],
    volatility: "volatile",
    doc: doc("A random UUID, another one in each row.", [], "length(uuid()::VARCHAR)", "36"),
    overloads: [{ args: [], returns: UUID, impl: () => randomUUID() }],
  },
  {
    name: "uuidv7",
    volatility: "volatile",
    doc: doc(
      "A random UUID that begins with the time, so that later ones sort behind, another one in each row.",
      [],
      "uuid_extract_version(uuidv7())",
      "7",
    ),
    overloads: [{ args: [], returns: UUID, impl: timeOrdered }],
  },
  {
    name: "uuid_extract_version",
    doc: doc("Version of a UUID.", ["uuid"], "uuid_extract_version('550e8400-e29b-41d4-a716-446655440000'::UUID)", "4"),
    overloads: [{ args: ["uuid"], returns: UINTEGER, impl: versionOf }],
  },
  {
    name: "uuid_extract_timestamp",
    doc: doc(
      "Time in a UUID of version 7.",
      ["uuid"],
      "uuid_extract_timestamp('0192ed2a-1b5a-7b2a-8e43-1a2b3c4d5e6f'::UUID)::TIMESTAMP",
      "2024-11-02 13:56:52.698",
    ),
    overloads: [{ args: ["uuid"], returns: TIMESTAMPTZ, impl: timeOf }],
  },
]);
