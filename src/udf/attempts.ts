import { setTimeout as sleep } from "node:timers/promises";
import { WeirError } from "../core/errors.ts";
import { ResultError } from "./call-error.ts";
import type { SignatureOptions } from "./module-source.ts";

/** Before the first further attempt; doubled for each one after it. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5000;

/**
 * Runs an asynchronous call, each attempt at most `timeoutMs` long, and again after a growing pause where it fails, `retries` times. A call that hangs is
 * left behind; a result that does not fit is not asked for again. Its own signal fires, as it does where the query ends.
 */
export async function attempt<T>(
  call: (signal: AbortSignal) => unknown,
  finish: (returned: unknown) => T,
  { timeoutMs, retries }: Pick<SignatureOptions, "timeoutMs" | "retries">,
  query: AbortSignal,
): Promise<T> {
  for (let tried = 1; ; tried++) {
    try {
      return finish(await once(call, timeoutMs, query));
    } catch (error) {
      if (query.aborted || tried > retries || error instanceof ResultError || error instanceof WeirError) throw error;
    }
    await sleep(Math.min(FIRST_PAUSE_MS * 2 ** (tried - 1), LONGEST_PAUSE_MS), undefined, { signal: query });
  }
}

async function once(call: (signal: AbortSignal) => unknown, timeoutMs: number, query: AbortSignal): Promise<unknown> {
  query.throwIfAborted();
  const controller = new AbortController();
  let end: ((error: unknown) => void) | undefined;
  const ended = new Promise<never>((_, reject) => {
    end = (error) => {
      controller.abort(error);
      reject(error);
    };
  });
  const timer = setTimeout(() => end?.(new Error(`no answer within ${seconds(timeoutMs)}`)), timeoutMs);
  const stop = () => end?.(query.reason);
  query.addEventListener("abort", stop, { once: true });
  try {
    return await Promise.race([call(controller.signal), ended]);
  } finally {
    clearTimeout(timer);
    query.removeEventListener("abort", stop);
  }
}

const seconds = (milliseconds: number): string => (milliseconds < 1000 ? `${milliseconds} ms` : `${milliseconds / 1000} s`);
