import { randomUUID } from "node:crypto";
import type { KernelRequest } from "./handler.ts";
import type { JsonObject } from "./message.ts";

/** What a message of a comm carries. */
export interface CommMessage {
  readonly data: JsonObject;
  readonly buffers: readonly Buffer[];
  /** The request that brought it. */
  readonly request: KernelRequest;
}

export interface CommEvents {
  onMessage(message: CommMessage): void;
  /** The front end closed it. */
  onClose?(): void;
}

/** One end of a comm: a channel of messages between the kernel and something in a front end. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: JsonObject, buffers?: readonly Buffer[]): void;
  close(): void;
}

/** Takes a comm that a front end opens. Throws where it cannot; the front end is told that it is closed. */
type Target = (comm: Comm, opened: CommMessage) => CommEvents;

/** The open comms of a kernel, and the targets that front ends may open. */
export class Comms {
  readonly #open = new Map<string, { readonly comm: Comm; readonly events: CommEvents }>();
  readonly #targets = new Map<string, Target>();

  addTarget(name: string, target: Target): void {
    this.#targets.set(name, target);
  }

  /** Opens a comm from here. Its messages are children of `request`. */
  open(request: KernelRequest, target: string, data: JsonObject, metadata: JsonObject, events: CommEvents): Comm {
    const comm = this.#comm(randomUUID(), target, request);
    this.#open.set(comm.id, { comm, events });
    request.publishWith("comm_open", { comm_id: comm.id, target_name: target, data }, metadata);
    return comm;
  }

  /** Open comms, of one target or of all, as `comm_info_reply` lists them. */
  info(target: string | undefined): Record<string, { target_name: string }> {
    const listed = [...this.#open.values()].filter(({ comm }) => target === undefined || comm.target === target);
    return Object.fromEntries(listed.map(({ comm }) => [comm.id, { target_name: comm.target }]));
  }

  receiveOpen(request: KernelRequest): void {
    const { comm_id, target_name } = request.content;
    const comm = this.#comm(String(comm_id), String(target_name), request);
    const target = this.#targets.get(comm.target);
    if (target === undefined) comm.close();
    else this.#open.set(comm.id, { comm, events: target(comm, messageOf(request)) });
  }

  receiveMessage(request: KernelRequest): void {
    const found = this.#open.get(String(request.content.comm_id));
    // As after a restart: its sender is told that it is closed
    if (found === undefined) request.publish("comm_close", { comm_id: String(request.content.comm_id ?? ""), data: {} });
    else found.events.onMessage(messageOf(request));
  }

  receiveClose(request: KernelRequest): void {
    const id = String(request.content.comm_id);
    const found = this.#open.get(id);
    this.#open.delete(id);
    found?.events.onClose?.();
  }

  #comm(id: string, target: string, request: KernelRequest): Comm {
    return {
      id,
      target,
      send: (data, buffers) => {
        if (this.#open.has(id)) request.publishWith("comm_msg", { comm_id: id, data }, {}, buffers);
      },
      close: () => {
        this.#open.delete(id);
        request.publish("comm_close", { comm_id: id, data: {} });
      },
    };
  }
}

const messageOf = (request: KernelRequest): CommMessage => ({
  data: (request.content.data ?? {}) as JsonObject,
  buffers: request.message.buffers,
  request,
});
