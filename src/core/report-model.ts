/**
 * What report-releases knows, in the form in which it is published: schema/report-releases-result.schema.json describes the same.
 * All texts are as they were found, so whoever shows one escapes it.
 */

export interface Link {
  readonly text: string;
  /** http(s), or empty. */
  readonly url: string;
}

/** Why a release should be looked at. */
export interface Concern {
  /** `bad`: it does not work, or nobody knows whether it does; `warning`: it is not as it should be. */
  readonly level: 'bad' | 'warning';
  readonly what: string;
}

/** What runs of one container: pods that have the same reference and the same digest. */
export interface RunningImage {
  /** As the pod's own spec has it. */
  readonly reference: string;
  /** The registry and repository that it was pulled from, as the node tells; else as the spec has it. */
  readonly name: string;
  /** `sha256:…` as the node tells, or empty: it has not been pulled, or was never in a registry. */
  readonly digest: string;
  readonly pods: number;
  readonly ready: number;
}

export interface ContainerEntry {
  readonly name: string;
  readonly init: boolean;
  /** What the workload's spec in the cluster says. */
  readonly image: string;
  readonly running: readonly RunningImage[];
}

export type WorkloadState = 'ready' | 'progressing' | 'failed' | 'missing' | 'unknown';

export interface WorkloadEntry {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly state: WorkloadState;
  /** `1 of 3 updated replicas are available`. */
  readonly message: string;
  /** Pods that there should be; nothing where that is not known or makes no sense. */
  readonly desired: number | null;
  readonly ready: number;
  readonly containers: readonly ContainerEntry[];
  /** `api: the spec says …:1.1.0, 2 pods still run …:1.0.0`. */
  readonly stale: readonly string[];
  /** Of its pods: `shop-api-7d9 (api): CrashLoopBackOff, …`. */
  readonly problems: readonly string[];
}

export interface TestEntry {
  readonly name: string;
  readonly phase: 'Succeeded' | 'Failed' | 'Running' | 'Unknown' | 'not run';
  /** RFC 3339, or empty. */
  readonly at: string;
}

export interface TestsEntry {
  /** `none`: the chart has no tests; `unknown`: the record could not be read. */
  readonly result: 'passed' | 'failed' | 'running' | 'not run' | 'none' | 'unknown';
  readonly tests: readonly TestEntry[];
}

export interface DriftEntry {
  readonly state: 'none' | 'drifted' | 'unknown';
  /** `Deployment/shop-api: spec.replicas is 5, released as 2`. */
  readonly lines: readonly string[];
  /** Why it is unknown, or what could not be looked at. */
  readonly note: string;
}

export interface ReleaseEntry {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  /** Of helm-cd.yaml, or as the label says; or empty. */
  readonly environment: string;
  readonly revision: number;
  /** How many revisions helm keeps of it. */
  readonly revisions: number;
  /** As helm calls it; `unknown` when its record could not be read. */
  readonly status: string;
  readonly chart: {
    readonly name: string;
    readonly version: string;
    readonly appVersion: string;
    /** `sha256:…` of the archive; of some only the first 63 hex digits are known; or empty. */
    readonly digest: string;
    /** The chart repository, as helm-cd.yaml says; or empty. */
    readonly repository: string;
  };
  /** The revision that runs, when the newest one was not deployed. */
  readonly before: { readonly revision: number; readonly chartVersion: string } | null;
  /** RFC 3339, or empty. */
  readonly deployedAt: string;
  readonly description: string;
  readonly madeBy: 'helm-cd' | 'helm' | 'unknown';
  /** Of the chart's git repository. */
  readonly commit: Link | null;
  readonly run: Link | null;
  /** What helm-cd wrote down about how the deploy ended; empty for others. */
  readonly outcome: 'pending' | 'passed' | 'failed' | 'restored' | '';
  /** Whether helm-cd saw rollout and tests through. */
  readonly verified: 'yes' | 'no' | 'unknown';
  readonly tests: TestsEntry;
  readonly drift: DriftEntry;
  readonly workloads: readonly WorkloadEntry[];
  /** The gravest first; none when all is well. */
  readonly concerns: readonly Concern[];
}

