import type { Annotation, Outcome } from '../../core/action.js';
import { diffOf, renderSummary, type BumpReport } from './summary.js';

/** An output holds at most 1 MiB; the result file has the whole. */
const DIFF_OUTPUT_LIMIT = 500_000;

/** What the action says at its end. */
export function outcomeOf(report: BumpReport, annotations: readonly Annotation[], failure = ''): Outcome {
  const { plan, result, commit } = report;
  const versions = Object.fromEntries(plan.charts.map(({ name, to }) => [name, to]));
  const diff = diffOf(plan);
  return {
    result,
    ok: failure === '',
    ...(failure === '' ? {} : { failure }),
    outputs: {
      changed: String(report.pull === undefined ? result === 'bumped' : report.pull.changed),
      'commit-sha': commit,
      'commit-verified': report.verified === undefined ? '' : String(report.verified),
      branch: report.branch,
      'pull-request-number': report.pull?.number ?? '',
      'pull-request-url': report.pull?.url ?? '',
      'chart-versions': JSON.stringify(versions),
      diff: diff.length > DIFF_OUTPUT_LIMIT ? `${diff.slice(0, DIFF_OUTPUT_LIMIT)}\n… cut` : diff,
      attempts: String(report.attempts),
    },
    summary: renderSummary(report),
    annotations,
    document: {
      repository: report.repository,
      branch: report.branch,
      environment: report.environment,
      commit,
      verified: report.verified,
      ...(report.pull === undefined ? {} : { pullRequest: report.pull }),
      attempts: report.attempts,
      dispatched: report.dispatched,
      changes: plan.changes,
      upToDate: plan.upToDate,
      refused: plan.refused,
      images: report.images.map(({ image, platforms }) => ({
        name: image.name,
        tag: image.tag ?? '',
        digest: image.digest ?? '',
        platforms,
      })),
      charts: plan.charts.map(({ name, folder, from, to, level }) => ({ name, folder, from, to, level })),
      followed: plan.followed.map(({ chart, file, place, pointer, from, to }) => ({
        chart,
        file,
        place,
        pointer,
        from,
        to,
      })),
      notes: plan.notes,
      diff,
      ...(report.rendered === undefined ? {} : { rendered: report.rendered }),
    },
  };
}
