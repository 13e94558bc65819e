import type { IncomingMessage } from 'node:http';
import { Refusal, retryAfter } from './refusal.js';

/** No registry sends more of an event. */
export const MOST_BODY_BYTES = 1024 * 1024;
/** Of all bodies together that are being read or worked on. */
const MOST_ROOM_BYTES = 64 * 1024 * 1024;

/** How much memory the bodies of all calls may take. */
export class BodyRoom {
  readonly #most: number;
  readonly #held = new Map<object, number>();
  #bytes = 0;

  constructor(most = MOST_ROOM_BYTES) {
    this.#most = most;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns whether there was room for them. */
  take(call: object, bytes: number): boolean {
    if (this.#bytes + bytes > this.#most) return false;
    this.#bytes += bytes;
    this.#held.set(call, (this.#held.get(call) ?? 0) + bytes);
    return true;
  }

  /** A call has ended. */
  leave(call: object): void {
    this.#bytes -= this.#held.get(call) ?? 0;
    this.#held.delete(call);
  }
}

function tooLarge(): Refusal {
  return new Refusal(413, 'too-large', `The body is larger than ${MOST_BODY_BYTES} bytes.`);
}

/**
 * Reads a request's body as it was sent.
 * @throws Refusal when it is too large, too slow, cut off, or compressed; or when there is no room.
 */
export function readBody(request: IncomingMessage, room: BodyRoom, timeoutMs: number): Promise<Uint8Array> {
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > MOST_BODY_BYTES) return Promise.reject(tooLarge());
  const encoding = request.headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') {
    return Promise.reject(new Refusal(415, 'malformed', 'Compressed bodies are not read.'));
  }
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (done: () => void) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      done();
    };
    const fail = (refusal: Refusal) => end(() => reject(refusal));
    const timer = setTimeout(() => fail(new Refusal(408, 'too-slow', 'The body did not come in time.')), timeoutMs);
    const onData = (chunk: Buffer) => {
      size += chunk.length;
      if (size > MOST_BODY_BYTES) return fail(tooLarge());
      if (!room.take(request, chunk.length)) {
        return fail(new Refusal(503, 'busy', 'Too many calls at a time.', { headers: retryAfter(1) }));
      }
      chunks.push(chunk);
    };
    const onEnd = () => end(() => resolve(Buffer.concat(chunks)));
    const onClose = () => fail(new Refusal(400, 'cut-off', 'The body was cut off.'));
    request.on('data', onData).on('end', onEnd).on('close', onClose);
    request.on('error', () => undefined);
  });
}
