/** relay.yaml as it is written, once its schema has passed it. */

type OneOrMore = string | readonly string[];

export interface RawSecret {
  readonly 'secret-env'?: OneOrMore;
  readonly 'secret-file'?: OneOrMore;
}

export interface RawAuth {
  readonly hmac?: RawSecret;
  readonly path?: RawSecret;
  readonly bearer?: RawSecret;
  readonly header?: RawSecret & { readonly name?: string };
  readonly oidc?: {
    readonly issuer: string;
    readonly audience: string;
    readonly email?: string;
    readonly claims?: Readonly<Record<string, string>>;
    readonly 'jwks-uri'?: string;
  };
  readonly none?: true;
}

export interface RawSource {
  readonly provider: string;
  readonly path?: string;
  readonly registry?: string;
  readonly auth: RawAuth;
}

export interface RawRoute {
  readonly images: readonly string[];
  readonly tags?: OneOrMore;
  readonly sources?: readonly string[];
  readonly repository: string;
  readonly event?: string;
}

export interface RawGitHub {
  readonly 'api-url'?: string;
  readonly 'token-env'?: string;
  readonly 'token-file'?: string;
  readonly app?: {
    readonly id: string | number;
    readonly 'private-key-env'?: string;
    readonly 'private-key-file'?: string;
    readonly installation?: number;
  };
}

export interface RawRegistry {
  readonly username?: string;
  readonly 'username-env'?: string;
  readonly 'password-env'?: string;
  readonly 'password-file'?: string;
}

export interface RawAddress {
  readonly host?: string;
  readonly port?: number;
}

export interface RawLimits {
  readonly 'concurrent-requests'?: number;
  readonly 'body-timeout'?: string;
  readonly deadline?: string;
  readonly settle?: string;
  readonly appear?: string;
  readonly remember?: string;
}

export interface RawRelay {
  readonly github: RawGitHub;
  readonly listen?: RawAddress;
  readonly admin?: RawAddress;
  readonly limits?: RawLimits;
  readonly registries?: Readonly<Record<string, RawRegistry>>;
  readonly sources: Readonly<Record<string, RawSource>>;
  readonly routes: readonly RawRoute[];
}
