import type { JsonObject, Message } from "./message.ts";
import type { NotebookOutput } from "./notebook.ts";

/** Gathers what a kernel publishes for a cell into the outputs of a notebook. */
export class OutputCollector {
  readonly outputs: NotebookOutput[] = [];
  readonly #byDisplayId = new Map<string, NotebookOutput>();
  #clearBeforeNext = false;

  receive(message: Message): void {
    const { content } = message;
    switch (message.header.msg_type) {
      case "stream":
        this.#stream(String(content.name), String(content.text));
        break;
      case "display_data":
        this.#display({ output_type: "display_data", data: content.data, metadata: content.metadata ?? {} }, content.transient);
        break;
      case "execute_result": {
        const { execution_count, data, metadata = {} } = content;
        this.#display({ output_type: "execute_result", execution_count, data, metadata }, content.transient);
        break;
      }
      case "update_display_data":
        this.#update(displayId(content.transient), content);
        break;
      case "error":
        this.#add({ output_type: "error", ename: content.ename, evalue: content.evalue, traceback: content.traceback });
        break;
      case "clear_output":
        if (content.wait === true) this.#clearBeforeNext = true;
        else this.outputs.length = 0;
    }
  }

  #update(id: string | undefined, content: JsonObject): void {
    const shown = id === undefined ? undefined : this.#byDisplayId.get(id);
    if (shown !== undefined) Object.assign(shown, { data: content.data, metadata: content.metadata ?? {} });
  }

  #add(output: NotebookOutput): void {
    if (this.#clearBeforeNext) this.outputs.length = 0;
    this.#clearBeforeNext = false;
    this.outputs.push(output);
  }

  #display(output: NotebookOutput, transient: unknown): void {
    const id = displayId(transient);
    if (id !== undefined) this.#byDisplayId.set(id, output);
    this.#add(output);
  }

  /** Text of one stream that comes in pieces is one output. */
  #stream(name: string, text: string): void {
    const last = this.outputs.at(-1);
    if (!this.#clearBeforeNext && last?.output_type === "stream" && last.name === name) last.text = String(last.text) + text;
    else this.#add({ output_type: "stream", name, text });
  }
}

function displayId(transient: unknown): string | undefined {
  return (transient as JsonObject | undefined)?.display_id as string | undefined;
}
