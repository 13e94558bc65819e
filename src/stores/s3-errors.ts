import { HelmCdError, messageOf } from '../core/errors.js';

/** What the SDK's errors have in common. */
interface ServiceError {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** The HTTP status of an answer; nothing when there was none. */
export const statusOf = (error: unknown): number | undefined => (error as ServiceError).$metadata?.httpStatusCode;
/** The error's code, such as NoSuchKey. */
export const nameOf = (error: unknown): string => (error as ServiceError).name ?? '';

/** Whether a server says that it knows no conditional writes. Some say so as of a wrong request. */
export function isNotImplemented(error: unknown): boolean {
  const isRefused = [400, 405].includes(statusOf(error) ?? 0);
  const name = nameOf(error);
  return statusOf(error) === 501 || (isRefused && /NotImplemented|NotSupported|Unsupported|InvalidArgument/.test(name));
}

const NEEDED =
  'The credentials need s3:GetObject and s3:PutObject there, and s3:ListBucket on the bucket: without it S3 says 403 for what does not exist. Pruning, repairing and locking need s3:DeleteObject, too.';

/**
 * An error of the SDK for users.
 * @param what could not be done to which object.
 * @param cancelled whether the job was.
 */
export function explainS3(error: unknown, what: string, bucket: string, cancelled: boolean): HelmCdError {
  if (error instanceof HelmCdError) return error;
  const status = statusOf(error);
  const name = nameOf(error);
  const details = { cause: error };
  if (cancelled) return new HelmCdError('cancelled', 'The job was cancelled.', details);
  if (name === 'NoSuchBucket') {
    const hint = 'Create it first: helm-cd makes no buckets. Check the name, the region and endpoint-url.';
    return new HelmCdError('not-found', `${what}: there is no bucket "${bucket}".`, { ...details, hint });
  }
  if (name === 'CredentialsProviderError') {
    const hint =
      'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or take a role with aws-actions/configure-aws-credentials.';
    const reason = messageOf(error).startsWith('Could not load credentials from any providers')
      ? 'there are no AWS credentials.'
      : messageOf(error);
    return new HelmCdError('unauthorized', `${what}: ${reason}`, { ...details, hint });
  }
  if (status === 401 || status === 403) {
    const hint = name === 'AccessDenied' ? NEEDED : 'Check AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and the region.';
    return new HelmCdError('unauthorized', `${what}: ${name} (HTTP ${status}).`, { ...details, hint });
  }
  const answer = status === undefined ? '' : ` (HTTP ${status})`;
  return new HelmCdError('unreachable', `${what}: ${messageOf(error) || name}${answer}`, {
    ...details,
    hint: 'Check endpoint-url, the region and the network.',
  });
}
