import { bindError, nearestName } from "../core/errors.ts";
import type { Connector } from "./connector.ts";
import { consoleConnector } from "./console.ts";
import { fileConnector } from "./file/file.ts";
import { csvRecords } from "./formats/csv-records.ts";
import { jsonRecords } from "./formats/json-records.ts";
import { rawRecords } from "./formats/raw-records.ts";
import type { RecordFormat } from "./formats/record-format.ts";
import { generatorConnector } from "./generator/generator.ts";
import { httpConnector } from "./http/http.ts";
import { httpServerConnector } from "./http/http-server.ts";
import { memoryConnector } from "./memory.ts";
import { stdinConnector } from "./stdin.ts";
import { websocketConnector } from "./websocket.ts";

/** Every kind of source and sink there is. */
export const CONNECTORS: readonly Connector[] = [
  generatorConnector,
  fileConnector,
  websocketConnector,
  httpConnector,
  httpServerConnector,
  stdinConnector,
  consoleConnector,
  memoryConnector,
];

/** Every way records are spelled. */
export const RECORD_FORMATS: readonly RecordFormat[] = [jsonRecords, csvRecords, rawRecords];

/** The connector of a name; an unknown one is a bind error that suggests the nearest of those that can do what is wanted. */
export function connectorNamed(name: string, role: "source" | "sink"): Connector {
  const able = CONNECTORS.filter((candidate) => candidate[role] !== undefined);
  return named("connector", able, name, CONNECTORS.some((candidate) => candidate.name === name.toLowerCase()) ? ` for a ${role}` : "");
}

export const formatNamed = (name: string): RecordFormat => named("format", RECORD_FORMATS, name, "");

function named<T extends { readonly name: string }>(kind: string, all: readonly T[], name: string, purpose: string): T {
  const found = all.find((candidate) => candidate.name === name.toLowerCase());
  if (found !== undefined) return found;
  const names = all.map((candidate) => candidate.name);
  const near = nearestName(name, names);
  throw bindError(
    `there is no ${kind} "${name}"${purpose}`,
    undefined,
    near === undefined ? `${kind}s are ${names.join(", ")}` : `did you mean "${near}"?`,
  );
}
