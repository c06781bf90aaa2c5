import type { Comm, CommMessage, Comms } from "../comms.ts";
import type { KernelRequest } from "../handler.ts";
import type { JsonObject } from "../message.ts";

const TARGET = "jupyter.widget";
const CONTROL_TARGET = "jupyter.widget.control";
/** Of the widget messages, not of the kernel's. */
const PROTOCOL = { version: "2.1.0" };

/** The widgets of a kernel, by the ids of their comms: a page that is loaded again asks for the states of all. */
export class Widgets {
  readonly #comms: Comms;
  readonly #states = new Map<string, () => JsonObject>();

  constructor(comms: Comms) {
    this.#comms = comms;
    comms.addTarget(CONTROL_TARGET, (comm) => ({
      onMessage: ({ data }) => {
        if (data.method === "request_states") comm.send({ method: "update_states", states: this.#all(), buffer_paths: [] });
      },
    }));
  }

  /** Opens a model with its present state. */
  open(request: KernelRequest, state: () => JsonObject, onMessage: (message: CommMessage) => void): Comm {
    const forget = (id: string) => this.#states.delete(id);
    const comm = this.#comms.open(request, TARGET, { state: state(), buffer_paths: [] }, PROTOCOL, {
      onMessage,
      onClose: () => forget(comm.id),
    });
    this.#states.set(comm.id, state);
    return {
      ...comm,
      close: () => {
        forget(comm.id);
        comm.close();
      },
    };
  }

  #all(): JsonObject {
    return Object.fromEntries(
      [...this.#states].map(([id, stateOf]) => {
        const state = stateOf();
        const { _model_name: model_name, _model_module: model_module, _model_module_version: model_module_version } = state;
        return [id, { model_name, model_module, model_module_version, state }];
      }),
    );
  }
}
