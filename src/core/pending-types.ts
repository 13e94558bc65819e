/** What a chart repository offers, what a release is on, and what is to be done about it. */
import type { Outcome } from './release-outcome.js';
import type { TriedChart } from './release-memory.js';
import type { VersionConstraint } from './version-constraint.js';

/** A version in a chart repository. */
export interface OfferedVersion {
  readonly version: string;
  /** `sha256:…` of the archive; nothing when the repository does not say. */
  readonly digest: string | undefined;
  /** RFC 3339; nothing when the repository does not say. */
  readonly created: string | undefined;
  /** Whether digest and time are all that the repository tells; in an OCI registry each version must be asked for. */
  readonly isResolved: boolean;
}

/** The revision that is in service. */
export interface RunningChart {
  readonly revision: number;
  readonly chart: string;
  readonly version: string;
  /** 63 hex digits, as the label has it; empty for a revision that helm alone made. */
  readonly digest: string;
  /** How helm-cd's deploy of it ended; nothing for helm alone. */
  readonly outcome: Outcome | undefined;
}

/** A release as far as it matters here. */
export interface ReleaseFacts {
  /** Nothing when it is not installed. */
  readonly running: RunningChart | undefined;
  /** Who is at work on it, as a sentence; empty when nobody is. */
  readonly busy: string;
  /** What a run that is gone left half-done, as a sentence; empty when nothing is. */
  readonly interrupted: string;
  /** What a rollback took out of service to come to what runs; nothing when what runs was deployed. */
  readonly left: { readonly version: string; readonly digest: string; readonly revision: number } | undefined;
  /** Archives that helm-cd deployed here, each once, with how that ended the last time. */
  readonly tried: readonly TriedChart[];
}

/** The environment that another one is promoted from, for one chart. */
export interface Upstream {
  readonly environment: string;
  /** Why it could not be looked at; empty when it could. */
  readonly problem: string;
  readonly facts: ReleaseFacts | undefined;
  /** Whether only what passed there may follow. */
  readonly requireVerified: boolean;
}

/** All that a decision about one release is made of. */
export interface PendingQuestion {
  readonly chart: string;
  /** Of the chart repository, for people. */
  readonly repository: string;
  /** Newest first. */
  readonly versions: readonly OfferedVersion[];
  /** Nothing: any version will do. */
  readonly constraint: VersionConstraint | undefined;
  readonly minAgeMs: number;
  /** When a version was seen first, RFC 3339, for those whose repository does not say when they were published. */
  readonly firstSeen: ((offer: OfferedVersion) => string) | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly retryQuarantined: boolean;
  /** Whether nothing is deployed from a repository in which what runs was overwritten. */
  readonly stopOnAlarm: boolean;
  /** Whether deploys are started without a person. */
  readonly isAutomatic: boolean;
  readonly release: ReleaseFacts;
  /** Nothing for an environment that is fed by pushes. */
  readonly upstream: Upstream | undefined;
}

/**
 * - `pending`: a deploy is due.
 * - `delivery`: there is a newer version, and a person decides.
 * - `up-to-date`: what should run, runs.
 * - `waiting`: there is a newer version, which is too young.
 * - `held`: there is a newer version, which the environment before has not got so far.
 * - `quarantined`: the newest version failed here, or somebody took it out of service again.
 * - `in-progress`: somebody is at work on the release.
 * - `ahead`: what runs is newer than what the repository has.
 * - `not-published`: the repository has no version for it.
 * - `alarm`: the version has other bytes than those that were deployed as it.
 * - `unreadable`: the repository or the cluster could not be read, or that of the environment before.
 */
export type PendingState =
  | 'pending'
  | 'delivery'
  | 'up-to-date'
  | 'waiting'
  | 'held'
  | 'quarantined'
  | 'in-progress'
  | 'ahead'
  | 'not-published'
  | 'alarm'
  | 'unreadable';

/** A version whose bytes are not those that were deployed as it. */
export interface VersionAlarm {
  readonly version: string;
  /** In the repository. */
  readonly digest: string;
  /** Of what was deployed: 63 hex digits after `sha256:`. */
  readonly deployedDigest: string;
  readonly message: string;
}

export interface PendingDecision {
  readonly state: PendingState;
  /** What it is about: the version to deploy, the one that waits or failed, the newest; empty for none. */
  readonly version: string;
  /** `sha256:…`, or empty. */
  readonly digest: string;
  /** Why, in a sentence. */
  readonly reason: string;
  /** What else is to be known, in sentences. */
  readonly notes: readonly string[];
  /** Also beside another state. */
  readonly alarm: VersionAlarm | undefined;
  /** Of a quarantined version: the revision that failed, or was left; 0 otherwise. */
  readonly quarantinedRevision: number;
}

/** A version that must be asked for before a decision is possible. */
export interface NeedVersion {
  readonly need: string;
}
