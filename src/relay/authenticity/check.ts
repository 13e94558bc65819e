import { HelmCdError } from '../../core/errors.js';
import type { RelayRequest, SourceConfig } from '../provider.js';

export interface AuthDeps {
  readonly now: () => Date;
  /** Fetches the keys of OpenID Connect issuers. */
  readonly fetch: typeof fetch;
}

/** All that a forger is told. */
export const NOT_AUTHENTIC = 'The request is not authentic.';

/**
 * Lets a request through that was sent by whom the source's configuration names.
 * @throws HelmCdError `unauthorized`, always with the same text; its `cause` is an Error that says precisely why, without
 *   any secret, for the log. `unreachable` when the issuer's keys cannot be had: the sender should try again.
 */
export async function authenticate(request: RelayRequest, source: SourceConfig, deps: AuthDeps): Promise<void> {
  void [request, source, deps];
  await Promise.reject(new HelmCdError('unauthorized', NOT_AUTHENTIC, { cause: new Error('not written yet') }));
}
