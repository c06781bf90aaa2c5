import type { Exchange } from "../../kernel/client.ts";
import type { JsonObject, Message } from "../../kernel/message.ts";
import type { TestKernel } from "./start-kernel.ts";

/** A stream without an end, of `rows` rows a second. */
export const createStream = (name: string, rows = 1000): string =>
  `CREATE STREAM ${name} (ts TIMESTAMP, symbol VARCHAR, price DOUBLE, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)
   WITH (connector = 'generator', rows_per_second = ${rows})`;

/** What a client sees of displays that are updated, by their ids, whichever cell they belong to. */
export class LiveOutputs {
  readonly frames = new Map<string, JsonObject[]>();

  constructor(kernel: TestKernel) {
    kernel.client.listen((_channel, message) => {
      if (message.header.msg_type !== "display_data" && message.header.msg_type !== "update_display_data") return;
      const id = displayId(message);
      if (id !== undefined) this.frames.set(id, [...(this.frames.get(id) ?? []), message.content.data as JsonObject]);
    });
  }

  last(id: string): JsonObject {
    return this.frames.get(id)?.at(-1) ?? {};
  }

  text(id: string): string {
    return String(this.last(id)["text/plain"]);
  }

  count(id: string): number {
    return this.frames.get(id)?.length ?? 0;
  }
}

export const displayId = (message: Message): string | undefined =>
  (message.content.transient as JsonObject | undefined)?.display_id as string;

/** Ids of the displays that a cell opened. */
export const displaysOf = (exchange: Exchange): string[] =>
  exchange.published.filter((message) => message.header.msg_type === "display_data").map((message) => displayId(message) ?? "none");

/** Waits for something that will come. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10));
}
