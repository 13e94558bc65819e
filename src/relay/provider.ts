import type { AuthConfig, AuthOffer } from './authenticity/auth-config.js';

/** A webhook call, whichever host it came in by. */
export interface RelayRequest {
  readonly method: string;
  /** Without the query, as it was sent: `/hooks/hub/0123…`. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case; what was sent twice is joined with ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** As it was sent: signatures are over these bytes. */
  readonly body: Uint8Array;
}

/** One tag that a registry says was pushed. A hint: what the tag is, the registry is asked. */
export interface ImagePush {
  /** Registry and repository in their canonical form, no tag: `docker.io/library/nginx`, `ghcr.io/acme/api`. */
  readonly image: string;
  readonly tag: string;
  /** `sha256:…`, where the event tells. */
  readonly digest?: string;
  /** Commit that the image was built from, where the event tells. */
  readonly revision?: string;
  /** Address of the source repository, where the event tells. */
  readonly source?: string;
}

/** What an event means. Each tag is there once. */
export interface Parsed {
  readonly pushes: readonly ImagePush[];
  /** Why parts of the event, or all of it, mean no pushed image: each reason once, fit for a log. */
  readonly ignored: readonly string[];
}

/** One sender of webhooks, as the relay's configuration has it; secrets are resolved. */
export interface SourceConfig {
  readonly name: string;
  readonly provider: string;
  /** What stands before the repository's name instead of what the event says: a host, or a host and a path. */
  readonly registry?: string;
  readonly auth: AuthConfig;
}

/** Understands the webhooks of one kind of registry. */
export interface Provider {
  readonly name: string;
  /** Events do not say which registry they come from: `registry` must be configured. */
  readonly needsRegistry?: true;
  /** How its calls can be told from forged ones. */
  readonly auth: AuthOffer;
  /**
   * Reads a call that is known to be authentic. Asks nobody.
   * @throws HelmCdError `input` when it is not the provider's shape, naming the place as a JSON path; `refused` when it
   *   has too many pushes.
   */
  parse(request: RelayRequest, source: SourceConfig): Parsed;
}
