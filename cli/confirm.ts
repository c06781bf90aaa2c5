import { createInterface } from "node:readline/promises";

/** Whether somebody sits in front of the standard input who could answer. */
export const canAsk = (): boolean => process.stdin.isTTY === true;

/** Asks on the terminal; anything but a yes, the end of the input and Ctrl-C too, is a no. */
export async function askYes(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<string>((resolve) => lines.once("close", () => resolve("")));
  try {
    const answer = await Promise.race([lines.question(`${question} [y/N] `), closed]);
    return /^y(?:es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
