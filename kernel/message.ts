/** Messages of the Jupyter protocol, version 5.5, as this kernel and its client see them. */

export const PROTOCOL_VERSION = "5.5";

export type JsonObject = Record<string, unknown>;

/** Sockets that carry requests to a kernel. */
export type RequestChannel = "shell" | "control";

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  /** ISO 8601. */
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
  /** The subshell that a request is for. */
  readonly subshell_id?: string | null;
}

export interface Message {
  /** Routing frames in front of the delimiter: the peer on a ROUTER socket, the topic on iopub. */
  readonly identities: readonly Buffer[];
  readonly header: Header;
  /** The request's header, `{}` where there is none. */
  readonly parent: Header | Record<string, never>;
  readonly metadata: JsonObject;
  readonly content: JsonObject;
  readonly buffers: readonly Buffer[];
}

/** A bundle of one thing in several MIME types, as outputs carry it. */
export type MimeBundle = Readonly<Record<string, unknown>>;

let counter = 0;

/** A new header of `session`; message ids are unique in it. */
export function makeHeader(session: string, type: string): Header {
  counter += 1;
  return {
    msg_id: `${session}_${process.pid}_${counter}`,
    session,
    username: "weir",
    date: new Date().toISOString(),
    msg_type: type,
    version: PROTOCOL_VERSION,
  };
}
