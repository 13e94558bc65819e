import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { loadConfig } from '../../config/load.js';
import type { Annotation, Outcome } from '../../core/action.js';
import { archiveName, type PackedChart } from '../../core/packed-chart.js';
import type { Services } from '../../core/ports.js';
import { publicationOutputs, type Publication, type PublishedChart } from '../../core/publication.js';
import { notifyNews } from '../../github/chart-published.js';
import { findVersion } from '../../stores/find-version.js';
import type { ChartStore, CopiedChart } from '../../stores/store.js';
import { Repositories } from './access.js';
import { readChain } from './chain.js';
import { resolveEnds } from './ends.js';
import type { PromoteInputs } from './inputs.js';
import { checkEnds, compareWith, downgradeWarning, neighbours, newestIn, type Promotion } from './promotion.js';
import { fetchChart } from './source.js';
import { summarize } from './summary.js';
import { checkVerified } from './verified.js';

/** Writes the chart to `to`, with all of `from` that it can keep. */
async function copy(
  from: ChartStore,
  to: ChartStore,
  chart: PackedChart,
  inputs: PromoteInputs,
): Promise<{ readonly done: PublishedChart; readonly copied?: CopiedChart }> {
  const options = { verifyTimeoutMs: inputs.verifyTimeoutMs };
  const copied = inputs.dryRun ? undefined : await to.copyFrom?.(from, chart, options);
  if (copied !== undefined) {
    const { name, version, digest, url, state } = copied;
    return { done: { name, version, digest, url, state }, copied };
  }
  const [done] = inputs.dryRun ? await to.plan([chart]) : await to.publish([chart], options);
  if (done === undefined) throw new Error('no outcome');
  return { done };
}

/** Copies one version of a chart, byte for byte, from one chart repository to another. */
export async function run(inputs: PromoteInputs, services: Services): Promise<Outcome> {
  const { log } = services;
  const config = await loadConfig(services.workingDirectory, inputs.config);
  const ends = resolveEnds(inputs, config);
  const urls = { from: ends.from.repository, to: ends.to.repository };
  const repositories = new Repositories(urls, inputs.access, services);
  const from = await repositories.open(urls.from, { readOnly: true });
  const to = await repositories.open(urls.to);

  const stored = await findVersion(from, inputs.chart, inputs.version);
  const chart = await fetchChart(from, stored);
  log.info(`${from.url}: ${stored.name} ${stored.version}, ${chart.digest}`);
  const verified = inputs.requireVerified ? await checkVerified(chart, ends.from, inputs, config, services) : undefined;
  if (verified !== undefined) log.info(verified);
  const { before, note: unknown } = await newestIn(to, inputs.chart);
  const { changes, note = unknown } = unknown === undefined ? await compareWith(before, to, chart) : {};
  const downgrade = downgradeWarning(before, stored.version, ends.to);
  if (downgrade !== undefined) log.info(downgrade);

  const { done, copied } = await copy(from, to, chart, inputs);
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
  const chain = await readChain(ends, publication, config, repositories, services);
  if (!inputs.dryRun) checkEnds(chain, publication);
  const target = { targets: inputs.dryRun ? [] : inputs.notify, token: inputs.token };
  const untold = await notifyNews(target, [publication], services);
  const promotion: Promotion = {
    publication,
    ...ends,
    before,
    ...(await neighbours(from, before, stored)),
    changes,
    chain,
    copy: copied,
    warnings: [
      ...(done.reason === undefined ? [] : [done.reason]),
      ...(downgrade === undefined ? [] : [downgrade]),
      ...(to.warnings ?? []),
      ...(copied?.warnings ?? []),
      ...untold.map(({ message }) => message),
    ],
    notes: [...(verified === undefined ? [] : [verified]), ...(note === undefined ? [] : [note])],
  };
  return outcomeOf(promotion, inputs.dryRun, chart.digest);
}

function outcomeOf(promotion: Promotion, dryRun: boolean, digest: string): Outcome {
  const { publication, from, before, skipped, newer, changes, chain, copy, warnings, notes } = promotion;
  const result = dryRun ? 'planned' : publication.state === 'published' ? 'promoted' : 'already-published';
  return {
    result,
    ok: true,
    outputs: publicationOutputs([publication]),
    summary: summarize(result, promotion),
    document: {
      from: { ...from, digest },
      to: publication,
      before: before?.version ?? null,
      charts: [publication],
      chain,
      changes: changes ?? null,
      skipped,
      newer,
      copy: copy === undefined ? null : { manifest: copy.manifest, blobs: copy.blobs, referrers: copy.referrers },
      warnings,
      notes,
    },
    annotations: warnings.map((message): Annotation => ({ level: 'warning', message })),
  };
}
