/** What GitHub is told of a deploy or a rollback: its own deployment, and one for what a failed one was rolled back to. */
import type { InputReader } from '../core/action.js';
import { HelmCdError } from '../core/errors.js';
import { imagesOf } from '../core/release-diff.js';
import { LABELS } from '../core/release-outcome.js';
import { readManifest } from '../core/release-manifest.js';
import type { RenderedRelease, Revision } from '../core/release.js';
import { DeploymentRecord, type DeploymentFacts } from '../github/deployments.js';
import type { Repository } from '../github/repository.js';
import { runRepository } from '../github/run-repository.js';
import type { ReleaseReport } from './report.js';
import type { ReleaseContext } from './roll-back.js';

export interface DeploymentInputs {
  readonly githubDeployment: boolean;
  readonly environmentUrl: string;
  readonly token: string;
}

/** @throws HelmCdError `input` when a record is wanted that cannot be made. */
export function readDeploymentInputs(reader: InputReader): DeploymentInputs {
  const inputs = {
    githubDeployment: reader.boolean('github-deployment', false),
    environmentUrl: reader.string('environment-url'),
    token: reader.secret('token'),
  };
  if (inputs.githubDeployment && inputs.token === '') {
    throw new HelmCdError('input', 'Input "github-deployment" needs "token".', {
      hint: "Leave token out for the job's own, and give the job permissions: deployments: write.",
    });
  }
  if (inputs.environmentUrl !== '' && !/^https?:\/\/[^\s]+$/.test(inputs.environmentUrl)) {
    throw new HelmCdError('input', `Input "environment-url" is no http(s) URL: "${inputs.environmentUrl}"`);
  }
  return inputs;
}

/** More than people read; a payload has its limits. */
const MOST_IMAGES = 50;

function imagesIn(release: RenderedRelease, namespace: string): readonly string[] {
  const images = readManifest(release.manifest, namespace).flatMap(({ content }) => [...imagesOf(content).values()]);
  return [...new Set(images)].sort().slice(0, MOST_IMAGES);
}

/** The deployments of one run. */
export class DeploymentTracker {
  private readonly repository: Repository;
  private readonly context: ReleaseContext;
  private readonly report: ReleaseReport;
  private readonly environmentUrl: string;
  private record: DeploymentRecord | undefined;

  private constructor(repository: Repository, context: ReleaseContext, report: ReleaseReport, environmentUrl: string) {
    this.repository = repository;
    this.context = context;
    this.report = report;
    this.environmentUrl = environmentUrl;
  }

  /** @returns nothing when none are wanted, or the run is not one of GitHub's. */
  static of(inputs: DeploymentInputs, context: ReleaseContext, report: ReleaseReport): DeploymentTracker | undefined {
    if (!inputs.githubDeployment) return undefined;
    const { services } = context;
    const repository = runRepository(inputs.token, services);
    if (repository === undefined) {
      services.log.warning('No GitHub Deployment is kept: GITHUB_REPOSITORY does not say in which repository.');
      return undefined;
    }
    return new DeploymentTracker(repository, context, report, inputs.environmentUrl);
  }

  private facts(release: RenderedRelease, commit: string, description: string): DeploymentFacts {
    const { target, services } = this.context;
    const { chart, environment } = this.report;
    const { sha, runUrl } = services.context;
    return {
      environment: environment || target.namespace,
      release: `${target.namespace}/${target.release}`,
      ref: commit || sha,
      ownRef: sha,
      description,
      payload: {
        release: target.release,
        namespace: target.namespace,
        chart: { name: release.chartName, version: release.chartVersion, digest: chart?.digest ?? '' },
        images: imagesIn(release, target.namespace),
      },
      environmentUrl: this.environmentUrl,
      logUrl: runUrl,
    };
  }

  /** The change begins. */
  async begin(release: RenderedRelease, commit = ''): Promise<void> {
    const description = `${release.chartName} ${release.chartVersion}`;
    const facts = this.facts(release, commit, description);
    this.record = await DeploymentRecord.start(this.repository, facts, this.context.services.log);
    this.report.githubDeployment = this.record.id ?? 0;
  }

  /** It is good: rollout, tests and verification passed. */
  async succeed(): Promise<void> {
    await this.record?.end('success', `Revision ${this.report.revision}: rolled out, tests passed.`);
  }

  /** It failed; what it was rolled back to is a deployment of its own. */
  async fail(restored: Revision | undefined): Promise<void> {
    const { failedPhase, failure, revision } = this.report;
    const reason = this.context.services.masks.redact(`${failedPhase}: ${failure}`);
    await this.record?.end('failure', reason);
    if (restored === undefined || this.record?.id === undefined) return;
    const description = `Rollback to revision ${restored.revision}: ${restored.chartName} ${restored.chartVersion}`;
    const facts = this.facts(restored, restored.labels[LABELS.commit] ?? '', description);
    const record = await DeploymentRecord.start(this.repository, facts, this.context.services.log);
    await record.end('success', `Revision ${revision}, a copy of revision ${restored.revision}, runs.`);
  }
}
