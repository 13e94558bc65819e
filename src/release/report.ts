/** What a deploy or a rollback did and found, filled in as it goes: outputs, summary and result file are made of it. */
import type { Evidence } from '../core/evidence.js';
import type { ErrorCode } from '../core/errors.js';
import type { ObjectChange } from '../core/release-diff.js';
import type { TestResult } from '../core/release-tests.js';

export type ReleaseResult = 'deployed' | 'unchanged' | 'planned' | 'rolled-back' | 'uninstalled' | 'failed';

/** `upgrade` is the change itself: for rollback-chart, helm's rollback. */
export type Phase = 'preflight' | 'upgrade' | 'rollout' | 'test' | 'verify' | 'cancelled';

export interface ReleaseReport {
  result: ReleaseResult;
  failedPhase: Phase | '';
  /** Why, in one sentence. */
  failure: string;
  error: { code: ErrorCode; message: string; hint?: string } | undefined;
  chart: { name: string; version: string; appVersion: string; digest: string; source: string } | undefined;
  release: string;
  namespace: string;
  environment: string;
  server: string;
  context: string;
  helm: string;
  /** What the release is on at the end; 0 when it is not installed. */
  revision: number;
  /** What it was on before; 0 when it was not installed. */
  previousRevision: number;
  valuesFiles: readonly string[];
  /** What an earlier run left behind, and what was done about it. */
  recovered: string;
  changes: readonly ObjectChange[];
  diff: string;
  diffFile: string;
  /** Which commits the new images bring, a line an image. */
  commits: readonly string[];
  /** What somebody had changed in the cluster, a line a field. */
  drift: readonly string[];
  planDigest: string;
  /** When the release was first touched, in milliseconds since 1970; 0 when it was not. */
  appliedAt: number;
  tests: readonly TestResult[];
  /** Absolute path of the tests' results as JUnit XML; empty when none was written. */
  junitFile: string;
  verifyOutput: string;
  evidence: Evidence | undefined;
  evidenceFile: string;
  /** GitHub's number of the deployment; 0 when none is kept. */
  githubDeployment: number;
  /** How a failure was settled. */
  settlement: string;
  /** Milliseconds of each step that was made. */
  readonly steps: { name: string; milliseconds: number }[];
}

export function newReport(): ReleaseReport {
  return {
    result: 'failed',
    failedPhase: '',
    failure: '',
    error: undefined,
    chart: undefined,
    release: '',
    namespace: '',
    environment: '',
    server: '',
    context: '',
    helm: '',
    revision: 0,
    previousRevision: 0,
    valuesFiles: [],
    recovered: '',
    changes: [],
    diff: '',
    diffFile: '',
    commits: [],
    drift: [],
    planDigest: '',
    appliedAt: 0,
    tests: [],
    junitFile: '',
    verifyOutput: '',
    evidence: undefined,
    evidenceFile: '',
    githubDeployment: 0,
    settlement: '',
    steps: [],
  };
}
