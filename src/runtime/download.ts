import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../core/errors.js';
import type * as ActionsToolkit from './actions-toolkit.js';

type Toolkit = typeof ActionsToolkit;

/** A server that sends nothing for so long is given up. */
const IDLE_MS = 30_000;
/** All attempts together. */
const LIMIT_MS = 5 * 60_000;
/** Pauses before the second and the third attempt. */
const PAUSES_MS = [1000, 3000];

/** An answer that another attempt would not change. */
class FinalError extends Error {}

async function attempt(url: string, file: string, limit: AbortSignal): Promise<void> {
  // Left alone by the bundler: in dist/ it is the file beside the actions' bundle.
  const { HttpClient }: Toolkit = await import(/* webpackIgnore: true */ './actions-toolkit.js');
  const client = new HttpClient('helm-cd', [], { socketTimeout: IDLE_MS });
  try {
    const { message } = await client.get(url);
    const status = message.statusCode ?? 0;
    if (status !== 200) {
      message.resume();
      const text = `the server answered ${status} ${message.statusMessage ?? ''}`.trim();
      throw status >= 500 || status === 408 || status === 429 ? new Error(text) : new FinalError(text);
    }
    await pipeline(message, createWriteStream(file, { mode: 0o600 }), { signal: limit });
  } finally {
    client.dispose();
  }
}

/**
 * Downloads a file, by the proxy of `https_proxy` and `no_proxy` if there is one; in three attempts, within five minutes. Not by
 * `tool-cache`, which waits up to 40 s between attempts and without end for a server that says nothing.
 * @throws Error with the reason of the last attempt.
 */
export async function download(url: string, file: string): Promise<void> {
  const limit = AbortSignal.timeout(LIMIT_MS);
  for (let tries = 0; ; tries++) {
    try {
      return await attempt(url, file, limit);
    } catch (error) {
      if (limit.aborted) throw new Error(`it took longer than ${LIMIT_MS / 60_000} minutes`, { cause: error });
      const pause = PAUSES_MS[tries];
      if (pause === undefined || error instanceof FinalError) throw new Error(messageOf(error), { cause: error });
      await delay(pause);
    }
  }
}
