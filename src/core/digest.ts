import { createHash } from 'node:crypto';

/** Lower-case hex SHA-256: how a chart repository's index writes digests. */
export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** `sha256:` + hex: how OCI, Chart.lock and helm-cd's own outputs write digests. */
export function sha256Digest(bytes: Uint8Array | string): string {
  return `sha256:${sha256Hex(bytes)}`;
}

/** The hex part, in lower case, of a digest written either way; nothing when it is no SHA-256. */
export function digestHex(digest: string): string | undefined {
  return /^(?:sha256:)?([0-9a-f]{64})$/.exec(digest.trim().toLowerCase())?.[1];
}
