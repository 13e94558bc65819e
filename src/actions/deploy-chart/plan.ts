/** What a deploy would do: rendered on the server's terms, compared with what is deployed, and bound by a digest. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { readManifest } from '../../core/release-manifest.js';
import { neededPermissions } from '../../core/permissions.js';
import type { RenderedRelease, Revision } from '../../core/release.js';
import { countOfChanges, diffReleases, formatDiff, type ObjectChange } from '../../core/release-diff.js';
import { deployedRevision, latest } from '../../core/release-good.js';
import { planDigest } from '../../core/release-plan.js';
import { checkRecordSize } from '../../core/record-size.js';
import { createSecretMarks, type SecretMarks } from '../../core/secret-text.js';
import { encryptedPlaces, secretTexts } from '../../core/secret-values.js';
import { dryRunArgs, helmMessage, type UpgradeOptions } from '../../helm/lifecycle.js';
import { readRendered, recordBytes } from '../../helm/release-record.js';
import { classifyFailure } from '../../kubernetes/kubectl-errors.js';
import { requirePermissions } from '../../release/permissions.js';
import type { ReleaseContext } from '../../release/roll-back.js';
import { secretsAt } from '../../release/secret-places.js';
import type { ResolvedChart } from './resolve.js';
import type { DeployValues } from './values.js';

const RENDER_TIMEOUT_MS = 2 * 60_000;

export interface Plan {
  /** What is compared with: the deployed revision, or else the newest one. */
  readonly base: Revision | undefined;
  readonly next: RenderedRelease;
  readonly changes: readonly ObjectChange[];
  /** Fit to be shown. */
  readonly diff: string;
  readonly diffFile: string;
  readonly digest: string;
  /** How secrets are shown. */
  readonly marks: SecretMarks;
}

/**
 * Helm ends at the first object that it may not read. What else is missing, a render that asks nobody tells.
 * @throws HelmCdError `unauthorized` that lists all, if it can be found out.
 */
async function explainForbidden(context: ReleaseContext, options: UpgradeOptions): Promise<void> {
  const { helm, cluster, target } = context;
  const args = dryRunArgs(options).map((arg) => (arg === '--dry-run=server' ? '--dry-run=client' : arg));
  const result = await helm.run(args, { env: cluster.environment, timeoutMs: RENDER_TIMEOUT_MS, accept: 'any' });
  if (result.code !== 0) return;
  const next = readManifest(readRendered(result.stdout).manifest, target.namespace);
  await requirePermissions(cluster, neededPermissions({ next, removed: [], namespace: target.namespace }));
}

async function render(
  context: ReleaseContext,
  options: UpgradeOptions,
  chart: ResolvedChart,
): Promise<RenderedRelease> {
  const { helm, cluster } = context;
  const result = await helm.run(dryRunArgs(options), {
    env: cluster.environment,
    timeoutMs: RENDER_TIMEOUT_MS,
    accept: 'any',
  });
  if (result.code !== 0) {
    if (classifyFailure(result.stderr) === 'forbidden') await explainForbidden(context, options);
    throw new HelmCdError('tool', `helm cannot render the chart for this cluster: ${helmMessage(result.stderr)}`, {
      hint: 'Nothing was deployed. validate-chart finds most of this before a deploy.',
    });
  }
  const files = chart.files.map(({ path: file, data }) => ({ path: file, size: data.length }));
  const warning = checkRecordSize(recordBytes(result.stdout), files);
  if (warning !== undefined) context.services.log.warning(warning);
  return readRendered(result.stdout);
}

function refuseCiphertext(next: RenderedRelease): void {
  const places = encryptedPlaces(next.config);
  if (places.length === 0) return;
  throw new HelmCdError('refused', `The values still hold SOPS ciphertext at ${places.slice(0, 5).join(', ')}.`, {
    hint: 'List the encrypted file under secrets, so that it is decrypted first.',
  });
}

/** The values at the places of today's secrets were yesterday's secrets: they too must not show in the diff. */
function knownSecrets(values: DeployValues, base: Revision | undefined, services: Services): readonly string[] {
  const places = values.secrets.map((leaf) => leaf.path);
  const texts = [...secretTexts(values.secrets), ...secretsAt(places, base === undefined ? [] : [base])];
  for (const secret of texts) services.masks.add(secret);
  return texts;
}

/**
 * Plans a deploy; changes nothing in the cluster.
 * @param history newest state, nothing pending.
 */
export async function makePlan(
  context: ReleaseContext,
  options: UpgradeOptions,
  chart: ResolvedChart,
  values: DeployValues,
  history: readonly Revision[],
): Promise<Plan> {
  const { services, target } = context;
  const next = await render(context, options, chart);
  refuseCiphertext(next);
  const base = deployedRevision(history) ?? latest(history);
  const marks = createSecretMarks(knownSecrets(values, base, services));
  const changes = diffReleases(base, next, target.namespace, marks);
  const from =
    base === undefined ? 'not installed' : `${base.chartName} ${base.chartVersion} (revision ${base.revision})`;
  const title = `${target.release} in ${target.namespace}: ${from} → ${chart.name} ${chart.version}`;
  const diff = services.masks.redact(`${title}\n${formatDiff(changes, target.namespace)}`);
  const diffFile = path.join(services.reports, 'diff.txt');
  await writeFile(diffFile, diff);
  const digest = planDigest({ ...target, chartDigest: chart.digest, next, base });
  services.log.info(`Plan: ${title}: ${countOfChanges(changes)}`);
  return { base, next, changes, diff, diffFile, digest, marks };
}
