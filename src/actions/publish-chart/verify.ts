import { compareArchives } from '../../charts/compare-archives.js';
import { findCharts } from '../../charts/find-charts.js';
import { loadConfig } from '../../config/load.js';
import type { Outcome } from '../../core/action.js';
import { sha256Digest } from '../../core/digest.js';
import { archiveName } from '../../core/packed-chart.js';
import type { Services } from '../../core/ports.js';
import { provenanceDigest } from '../../core/provenance.js';
import { publicationOutputs } from '../../core/publication.js';
import { openStore } from '../../stores/open-store.js';
import type { ChartStore } from '../../stores/store.js';
import type { PublishInputs } from './inputs.js';
import { helmWhenNeeded, packageChart, type PackagedChart } from './package.js';
import { planTargets, type Target } from './targets.js';
import type { Verification } from './verification.js';
import { failureOf, summarizeVerification, verdictOf } from './verify-summary.js';

const NAMED = 5;

/** Looks a chart up as consumers do, and compares. */
async function verifyChart({ chart, file }: PackagedChart, target: Target, store: ChartStore): Promise<Verification> {
  const { name, version } = chart.metadata;
  const common = {
    name,
    version,
    repository: store.url,
    environment: target.environment,
    digest: chart.digest,
    packageFile: file,
  };
  const versions = await store.versions(name);
  // No constraint, and nothing that is equal but for build metadata: this very version.
  const found = versions.find((candidate) => candidate.version === version);
  if (found === undefined) {
    const known = versions.slice(0, NAMED).map((candidate) => candidate.version);
    return { ...common, state: 'not-found', publishedDigest: '', url: '', signed: false, known };
  }
  const published = await store.fetch(found);
  const publishedDigest = sha256Digest(published);
  const provenance = await store.provenance(found);
  const signed =
    provenance !== undefined && provenanceDigest(provenance, archiveName(chart.metadata)) === publishedDigest;
  const result = { ...common, publishedDigest, url: found.url, signed };
  if (publishedDigest === chart.digest) return { ...result, state: 'verified' };
  const comparison = await compareArchives(published, chart.bytes, archiveName(chart.metadata));
  return { ...result, state: 'different', comparison };
}

/**
 * Mode `verify`: packages each chart exactly as publishing would, and compares it with what is published under its name and
 * version. Nothing is written anywhere.
 */
export async function verifyCharts(inputs: PublishInputs, services: Services): Promise<Outcome> {
  const { workingDirectory, context, log } = services;
  const config = await loadConfig(workingDirectory, inputs.config);
  const targetOf = planTargets(inputs, config, context.refName, { readOnly: true });
  const found = await findCharts(inputs.charts, { workingDirectory, config, archives: true });
  const helm = helmWhenNeeded(inputs.helmVersion, services);
  const stores = new Map<string, ChartStore>();
  const verifications: Verification[] = [];
  for (const one of found) {
    const target = targetOf(one);
    const store = stores.get(target.repository) ?? (await openStore(target.repository, inputs.access, services, READ));
    stores.set(target.repository, store);
    const packaged = await packageChart(one, inputs.version, helm, services);
    const verification = await verifyChart(packaged, target, store);
    verifications.push(verification);
    log.info(verdictOf(verification));
  }
  const failure = failureOf(verifications);
  const isDifferent = verifications.some(({ state }) => state === 'different');
  return {
    result: isDifferent ? 'different' : failure === undefined ? 'verified' : 'not-found',
    ok: failure === undefined,
    ...(failure === undefined ? {} : { failure }),
    outputs: publicationOutputs(verifications),
    summary: summarizeVerification(verifications),
    document: { charts: verifications },
  };
}

const READ = { readOnly: true } as const;
