import { findCharts } from '../../charts/find-charts.js';
import { createSigner } from '../../charts/sign.js';
import { loadConfig } from '../../config/load.js';
import type { Annotation, Outcome } from '../../core/action.js';
import { inDependencyOrder } from '../../core/chart-order.js';
import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { publicationOutputs, type Publication, type PublishedChart } from '../../core/publication.js';
import { withDone } from '../../core/publication-progress.js';
import { notifyNews } from '../../github/chart-published.js';
import { openStore } from '../../stores/open-store.js';
import type { ChartStore } from '../../stores/store.js';
import type { PublishInputs } from './inputs.js';
import { helmWhenNeeded, packageChart, type PackagedChart } from './package.js';
import { summarize } from './summary.js';
import { planTargets, type Target } from './targets.js';

/** A packaged chart and where it goes. */
interface Item extends PackagedChart {
  readonly target: Target;
}

/** @throws HelmCdError `conflict` when two of the charts would be the same version in one repository. */
function checkDistinct(items: readonly Item[]): void {
  const seen = new Set<string>();
  for (const { chart, target } of items) {
    const key = `${chart.metadata.name} ${chart.metadata.version} in ${target.repository}`;
    if (seen.has(key)) throw new HelmCdError('conflict', `Two of the charts are both ${key}.`);
    seen.add(key);
  }
}

/** Mode `publish`: each chart to the chart repository of its environment. */
export async function publishCharts(inputs: PublishInputs, services: Services): Promise<Outcome> {
  const { workingDirectory, context } = services;
  const config = await loadConfig(workingDirectory, inputs.config);
  const targetOf = planTargets(inputs, config, context.refName);
  const found = await findCharts(inputs.charts, { workingDirectory, config, archives: true });
  const helm = helmWhenNeeded(inputs.helmVersion, services);

  const sign = inputs.signKey === '' ? undefined : await createSigner(inputs.signKey, inputs.signPassphrase);
  const items: Item[] = [];
  for (const one of found) {
    const { chart, file } = await packageChart(one, inputs.version, helm, services);
    items.push({ chart: sign === undefined ? chart : await sign(chart), file, target: targetOf(one) });
  }
  checkDistinct(items);

  const stores = new Map<string, ChartStore>();
  for (const { target } of items) {
    const known = stores.get(target.repository);
    stores.set(target.repository, known ?? (await openStore(target.repository, inputs.access, services)));
  }
  const publications: Publication[] = [];
  for (const [repository, store] of stores) {
    const mine = items.filter((item) => item.target.repository === repository);
    const charts = inDependencyOrder(mine.map((item) => item.chart));
    const publishing = inputs.dryRun
      ? store.plan(charts)
      : store.publish(charts, { verifyTimeoutMs: inputs.verifyTimeoutMs });
    const done = await publishing.catch((error: unknown) => {
      throw inputs.dryRun ? error : withDone(error, publications);
    });
    for (const [index, item] of mine.entries()) {
      const state = done[charts.indexOf(item.chart)];
      if (state === undefined) throw new Error(`no outcome for chart ${index}`);
      publications.push(publicationOf(item, state, store));
    }
  }
  const cautions = [...stores.values()].flatMap((store) => store.warnings ?? []);
  const warnings = [
    ...cautions.map((message): Annotation => ({ level: 'warning', message })),
    ...(inputs.dryRun ? [] : await notifyNews({ targets: inputs.notify, token: inputs.token }, publications, services)),
  ];
  return outcomeOf(publications, warnings, inputs.dryRun);
}

function publicationOf(item: Item, state: PublishedChart, store: ChartStore): Publication {
  return {
    ...state,
    repository: store.url,
    environment: item.target.environment,
    packageFile: item.file,
    signed: item.chart.provenance !== undefined,
    sizeBytes: item.chart.bytes.length,
    files: item.chart.files,
  };
}

function outcomeOf(publications: readonly Publication[], warnings: readonly Annotation[], dryRun: boolean): Outcome {
  const isNew = publications.some(({ state }) => state === 'published');
  const result = dryRun ? 'planned' : isNew ? 'published' : 'already-published';
  const conflicts = publications.flatMap(({ reason }): Annotation[] =>
    reason === undefined ? [] : [{ level: 'warning', message: reason }],
  );
  return {
    result,
    ok: true,
    outputs: publicationOutputs(publications),
    summary: summarize(result, publications, warnings),
    document: { charts: publications, warnings: warnings.map(({ message }) => message) },
    annotations: [...conflicts, ...warnings],
  };
}
