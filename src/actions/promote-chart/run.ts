import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readPackedChart } from '../../charts/pack.js';
import { loadConfig } from '../../config/load.js';
import type { Annotation, Outcome } from '../../core/action.js';
import { HelmCdError } from '../../core/errors.js';
import { archiveName, type PackedChart } from '../../core/packed-chart.js';
import type { Services } from '../../core/ports.js';
import { publicationOutputs, type Publication } from '../../core/publication.js';
import { findVersion } from '../../stores/find-version.js';
import { openStore, usesPassword } from '../../stores/open-store.js';
import type { ChartStore, StoreAccess, StoredChart } from '../../stores/store.js';
import { resolveEnds, type End } from './ends.js';
import type { PromoteInputs } from './inputs.js';
import { summarize } from './summary.js';

/** The archive as `from` has it: its digest is checked, and that it is the chart it is said to be. */
async function fetchChart(store: ChartStore, stored: StoredChart): Promise<PackedChart> {
  const bytes = await store.fetch(stored);
  const provenance = await store.provenance(stored);
  const chart = { ...(await readPackedChart(bytes, stored.url)), ...(provenance === undefined ? {} : { provenance }) };
  const { name, version } = chart.metadata;
  if (name === stored.name && version === stored.version) return chart;
  throw new HelmCdError('conflict', `${stored.url} holds ${name} ${version}, not ${stored.name} ${stored.version}.`, {
    hint: 'The repository is broken: it was not made by helm package and helm-cd.',
  });
}

/** One end with the password, if it has a use for it; when neither has, that is an error. */
function openEnd(end: End, other: End, access: StoreAccess, services: Services): Promise<ChartStore> {
  const { endpointUrl = '', region = '', token = '' } = access;
  const isForOther = !usesPassword(end.repository) && usesPassword(other.repository);
  return openStore(end.repository, isForOther ? { endpointUrl, region, token } : access, services);
}

/** Copies one version of a chart, byte for byte, from one chart repository to another. */
export async function run(inputs: PromoteInputs, services: Services): Promise<Outcome> {
  const config = await loadConfig(services.workingDirectory, inputs.config);
  const ends = resolveEnds(inputs, config);
  const from = await openEnd(ends.from, ends.to, inputs.access, services);
  const to = await openEnd(ends.to, ends.from, inputs.access, services);

  const stored = await findVersion(from, inputs.chart, inputs.version);
  const chart = await fetchChart(from, stored);
  services.log.info(`${from.url}: ${stored.name} ${stored.version}, ${chart.digest}`);
  const [before] = await to.versions(inputs.chart);
  const [done] = inputs.dryRun
    ? await to.plan([chart])
    : await to.publish([chart], { verifyTimeoutMs: inputs.verifyTimeoutMs });
  if (done === undefined) throw new Error('no outcome');
  const packageFile = path.join(services.reports, archiveName(chart.metadata));
  await writeFile(packageFile, chart.bytes);

  const publication: Publication = {
    ...done,
    repository: to.url,
    environment: ends.to.environment,
    packageFile,
    signed: chart.provenance !== undefined,
    sizeBytes: chart.bytes.length,
    files: chart.files,
  };
  const result = inputs.dryRun ? 'planned' : done.state === 'published' ? 'promoted' : 'already-published';
  const conflicts: Annotation[] = done.reason === undefined ? [] : [{ level: 'warning', message: done.reason }];
  const source = { repository: from.url, environment: ends.from.environment, digest: chart.digest };
  return {
    result,
    ok: true,
    outputs: publicationOutputs([publication]),
    summary: summarize(result, { publication, from: { ...ends.from, repository: from.url }, before }),
    document: { from: source, to: publication, before: before?.version ?? null, charts: [publication] },
    annotations: conflicts,
  };
}
