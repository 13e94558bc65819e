import { blobId } from '../core/blob-id.js';
import { HelmCdError } from '../core/errors.js';
import { fullName, requestPatiently, requireFine, type Repository } from './repository.js';

/**
 * A file's content by its object id (REST: "Get a blob"), of a few MB at most: it comes as base64 in JSON, which is slow to
 * parse, and fails when it is more than some 10 MB.
 * @throws HelmCdError when GitHub does not give it, or gives something else.
 */
export async function readBlob(repository: Repository, oid: string): Promise<Buffer> {
  const response = await requestPatiently(repository, 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}', {
    file_sha: oid,
  });
  requireFine(repository, response, `A file of ${fullName(repository)} cannot be read`);
  const { content = '' } = response.data as { content?: string };
  const bytes = Buffer.from(content, 'base64');
  if (blobId(bytes, oid) === oid) return bytes;
  throw new HelmCdError(
    'unreachable',
    `GitHub gave another content than that of the object ${oid} of ${fullName(repository)}.`,
  );
}
