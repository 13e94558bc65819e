/** helm-cd.yaml as the actions use it: defaults filled in, one chart's overrides applied by `environmentOf`. */

import type { RetentionPolicy } from '../core/retention.js';
import type { TagOrder } from '../core/tag-order.js';
import type { VersionConstraint } from '../core/version-constraint.js';

export interface BumpPolicy {
  readonly strategy: 'auto' | 'direct' | 'pull-request';
  /** A SemVer range, a glob, or `/a regular expression/`: which image tags may be written to this environment. */
  readonly tags: string;
  /** How image tags are ordered: which of two is the older one. */
  readonly order: TagOrder;
  readonly version: 'auto' | 'major' | 'minor' | 'patch' | 'prerelease' | 'none';
}

/** Which versions may be deployed without a person. */
export interface DeployPolicy {
  /** Nothing: any version, pre-releases included. */
  readonly versions?: VersionConstraint;
  /** How long a version must have been published. */
  readonly minAgeMs: number;
  /** Where there is promote-from: only what was deployed and tested in that environment. */
  readonly requireVerified: boolean;
}

export interface ClusterTarget {
  readonly context?: string;
  readonly namespace?: string;
}

export interface EnvironmentConfig {
  readonly name: string;
  /** The branch whose pushes feed this environment ... */
  readonly branch?: string;
  /** ... or the environment whose very bytes are promoted to it. */
  readonly promoteFrom?: string;
  /** URL of the chart repository. */
  readonly repository: string;
  readonly mode: 'deployment' | 'delivery';
  /** Values files in order, relative to the chart. */
  readonly values: readonly string[];
  /** SOPS-encrypted values files in order, relative to the chart; they come after `values`. */
  readonly secrets: readonly string[];
  /** Kubernetes versions the chart must be valid for; empty: the newest known. */
  readonly kubernetes: readonly string[];
  readonly cluster: ClusterTarget;
  readonly bump: BumpPolicy;
  readonly deploy: DeployPolicy;
  /** Which versions stay in its repository when it is pruned. */
  readonly retention: RetentionPolicy;
}

export interface ChartConfig {
  readonly name: string;
  /** The chart's folder, relative to helm-cd.yaml. */
  readonly path: string;
  readonly release: string;
  /** Image repository -> places `file#/json/pointer`, relative to the chart. Empty: images are discovered. */
  readonly images: Readonly<Record<string, readonly string[]>>;
}

/** What validate-chart does. */
export interface ValidatePolicy {
  readonly parity: {
    /** Values that may differ between the environments: patterns for `valuePattern`. */
    readonly ignore: readonly string[];
  };
}

export interface Config {
  /** Where it was read from, as the user named it. */
  readonly file: string;
  readonly charts: readonly ChartConfig[];
  readonly validate: ValidatePolicy;
  /** In promotion order. */
  readonly environments: readonly EnvironmentConfig[];
  /** What `charts.NAME.environments.ENV` overrides, by chart, then by environment. */
  readonly overrides: Readonly<Record<string, Readonly<Record<string, Partial<EnvironmentConfig>>>>>;
}