export interface PlatformEntry {
  readonly platform: string;
  readonly digest: string;
  /** Bytes of configuration and layers, compressed as they are pulled; nothing when not known. */
  readonly size: number | null;
}

/** What was attached to an image. */
export interface Attachments {
  readonly signatures: number;
  readonly attestations: number;
  readonly sboms: number;
  readonly others: number;
}

export interface PullRequestEntry {
  readonly number: number;
  readonly title: string;
  readonly url: string;
}

export interface BuildEntry {
  readonly name: string;
  readonly number: number;
  readonly conclusion: string;
  readonly url: string;
}

/** What is known of an image whose bytes are known, whoever runs it: only what cannot change. */
export interface ImageFacts {
  readonly platforms: readonly PlatformEntry[];
  /** RFC 3339, or empty. */
  readonly created: string;
  readonly revision: string;
  readonly source: string;
  readonly version: string;
  readonly title: string;
}

export interface ImageEntry {
  /** Registry and repository, canonical: `docker.io/library/nginx`. */
  readonly name: string;
  readonly digest: string;
  /** Tags under which specs name it. */
  readonly tags: readonly string[];
  /** Pods that run it. */
  readonly pods: number;
  readonly usedBy: readonly { readonly cluster: string; readonly namespace: string; readonly release: string }[];
  /** Nothing when it could not be read: the note says why. */
  readonly facts: ImageFacts | null;
  readonly commit: Link | null;
  /** The first line of the commit's message, or empty. */
  readonly commitTitle: string;
  readonly pullRequests: readonly PullRequestEntry[];
  readonly builds: readonly BuildEntry[];
  readonly attached: Attachments | null;
  readonly note: string;
}

/** How an image, or a chart, in one environment stands to the one before it. */
export interface Gap {
  readonly what: 'chart' | 'image';
  readonly name: string;
  /** In the environment before: what is to come. */
  readonly ahead: string;
  /** In the environment behind. */
  readonly behind: string;
  readonly state: 'same' | 'behind' | 'ahead' | 'different' | 'missing';
  /** How many commits it is behind; nothing when not known. */
  readonly commits: number | null;
  /** Where the two are compared, or empty. */
  readonly url: string;
}

export interface EnvironmentStep {
  readonly release: string;
  readonly from: string;
  readonly to: string;
  readonly state: 'same' | 'behind' | 'different' | 'missing';
  readonly gaps: readonly Gap[];
}

export interface EnvironmentsEntry {
  /** In promotion order. */
  readonly names: readonly string[];
  readonly rows: readonly {
    readonly release: string;
    /** One an environment; nothing where it is not deployed. */
    readonly cells: readonly ({ readonly version: string; readonly status: string } | null)[];
  }[];
  readonly steps: readonly EnvironmentStep[];
}

export interface ClusterEntry {
  readonly name: string;
  readonly server: string;
  readonly context: string;
  readonly reached: boolean;
  readonly releases: number;
}

export interface Totals {
  readonly releases: number;
  readonly bad: number;
  readonly warnings: number;
  readonly drifted: number;
  readonly unverified: number;
  readonly pods: number;
  readonly images: number;
  readonly unsigned: number;
}

export interface Report {
  /** RFC 3339. */
  readonly generatedAt: string;
  readonly title: string;
  readonly run: Link | null;
  readonly clusters: readonly ClusterEntry[];
  readonly totals: Totals;
  /** What could not be looked at, and why. */
  readonly notes: readonly string[];
  readonly environments: EnvironmentsEntry | null;
  /** The gravest first. */
  readonly releases: readonly ReleaseEntry[];
  readonly images: readonly ImageEntry[];
}
