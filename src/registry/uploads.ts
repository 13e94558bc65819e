import { HelmCdError } from '../core/errors.js';
import type { RegistryAnswer } from './failure.js';
import { mayPass, pauseMs, retryAfterMs, type RegistryRequest, type RegistryTransport } from './transport.js';

const ATTEMPTS = 5;
/** What every registry takes in one piece that takes pieces at all. */
const CHUNK_BYTES = 4_000_000;

export type UploadOutcome =
  /** The registry had it. */
  | 'there'
  /** It was taken over from another repository of the same registry, without being sent. */
  | 'mounted'
  | 'uploaded';

export interface UploadOptions {
  /** Sent even if the registry says that it is there: it has said so before, wrongly. */
  readonly again?: boolean;
  /** A repository of the same registry that has it. */
  readonly mountFrom?: string;
}

/** The address that an upload goes on at: absolute or relative, with a query that must stay as it is. */
function locationOf(answer: RegistryAnswer, transport: RegistryTransport): string {
  const location = answer.headers.get('location') ?? '';
  if (location !== '' && URL.canParse(location, answer.url)) return new URL(location, answer.url).href;
  throw new HelmCdError('unreachable', `${transport.host} starts an upload, but does not say where it goes on.`);
}

function withDigest(location: string, digest: string): string {
  return `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
}

/** Sends the bytes in pieces, for a registry or a proxy that takes no large bodies. */
async function sendChunks(
  transport: RegistryTransport,
  start: string,
  bytes: Uint8Array,
  digest: string,
  base: RegistryRequest,
): Promise<RegistryAnswer> {
  let location = start;
  for (let offset = 0; offset < bytes.length; offset += CHUNK_BYTES) {
    const body = bytes.subarray(offset, offset + CHUNK_BYTES);
    const headers = {
      'content-type': 'application/octet-stream',
      'content-range': `${offset}-${offset + body.length - 1}`,
    };
    const answer = await transport.send(location, { ...base, method: 'PATCH', headers, body, once: true });
    if (answer.status !== 202) return answer;
    location = locationOf(answer, transport);
  }
  return transport.send(withDigest(location, digest), base);
}

/** What became of sent bytes: an answer, or an error when the connection broke. */
type Sent = RegistryAnswer | HelmCdError;

/** @throws what is no matter of a broken connection. */
function lostConnection(error: unknown): HelmCdError {
  if (error instanceof HelmCdError && error.code === 'unreachable') return error;
  throw error;
}

/** Opens an upload. @returns where it goes on, or nothing when the registry has taken the blob over from `mountFrom`. */
async function openUpload(
  transport: RegistryTransport,
  digest: string,
  mountFrom: string | undefined,
): Promise<string | undefined> {
  const request: RegistryRequest = { method: 'POST', actions: 'pull,push', what: 'An upload' };
  if (mountFrom !== undefined) {
    const query = `mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(mountFrom)}`;
    try {
      const answer = await transport.send(`blobs/uploads/?${query}`, { ...request, alsoPull: mountFrom });
      if (answer.status === 201) return undefined;
      if (answer.status === 202) return locationOf(answer, transport);
    } catch (error) {
      // A login that may not read there is no reason not to upload here.
      if (!(error instanceof HelmCdError) || error.code !== 'unauthorized') throw error;
    }
  }
  return locationOf(transport.expect(await transport.send('blobs/uploads/', request), [202], request), transport);
}

async function sendWhole(
  transport: RegistryTransport,
  location: string,
  bytes: Uint8Array,
  digest: string,
  base: RegistryRequest,
): Promise<RegistryAnswer> {
  const headers = { 'content-type': 'application/octet-stream' };
  return transport.send(withDigest(location, digest), { ...base, headers, body: bytes });
}

/**
 * Uploads a blob unless it is there already, by the OCI distribution specification: opened by POST, sent by one PUT, or in
 * pieces when the registry finds that too large. An upload that breaks is begun anew, unless it turns out to have succeeded:
 * its session cannot be taken up again once its answer is lost.
 * @param load gives its bytes; not called when they need not be sent.
 * @throws HelmCdError as the transport does, and `not-found` for a repository that must be created first.
 */
export async function uploadBlob(
  transport: RegistryTransport,
  digest: string,
  load: () => Promise<Uint8Array>,
  options: UploadOptions = {},
): Promise<UploadOutcome> {
  const { clock } = transport.services;
  let bytes: Uint8Array | undefined;
  const about = { actions: 'pull,push', what: `The blob ${digest}` } as const;
  const isThere = async () => (await transport.send(`blobs/${digest}`, { ...about, method: 'HEAD' })).status === 200;
  let send = sendWhole;
  for (let attempt = 1; ; attempt++) {
    const believed = attempt > 1 || options.again !== true;
    if (believed && (await isThere())) return attempt === 1 ? 'there' : 'uploaded';
    const location = await openUpload(transport, digest, attempt === 1 ? options.mountFrom : undefined);
    if (location === undefined) return 'mounted';
    const request: RegistryRequest = { ...about, method: 'PUT', once: true };
    bytes ??= await load();
    const sent: Sent = await send(transport, location, bytes, digest, request).catch(lostConnection);
    if (sent instanceof HelmCdError) {
      if (attempt === ATTEMPTS) throw sent;
      await clock.sleep(pauseMs(attempt));
      continue;
    }
    const { status, headers } = sent;
    if ([201, 202, 204].includes(status)) return 'uploaded';
    const tooLarge = status === 413 && send === sendWhole && bytes.length > CHUNK_BYTES;
    const sessionLost = status === 404 || status === 416;
    if (attempt === ATTEMPTS || !(mayPass(status) || sessionLost || tooLarge)) throw transport.failure(sent, about);
    if (tooLarge) send = sendChunks;
    await clock.sleep(Math.max(pauseMs(attempt), retryAfterMs(headers.get('retry-after'), clock.now())));
  }
}
