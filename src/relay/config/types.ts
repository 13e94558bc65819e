import type { SourceConfig } from '../provider.js';

/** Who the relay is to GitHub. */
export type GitHubIdentity =
  | { readonly kind: 'token'; readonly token: string }
  /** An installation of a GitHub App, which gives tokens that last an hour. */
  | {
      readonly kind: 'app';
      /** The App's client id or number. */
      readonly id: string;
      /** PEM. */
      readonly privateKey: string;
      /** Its number; without it, the one that the chart's repository has. */
      readonly installation?: number;
    };

/** A sender of webhooks and where it calls. */
export interface Source extends SourceConfig {
  /** Of the URL: `/hub`. One with a secret in its path is called at `/hub/<secret>`. */
  readonly path: string;
}

/** Which images mean which event. */
export interface Route {
  /** Whether a canonical name is one of the route's images: `ghcr.io/acme/api`. */
  readonly matchesImage: (name: string) => boolean;
  readonly matchesTag: (tag: string) => boolean;
  /** Names of the sources that it listens to. */
  readonly sources: ReadonlySet<string>;
  readonly owner: string;
  readonly repository: string;
  readonly event: string;
  /** As they were written, for people. */
  readonly images: readonly string[];
  readonly tags: readonly string[];
}

/** A login at a registry, for looking tags up. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
}

export interface Address {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

/** Durations in milliseconds. */
export interface Limits {
  /** So many calls are worked on at a time. */
  readonly concurrency: number;
  /** A call has to be whole after this. */
  readonly bodyTimeoutMs: number;
  /** A call is answered after this at the latest. */
  readonly deadlineMs: number;
  /** Between a call and the look at the registry: whatever else comes meanwhile for the same tag is the same event. */
  readonly settleMs: number;
  /** How long a tag may be missing in its registry: some show it later than they tell of it. */
  readonly appearMs: number;
  /** How long an event is remembered, so that it is not sent again. */
  readonly rememberMs: number;
}

/** The relay's configuration, checked, with its secrets. */
export interface RelayConfig {
  /** For messages. */
  readonly file: string;
  readonly github: { readonly apiUrl: string; readonly identity: GitHubIdentity };
  readonly listen: Address;
  /** Where health and metrics are asked for; without it, where the webhooks come in. */
  readonly admin?: Address;
  readonly limits: Limits;
  /** By host. */
  readonly registries: ReadonlyMap<string, RegistryLogin>;
  readonly sources: readonly Source[];
  readonly routes: readonly Route[];
  /** All that must appear nowhere. */
  readonly secrets: readonly string[];
}
