import { createInterface } from "node:readline/promises";
import { WeirError } from "../src/index.ts";

/** Whether somebody sits in front of the standard input who could answer. */
export const canAsk = (): boolean => process.stdin.isTTY === true;

export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
  /** Resolves where the process is asked to stop from outside. */
  readonly stopped?: Promise<void>;
}

/**
 * Asks on the terminal; anything but a yes, the end of the input too, is a no. Ctrl-C is neither: it rejects with an error of phase "interrupt", as does
 * `stopped`.
 */
export async function askYes(question: string, terminal: Partial<Terminal> = {}): Promise<boolean> {
  const { input = process.stdin, output = process.stderr, stopped } = terminal;
  const lines = createInterface({ input, output, terminal: true });
  const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  const interrupted = new Promise<never>((_, reject) => {
    const interrupt = (): void => reject(new WeirError("interrupt", "interrupted"));
    lines.once("SIGINT", interrupt);
    void stopped?.then(interrupt);
  });
  interrupted.catch(() => {});
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), closed, interrupted]);
    return /^y(?:es)?$/i.test(answer.trim());
  } catch (error) {
    output.write("\n");
    throw error;
  } finally {
    lines.close();
  }
}
