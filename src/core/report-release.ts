/** One release as a report has it, of what helm wrote down and of the labels that deploy-chart adds. */
import { isTest, type Revision } from './release.js';
import { testHooks } from './release-tests.js';
import { LABELS, outcomeOf } from './release-outcome.js';
import type { Link, ReleaseEntry, TestEntry, TestsEntry } from './report-model.js';

/** A revision's record as its metadata tell, without its body. */
export interface RecordEntry {
  readonly namespace: string;
  /** Of the Secret. */
  readonly secret: string;
  readonly release: string;
  readonly revision: number;
  readonly status: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The records of one release that a report needs the bodies of. */
export interface WantedRecords {
  readonly namespace: string;
  readonly release: string;
  /** How many there are. */
  readonly revisions: number;
  readonly newest: RecordEntry;
  /** The one that is deployed, when the newest is not. */
  readonly deployed: RecordEntry | undefined;
}

interface Labelled {
  readonly metadata?: {
    readonly name?: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

/** What a Secret's metadata tell of a release's record; nothing when it is none. */
export function recordEntry({ metadata }: Labelled): RecordEntry | undefined {
  const { name = '', namespace = '', labels = {} } = metadata ?? {};
  const revision = Number(labels['version']);
  const release = labels['name'] ?? '';
  if (labels['owner'] !== 'helm' || release === '' || !Number.isSafeInteger(revision)) return undefined;
  return { namespace, secret: name, release, revision, status: labels['status'] ?? 'unknown', labels };
}

/** Goes through records one by one and keeps only what is needed: two a release, however many revisions there are. */
export class RecordIndex {
  private readonly found = new Map<string, WantedRecords>();

  add(entry: RecordEntry): void {
    const key = `${entry.namespace}/${entry.release}`;
    const known = this.found.get(key);
    const { namespace, release } = entry;
    if (known === undefined) {
      const deployed = entry.status === 'deployed' ? entry : undefined;
      this.found.set(key, { namespace, release, revisions: 1, newest: entry, deployed });
      return;
    }
    const newest = entry.revision > known.newest.revision ? entry : known.newest;
    const isDeployed = entry.status === 'deployed' && entry.revision > (known.deployed?.revision ?? 0);
    const deployed = isDeployed ? entry : known.deployed;
    this.found.set(key, { namespace, release, revisions: known.revisions + 1, newest, deployed });
  }

  /** All releases; `deployed` only where it is not the newest. */
  releases(): readonly WantedRecords[] {
    return [...this.found.values()].map((one) => ({
      ...one,
      deployed: one.deployed?.revision === one.newest.revision ? undefined : one.deployed,
    }));
  }
}

/** What deploy-chart writes: `shop 1.2.0 sha256:…, commit …, https://…/actions/runs/1`. */
const ARCHIVE = /(?:^|\s)(sha256:[0-9a-f]{64})(?:,|\s|$)/;
const RUN = /(?:^|[\s,])(https?:\/\/[^\s,]+\/([\w.-]+\/[\w.-]+)\/actions\/runs\/(\d+))(?:$|[\s,])/;

function chartDigest(description: string, label: string): string {
  const [, said = ''] = ARCHIVE.exec(description) ?? [];
  if (label === '' || said.slice('sha256:'.length).startsWith(label)) return said;
  return /^[0-9a-f]{63}$/.test(label) ? `sha256:${label}` : '';
}

interface Origin {
  readonly commit: Link | null;
  readonly run: Link | null;
}

/** Where links to GitHub lead, when the record does not say. */
export interface RepositoryPlace {
  /** `https://github.com` */
  readonly serverUrl: string;
  /** `owner/name` of the chart's git repository, or empty. */
  readonly repository: string;
}

function originOf(revision: Revision, place: RepositoryPlace): Origin {
  const [, runUrl = '', runRepository = ''] = RUN.exec(revision.description) ?? [];
  const sha = revision.labels[LABELS.commit] ?? '';
  const run = revision.labels[LABELS.run] ?? '';
  const [, runId = ''] = /^(\d+)-\d+$/.exec(run) ?? [];
  const root = runUrl === '' ? place.serverUrl : new URL(runUrl).origin;
  const repository = runRepository || place.repository;
  const page = (path: string) => (repository === '' ? '' : `${root}/${repository}/${path}`);
  return {
    commit: /^[0-9a-f]{7,64}$/.test(sha) ? { text: sha, url: page(`commit/${sha}`) } : null,
    run: runId === '' ? null : { text: run, url: runUrl || page(`actions/runs/${runId}`) },
  };
}

/** A run that began before the revision was made is a copy that a rollback took along. */
function testsOf(revision: Revision): TestsEntry {
  const hooks = testHooks(revision.hooks.filter(isTest));
  if (hooks.length === 0) return { result: 'none', tests: [] };
  const since = Date.parse(revision.deployedAt);
  const tests = hooks.map(({ name, lastRun }): TestEntry => {
    const started = Date.parse(lastRun.startedAt);
    const isCopy = Number.isFinite(since) && Number.isFinite(started) && started < since - 1000;
    if (lastRun.phase === '' || isCopy) return { name, phase: 'not run', at: '' };
    return { name, phase: lastRun.phase, at: lastRun.completedAt || lastRun.startedAt };
  });
  const has = (phase: TestEntry['phase']) => tests.some((test) => test.phase === phase);
  if (has('Failed')) return { result: 'failed', tests };
  if (has('Running') || has('Unknown')) return { result: 'running', tests };
  return { result: has('not run') ? 'not run' : 'passed', tests };
}

const VERIFIED = { passed: 'yes', restored: 'yes', failed: 'no', pending: 'no' } as const;

export type ReleaseFacts = Omit<ReleaseEntry, 'concerns' | 'workloads' | 'drift' | 'cluster' | 'environment'>;

/** What the newest record says of a release, and what is known of the one before. */
export function releaseFacts(
  wanted: WantedRecords,
  newest: Revision,
  deployed: Revision | undefined,
  place: RepositoryPlace,
): ReleaseFacts {
  const outcome = outcomeOf(newest) ?? '';
  const isOurs = outcome !== '';
  // Labels are copied from revision to revision: of one that helm-cd did not make they tell of another.
  const { commit, run } = isOurs ? originOf(newest, place) : { commit: null, run: null };
  return {
    namespace: wanted.namespace,
    name: wanted.release,
    revision: newest.revision,
    revisions: wanted.revisions,
    status: newest.status,
    chart: {
      name: newest.chartName,
      version: newest.chartVersion,
      appVersion: newest.appVersion,
      digest: isOurs ? chartDigest(newest.description, newest.labels[LABELS.chartDigest] ?? '') : '',
      repository: '',
    },
    before: deployed === undefined ? null : { revision: deployed.revision, chartVersion: deployed.chartVersion },
    deployedAt: newest.deployedAt,
    description: newest.description.replace(/\s+/g, ' ').trim(),
    madeBy: isOurs ? 'helm-cd' : 'helm',
    commit,
    run,
    outcome,
    verified: outcome === '' ? 'unknown' : VERIFIED[outcome],
    tests: testsOf(newest),
  };
}

/** A release of which only the record's metadata, or not even these, could be read. */
export function factsWithoutBody(wanted: WantedRecords): ReleaseFacts {
  const { newest } = wanted;
  return {
    namespace: wanted.namespace,
    name: wanted.release,
    revision: newest.revision,
    revisions: wanted.revisions,
    status: newest.status,
    chart: { name: '', version: '', appVersion: '', digest: '', repository: '' },
    before: null,
    deployedAt: '',
    description: '',
    madeBy: 'unknown',
    commit: null,
    run: null,
    outcome: '',
    verified: 'unknown',
    tests: { result: 'unknown', tests: [] },
  };
}
