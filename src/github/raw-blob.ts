import { blobId } from '../core/blob-id.js';
import { HelmCdError } from '../core/errors.js';
import type { GitHubResponse, Web, WebAnswer } from '../core/ports.js';
import { patiently } from './patience.js';
import { fullName, requireFine, type Repository } from './repository.js';

/** GitHub gives files of up to 100 MiB. */
const MOST_BYTES = 110 * 1024 ** 2;
const TIMEOUT_MS = 120_000;

/** How to reach GitHub's API other than by its client. */
export interface RawAccess {
  readonly web: Web;
  readonly apiUrl: string;
  /** Empty: only what is public can be read. */
  readonly token: string;
}

/** The answer as the client would give it; a file's content stays what it is. */
function responseOf({ status, headers, body }: WebAnswer): GitHubResponse {
  if (status === 200) return { status, headers, data: body };
  const text = Buffer.from(body).toString('utf8');
  try {
    return { status, headers, data: JSON.parse(text) as unknown };
  } catch {
    return { status, headers, data: { message: `status ${status}` } };
  }
}

/**
 * A file's very bytes by its object id (REST: "Get a blob", by the raw media type). Not by the API's client, which would
 * have them as base64 in JSON, and fails to parse that when it is more than some 10 MB.
 * @throws HelmCdError when GitHub does not give it, or gives something else.
 */
export async function readRawBlob(
  repository: Repository,
  { web, apiUrl, token }: RawAccess,
  oid: string,
): Promise<Uint8Array> {
  const { owner, name, clock } = repository;
  const url = `${apiUrl}/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}/git/blobs/${oid}`;
  const authorization = token === '' ? {} : { authorization: `token ${token}` };
  const headers = { accept: 'application/vnd.github.raw+json', ...authorization };
  const doing = `A file of ${fullName(repository)} cannot be read`;
  const response = await patiently({ clock, repeatable: true }, async () => {
    try {
      return responseOf(await web.get(url, { headers, timeoutMs: TIMEOUT_MS, maxBytes: MOST_BYTES }));
    } catch (error) {
      if (!(error instanceof HelmCdError) || error.code === 'cancelled') throw error;
      throw new HelmCdError(error.code, `${doing}: ${error.message}`, { hint: 'Run the job again.', cause: error });
    }
  });
  requireFine(repository, response, doing);
  const bytes = response.data as Uint8Array;
  if (blobId(bytes, oid) === oid) return bytes;
  throw new HelmCdError(
    'unreachable',
    `GitHub gave another content than that of the object ${oid} of ${fullName(repository)}.`,
    {
      hint: 'Run the job again.',
    },
  );
}
