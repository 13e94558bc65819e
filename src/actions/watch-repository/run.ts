import path from 'node:path';
import { loadConfig } from '../../config/load.js';
import type { Annotation, Outcome } from '../../core/action.js';
import { pendingReport, type PendingItem, type PendingReport } from '../../core/pending-report.js';
import type { Services } from '../../core/ports.js';
import { compareAll } from './compare.js';
import { FirstSeen } from './first-seen.js';
import type { WatchInputs } from './inputs.js';
import { readReleases } from './read-releases.js';
import { readRepositories } from './read-repositories.js';
import { describeItem, summarize } from './summary.js';
import { watchedCharts, type WatchedChart } from './targets.js';

/** The releases that must be known: those that are looked at, and those that they are promoted from. */
function placesOf(watched: readonly WatchedChart[]) {
  return watched.flatMap(({ place, upstream }) => (upstream === undefined ? [place] : [place, upstream.place]));
}

/** One sentence for all that makes the step fail; empty when nothing does. */
function failureOf(report: PendingReport, { onAlarm, onUnreadable }: WatchInputs): string {
  const { alarms, unreadable } = report;
  const parts: string[] = [];
  if (alarms.length > 0 && onAlarm === 'error') {
    parts.push(
      alarms.length === 1
        ? 'A published version was overwritten.'
        : `${alarms.length} published versions were overwritten.`,
    );
  }
  if (unreadable.length > 0 && onUnreadable === 'error') {
    const [first] = unreadable;
    const what = unreadable.length === 1 ? 'One release' : `${unreadable.length} releases`;
    parts.push(`${what} could not be compared: ${first?.message ?? ''}`);
  }
  if (parts.length === 0) return '';
  return `${parts.join(' ')} Everything else was compared, and the outputs are set.`;
}

function annotationsOf(report: PendingReport, inputs: WatchInputs): readonly Annotation[] {
  const { alarms, unreadable, more } = report;
  const place = (environment: string) => (environment === '' ? '' : `${environment}: `);
  return [
    ...alarms.map(({ environment, message }): Annotation => ({
      level: inputs.onAlarm === 'error' ? 'error' : 'warning',
      message: `${place(environment)}${message}`,
    })),
    // The same cause is told once, whatever number of charts it hits.
    ...[
      ...new Map(
        unreadable.map(({ environment, message }) => [`${environment} ${message}`, { environment, message }]),
      ).values(),
    ].map(({ environment, message }): Annotation => ({ level: 'warning', message: `${place(environment)}${message}` })),
    ...(more === 0
      ? []
      : [
          {
            level: 'warning',
            message: `${more} more deploys are due than "limit" lets into the matrix: they come with the next run.`,
          } satisfies Annotation,
        ]),
  ];
}

function tell(items: readonly PendingItem[], services: Services): void {
  for (const item of items) services.log.info(describeItem(item));
}

/** Compares chart repositories with clusters. Nothing is changed. */
export async function run(inputs: WatchInputs, services: Services): Promise<Outcome> {
  const config = await loadConfig(services.workingDirectory, inputs.config);
  const watched = watchedCharts(inputs, config);
  const cacheFolder = inputs.cacheFolder === '' ? '' : path.resolve(services.workingDirectory, inputs.cacheFolder);
  const [repositories, releases] = await Promise.all([
    readRepositories(watched, inputs.access, cacheFolder, services),
    readReleases(placesOf(watched), inputs.kubeconfig, services),
  ]);
  const now = services.clock.now();
  const firstSeen = cacheFolder === '' ? undefined : await FirstSeen.open(cacheFolder, now, services.log);
  const items = await compareAll(watched, { repositories, releases, firstSeen }, inputs, now);
  await firstSeen?.save();
  const report = pendingReport(items, inputs.limit);
  tell(items, services);
  const failure = failureOf(report, inputs);
  const { result, pending, more, delivery, alarms, quarantined, unreadable } = report;
  return {
    result,
    ok: failure === '',
    ...(failure === '' ? {} : { failure }),
    outputs: {
      pending: JSON.stringify(pending),
      count: String(pending.length),
      delivery: JSON.stringify(delivery),
      alarms: JSON.stringify(alarms),
      quarantined: JSON.stringify(quarantined),
      unreadable: JSON.stringify(unreadable),
    },
    summary: summarize(report, items),
    document: {
      pending,
      more,
      releases: items.map(({ alarm, quarantinedRevision, ...item }) => ({
        ...item,
        'quarantined-revision': quarantinedRevision,
        alarm: alarm === undefined ? null : alarm.message,
      })),
      delivery,
      alarms,
      quarantined,
      unreadable,
    },
    annotations: annotationsOf(report, inputs),
  };
}
