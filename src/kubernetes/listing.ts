/** Lists of the API server, page by page, so that no list need be in memory as a whole. */
import { kubectlError } from '../core/api-requests.js';
import { HelmCdError } from '../core/errors.js';
import type { Services } from '../core/ports.js';
import type { Answer } from './api-connection.js';
import type { Cluster } from './cluster.js';
import { classifyFailure, ERROR_CODES, failureText } from './kubectl-errors.js';

/** Objects with their metadata alone: https://kubernetes.io/docs/reference/using-api/api-concepts/#metadata-only-fetches */
export const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';

const PAGE = 500;
const TIMEOUT_MS = 120_000;
const ATTEMPTS = 4;
const PAUSE_MS = 500;
/** More pages than any list has: a server that gives the same page again and again is not asked for ever. */
const MOST_PAGES = 100_000;

export interface ClusterReader {
  readonly cluster: Cluster;
  readonly clock: Services['clock'];
}

interface Page {
  readonly items?: readonly unknown[] | null;
  readonly metadata?: { readonly continue?: string };
}

/** Whether the same request may go well a moment later. */
function mayPass({ status }: Answer): boolean {
  return status === 0 || status === 429 || status >= 500;
}

/** Reads, again when that may help. */
export async function read({ cluster, clock }: ClusterReader, path: string, accept?: string): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    const request = { method: 'GET', path, ...(accept === undefined ? {} : { accept }) } as const;
    const answer = await cluster.request(request, { timeoutMs: TIMEOUT_MS });
    if (!mayPass(answer) || attempt === ATTEMPTS) return answer;
    await clock.sleep(PAUSE_MS * 2 ** (attempt - 1));
  }
}

/** An answer that is none as an error: `unauthorized` when it may not be read. */
export function failureOf(what: string, { status, body }: Answer): HelmCdError {
  const stderr = status === 0 ? `Unable to connect to the server: ${body}: EOF` : kubectlError(status, body);
  const code = status === 401 || status === 403 ? 'unauthorized' : ERROR_CODES[classifyFailure(stderr)];
  return new HelmCdError(code, `${what}: ${failureText(stderr)}`);
}

export interface ListOptions {
  /** For messages: `The pods in namespace shop cannot be read`. */
  readonly what: string;
  readonly accept?: string;
  readonly selector?: string;
}

/**
 * The items of a list, one after the other.
 * @param path of the collection.
 * @throws HelmCdError `unauthorized`, `unreachable`, `cancelled`.
 */
export async function* listItems(reader: ClusterReader, path: string, options: ListOptions): AsyncGenerator {
  const { what, accept, selector } = options;
  let next: string | undefined = '';
  for (let page = 0; next !== undefined && page < MOST_PAGES; page++) {
    const query = new URLSearchParams({ limit: String(PAGE) });
    if (selector !== undefined) query.set('labelSelector', selector);
    if (next !== '') query.set('continue', next);
    const answer: Answer = await read(reader, `${path}?${query.toString()}`, accept);
    if (answer.status === 410) {
      // The list changed too much meanwhile: it goes on with what is there now.
      const { metadata } = JSON.parse(answer.body) as Page;
      if (metadata?.continue === undefined || metadata.continue === next) throw failureOf(what, answer);
      next = metadata.continue;
      continue;
    }
    if (answer.status !== 200) throw failureOf(what, answer);
    const { items, metadata } = JSON.parse(answer.body) as Page;
    yield* items ?? [];
    next = metadata?.continue === '' ? undefined : metadata?.continue;
  }
}
