/**
 * How the calls of one source are told from forged ones. Of several secrets any is good: that is how one is replaced
 * without missing a call.
 */
export type AuthConfig =
  /** The provider's own signature of the body. */
  | { readonly kind: 'hmac'; readonly secrets: readonly string[] }
  /** The last segment of the request's path: `/hooks/<source>/<secret>`. */
  | { readonly kind: 'path'; readonly secrets: readonly string[] }
  /** A header whose whole value is the secret. */
  | { readonly kind: 'header'; readonly header: string; readonly secrets: readonly string[] }
  /** `Authorization: Bearer <secret>` */
  | { readonly kind: 'bearer'; readonly secrets: readonly string[] }
  /** `Authorization: Bearer <JWT>` of an OpenID Connect issuer. */
  | {
      readonly kind: 'oidc';
      readonly issuer: string;
      readonly audience: string;
      /** The claim `email`, which must be verified. */
      readonly email?: string;
      /** Claims and their exact values. */
      readonly claims?: Readonly<Record<string, string>>;
      /** Where the issuer's keys are; known of Google and GitHub Actions. */
      readonly jwksUri?: string;
    }
  /** Everyone may call. Must be asked for by name. */
  | { readonly kind: 'none' };

export type AuthKind = AuthConfig['kind'];

/** How a provider signs the bodies it sends. */
export interface HmacScheme {
  /** In lower case. */
  readonly header: string;
  readonly algorithm: 'sha256' | 'sha1';
  /** What stands before the hex digits. */
  readonly prefix: string;
}

/** What a provider can do. */
export interface AuthOffer {
  /** The best first. `none` is never named: whoever wants it may have it everywhere. */
  readonly kinds: readonly Exclude<AuthKind, 'none'>[];
  readonly hmac?: HmacScheme;
  /** Of kind `header`, where none is configured; in lower case. */
  readonly header?: string;
}
